"""Every role and every route: who may do what is told by the routes themselves, and holds."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute
from starlette.responses import Response

from opswheel.interfaces.api import parts
from opswheel.interfaces.api.routing import Api, needs_of
from opswheel.interfaces.people import ROLES

from .kit import House, fill, problem

ROUTES = sorted(
    ((method, route.path, route) for part in parts for route in part.router.routes for method in route.methods),
    key=lambda r: r[:2],
)
"""Every route of the API: a new one is here without anybody adding it."""
FILLED = {"{number}": "1", "{name}": "tom", "{kind}": "out_of_stock", "{person}": "tom"}
EXPECTED = {
    "viewer": set("GET /queue,GET /issues/{number},GET /issues/{number}/why,GET /runs,GET /runs/{number},GET /sources"
                  ",GET /whynot,GET /intent,GET /growth/spokes,GET /cases,GET /routes,GET /routes.csv,GET /detectors"
                  ",GET /readers,GET /thresholds,GET /me,GET /tokens,POST /tokens,DELETE /tokens/{number}"
                  ",GET /playbook/{kind},GET /proposals,GET /decisions,GET /learning,GET /learning/lineage/{number}"
                  ",GET /accounts/{name}/report"
                  ",GET /metrics,GET /metrics/list,GET /diagnose,GET /report,GET /report.html,GET /forecast,GET /plan"
                  ",GET /growth/wheel,GET /growth/wheel.toml,GET /growth/links,GET /growth/loops,GET /growth/diagnose"
                  ",GET /growth/momentum,GET /growth/push,GET /growth/experiment,GET /growth/kpis".split(",")),
    "lead": set("POST /runs,PUT /routes,POST /routes/away,POST /routes/back,POST /proposals/{number}/decide"
                ",POST /decisions/{number}/rollback,POST /decisions/{number}/removed,POST /diagnose/removed"
                ",POST /diagnose/set,POST /forecast,POST /plan,POST /growth/momentum/save,GET /jobs"
                ",POST /thresholds".split(",")),
    "admin": set("GET /users,POST /users,PATCH /users/{name},GET /audit,POST /jobs/{number}/retry,GET /webhooks"
                 ",POST /webhooks,DELETE /webhooks/{number},POST /webhooks/{number}/test,POST /webhooks/wake"
                 ",GET /webhooks/deliveries,POST /webhooks/deliveries/{number}/retry,GET /notices"
                 ",PATCH /notices/{person},DELETE /notices/{person},POST /notices/{person}/test"
                 ",POST /notices/wake".split(",")),
    "anyone": {"GET /openapi.json"},
}  # fmt: skip
"""Who may use what, written down a second time on purpose; whatever is not here takes an operator."""


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", lambda found: FILLED[found[0]], path)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """One of each role over a small queue, and one with a token for each scope alone."""
    from opswheel.storage.ledger import Ledger

    folder = tmp_path_factory.mktemp("roles")
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, {1: "main", 5: "other"})
    house = House(folder, ledger, settings="[serve]\nrequests_per_minute = 100000\n")
    found = {role: house.api(house.user(role, role)) for role in ROLES}
    found["tom"] = house.api(house.user("tom", "admin", "main"))
    for scope in ("read", "write", "load", "run", "admin"):
        found[f"only {scope}"] = house.api("admin", scope)
    found["nobody"] = house.api()
    yield found
    ledger.close()


def declared(method: str, path: str) -> str:
    words = f"{method} {path}"
    return next((role for role, words_of in EXPECTED.items() if words in words_of), "operator")


@pytest.mark.parametrize(("method", "path", "route"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_only_those_whose_role_reaches_may_use(method, path, route, people):
    needs, wanted = needs_of(route), declared(method, path)
    assert (needs.role or "anyone") == wanted
    for role in ROLES:
        answer = people[role](method, address(path))
        allowed = wanted == "anyone" or ROLES.index(role) >= ROLES.index(wanted)
        if allowed:
            assert answer.status_code not in (401, 403) and answer.status_code < 500, (role, answer.text)
        else:
            told = problem(answer, 403, "not_allowed")
            assert f"the role {wanted}" in told["detail"]
    if wanted != "anyone":
        problem(people["nobody"](method, address(path)), 401, "not_signed_in")


@pytest.mark.parametrize(("method", "path", "route"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_a_token_without_the_scope_is_refused(method, path, route, people):
    needs = needs_of(route)
    for scope in ("read", "write", "load", "run", "admin"):
        answer = people[f"only {scope}"](method, address(path))
        if scope == needs.scope:
            assert answer.status_code not in (401, 403), answer.text
        else:
            assert needs.scope in problem(answer, 403, "not_allowed")["detail"]


@pytest.mark.parametrize(("method", "path", "route"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_what_concerns_all_accounts_is_for_those_who_see_them_all(method, path, route, people):
    answer = people["tom"](method, address(path))
    if needs_of(route).whole:
        assert "every account" in problem(answer, 403, "not_allowed")["detail"]
    else:
        assert answer.status_code not in (401, 403), answer.text


def test_a_route_that_does_not_say_who_may_use_it_cannot_be_made():
    router = Api("test")
    with pytest.raises(TypeError, match="/secret does not say which role"):
        router.get("/secret")(lambda: Response())
    router.ask("/open", role="viewer")(lambda: Response())
    assert isinstance(router.routes[-1], APIRoute)


def test_a_change_by_somebody_who_may_only_look_changes_nothing(people):
    before = people["viewer"].get("/issues/1").json()
    problem(people["viewer"].post("/issues/1/claim"), 403, "not_allowed")
    assert people["viewer"].get("/issues/1").json() == before

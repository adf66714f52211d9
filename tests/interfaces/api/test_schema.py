"""The API against its own OpenAPI document: whatever is sent, the answer is one the document tells of."""

from __future__ import annotations

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from opswheel.core.contracts import RUNS
from opswheel.interfaces.api import parts
from opswheel.storage.ledger import Ledger
from opswheel.wheel.parameters import current_parameters

from .kit import House, fill

LEFT_OUT = {
    # The schema cannot say that a moment lies ahead, that an issue is open, or that a kind exists: such requests are
    # well formed and rightly refused.
    "positive_data_acceptance",
    # Sends a request without its credentials; test_roles.py does so for every route, and here a browser's mark counts
    # as a credential that is none by itself.
    "ignored_auth",
    # Asks for HEAD, TRACE and others by name; test_bad_input.py and the Allow header cover what matters.
    "unsupported_method",
    # Needs links between operations, which the document has none of.
    "use_after_free",
    "ensure_resource_availability",
}
LONG = {
    f"/api/v1/{name}"
    for name in (
        *("runs", "loads", "match", "intent", "whynot", "metrics", "diagnose", "report", "report.html", "forecast"),
        *("plan", "growth/kpis", "growth/diagnose", "growth/momentum", "growth/momentum/save", "growth/leverage"),
        *("growth/push", "growth/experiment"),
    )
}
"""What reads the lake anew or calibrates for each request: in the long run only."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server over a small queue, and its document as schemathesis reads it, with a token that may do everything."""
    folder = tmp_path_factory.mktemp("schema")
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, {1: "main", 2: "main", 3: "other"})
    house = House(folder, ledger, settings="[serve]\nrequests_per_minute = 1000000\n")
    remember(house)
    house.user("boss", "admin"), house.user("tom", "operator")
    api = house.api("boss")
    document = api.get("/openapi.json").json()
    yield house, api, document
    ledger.close()


def remember(house):
    """The run knows what it was computed with, as every real one does: `whynot` reads that."""
    runs, here = RUNS.sql_table(), house.workspace
    with house.ledger.write() as connection:
        record = current_parameters(connection, here.settings, here.detectors, house.clock.at).record
        connection.execute(runs.update().values(parameters=json.dumps(record)))


ROUTES = sorted(
    (method, f"/api/v1{route.path}") for part in parts for route in part.router.routes for method in route.methods
)
PLAIN = [(method, path) for method, path in ROUTES if path not in LONG]


def run(served, method, path, examples):
    house, api, document = served
    schema = schemathesis.openapi.from_dict(document)
    schema.app = house.app
    operation = schema[path][method]
    wanted = checks.CHECKS.get_by_names([n for n in checks.CHECKS.get_all_names() if n not in LEFT_OUT])

    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answers_as_told(case):
        response = case.call(headers={**api.headers, "host": "127.0.0.1"})
        case.validate_response(response, checks=wanted)
        assert response.status_code < 500, response.text

    answers_as_told()


@pytest.mark.parametrize(("method", "path"), PLAIN, ids=[f"{m} {p}" for m, p in PLAIN])
def test_an_answer_is_as_the_document_tells(served, method, path):
    run(served, method, path, 2)


@pytest.mark.long
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{m} {p}" for m, p in ROUTES])
def test_whatever_is_sent_the_answer_is_as_the_document_tells(served, method, path):
    run(served, method, path, 5 if path in LONG else 60)


def test_the_document_lists_every_route_and_what_each_can_be_refused_with(served):
    document = served[2]
    told = {(m.upper(), p) for p, methods in document["paths"].items() for m in methods}
    assert told == set(ROUTES)
    for methods in document["paths"].values():
        for operation in methods.values():
            for status in ("400", "401", "403", "404", "413", "422", "429", "500"):
                assert list(operation["responses"][status]["content"]) == ["application/problem+json"]

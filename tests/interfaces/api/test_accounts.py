"""Somebody who sees one account sees and does nothing of the others, in lists, totals and bulk as well."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import RANKS, RUNS
from opswheel.interfaces.people.reach import sums_seen
from opswheel.prioritization.issues import BATCH_KINDS

from .kit import problem


@pytest.fixture
def tom(house):
    house.user("boss", "admin")
    return house.api(house.user("tom", "operator", "other"))


def test_the_queue_holds_and_counts_their_issues_only(house, tom):
    blind = [{"account": a, "channel": "amazon:US", "report": "x"} for a in ("main", "other")]
    runs = RUNS.sql_table()
    with house.ledger.write() as connection:
        told = json.loads(connection.execute(sa.select(runs.c.summary)).scalar()) | {"blind": blind}
        connection.execute(runs.update().values(summary=json.dumps(told)))
    boss = house.api("boss")
    for number in (1, 6):
        boss.post(f"/issues/{number}/snooze", {"why": "later", "until": "2026-11-23T12:00:00Z"})
    found = tom.get("/queue").json()
    assert [i["id"] for i in found["issues"]] == [5]
    assert (found["total"], found["unowned"], found["snoozed"]["n"]) == (1, 2, 1)
    assert [b["account"] for b in found["blind"]] == ["other"]
    assert [found[k] for k in ("cut_line", "match", "withheld")] == [None, None, []]
    whole = boss.get("/queue").json()
    assert (whole["total"], whole["unowned"], whole["snoozed"]["n"]) == (4, 6, 2)
    assert whole["revenue_at_risk"]["mean"] == 1.0


def test_the_headline_is_the_sum_of_what_counts_on_their_accounts_and_its_range_is_not_told(house, tom):
    ranks = RANKS.sql_table()
    with house.ledger.write() as connection:
        connection.execute(ranks.update().values(risk_mean=100.0, avoidable_mean=70.0, share_state=None))
        one, more = connection.execute(sa.select(ranks).where(ranks.c.issue_id == 5)).one(), []
        for n, changed in enumerate(
            [
                {"lane": "watch"},
                {"lane": "deadlines"},
                {"lane": "stop_selling"},
                {"lane": "verify"},
                {"lane": "opportunities"},
                {"share_state": "cash"},
                {"share_state": "sales_at_once"},
                {"kind": sorted(BATCH_KINDS)[0]},
                {"account": "main"},
            ]
        ):
            more.append(dict(one._mapping) | {"issue_id": 100 + n, "position": 100 + n} | changed)
        connection.execute(ranks.insert(), more)
    found = tom.get("/queue").json()
    unknown = {"p10": None, "p50": None, "p90": None, "currency": "USD"}
    assert found["revenue_at_risk"] == {"mean": 400.0, **unknown}  # issues 5 and 6, to watch, with a deadline
    assert found["avoidable"] == {"mean": 280.0, **unknown}
    assert house.api("boss").get("/queue").json()["revenue_at_risk"]["p10"] == 1.0


def test_of_a_past_morning_whose_rows_are_gone_nothing_is_summed(house, tom):
    with house.ledger.read() as connection:
        assert sums_seen(connection, 77, ["other"], "USD") == {"revenue_at_risk": None, "avoidable": None}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/issues/1", None),
        ("GET", "/issues/1/why", None),
        ("POST", "/issues/1/claim", None),
        ("POST", "/issues/1/note", {"text": "seen"}),
        ("POST", "/issues/5/close", {"resolution": "duplicate", "of": 1}),
        ("POST", "/cases", {"issues": [1], "type": "other"}),
        ("POST", "/cases", {"issues": [5, 1], "type": "other"}),
        ("PATCH", "/cases/1", {"title": "mine now"}),
        ("POST", "/cases/1/link", {"issues": [5]}),
    ],
)
def test_an_issue_or_case_of_another_account_is_not_there(house, tom, method, path, body):
    assert house.api("boss").post("/cases", {"issues": [1], "type": "other"}).status_code == 201
    there = problem(tom(method, path, json=body), 404, "not_found")
    nowhere = tom(method, path.replace("/1", "/99"), json=body and json.loads(json.dumps(body).replace("1", "99")))
    assert there["detail"].replace("99", "1") == nowhere.json()["detail"].replace("99", "1")  # the same words
    assert tom.get("/cases").json() == {"cases": [], "waiting_on_us": 0, "currency": "USD"}


def test_of_several_issues_theirs_are_done_and_the_others_are_not_there(house, tom):
    told = tom.post("/issues/claim", {"ids": [5, 1]}).json()
    assert [i["id"] for i in told["issues"]] == [5]
    assert [(r["id"], r["code"]) for r in told["refused"]] == [(1, "not_found")]
    assert house.api("boss").get("/issues/1").json()["state"] == "new"


def test_asking_for_another_account_is_refused_and_names_nobody_elses_channels(tom):
    problem(tom.get("/queue?account=main"), 403, "not_allowed")
    told = problem(tom.get("/queue?channel=amazon:DE"), 404, "not_found")
    assert "amazon:US" not in json.dumps(told)


def test_a_load_goes_into_their_own_account_only(tom):
    file = {"files": ("orders.txt", b"nothing we know")}
    problem(tom.post("/loads", files=file, data={"account": "main"}), 403, "not_allowed")
    told = tom.post("/loads", files=file, data={"account": "other"}).json()
    assert [(f["status"], f["code"]) for f in told["files"]] == [("refused", "unknown_layout")]


def test_a_change_of_role_and_accounts_holds_at_once(house, tom):
    boss = house.api("boss")
    assert tom.post("/issues/5/claim").status_code == 200
    boss("PATCH", "/users/tom", json={"role": "viewer"})
    problem(tom.post("/issues/5/note", {"text": "more"}), 403, "not_allowed")
    boss("PATCH", "/users/tom", json={"accounts": ["main"]})
    problem(tom.get("/issues/5"), 404, "not_found")
    boss("PATCH", "/users/tom", json={"disabled": True})
    problem(tom.get("/queue"), 401, "not_signed_in")

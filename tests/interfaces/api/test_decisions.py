"""The weekly decision over the network: by whom, once, and what it changes at once."""

from __future__ import annotations

import json

import pytest

from ..web.learned import KIND, to_decide
from .kit import fresh_key, problem


@pytest.fixture
def numbers(house):
    """A proposal of each kind; their numbers."""
    return to_decide(house.workspace)


@pytest.fixture
def kim(house):
    return house.api(house.user("kim", "lead"))


def lines(api):
    found = api.get("/thresholds").json()["thresholds"]
    return {t["name"]: t for t in found if t["kind"] == KIND and not t["segment"]}


def test_a_lead_who_accepts_a_proposal_moves_the_cut_line_and_stands_behind_it(house, kim, numbers):
    before = lines(kim)
    found = kim.post(f"/proposals/{numbers['threshold']}/decide", {"verdict": "accept", "why": "too many alarms"})
    assert found.status_code == 200, found.text
    told, after = found.json(), lines(kim)
    assert (told["verdict"], told["by"], told["why"]) == ("accepted", "kim", "too many alarms")
    for name, line in after.items():
        assert line["value"] == pytest.approx(before[name]["value"] * 1.5 or 1.0)
        assert (line["source"], line["default"]) == (f"decision {told['id']}", before[name]["value"])
    assert [d["id"] for d in kim.get("/decisions").json()["decisions"]] == [told["id"]]
    assert numbers["threshold"] not in [p["id"] for p in kim.get("/proposals").json()["proposals"]]
    assert [(r.who, r.subject) for r in house.log("decide")] == [("kim", f"proposal/{numbers['threshold']}")]


def test_an_edit_is_what_comes_into_force(kim, numbers):
    name = next(iter(lines(kim)))
    value = lines(kim)[name]["value"] * 1.2
    body = {"verdict": "accept", "why": "half of it", "edit": {name: value}}
    assert kim.post(f"/proposals/{numbers['threshold']}/decide", body).json()["verdict"] == "edited"
    assert lines(kim)[name]["value"] == pytest.approx(value)


def test_a_lead_moves_a_cut_line_by_its_name_and_undoes_it(kim):
    name, line = next(iter(lines(kim).items()))
    moved = kim.post("/thresholds", {"id": f"{KIND}.{name}", "value": line["value"] * 1.1, "why": "too early"}).json()
    assert (moved["kind"], moved["verdict"], moved["by"]) == ("threshold", "edited", "kim")
    assert lines(kim)[name]["value"] == pytest.approx(line["value"] * 1.1)
    assert kim.post(f"/decisions/{moved['id']}/rollback", {"why": "was right"}).status_code == 200
    assert lines(kim)[name]["value"] == line["value"]


@pytest.mark.parametrize(
    ("factor", "version", "status", "words"),
    [(99.0, "", 400, "outside"), (1.1, ":99", 409, "changed since"), (1.1, "x", 404, "no such cut line")],
)
def test_a_cut_line_moves_only_within_its_bounds_and_as_it_was_read(kim, factor, version, status, words):
    name, line = next(iter(lines(kim).items()))
    body = {"id": f"{KIND}.{name}{version}", "value": line["value"] * factor, "why": "words"}
    found = kim.post("/thresholds", body)
    assert found.status_code == status and words in found.json()["detail"], found.text
    assert lines(kim)[name] == line


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_only_look_or_work_decides_nothing(house, kim, numbers, role):
    other, before = house.api(house.user("tom", role)), lines(kim)
    body = {"verdict": "accept", "why": "words"}
    problem(other.post(f"/proposals/{numbers['threshold']}/decide", body), 403, "not_allowed")
    assert lines(other) == before
    assert kim.get("/decisions").json() == {"decisions": [], "next_cursor": None}


def test_a_lead_of_one_account_neither_sees_nor_decides_what_holds_for_all(house, numbers):
    house.user("boss", "admin")
    tom = house.api(house.user("tom", "lead", "other"))
    problem(tom.get("/proposals"), 403, "not_allowed")
    problem(tom.get("/decisions"), 403, "not_allowed")
    body = {"verdict": "reject", "why": "words"}
    problem(tom.post(f"/proposals/{numbers['route']}/decide", body), 403, "not_allowed")


def test_a_cut_line_of_another_account_is_not_told(house, kim):
    from opswheel.core.contracts import THRESHOLDS

    lines(kim)  # seeds the rules' own
    table = THRESHOLDS.sql_table()
    with house.ledger.write() as connection:
        row = dict(connection.execute(table.select().limit(1)).one()._mapping)
        rows = [row | {"id": f"{row['id']}@{a}", "account": a} for a in ("main", "other")]
        connection.execute(table.insert(), rows)
    tom = house.api(house.user("tom", "viewer", "other"))
    told = [t["segment"]["account"] for t in tom.get("/thresholds").json()["thresholds"] if "account" in t["segment"]]
    assert told == ["other"]


def test_a_decision_sent_twice_is_taken_once(house, kim, numbers):
    key = {"Idempotency-Key": fresh_key()}
    path, body = f"/proposals/{numbers['threshold']}/decide", {"verdict": "accept", "why": "words"}
    first, again = kim.post(path, body, headers=key), kim.post(path, body, headers=key)
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert len(kim.get("/decisions").json()["decisions"]) == len(house.log("decide")) == 1
    problem(kim.post(path, body), 409, "conflict")  # without the key it is a second decision on the same


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "words"),
    [
        ("/proposals/99/decide", {"verdict": "accept", "why": "x"}, 404, "not_found", "no proposal 99"),
        ("/proposals/{refused}/decide", {"verdict": "accept", "why": "x"}, 409, "conflict", "was refused"),
        ("/proposals/{threshold}/decide", {"verdict": "accept", "why": " "}, 422, "bad_request", "is empty"),
        ("/proposals/{threshold}/decide", {"verdict": "maybe", "why": "x"}, 422, "bad_request", "verdict"),
        (
            "/proposals/{threshold}/decide",
            {"verdict": "accept", "why": "x", "edit": {"no_such": 1.0}},
            *(400, "wrong_use", "no_such"),
        ),
        (
            "/proposals/{threshold}/decide",
            {"verdict": "reject", "why": "x", "edit": {"a": 1}},
            *(422, "bad_request", "cannot be edited"),
        ),
        (
            "/proposals/{route}/decide",
            {"verdict": "accept", "why": "x", "edit": {"owner": 5}},
            400,
            "wrong_use",
            "owner",
        ),
        ("/decisions/99/rollback", {"why": "x"}, 404, "not_found", "no decision 99"),
        ("/decisions/99/removed", None, 404, "not_found", "99"),
        ("/learning/lineage/99", None, 404, "not_found", "99"),
    ],
)
def test_what_cannot_be_decided_gets_a_reason_and_changes_nothing(kim, numbers, path, body, status, code, words):
    known = {**numbers, "refused": numbers["threshold"] + 1}
    method = "GET" if "lineage" in path else "POST"
    told = problem(kim(method, path.format(**known), **({"json": body} if body else {})), status, code)
    assert words in told["detail"] + json.dumps(told.get("errors")), told
    assert kim.get("/decisions").json()["decisions"] == []


def test_a_decision_that_was_undone_leaves_things_as_they_were(house, kim, numbers):
    before = {name: line["value"] for name, line in lines(kim).items()}
    done = kim.post(f"/proposals/{numbers['threshold']}/decide", {"verdict": "accept", "why": "words"}).json()
    undone = kim.post(f"/decisions/{done['id']}/rollback", {"why": "it hid a loss"})
    assert (undone.status_code, undone.json()["undoes"]) == (200, done["id"])
    assert {name: line["value"] for name, line in lines(kim).items()} == before
    told = problem(kim.post(f"/decisions/{done['id']}/rollback", {"why": "again"}), 409, "conflict")
    assert "undone already" in told["detail"]
    assert len(house.log("rollback")) == 1


def test_a_cause_that_was_removed_is_measured_from_that_day_and_its_lineage_told(kim, numbers):
    body = {"verdict": "accept", "why": "the feed again"}
    done = kim.post(f"/proposals/{numbers['prevention']}/decide", body).json()
    assert done["done_at"] is None
    assert kim.post(f"/decisions/{done['id']}/removed").json()["done_at"] == "2026-11-22T16:00:00Z"
    told = kim.get(f"/learning/lineage/{done['id']}").json()
    assert (told["decision"], told["rule"]["root_cause"]) == (done["id"], "feed_fault")


def test_decisions_come_in_pages_until_a_new_one_is_taken(kim, numbers):
    for kind in ("threshold", "route", "prevention"):
        kim.post(f"/proposals/{numbers[kind]}/decide", {"verdict": "reject", "why": "not now"})
    first = kim.get("/decisions?limit=2").json()
    rest = kim.get("/decisions", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [d["id"] for d in first["decisions"] + rest["decisions"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    for wrong in ("x", "0.1", first["next_cursor"][:-1] + "²"):
        problem(kim.get("/decisions", params={"cursor": wrong}), 409, "cursor_over")

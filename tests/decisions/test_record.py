"""Deciding: a proposal is put into force, left, changed or undone by a decision with its reason, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from opswheel.core.contracts import DECISIONS, PREVENTION, PROPOSALS
from opswheel.core.errors import Conflict, NotFound, WrongUse
from opswheel.core.settings.decisions import DecisionSettings
from opswheel.decisions import record, routes, thresholds
from tests.decisions.seen import DROP, NOW

LATER = NOW + timedelta(days=1)
SETTINGS = DecisionSettings()
OWN = {"min_drop": 0.10, "min_loss": 4.0}


def a_cut(**more):
    versions = ["drop.min_drop:1", "drop.min_loss:1"]
    made = {"kind": "threshold", "subject": "drop", "status": "open", "from": {"cuts": OWN, "versions": versions}}
    made |= {"to": {"cuts": {"min_drop": 0.15, "min_loss": 4.0}}, "backtest": {"after": {"net_a_week": 3}}}
    return made | {"why": "words", "gain_a_year": 120.0} | more


def a_route():
    made = {"kind": "route", "subject": "drop: tom → ines", "status": "open", "from": {"owner": "tom", "kind": "drop"}}
    made |= {"to": {"owner": "ines", "kind": "drop", "backup": "tom"}, "backtest": {}}
    return made | {"why": "words", "gain_a_year": 50.0}


def a_cause():
    here = {"root_cause": "image", "kind": "drop", "dimension": "brand", "value": "Kiln"}
    made = {"kind": "prevention", "subject": "image|drop|brand|Kiln", "status": "open", "from": here}
    return made | {"to": {"owner": "ines", "cost": 180.0}, "backtest": {}, "why": "words", "gain_a_year": 900.0}


@pytest.fixture
def desk(ledger):
    with ledger.write() as connection:
        thresholds.seed(connection, [DROP])
        record.put(connection, "threshold", [a_cut()], as_of=NOW)
        record.put(connection, "route", [a_route()], as_of=NOW)
        record.put(connection, "prevention", [a_cause()], as_of=NOW)
    return ledger


def cuts(ledger, at):
    with ledger.read() as connection:
        return {v["name"]: (v["value"], v["source"]) for v in thresholds.in_force(connection, at)}


def do(ledger, act, *words, **more):
    with ledger.write() as connection:
        return act(connection, *words, by="ines", at=more.pop("at", LATER), why=more.pop("why", "tried it"), **more)


def test_an_accepted_cut_holds_from_then_on_and_not_before(desk):
    number = do(desk, record.accept, 1, SETTINGS)
    assert cuts(desk, NOW) == {"min_drop": (0.10, "default"), "min_loss": (4.0, "default")}
    assert cuts(desk, LATER) == {"min_drop": (0.15, f"decision {number}"), "min_loss": (4.0, "default")}
    with desk.read() as connection:
        told = connection.execute(DECISIONS.sql_table().select()).one()
    assert (told.verdict, told.by, told.why, told.proposal_id) == ("accepted", "ines", "tried it", 1)
    assert json.loads(told.expected) == {"gain_a_year": 120.0, "after": {"net_a_week": 3}}


def test_a_rejected_one_changes_nothing_and_stays_on_record(desk):
    do(desk, record.reject, 1)
    assert cuts(desk, LATER)["min_drop"] == (0.10, "default")
    with desk.read() as connection:
        assert connection.execute(DECISIONS.sql_table().select()).one().verdict == "rejected"
        assert record.find(connection, 1).status == "rejected"


def test_a_person_may_change_a_proposal_within_floor_and_ceiling(desk):
    with pytest.raises(WrongUse, match=r"lies outside 0\.025 to 0\.4"):
        do(desk, record.accept, 1, SETTINGS, edit={"min_drop": 0.5}, own=OWN)
    with pytest.raises(WrongUse, match="is no cut line of drop"):
        do(desk, record.accept, 1, SETTINGS, edit={"drop": 0.2}, own=OWN)
    do(desk, record.accept, 1, SETTINGS, edit={"min_drop": 0.3}, own=OWN)
    assert cuts(desk, LATER)["min_drop"][0] == 0.3


def test_a_decision_is_undone_by_a_decision_and_only_once(desk):
    number = do(desk, record.accept, 1, SETTINGS)
    again = LATER + timedelta(days=1)
    undo = do(desk, record.rollback, number, at=again)
    assert cuts(desk, LATER)["min_drop"][0] == 0.15  # a past morning is cut as it was
    assert cuts(desk, again)["min_drop"] == (0.10, f"decision {undo}")
    with pytest.raises(Conflict, match="undone already"):
        do(desk, record.rollback, number, at=again)
    with pytest.raises(Conflict, match="nothing to undo"):
        do(desk, record.rollback, undo, at=again)


def test_what_a_later_decision_stands_on_cannot_be_undone_before_it(desk):
    first = do(desk, record.accept, 1, SETTINGS)
    with desk.write() as connection:
        versions = {v["name"]: v["id"] for v in thresholds.in_force(connection, LATER)}
        before = {"cuts": {"min_drop": 0.15, "min_loss": 4.0}, "versions": [versions["min_drop"], versions["min_loss"]]}
        more = {"from": before, "to": {"cuts": {"min_drop": 0.2, "min_loss": 4.0}}}
        (number,) = record.put(connection, "threshold", [a_cut(**more)], as_of=LATER)
    do(desk, record.accept, number, SETTINGS, at=LATER + timedelta(hours=1))
    with pytest.raises(Conflict, match="Roll that back first"):
        do(desk, record.rollback, first, at=LATER + timedelta(hours=2))


@pytest.mark.parametrize("act", [record.accept, record.reject], ids=["accept", "reject"])
def test_nothing_is_decided_twice_or_without_a_reason_or_where_it_was_refused(desk, act):
    words = (SETTINGS,) if act is record.accept else ()
    with pytest.raises(WrongUse, match="needs its reason"):
        do(desk, act, 1, *words, why=" ")
    do(desk, act, 1, *words)
    with pytest.raises(Conflict, match="already"):
        do(desk, act, 1, *words)
    with desk.write() as connection:
        (refused,) = record.put(connection, "threshold", [a_cut(status="refused", why="drift")], as_of=LATER)
    with pytest.raises(Conflict, match="was refused: drift"):
        do(desk, act, refused, *words)
    with pytest.raises(NotFound):
        do(desk, act, 99, *words)


def test_a_cut_somebody_moved_meanwhile_is_not_moved_back(desk):
    with desk.write() as connection:
        thresholds.move(connection, "drop.min_drop:1", 0.3, since=NOW, source="decision 9", why="by hand")
    with pytest.raises(Conflict, match="was changed since this was proposed"):
        do(desk, record.accept, 1, SETTINGS)
    with desk.read() as connection:
        assert connection.execute(DECISIONS.sql_table().select()).all() == []  # nothing half done
        assert record.find(connection, 1).status == "open"


def test_a_new_week_replaces_what_nobody_decided_on(desk):
    do(desk, record.accept, 1, SETTINGS)
    with desk.write() as connection:
        (number,) = record.put(connection, "threshold", [a_cut()], as_of=NOW + timedelta(days=7))
        record.put(connection, "threshold", [], as_of=NOW + timedelta(days=14))
        rows = connection.execute(PROPOSALS.sql_table().select()).all()
    assert {r.id: r.status for r in rows} == {1: "accepted", 2: "open", 3: "open", number: "replaced"}


def test_an_accepted_route_stands_first_and_goes_again_when_undone(desk):
    from opswheel.core.settings import Route

    with desk.write() as connection:
        routes.replace(connection, [Route(owner="tom")], by="tom", at=NOW)
    number = do(desk, record.accept, 2, SETTINGS)
    with desk.read() as connection:
        assert [(r.owner, r.kind, r.backup) for r in routes.current(connection)] == [
            ("ines", "drop", "tom"),
            ("tom", "", ""),
        ]
    do(desk, record.rollback, number)
    with desk.read() as connection:
        assert [(r.owner, r.kind) for r in routes.current(connection)] == [("tom", "")]


def test_a_cause_that_is_to_go_has_an_owner_a_cost_and_no_end_yet(desk):
    do(desk, record.accept, 3, SETTINGS, edit={"cost": 90.0})
    with desk.read() as connection:
        row = connection.execute(PREVENTION.sql_table().select()).one()
    assert (row.root_cause, row.dimension, row.value, row.owner, row.cost, row.done_at) == (
        "image",
        "brand",
        "Kiln",
        "ines",
        90.0,
        None,
    )
    assert row.planned_at == datetime(2026, 11, 23, 16)

"""What a close teaches: booked once and only when facts agree, and nothing from what was undone."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from opswheel.core.contracts import ISSUES, OUTCOMES
from opswheel.learning import outcomes, posteriors

NOW = datetime(2026, 11, 22, 16)
KINDS = {"listing_suppressed": 20.0, "out_of_stock": 30.0}


def issue(number: int, kind: str = "listing_suppressed", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(ISSUES.names())
    row |= {"id": number, "fingerprint": f"k1:{kind}:listing:{number}", "episode": 1, "kind": kind, "account": "main"}
    row |= {"channel": "amazon:US", "subject_type": "listing", "subject_key": str(number), "sku": f"MUG-{number}"}
    row |= {"state": "closed", "version": 1, "touched": False, "opened_run": 1, "detected_at": NOW - timedelta(days=9)}
    return row | {"inherited": False, "muted": False, "onset_day": date(2026, 11, 10)} | more


def outcome(number: int, resolution: str = "fixed", version: int = 2, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(OUTCOMES.names())
    row |= {"issue_id": number, "version": version, "at": NOW, "by": "ines", "kind": "listing_suppressed"}
    row |= {"resolution": resolution, "supported": True, "cleared": 100.0, "loss_stopped_per_day": 10.0}
    return row | more


def learned(ledger, issues, closes, shares=None):
    """(parameter, kind) → the row learned."""
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), issues)
        if closes:
            connection.execute(OUTCOMES.sql_table().insert(), closes)
        rows = posteriors.learn(connection, KINDS, shares or {}, as_of=NOW)
    return {(r["parameter"], r["kind"]): r for r in rows}


def held(ledger, *columns):
    table = OUTCOMES.sql_table()
    with ledger.read() as connection:
        found = connection.execute(table.select().order_by(table.c.issue_id, table.c.version)).all()
    return [tuple(getattr(r, c) for c in columns) for r in found]


def test_without_a_close_the_stated_assumptions_hold(ledger):
    found = learned(ledger, [issue(1)], [])
    told = {k: (round(r["mean"], 3), r["n"]) for k, r in found.items() if k[1] == "out_of_stock"}
    assert told == {
        ("precision", "out_of_stock"): (0.8, 0),
        ("fix_works", "out_of_stock"): (0.9, 0),
        ("minutes", "out_of_stock"): (30.0, 0),
        ("natural_life", "out_of_stock"): (0.0, 0),
        ("life_as_worked", "out_of_stock"): (0.0, 0),
    }


def test_confirmed_signals_raise_and_false_alarms_lower_the_chance_that_a_rule_is_right(ledger):
    found = learned(
        ledger,
        [issue(n) for n in range(1, 7)],
        [
            outcome(1),
            outcome(2, "wont_fix"),
            outcome(3, "accepted_risk"),
            outcome(4, "false_alarm", reason="cut_too_tight"),
            outcome(5, "false_alarm", reason="fixed_already"),  # the signal was right
            outcome(6, "duplicate"),  # says nothing of the rule
        ],
    )
    assert found["precision", "listing_suppressed"]["mean"] == pytest.approx((4 + 3) / (5 + 4))
    assert found["precision", "listing_suppressed"]["n"] == 4
    assert found["precision", "out_of_stock"]["n"] == 0  # another kind learns nothing from it


def test_only_minutes_somebody_measured_or_typed_teach_how_long_a_kind_takes(ledger):
    found = learned(
        ledger,
        [issue(n) for n in range(1, 4)],
        [
            outcome(1, minutes=50.0, minutes_source="typed"),
            outcome(2, minutes=40.0, minutes_source="measured"),
            outcome(3, minutes=999.0, minutes_source="default"),
        ],
    )
    row = found["minutes", "listing_suppressed"]
    assert (row["n"], row["mean"]) == (2, pytest.approx((5 * 20 + 50 + 40) / 7))


def test_a_fix_is_booked_once_however_often_the_issue_was_closed(ledger):
    """Fixed, came back, fixed again, taken back by a person, fixed a third time and verified: one fix, one clear."""
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(1, state="fixed"), issue(2, state="fixed")])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1, version=2), outcome(2, version=2)])
        outcomes.unbook(connection, [1])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1, version=4)])
        outcomes.take_back(connection, 1)
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1, version=6)])
        outcomes.book(connection, [1], NOW)
    assert held(ledger, "issue_id", "version", "cleared", "supported", "booked_at") == [
        (1, 2, 0.0, False, None),
        (1, 4, 0.0, False, None),
        (1, 6, 100.0, True, NOW),
        (2, 2, 100.0, True, None),  # its neighbour waits for facts of its own
    ]
    with ledger.write() as connection:
        found = {(r["parameter"], r["kind"]): r for r in posteriors.learn(connection, KINDS, {}, as_of=NOW)}
        outcomes.take_back(connection, 1)  # what facts have verified stays
    assert json.loads(found["fix_works", "listing_suppressed"]["detail"]) == {"a": 9 + 1, "b": 1 + 2}
    assert held(ledger, "cleared")[2] == (100.0,)


def test_a_false_alarm_that_was_taken_back_does_not_teach(ledger):
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(1)])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1, "false_alarm", reason="data_wrong")])
        outcomes.take_back(connection, 1)
        found = {(r["parameter"], r["kind"]): r for r in posteriors.learn(connection, KINDS, {}, as_of=NOW)}
    assert found["precision", "listing_suppressed"]["n"] == 0


def test_a_kinds_natural_life_counts_closes_by_people_as_not_known(ledger):
    healed = {"resolution": "self_healed", "closed_at": datetime(2026, 11, 16, 8)}
    fixed = {"resolution": "fixed", "state": "fixed", "fixed_at": datetime(2026, 11, 12, 8)}
    found = learned(ledger, [issue(1, **healed), issue(2, **fixed), issue(3, state="new")], [])
    row = found["natural_life", "listing_suppressed"]
    assert (row["n"], row["mean"]) == (1, 6.0)
    assert sorted(json.loads(row["detail"])["samples"]) == [[2.0, False, 3], [6.0, True, 3], [12.0, False, 3]]


def test_how_long_issues_stay_in_the_queue_counts_every_end_from_the_day_they_were_seen(ledger):
    seen = {"detected_at": datetime(2026, 11, 11, 8)}
    healed = {"resolution": "self_healed", "closed_at": datetime(2026, 11, 16, 8)}
    fixed = {"resolution": "fixed", "state": "fixed", "fixed_at": datetime(2026, 11, 12, 9)}
    found = learned(ledger, [issue(1, **seen, **healed), issue(2, **seen, **fixed), issue(3, **seen, state="new")], [])
    row = found["life_as_worked", "listing_suppressed"]
    open_days = (NOW - seen["detected_at"]).days
    assert (row["n"], row["mean"]) == (2, 3.0)
    assert json.loads(row["detail"]) == {"ended": [[1, 1], [5, 1]], "open": [[open_days, 1]]}


def test_the_share_a_state_costs_is_learned_from_verified_episodes_with_sales_enough(ledger):
    told = {"share_state": "hidden", "healthy_since": 10.0, "booked_at": NOW}
    found = learned(
        ledger,
        [issue(n) for n in range(1, 5)],
        [
            outcome(1, **told, units_since=6.0),
            outcome(2, **{**told, "booked_at": None}, units_since=0.0),  # not verified
            outcome(3, **{**told, "healthy_since": 3.0}, units_since=0.0),  # too few units to tell
            outcome(4, **{**told, "share_state": "not_listed"}, units_since=0.0),  # no stated prior
        ],
        {"hidden": (0.6, 4.0)},
    )
    row = found["share_lost", "hidden"]
    assert (row["n"], row["mean"]) == (1, pytest.approx((0.6 * 4 + 0.4) / 5))
    assert ("share_lost", "not_listed") not in found


def test_what_is_learned_later_is_not_known_earlier(ledger):
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(1)])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1)])
        early = posteriors.learn(connection, KINDS, {}, as_of=NOW - timedelta(days=1))
    assert {r["n"] for r in early if r["parameter"] == "precision"} == {0}


def test_a_tier_leans_on_its_kind_until_its_own_closes_outweigh_it(ledger):
    """Heroes are right six times of six, the tail wrong as often: each moves from the kind's own, not to 1 or 0."""
    closes = [outcome(n, tier=1) for n in range(1, 7)]
    closes += [outcome(n, "false_alarm", reason="cut_too_tight", tier=3) for n in range(7, 13)]
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(n) for n in range(1, 13)])
        connection.execute(OUTCOMES.sql_table().insert(), closes)
        rows = posteriors.learn(connection, KINDS, {}, as_of=NOW)
    found = {
        r["segment"]: r["mean"] for r in rows if (r["parameter"], r["kind"]) == ("precision", "listing_suppressed")
    }
    whole = (4 + 6) / (5 + 12)
    assert found == {
        "": pytest.approx(whole),
        "tier=1": pytest.approx((10 * whole + 6) / 16),
        "tier=3": pytest.approx(10 * whole / 16),
    }
    assert {r["segment"] for r in rows if r["kind"] == "out_of_stock"} == {""}  # no close: nothing to split


def test_closes_that_all_belong_to_one_tier_say_nothing_apart_from_their_kind(ledger):
    with ledger.write() as connection:
        connection.execute(ISSUES.sql_table().insert(), [issue(1), issue(2)])
        connection.execute(OUTCOMES.sql_table().insert(), [outcome(1, tier=2), outcome(2, tier=2)])
        rows = posteriors.learn(connection, KINDS, {}, as_of=NOW)
    assert {r["segment"] for r in rows} == {""}

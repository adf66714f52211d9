"""A run is told what came of forecasts once their days are over, and the last plan; a replay of it is told the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from opswheel.core.contracts import FORECAST_ACCURACY, ISSUE_EVENTS, ISSUES, PLANS
from opswheel.core.settings import Settings
from opswheel.storage.ledger import Ledger
from opswheel.wheel.inputs import morning

MORNING = datetime(2026, 11, 22, 16)


def told(made: int, measured: int, segment: str = "steady", inside: float | None = 0.8, **more: Any) -> dict[str, Any]:
    """What came of a forecast made `made` days ago, measured `measured` days ago."""
    row = {"account": "main", "channel": "amazon:US", "segment": segment, "items": 40, "item_days": 900, "bias": 0.3}
    row |= {"made_at": MORNING - timedelta(days=made), "measured_at": MORNING - timedelta(days=measured)}
    return {**row, "forecast_units": 130.0, "sold_units": 100.0, "wape": 0.4, "inside": inside, **more}


def seen(ledger: Ledger, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    with ledger.write() as connection:
        connection.execute(sa.insert(FORECAST_ACCURACY.sql_table()), list(rows))
    with ledger.read() as connection:
        return morning(connection, Settings(), as_of=MORNING, version=0).forecasts


def test_only_forecasts_that_are_over_and_were_measured_before_the_run_are_told(ledger: Ledger) -> None:
    over = [told(40, 5, "all"), told(40, 5), told(40, 5, "rare", inside=None)]
    running = [told(20, 1, "all", inside=None), told(20, 1, inside=None)]
    of_this_run = [told(29, 0, "all"), told(29, 0)]
    too_old = [told(150, 110, "all"), told(150, 110)]
    found = seen(ledger, *over, *running, *of_this_run, *too_old)
    assert sorted(r["segment"] for r in found) == ["rare", "steady"]
    assert {(r["made_day"], r["forecast_units"], r["sold_units"], r["wape"]) for r in found} == {
        ((MORNING - timedelta(days=40)).date(), 130.0, 100.0, 0.4)
    }


def test_a_shop_that_does_not_plan_is_told_nothing(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert morning(connection, Settings(), as_of=MORNING, version=0).forecasts == []


def test_of_two_forecasts_of_one_day_the_later_counts(ledger: Ledger) -> None:
    again = told(40, 5, forecast_units=90.0, made_at=MORNING - timedelta(days=40) + timedelta(hours=2))
    found = seen(ledger, again, {**again, "segment": "all"}, told(40, 5, "all"), told(40, 5))
    assert [(r["segment"], r["forecast_units"]) for r in found] == [("steady", 90.0)]


def planned(ledger: Ledger, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """What a run is told of plans made so many hours ago, and replaced or not."""
    empty = {c.name: None for c in PLANS.columns}
    usual = {"account": "main", "channel": "amazon:US", "pool": "amazon:US/mug", "action": "order_now", "skus": "mug"}
    told = {"units": 30, "held_units": 10, "arriving_units": 2, "per_day": 2.0, "reorder_point_units": 20, "p_out": 1.0}
    whole = {**empty, **usual, **told, "lead_source": "told", "currency": "USD", "words": ""}
    made = [
        {
            **whole,
            **r,
            "made_at": ago(r["made_at"]),
            "replaced_at": ago(r["replaced_at"]) if "replaced_at" in r else None,
        }
        for r in rows
    ]
    with ledger.write() as connection:
        connection.execute(sa.insert(PLANS.sql_table()), made)
    with ledger.read() as connection:
        return morning(connection, Settings(), as_of=MORNING, version=0).plans


def ago(hours: int) -> datetime:
    return MORNING - timedelta(hours=hours)


def test_a_run_is_told_the_plan_that_was_the_last_one_then_and_only_what_is_to_be_done(ledger: Ledger) -> None:
    found = planned(
        ledger,
        {"made_at": 48, "replaced_at": 24, "units": 1},
        {"made_at": 24, "replaced_at": 0, "units": 2},
        {"made_at": 24, "replaced_at": 0, "action": "wait", "units": 0},
        {"made_at": 0, "units": 3},
    )
    assert [(r["units"], r["lacking_days"], r["made_day"]) for r in found] == [(2, 4.0, ago(24).date())]


def test_a_plan_not_made_anew_for_a_week_is_told_no_more(ledger: Ledger) -> None:
    assert len(planned(ledger, {"made_at": 24 * 7})) == 1
    with ledger.write() as connection:
        connection.execute(sa.delete(PLANS.sql_table()))
    assert planned(ledger, {"made_at": 24 * 7 + 1}) == []


def test_the_day_it_runs_out_is_the_middle_of_all_futures_else_the_early_one(ledger: Ledger) -> None:
    early = {"runs_out_early": date(2026, 12, 1)}
    found = planned(
        ledger,
        {"made_at": 1, **early, "runs_out_day": date(2026, 12, 9)},
        {"made_at": 1, **early, "pool": "p2", "reorder_point_units": None},
    )
    assert [r["runs_out_day"] for r in found] == [date(2026, 12, 9), date(2026, 12, 1)]
    assert [r["lacking_days"] for r in found] == [4.0, None]


def issue(number: int, kind: str = "forecast_drift", days: int = 20, **more: Any) -> dict[str, Any]:
    """An issue found so many days ago."""
    row = {c.name: None for c in ISSUES.columns} | {"id": number, "fingerprint": f"f{number}", "episode": 1}
    row |= {"kind": kind, "account": "main", "channel": "amazon:US", "subject_type": "segment", "subject_key": "k"}
    row |= {"state": "assigned", "version": 1, "touched": False, "opened_run": 1, "inherited": False, "muted": False}
    return {**row, "owner": "Ines", "detected_at": MORNING - timedelta(days=days), **more}


def event(number: int, by: str, days: int, version: int = 2) -> dict[str, Any]:
    told_at = MORNING - timedelta(days=days)
    return {"issue_id": number, "version": version, "at": told_at, "event": "noted", "by": by, "payload": "{}"}


def test_a_run_is_told_exceptions_that_were_open_then_and_that_no_person_had_touched_by_then(ledger: Ledger) -> None:
    before = {"closed_at": MORNING - timedelta(hours=1), "state": "closed"}
    gone = {"verified_at": MORNING - timedelta(hours=1), "state": "verified"}
    later = {"closed_at": MORNING + timedelta(hours=1), "state": "closed"}
    rows = [
        issue(1), issue(2), issue(3), issue(4, **before), issue(5, **gone), issue(6, **later), issue(7, days=-1),
        issue(8, "stockout_ahead", tier=1), issue(9, "stockout_ahead", tier=2), issue(10, "price_too_low", tier=1),
    ]  # fmt: skip
    with ledger.write() as connection:
        connection.execute(sa.insert(ISSUES.sql_table()), rows)
        done = [event(1, "opswheel", 19), event(2, "Ines", 19), event(3, "Ines", -1)]
        connection.execute(sa.insert(ISSUE_EVENTS.sql_table()), done)
    with ledger.read() as connection:
        found = morning(connection, Settings(), as_of=MORNING, version=0).exceptions
    assert sorted(r["issue_id"] for r in found) == [1, 3, 6, 8]
    assert {(r["detected_day"], r["owner"]) for r in found} == {((MORNING - timedelta(days=20)).date(), "Ines")}

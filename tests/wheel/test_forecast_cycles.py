"""A run is told what came of forecasts only once their days are over, and a replay of it is told the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from opswheel.core.contracts import FORECAST_ACCURACY
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

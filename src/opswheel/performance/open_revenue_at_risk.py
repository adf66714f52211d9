"""Open revenue at risk, cleared and stopped: what this run may claim, and no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.contracts import OUTCOMES
from ..core.money import Estimate

CLEARED_DAYS = 28


def measure(
    connection: sa.Connection, risk: Estimate, avoidable: Estimate, n: int, as_of: datetime
) -> list[dict[str, Any]]:
    """Rows of `metrics` for a run, without its number.

    Cleared is "would have been lost within the horizon if ignored", booked when facts verified the fix; it is no
    revenue. Blind sources and margin given away are in none of these.
    """
    outcomes = OUTCOMES.sql_table()
    since = as_of - timedelta(days=CLEARED_DAYS)
    booked = connection.execute(
        sa.select(sa.func.count(), sa.func.sum(outcomes.c.cleared), sa.func.sum(outcomes.c.loss_stopped_per_day)).where(
            outcomes.c.booked_at > since, outcomes.c.booked_at <= as_of
        )
    ).one()
    money = risk.currency
    return [
        _row("open_revenue_at_risk", risk.mean, risk.p10, risk.p90, n, money),
        _row("open_avoidable", avoidable.mean, avoidable.p10, avoidable.p90, n, money),
        _row("cleared_per_day", (booked[1] or 0.0) / CLEARED_DAYS, None, None, booked[0], f"{money}/day"),
        _row("loss_stopped_per_day", booked[2] or 0.0, None, None, booked[0], f"{money}/day"),
    ]


def _row(  # noqa: PLR0913
    name: str, value: float, low: float | None, high: float | None, n: int, unit: str
) -> dict[str, Any]:
    return {"name": name, "value": value, "low": low, "high": high, "n": n, "unit": unit}

"""Open revenue at risk, cleared and stopped: what this run may claim, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import OUTCOMES
from ..core.money import Estimate
from .figures import Asked, Change, Figure, Point, Role, unseen

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


class OpenRevenueAtRisk:
    """What open issues will lose within the horizon if nothing is done, as the last run of the window measured it.

    It lies ahead; what was lost already is never in it. Each run recorded its own, so a past month is told as it was.

    May not claim:
        It rises when more is seen: read it with time to detection. Blind sources and cash are not in it.
    """

    name: ClassVar[str] = "open_revenue_at_risk"
    title: ClassVar[str] = "Open revenue at risk"
    unit: ClassVar[str] = "money"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The last run's, and the last of each month."""
        e = asked.evidence
        rows = [t for t in e.told if t[1] == self.name]
        months = tuple(_last(rows, e.window.month(m), m) for m in e.window.months)
        avoidable = [t for t in e.told if t[1] == "open_avoidable" and t[0] >= e.window.period[0]]
        more = {"currency": e.currency, "avoidable": avoidable[-1][2] if avoidable else None, "as_of": None}
        now = [t for t in rows if t[0] >= e.window.period[0]]
        if not now:
            return unseen(self, "no run was made in this time", "after opswheel run", months=months, more=more)
        at, _, value, low, high, n = now[-1]
        return Figure(
            self.name,
            self.title,
            self.unit,
            value,
            low,
            high,
            n,
            "open issues",
            "8 in 10, of the run itself",
            note="what lies ahead, not what was lost",
            may_not="It rises when more is seen: read it with time to detection.",
            change=_change(rows, e.window.before, now[-1]),
            months=months,
            more={**more, "as_of": show_moment(at)},
        )


def _last(rows: Sequence[tuple[Any, ...]], span: tuple[datetime, datetime], month: date) -> Point:
    inside = [t for t in rows if span[0] <= t[0] < span[1]]
    if not inside:
        return Point(month, None)
    _, _, value, low, high, n = inside[-1]
    return Point(month, value, low, high, n)


def _change(rows: Sequence[tuple[Any, ...]], before: tuple[datetime, datetime], now: tuple[Any, ...]) -> Change | None:
    """Clear only where the two intervals lie apart: the same listings stand behind both."""
    was = [t for t in rows if before[0] <= t[0] < before[1]]
    if not was or None in (was[-1][3], was[-1][4], now[3], now[4]):
        return None
    if now[3] <= was[-1][4] and was[-1][3] <= now[4]:
        return Change("no clear change since the period before", False)
    better = now[2] < was[-1][2]
    return Change(f"{'lower' if better else 'higher'} than in the period before, clearly", True, better)

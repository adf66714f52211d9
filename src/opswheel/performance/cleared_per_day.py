"""Cleared per day."""

from __future__ import annotations

from datetime import date
from math import sqrt
from typing import ClassVar

from ..core.clock import channel_day
from .evidence import Evidence
from .figures import Asked, Figure, Point, Role, unseen
from .window import AN_INSTANT

FEWEST_DAYS = 7


class ClearedPerDay:
    """Revenue at risk that was cleared a day, booked when facts verified the fix.

    It is what would have been lost if ignored; it is no revenue, and counts nothing that nobody mended.

    May not claim:
        It falls when there is less to clear: read it with open revenue at risk. How many were closed is no success.
    """

    name: ClassVar[str] = "cleared_per_day"
    title: ClassVar[str] = "Cleared a day"
    unit: ClassVar[str] = "money a day"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The mean of the window's days with the spread of days as its doubt, and each month's."""
        e = asked.evidence
        months = tuple(_month(e, m) for m in e.window.months)
        first, last = e.window.first, channel_day(e.window.end - AN_INSTANT, e.window.zone)
        more = {"currency": e.currency, "loss_stopped_per_day": 0.0}
        if e.first_run is None:
            return unseen(self, "no run has been made", "after opswheel run", months=months, more=more)
        value, low, high, n, stopped = _mean(e, max(first, channel_day(e.first_run, e.window.zone)), last)
        return Figure(
            self.name,
            self.title,
            self.unit,
            value,
            low,
            high,
            n,
            "verified fixes",
            "t over days",
            note="would have been lost if ignored, verified gone",
            may_not="It falls when there is less to clear: read it with open revenue at risk.",
            months=months,
            more={**more, "loss_stopped_per_day": stopped},
        )


def _month(e: Evidence, month: date) -> Point:
    begin, end = e.window.month(month)
    if e.first_run is None or end <= max(begin, e.first_run):
        return Point(month, None)
    first = max(month, channel_day(e.first_run, e.window.zone))
    value, low, high, n, _ = _mean(e, first, channel_day(end - AN_INSTANT, e.window.zone))
    return Point(month, value, low, high, n)


def _mean(e: Evidence, first: date, last: date) -> tuple[float, float | None, float | None, int, float]:
    """A day's mean with its interval, fixes booked, and the daily loss they stopped."""
    days = max(1, (last - first).days + 1)
    booked = [one for day, one in e.cleared.items() if first <= day <= last]
    total, n = sum(b[0] for b in booked), sum(b[2] for b in booked)
    mean = total / days
    if days < FEWEST_DAYS or not booked:
        return mean, None, None, n, sum(b[1] for b in booked)
    from scipy.special import stdtrit

    spread = sum((b[0] - mean) ** 2 for b in booked) + (days - len(booked)) * mean**2
    half = float(stdtrit(days - 1, 0.95)) * sqrt(spread / (days - 1) / days)
    return mean, max(0.0, mean - half), mean + half, n, sum(b[1] for b in booked)

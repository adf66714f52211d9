"""Repeat rate."""

from __future__ import annotations

from datetime import date
from math import sqrt
from typing import ClassVar

from ..core.clock import DAY, channel_day
from .evidence import REPEAT_DAYS, Evidence
from .figures import Asked, Change, Figure, Point, Role, change_by, unseen
from .rates import YEAR_DAYS, Rate, Trend, hazard_trend, rate
from .survival import two_sided
from .window import AN_INSTANT


class RepeatRate:
    """How often what was fixed comes back: repeats per day that a verified fix is at risk, for 90 days each.

    A share of new issues would fall when more new problems come; this does not. It is told from the 91st day on: before
    that only young fixes are at risk, and they are not like the others.

    May not claim:
        Found by matching kind and subject: the same cause on another listing is not in it.
    """

    name: ClassVar[str] = "repeat_rate"
    title: ClassVar[str] = "Repeat rate"
    unit: ClassVar[str] = "repeats per fix and day"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The hazard of the window, and of each month from the 91st day on."""
        e = asked.evidence
        months = tuple(_point(e, m) for m in e.window.months)
        start = from_day(e)
        first, last = e.window.first, channel_day(e.window.end - AN_INSTANT, e.window.zone)
        more = {"share_in_90_days": None, "days_at_risk": 0, "from_day": None if start is None else start.isoformat()}
        if start is None or last < start:
            would = "91 days after the first run" + ("" if start is None else f", on {start}")
            return unseen(self, "fixes have not been at risk for 90 days yet", would, months=months, more=more)
        n, days = e.repeat_counts(max(first, start), last)
        found = rate(n, days)
        if found is None:
            return unseen(self, "no fix was verified yet", "once facts agree with fixes", months=months, more=more)
        within = 1 - (1 - min(found.value, 1.0)) ** REPEAT_DAYS
        return Figure(
            self.name,
            self.title,
            self.unit,
            found.value,
            found.low,
            found.high,
            n,
            "repeats",
            "Poisson, exact",
            note=f"{n:,} repeats in {days:,} days at risk; at this rate {within:.0%} come back within 90 days",
            may_not="The same cause on another listing is not in it.",
            change=_change(e, found),
            months=months,
            more={**more, "share_in_90_days": within, "days_at_risk": days},
        )


def from_day(e: Evidence) -> date | None:
    """The 91st day after the first run, in the team's zone."""
    return None if e.first_run is None else channel_day(e.first_run, e.window.zone) + (REPEAT_DAYS + 1) * DAY


def month_rates(e: Evidence) -> list[tuple[date, int, float]]:
    """(month, repeats, days at risk) of the whole and partial months from the 91st day on."""
    start, found = from_day(e), []
    for month in e.window.months:
        begin, end = e.window.month(month)
        first, last = _days(e, month)
        if start is None or end <= begin or last < first:
            continue
        n, days = e.repeat_counts(first, last)
        found.append((month, n, float(days)))
    return found


def _days(e: Evidence, month: date) -> tuple[date, date]:
    """The first and the last day of a month that count."""
    start = from_day(e)
    last = channel_day(e.window.month(month)[1] - AN_INSTANT, e.window.zone)
    return max(month, start) if start else month, last


def trend(e: Evidence) -> Trend | None:
    """The yearly change of the hazard over the window's months, each at the middle of the days counted in it.

    The month of the 91st day and the one that is not over are short; their middles are not where whole months have it.
    """
    found = []
    for month, n, days in month_rates(e):
        first, last = _days(e, month)
        middle = (first - e.window.months[0]).days + (last - first).days / 2
        found.append((middle / YEAR_DAYS, n, days))
    return hazard_trend(found)


def _point(e: Evidence, month: date) -> Point:
    told = next((t for t in month_rates(e) if t[0] == month), None)
    found = rate(told[1], told[2]) if told else None
    return Point(month, found.value, found.low, found.high, found.n) if found else Point(month, None)


def _change(e: Evidence, now: Rate) -> Change | None:
    start = from_day(e)
    begin, end = (channel_day(at, e.window.zone) for at in e.window.before)
    if start is None or begin < start:
        return None
    n, days = e.repeat_counts(begin, end - DAY)
    if days <= 0 or not n + now.n:
        return None
    share = now.days / (now.days + days)
    z = (now.n - (now.n + n) * share) / sqrt((now.n + n) * share * (1 - share))
    return change_by(two_sided(z), better=z < 0, words=("fewer come back, clearly", "more come back, clearly"))

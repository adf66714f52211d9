"""Revenue per operator."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from .figures import Asked, Change, Figure, Point, Role, unseen
from .operators import CLOSERS, Operators
from .rates import Trend
from .trends import plain_trend, seasonal_trend


class RevenuePerOperator:
    """Revenue of a month ÷ people who work issues, at constant prices and without channels that came or went.

    People come from headcount.csv; without one, from how many closed something that month, which is said. Season is
    taken out of the change by holding each month against the same one a year before.

    May not claim:
        It does not say why. A market that grows lifts it without any work of the team.
    """

    name: ClassVar[str] = "revenue_per_operator"
    title: ClassVar[str] = "Revenue per operator"
    unit: ClassVar[str] = "money a month"
    role: ClassVar[Role] = "health"

    def measure(self, asked: Asked) -> Figure:
        """The last whole month that tells both, each month's, and the change in a year."""
        o, e = asked.operators, asked.evidence
        told = o.per_operator()
        points = tuple(_point(m, told, o) for m in e.window.months)
        more = {
            "currency": e.currency,
            "headcount": None,
            "headcount_source": o.headcount_source or None,
            "month": None,
            "change_in_a_year": None,
            "left_out": list(o.notes),
        }
        last = max((m for m in told if m in e.window.months), default=None)
        if e.account is not None:
            because = "people work for every account, and nobody writes down for which how long"
            return unseen(self, because, "for all accounts together", months=points, more=more)
        if last is None:
            because = "no whole month of sales is loaded" if not o.revenue else "nobody said how many work issues"
            would = "if sales by day are loaded" if not o.revenue else "if headcount.csv is loaded"
            return unseen(self, because, would, months=points, more=more)
        found = yearly(o, e.window.months[0])
        change, ends = None, None
        if found is not None:
            middle, low, high = found.change()
            clear = low > 0 or high < 0
            ends = {"value": middle, "low": low, "high": high}
            words = f"{middle:+.0%} in a year ({low:+.0%} to {high:+.0%})" + ("" if clear else ": no clear change")
            change = Change(words, clear, middle > 0 if clear else None)
        note = f"{last:%b %Y}, {o.headcount[last]:g} people by {o.headcount_source}"
        if o.headcount_source == CLOSERS:
            note += ", which is not headcount: who was on leave is missing, who closed once counts in full"
        if merged := merged_in(o, e.window.months[0]):
            note += f"; no change is told: {merged}"
        elif found is None:
            note += "; season is not taken out: fewer than six months have one a year before them"
        return Figure(
            self.name,
            self.title,
            self.unit,
            told[last],
            n=len([m for m in told if m in e.window.months]),
            counted="months",
            method="month against the same month a year before",
            note=note,
            may_not="It does not say why: a growing market lifts it too.",
            change=change,
            months=points,
            more={
                **more,
                "headcount": o.headcount[last],
                "month": f"{last:%Y-%m}",
                "change_in_a_year": ends,
            },
        )


def _point(month: date, told: dict[date, float], o: Operators) -> Point:
    return Point(month, told.get(month), n=round(o.headcount.get(month, 0.0)))


def yearly(o: Operators, since: date) -> Trend | None:
    """The yearly change of revenue per operator: of deflated revenue with season out, less that of headcount.

    None over a month in which a catalog was merged: what came with it is not what anybody brought more.
    """
    if merged_in(o, since):
        return None
    revenue = seasonal_trend(o.revenue, since)
    people = plain_trend({m: v for m, v in o.headcount.items() if m >= since and m in o.revenue})
    if revenue is None or people is None:
        return None
    se = (revenue.se**2 + people.se**2) ** 0.5
    return Trend(revenue.slope - people.slope, se, min(revenue.free, people.free), revenue.n)


def merged_in(o: Operators, since: date) -> str:
    """Why the year, or the one before that season is read from, cannot be held together; empty where it can."""
    found = [m for m in o.merged if m >= since.replace(year=since.year - 1)]
    if not found:
        return ""
    months = ", ".join(f"{m:%b %Y}" for m in found)
    return f"a channel's list jumped in {months}, as when catalogs are merged or newly loaded"

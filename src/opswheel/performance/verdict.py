"""Is the wheel compounding? One answer of four, decided by three lines through a year of months (ADR 0028).

compounding   revenue per operator clearly up, and the repeat hazard clearly down
stalled       headcount grew in line with the catalog, and revenue per operator did not rise
flat          neither of the two moved, and headcount did not either
cannot tell   anything else: the intervals are too wide, the catalog hardly moved, or a figure is missing
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Any, Literal

from ..core.money import round6
from .operators import CLOSERS
from .rates import Trend
from .trends import Scaling

Verdict = Literal["compounding", "flat", "stalled", "cannot_tell"]

CATALOG_MOVED = 1.2
"""Largest ÷ smallest catalog of the year from which headcount can be held against it."""
IN_LINE = 0.9
"""Slope of log headcount on log catalog from which headcount grows in line with it."""
WITHOUT = 0.5
"""Slope up to which the catalog grows without the team."""
BETWEEN = 0.7
"""The middle between them: an interval that reaches across it is on neither side."""
PEOPLE_STAYED = 1.02
"""Largest ÷ smallest headcount of the year up to which it did not change."""
NO_RISE = log(1.02)
"""A yearly rise of revenue per operator up to which a team is not said to bring more."""
REVENUE_FLAT = log(1.15)
REPEATS_FLAT = log(1 / 0.7)
"""A yearly change whose rough interval lies inside these is none that compounding would be made of."""
CLEARLY, ROUGHLY, SURELY = 0.9, 0.8, 0.995
"""Two-sided intervals: for a change to be clear, for the absence of one, and for a small change to be one after all."""


@dataclass(frozen=True)
class Answer:
    """The verdict, the sentence for people, and the three lines it rests on."""

    verdict: Verdict
    words: str
    revenue: Trend | None
    repeats: Trend | None
    scaling: Scaling | None
    missing: tuple[str, ...] = ()
    people: str = ""

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        return {
            "words": self.words,
            "revenue_per_operator": _change(self.revenue),
            "repeat_rate": _change(self.repeats),
            "headcount_slope": _slope(self.scaling),
            "catalog_range": None if self.scaling is None else round6(self.scaling.catalog_range),
            "headcount_range": None if self.scaling is None else round6(self.scaling.headcount_range),
            "points": []
            if self.scaling is None
            else [
                {"month": f"{m:%Y-%m}", "catalog": round6(c), "headcount": round6(h)} for m, c, h in self.scaling.points
            ],
            "headcount_source": self.people or None,
            "missing": list(self.missing),
        }


def _change(trend: Trend | None) -> dict[str, float] | None:
    if trend is None:
        return None
    middle, low, high = trend.change()
    return {"value": round6(middle), "low": round6(low), "high": round6(high)}


def _slope(scaling: Scaling | None) -> dict[str, float] | None:
    if scaling is None or scaling.trend is None:
        return None
    low, high = scaling.trend.ends()
    return {"value": round6(scaling.trend.slope), "low": round6(low), "high": round6(high)}


def judge(
    revenue: Trend | None,
    repeats: Trend | None,
    scaling: Scaling | None,
    *,
    people: str = "",
    no_revenue: str = "",
) -> Answer:
    """The verdict on a year: yearly log changes of the two that decide, and headcount against catalog.

    `people` says where headcount comes from, `no_revenue` why there is no line of revenue, where that is known.
    """
    missing = _missing(revenue, repeats, scaling, no_revenue)
    verdict, words = _decide(revenue, repeats, scaling)
    if verdict == "cannot_tell" and missing:
        words = f"Cannot tell: {missing[0]}."
    elif people == CLOSERS and verdict != "cannot_tell":
        words += " People are those who closed something, which is not headcount."
    return Answer(verdict, words, revenue, repeats, scaling, tuple(missing), people)


def _missing(revenue: Trend | None, repeats: Trend | None, scaling: Scaling | None, no_revenue: str) -> list[str]:
    found = []
    if revenue is None:
        usual = "revenue per operator needs headcount and six months of sales with the same months a year before"
        found.append(no_revenue or usual)
    if repeats is None:
        found.append("the repeat rate needs four months after the 91st day, with ten repeats")
    if scaling is None:
        found.append("headcount and listings are not told for the same months")
    return found


def _decide(revenue: Trend | None, repeats: Trend | None, scaling: Scaling | None) -> tuple[Verdict, str]:
    moved = scaling is not None and scaling.catalog_range >= CATALOG_MOVED
    if scaling is not None and moved and _in_line(scaling, revenue):
        return "stalled", _stalled(scaling)
    if revenue is None or repeats is None or scaling is None:
        return "cannot_tell", "Cannot tell."
    up, fewer = revenue.ends(CLEARLY)[0] > 0, repeats.ends(CLEARLY)[1] < 0
    if up and fewer:
        if not moved:
            return "cannot_tell", _hardly(scaling, "Both figures that decide improved")
        if not _without(scaling):
            return "cannot_tell", _neither_side(scaling, "Both figures that decide improved")
        return "compounding", _compounding(revenue, repeats)
    if _within(revenue, REVENUE_FLAT) and _within(repeats, REPEATS_FLAT):
        if scaling.headcount_range <= PEOPLE_STAYED or (moved and _without(scaling)):
            return "flat", "Flat: neither revenue per operator nor the repeat rate moved in a year."
        why = _neither_side if moved else _hardly
        return "cannot_tell", why(scaling, "Neither figure that decides moved")
    return "cannot_tell", _open_questions(revenue, repeats, up=up, fewer=fewer)


def _in_line(scaling: Scaling, revenue: Trend | None) -> bool:
    """Headcount grows as the catalog does: the rough interval reaches in line and not below the middle.

    Revenue per operator must agree: were each one bringing clearly more, the team would carry more than it grew by.
    """
    if scaling.trend is None:
        return False
    low, high = scaling.trend.ends(ROUGHLY)
    if high < IN_LINE or low <= BETWEEN:
        return False
    return revenue is None or revenue.ends(CLEARLY)[0] <= NO_RISE


def _without(scaling: Scaling) -> bool:
    """The catalog grew without the team: the team stayed as it was, or its slope lies clearly below the middle."""
    if scaling.headcount_range <= PEOPLE_STAYED:
        return True
    if scaling.trend is None:
        return False
    return scaling.trend.slope <= WITHOUT and scaling.trend.ends(ROUGHLY)[1] < BETWEEN


def _within(trend: Trend, bound: float) -> bool:
    """No change to speak of: the rough interval lies inside the bound, and no small change is beyond doubt."""
    low, high = trend.ends(ROUGHLY)
    least, most = trend.ends(SURELY)
    return -bound < low and high < bound and least <= 0 <= most


def _percent(value: float) -> str:
    return f"{exp(value) - 1:+.0%}".replace("-", "−")


def _compounding(revenue: Trend, repeats: Trend) -> str:
    return (
        f"Compounding: revenue per operator {_percent(revenue.slope)} in a year, "
        f"the repeat rate {_percent(repeats.slope)}, both clearly."
    )


def _stalled(scaling: Scaling) -> str:
    assert scaling.trend is not None
    low, high = scaling.trend.ends()
    return (
        f"Stalled: headcount grows in line with the catalog (slope {scaling.trend.slope:.2f}, {low:.2f} to {high:.2f}; "
        f"1 is in line), and revenue per operator does not rise."
    )


def _hardly(scaling: Scaling, what: str) -> str:
    return (
        f"Cannot tell: {what[0].lower()}{what[1:]}, but the catalog moved {scaling.catalog_range:.2f} × in the year; "
        f"below {CATALOG_MOVED} × it does not show whether the team carries more."
    )


def _neither_side(scaling: Scaling, what: str) -> str:
    slope = "not told" if scaling.trend is None else f"{scaling.trend.slope:.2f}"
    return f"Cannot tell: {what[0].lower()}{what[1:]}, but headcount went with the catalog halfway (slope {slope})."


def _open_questions(revenue: Trend, repeats: Trend, *, up: bool, fewer: bool) -> str:
    r, h = (tuple(_percent(x) for x in t.ends(CLEARLY)) for t in (revenue, repeats))
    told = f"revenue per operator {r[0]} to {r[1]} in a year, the repeat rate {h[0]} to {h[1]}"
    if up != fewer:
        told += "; only one of the two improved clearly"
    return f"Cannot tell: {told}."

"""Habits: what a team does each morning, week and month, recorded when done, held beside what happened here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.contracts import HABITS
from ..core.errors import WrongUse
from .evidence import Evidence

FEWEST_MONTHS = 6
EVERY = 1, 7, 30, 91


@dataclass(frozen=True)
class Habit:
    """One habit: how often it is meant to happen (days), and what doing it means."""

    name: str
    title: str
    every_days: int
    words: str


HABIT_LIST: tuple[Habit, ...] = (
    Habit("morning", "Morning", 1, "review the ranked open queue"),
    Habit("midday", "Midday", 1, "check how old tier-one issues are"),
    Habit("close_of_day", "Close of day", 1, "note what came back, for prevention"),
    Habit("weekly", "Weekly", 7, "decide one cut line from what closes say"),
    Habit("monthly", "Monthly", 30, "did revenue per operator improve; remove one hand-off"),
    Habit("quarterly", "Quarterly", 91, "review maturity and connections; the next investment"),
)
"""The daily ones are asked for on weekdays."""
_BY_NAME = {h.name: h for h in HABIT_LIST}


def record(  # noqa: PLR0913
    connection: sa.Connection, habit: str, *, day: date, by: str, at: datetime, note: str | None = None
) -> dict[str, Any]:
    """Write down that a habit was done; said twice on a day, the first stands. Raises WrongUse for one nobody knows."""
    if habit not in _BY_NAME:
        raise WrongUse(f"{habit!r} is no habit.", f"One of: {', '.join(_BY_NAME)}.")
    table = HABITS.sql_table()
    same = (table.c.habit == habit, table.c.day == day, table.c.by == by)
    if connection.execute(sa.select(table.c.at).where(*same)).one_or_none() is None:
        connection.execute(table.insert(), {"habit": habit, "day": day, "by": by, "at": at, "note": note})
    return {"habit": habit, "day": day.isoformat(), "by": by}


def done(connection: sa.Connection, first: date, last: date) -> dict[str, list[date]]:
    """The days each habit was done on, by anybody."""
    table = HABITS.sql_table()
    rows = connection.execute(
        sa.select(table.c.habit, table.c.day).where(table.c.day >= first, table.c.day <= last).distinct()
    )
    found: dict[str, list[date]] = {h.name: [] for h in HABIT_LIST}
    for name, day in rows:
        found.setdefault(name, []).append(day)
    return {name: sorted(days) for name, days in found.items()}


def kept(days: Mapping[str, Sequence[date]], first: date, last: date) -> list[dict[str, Any]]:
    """Each habit: how often it was done between two days, and how often it was meant to be."""
    found = []
    for habit in HABIT_LIST:
        inside = [d for d in days.get(habit.name, ()) if first <= d <= last]
        found.append(
            {
                "habit": habit.name,
                "title": habit.title,
                "words": habit.words,
                "done": len(inside),
                "asked": _asked(habit, first, last),
                "last": max(inside).isoformat() if inside else None,
            }
        )
    return found


def _asked(habit: Habit, first: date, last: date) -> int:
    span = (last - first).days + 1
    if habit.every_days == 1:
        return sum((first + timedelta(days=i)).weekday() < 5 for i in range(span))
    return max(1, span // habit.every_days)


def goes_with(e: Evidence, days: Mapping[str, Sequence[date]]) -> dict[str, Any]:
    """Whether months with more habits cleared more: an association over months, no cause, no promise.

    Spearman's rank correlation with its two-sided chance; fewer than six months, or months all alike, say nothing.
    """
    every = sorted(d for each in days.values() for d in each)
    months = [
        m for m in e.window.months if e.first_run is not None and e.window.month(m)[0] >= e.first_run.replace(hour=0)
    ]
    counts = [sum(1 for d in every if (d.year, d.month) == (m.year, m.month)) for m in months]
    cleared = [sum(c for d, (c, *_) in e.cleared.items() if (d.year, d.month) == (m.year, m.month)) for m in months]
    base = {"n": len(months), "correlation": None, "p": None}
    if len(months) < FEWEST_MONTHS or len(set(counts)) < 3 or len(set(cleared)) < 3:
        return {**base, "words": f"cannot tell: {len(months)} whole months with runs; six that differ are needed"}
    from scipy.stats import spearmanr

    test = spearmanr(counts, cleared)
    r, p = float(test.statistic), float(test.pvalue)
    words = "months with more habits " + ("cleared more" if r > 0 else "cleared less")
    words = words if p < 0.05 else "no clear association between habits and what a month cleared"
    return {**base, "correlation": r, "p": p, "words": words + " (association: which leads to which is not told)"}

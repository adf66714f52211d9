"""Habits: what a team does each morning, week and month, recorded when done, held beside what happened here."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY, channel_day
from ..core.contracts import HABITS
from ..core.errors import WrongUse
from .evidence import Evidence
from .figures import CLEAR
from .survival import quantile
from .window import AN_INSTANT

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
    """Whether months with more habits have better figures here: an association over months, no cause, no promise.

    Whole months only, and money by the day, so that a short month is not less of both. Spearman's rank correlation of
    each figure with its two-sided chance, held by Holm against how many figures are asked about.
    `correlation` and `p` are those of what was cleared. Fewer than six months, or months all alike, say nothing.
    """
    months = [m for m in e.window.months if _whole(e, m)]
    every = [d for each in days.values() for d in each]
    done = [sum((d.year, d.month) == (m.year, m.month) for d in every) for m in months]
    told = [_association(name, words, done, values) for name, words, values in _figures(e, months)]
    clear = _clear([one["p"] for one in told])
    for one, sure in zip(told, clear, strict=True):
        one["clear"] = sure
    base = {"n": len(months), "correlation": told[0]["correlation"], "p": told[0]["p"], "figures": told}
    if all(one["p"] is None for one in told):
        return {**base, "words": f"cannot tell: {len(months)} whole months with runs; six that differ are needed"}
    found = [one["words"] for one in told if one["clear"]]
    words = f"months with more habits {' and '.join(found)}" if found else "no clear association with any figure"
    return {**base, "words": words + " (association: which leads to which is not told)"}


def _whole(e: Evidence, month: date) -> bool:
    """Whether runs were made from before a month began, and it is over."""
    begin, end = e.window.month(month)
    last = date(month.year, month.month, _length(month))
    over = channel_day(end - AN_INSTANT, e.window.zone) == last and end - begin > (_length(month) - 1) * DAY
    return e.first_run is not None and channel_day(e.first_run, e.window.zone) <= month and over


def _length(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def _figures(e: Evidence, months: Sequence[date]) -> list[tuple[str, tuple[str, str], list[float | None]]]:
    """What a month cleared a day, how long half took to be resolved, and what its last run found open."""
    cleared: list[float | None] = [
        sum(c for d, (c, *_) in e.cleared.items() if (d.year, d.month) == (m.year, m.month)) / _length(m)
        for m in months
    ]
    took, risk = [], []
    for m in months:
        middle = quantile(e.times(e.window.slots(e.window.month(m))))
        took.append(None if middle is None or middle.at_least else middle.value)
        begin, end = e.window.month(m)
        runs = [t[2] for t in e.told if t[1] == "open_revenue_at_risk" and begin <= t[0] < end]
        risk.append(runs[-1] if runs else None)
    return [
        ("cleared_per_day", ("cleared more", "cleared less"), cleared),
        ("time_to_resolution", ("resolved slower", "resolved faster"), took),
        ("open_revenue_at_risk", ("ended with more at risk", "ended with less at risk"), risk),
    ]


def _association(
    name: str, words: tuple[str, str], done: Sequence[float], values: Sequence[float | None]
) -> dict[str, Any]:
    pairs = [(d, v) for d, v in zip(done, values, strict=True) if v is not None]
    one: dict[str, Any] = {"figure": name, "n": len(pairs), "correlation": None, "p": None, "words": ""}
    if len(pairs) < FEWEST_MONTHS or any(len({p[k] for p in pairs}) < 3 for k in (0, 1)):
        return one
    from scipy.stats import spearmanr

    test = spearmanr(*zip(*pairs, strict=True))
    r, p = float(test.statistic), float(test.pvalue)
    return {**one, "correlation": r, "p": p, "words": words[0] if r > 0 else words[1]}


def _clear(chances: Sequence[float | None]) -> list[bool]:
    """Which of several chances are small enough, asked together (Holm)."""
    told = sorted((p, i) for i, p in enumerate(chances) if p is not None)
    found = [False] * len(chances)
    for rank, (p, i) in enumerate(told):
        if p * (len(told) - rank) >= CLEAR:
            break
        found[i] = True
    return found

"""What the health figures are made of: counts and sums of the ledger, aggregated by the database, never row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY
from ..core.contracts import RUNS
from .intervals import Span
from .survival import NOTHING, Times
from .window import Window, seconds

HOUR = 3600
NO_PROBLEM = ("false_alarm", "duplicate", "not_meant_to_sell")
"""Resolutions that say there was nothing to resolve: outside every speed figure."""
REPEAT_DAYS = 90
VERIFIED_WITHIN = 4 * DAY
"""Fixes said to be done in the last days of a window have not had time to be verified, so speed is followed up to here.
A grace of two days and two daily deliveries 20 hours apart; assumed."""


@dataclass(frozen=True)
class Closed:
    """Closes by people in one piece of time, of one kind."""

    n: int = 0
    classified: int = 0
    false_alarms: int = 0
    fixed: int = 0
    minutes: float = 0.0
    with_minutes: int = 0

    def plus(self, other: Closed) -> Closed:
        """Both together."""
        return Closed(*(getattr(self, f) + getattr(other, f) for f in self.__dataclass_fields__))


@dataclass(frozen=True)
class Evidence:
    """Sufficient statistics of a window; slots are its pieces (`Window.slots`).

    With an `account` only what belongs to it is in here. `last_run`: only that run's queue is kept at hand.
    """

    window: Window
    currency: str
    first_run: datetime | None
    runs: int
    account: str | None = None
    last_run: datetime | None = None
    resolution: Mapping[tuple[int, int, bool], Times] = field(default_factory=dict)
    detection: Mapping[int, Mapping[Span, int]] = field(default_factory=dict)
    onset_unknown: Mapping[int, int] = field(default_factory=dict)
    inherited: int = 0
    verified: Mapping[date, int] = field(default_factory=dict)
    repeats: Mapping[tuple[date, date], int] = field(default_factory=dict)
    closed: Mapping[tuple[int, str], Closed] = field(default_factory=dict)
    closers: Mapping[tuple[int, str], int] = field(default_factory=dict)
    cleared: Mapping[date, tuple[float, float, int]] = field(default_factory=dict)
    told: Sequence[tuple[datetime, str, float, float | None, float | None, int]] = ()
    categories: Sequence[tuple[str, float, int]] = ()

    @property
    def queue_is_told(self) -> bool:
        """Whether the queue at hand is the window's: no run was made after its end."""
        return still_told(self.last_run, self.window.end)

    def times(self, slots: frozenset[int], *, inherited: bool = False, tier: int | None = None) -> Times:
        """How long issues found in some pieces of time took, or have taken so far."""
        found = NOTHING
        for (slot, its_tier, old), times in self.resolution.items():
            if slot in slots and old == inherited and tier in (None, its_tier):
                found = found.plus(times)
        return found

    def spans(self, slots: frozenset[int]) -> dict[Span, int]:
        """The spans in which the times to detection of some pieces lie."""
        found: dict[Span, int] = defaultdict(int)
        for slot in slots:
            for span, n in self.detection.get(slot, {}).items():
                found[span] += n
        return dict(found)

    def closes(self, slots: frozenset[int], kinds: frozenset[str] | None = None) -> Closed:
        """What people closed in some pieces of time."""
        found = Closed()
        for (slot, kind), one in self.closed.items():
            if slot in slots and (kinds is None or kind in kinds):
                found = found.plus(one)
        return found

    def repeat_counts(self, first: date, last: date) -> tuple[int, int]:
        """Repeats that began between two days, and days at risk in them.

        A verified fix is at risk from the day after until it comes back, 90 days at most.
        """
        days = sum(n for day, n in self._at_risk.items() if first <= day <= last)
        return sum(n for (_, began), n in self.repeats.items() if first <= began <= last), days

    @cached_property
    def _at_risk(self) -> dict[date, int]:
        """Fixes at risk on each day."""
        steps: dict[date, int] = defaultdict(int)
        for verified, n in self.verified.items():
            steps[verified + DAY] += n
            steps[verified + (REPEAT_DAYS + 1) * DAY] -= n
        for (verified, began), n in self.repeats.items():
            over = verified + (REPEAT_DAYS + 1) * DAY
            back = max(verified, began) + DAY
            if back < over:
                steps[back] -= n
                steps[over] += n
        found, now = {}, 0
        if steps:
            day, end = min(steps), max(steps)
            while day < end:
                now += steps.get(day, 0)
                found[day] = now
                day += DAY
        return found


def finished() -> Any:
    """SQL: the numbers of the runs whose results may be seen."""
    runs = RUNS.sql_table()
    return sa.select(runs.c.id).where(runs.c.finished_at.is_not(None))


def queue_is_told(connection: sa.Connection, end: datetime) -> bool:
    """Whether the queue at hand is that of a stretch that ended then, by the last finished run of the ledger."""
    runs = RUNS.sql_table()
    last = connection.execute(sa.select(sa.func.max(runs.c.as_of)).where(runs.c.finished_at.is_not(None))).scalar()
    return still_told(last, end)


def still_told(last_run: datetime | None, end: datetime) -> bool:
    """Whether the queue at hand, the last run's, is that of a stretch that ended then: no run was made since."""
    return last_run is None or last_run <= end


def of_account(table: Any, account: str | None) -> Any:
    """SQL: rows of one account; of all, where none is named."""
    return sa.true() if account is None else table.c.account == account


def was_a_problem(issues: Any) -> Any:
    """SQL: issues that were not closed as no problem at all; only they count for speed."""
    return sa.or_(issues.c.resolution.is_(None), issues.c.resolution.not_in(NO_PROBLEM))


def followed_until(window: Window) -> datetime:
    """Up to when it can be said whether an issue was resolved."""
    return window.end - VERIFIED_WITHIN


def hours_until(issues: Any, goal: Any, end: Any) -> Any:
    """SQL: hours from detection to a goal reached by `end`, else to the close, else to `end`: followed so far."""
    closed = issues.c.closed_at
    stop = sa.case((goal <= end, goal), (closed <= end, closed), else_=end)
    return (seconds(stop) - seconds(issues.c.detected_at)) // HOUR

"""What the health figures are made of: counts and sums of the ledger, aggregated by the database, never row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from math import inf
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY, day_start
from ..core.contracts import ISSUES, METRICS, OUTCOMES, RANKS, RUNS
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
LONG_HOURS = 336
"""Beyond a fortnight a time to detection is told to the day."""
Zone = Callable[[str, str], str]
"""The zone of an account's channel."""


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
    """Sufficient statistics of a window; slots are its pieces (`Window.slots`)."""

    window: Window
    currency: str
    first_run: datetime | None
    runs: int
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


def read(connection: sa.Connection, window: Window, zone: Zone, currency: str) -> Evidence:
    """Everything the health figures need of the ledger."""
    runs = RUNS.sql_table()
    first, n = connection.execute(
        sa.select(sa.func.min(runs.c.as_of), sa.func.count()).where(runs.c.finished_at.is_not(None))
    ).one()
    spans, unknown = _detection(connection, window, zone)
    issues = ISSUES.sql_table()
    old = sa.select(sa.func.count()).where(issues.c.inherited.is_(True), issues.c.opened_run.in_(finished()))
    return Evidence(
        window,
        currency,
        first,
        n,
        resolution=_resolution(connection, window),
        detection=spans,
        onset_unknown=unknown,
        inherited=int(connection.execute(old).scalar() or 0),
        verified=_verified(connection, window),
        repeats=_repeats(connection, window),
        closed=_closed(connection, window),
        closers=_closers(connection, window),
        cleared=_cleared(connection, window),
        told=_told(connection, window),
        categories=_categories(connection),
    )


def followed_until(window: Window) -> datetime:
    """Up to when it can be said whether an issue was resolved."""
    return window.end - VERIFIED_WITHIN


def _resolution(connection: sa.Connection, window: Window) -> dict[tuple[int, int, bool], Times]:
    """Detection to the fix that facts agreed with, per piece of time the issue was found in and tier.

    Issues are followed up to a few days before the window's end: later fixes could not be verified yet, and to count
    them as open would make every last month look slow. Healed by itself, accepted or given up counts up to its end.
    """
    i = ISSUES.sql_table()
    cut = followed_until(window)
    end = sa.literal(cut, sa.DateTime())
    done = sa.and_(i.c.verified_at <= window.end, i.c.fixed_at <= end)
    stop = sa.case((i.c.fixed_at <= end, i.c.fixed_at), (i.c.closed_at <= end, i.c.closed_at), else_=end)
    hours = (seconds(stop) - seconds(i.c.detected_at)) // HOUR
    rows = connection.execute(
        sa.select(
            window.slot(i.c.detected_at).label("slot"),
            sa.func.coalesce(i.c.tier, 0).label("tier"),
            i.c.inherited.label("inherited"),
            sa.case((done, 1), else_=0).label("done"),
            hours.label("hours"),
            sa.func.count().label("n"),
        )
        .where(i.c.detected_at < end, i.c.opened_run.in_(finished()))
        .where(sa.or_(i.c.resolution.is_(None), i.c.resolution.not_in(NO_PROBLEM)))
        .group_by("slot", "tier", i.c.inherited, "done", "hours")
    )
    found: dict[tuple[int, int, bool], tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for slot, tier, inherited, is_done, took, n in rows:
        counts = found[slot, tier, bool(inherited)][0 if is_done else 1]
        counts[max(0, int(took))] = counts.get(max(0, int(took)), 0) + n
    return {key: Times(*both) for key, both in found.items()}


def _detection(
    connection: sa.Connection, window: Window, zone: Zone
) -> tuple[dict[int, dict[Span, int]], dict[int, int]]:
    """Onset to detection in hours, as spans; days are days of the channel's own zone."""
    i = ISSUES.sql_table()
    names = (i.c.account, i.c.channel, i.c.detected_at, i.c.onset_day, i.c.last_good_day)
    rows = connection.execute(
        sa.select(window.slot(i.c.detected_at).label("slot"), *names, sa.func.count().label("n"))
        .where(i.c.inherited.is_(False), i.c.detected_at < window.end, i.c.opened_run.in_(finished()))
        .where(sa.or_(i.c.resolution.is_(None), i.c.resolution.not_in(NO_PROBLEM)))
        .group_by("slot", *names)
    )
    found: dict[int, dict[Span, int]] = defaultdict(dict)
    unknown: dict[int, int] = defaultdict(int)
    for slot, account, channel, at, onset, good, n in rows:
        span = detection_span(at, onset, good, zone(account, channel))
        if span == (0.0, inf):
            unknown[slot] += n
        else:
            found[slot][span] = found[slot].get(span, 0) + n
    return dict(found), dict(unknown)


def detection_span(at: datetime, onset: date | None, good: date | None, zone: str) -> Span:
    """Hours between which a problem was there before it was found at `at`.

    It began after the last good day was over and before the first bad one was; where neither is known, nothing is.
    """
    least = 0.0 if onset is None else max(0.0, (at - day_start(onset + DAY, zone)).total_seconds() / HOUR)
    most = inf if good is None else max(0.0, (at - day_start(good + DAY, zone)).total_seconds() / HOUR)
    least, most = _told_to(least), _told_to(most)
    return (least, most) if most > least else (least, least + 1.0)


def _told_to(hours: float) -> float:
    if hours == inf:
        return inf
    return float(int(hours)) if hours < LONG_HOURS else float(int(hours / 24) * 24)


def _verified(connection: sa.Connection, window: Window) -> dict[date, int]:
    i = ISSUES.sql_table()
    on = sa.func.date(i.c.verified_at)
    rows = connection.execute(
        sa.select(on, sa.func.count()).where(i.c.verified_at.is_not(None), i.c.verified_at < window.end).group_by(on)
    )
    return {_day(day): n for day, n in rows}


def _repeats(connection: sa.Connection, window: Window) -> dict[tuple[date, date], int]:
    """Repeats by the day their first was verified and the day they were found."""
    i, was = ISSUES.sql_table(), ISSUES.sql_table().alias("was")
    ended, began = sa.func.date(was.c.verified_at), sa.func.date(i.c.detected_at)
    rows = connection.execute(
        sa.select(ended, began, sa.func.count())
        .join(was, was.c.id == i.c.repeat_of)
        .where(was.c.verified_at.is_not(None), i.c.detected_at < window.end, i.c.opened_run.in_(finished()))
        .group_by(ended, began)
    )
    return {(_day(a), _day(b)): n for a, b, n in rows}


def _day(value: Any) -> date:
    """A day as the database gives it: SQLite as text, PostgreSQL as a date."""
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _closed(connection: sa.Connection, window: Window) -> dict[tuple[int, str], Closed]:
    o = OUTCOMES.sql_table()
    known = sa.and_(o.c.root_cause.is_not(None), o.c.root_cause.not_in(("", "unknown")))
    asked = o.c.resolution.in_(("fixed", "wont_fix", "accepted_risk"))
    why = sa.and_(o.c.resolution == "false_alarm", o.c.reason.is_not(None))
    told = sa.or_(known, why, sa.and_(sa.not_(asked), o.c.resolution != "false_alarm"))
    worked = o.c.minutes_source.in_(("measured", "typed"))
    rows = connection.execute(
        sa.select(
            window.slot(o.c.at).label("slot"),
            o.c.kind,
            sa.func.count(),
            _sum(told),
            _sum(o.c.resolution == "false_alarm"),
            _sum(o.c.resolution == "fixed"),
            sa.func.coalesce(sa.func.sum(sa.case((worked, o.c.minutes), else_=0.0)), 0.0),
            _sum(worked),
        )
        .where(o.c.at < window.end)
        .group_by("slot", o.c.kind)
    )
    return {(slot, kind): Closed(*rest) for slot, kind, *rest in rows}


def _sum(condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _closers(connection: sa.Connection, window: Window) -> dict[tuple[int, str], int]:
    """How much each person closed in each piece of time: who was there, never who was best."""
    o = OUTCOMES.sql_table()
    rows = connection.execute(
        sa.select(window.slot(o.c.at).label("slot"), o.c.by, sa.func.count())
        .where(o.c.at < window.end)
        .group_by("slot", o.c.by)
    )
    return {(slot, by): n for slot, by, n in rows}


def _cleared(connection: sa.Connection, window: Window) -> dict[date, tuple[float, float, int]]:
    """Cleared and loss stopped, by the day facts verified it."""
    o = OUTCOMES.sql_table()
    on = sa.func.date(o.c.booked_at)
    rows = connection.execute(
        sa.select(on, sa.func.sum(o.c.cleared), sa.func.sum(o.c.loss_stopped_per_day), sa.func.count())
        .where(o.c.booked_at >= window.bounds[0], o.c.booked_at < window.end)
        .group_by(on)
    )
    return {_day(day): (cleared or 0.0, stopped or 0.0, n) for day, cleared, stopped, n in rows}


def _told(
    connection: sa.Connection, window: Window
) -> list[tuple[datetime, str, float, float | None, float | None, int]]:
    """What each run of these months measured itself."""
    m, runs = METRICS.sql_table(), RUNS.sql_table()
    rows = connection.execute(
        sa.select(runs.c.as_of, m.c.name, m.c.value, m.c.low, m.c.high, sa.func.coalesce(m.c.n, 0))
        .join(runs, runs.c.id == m.c.run_id)
        .where(runs.c.finished_at.is_not(None), runs.c.as_of >= window.bounds[0], runs.c.as_of < window.end)
        .order_by(runs.c.as_of, runs.c.id)
    )
    return [tuple(r) for r in rows if r[2] is not None]


def _categories(connection: sa.Connection) -> list[tuple[str, float, int]]:
    """What open issues of the last run cost a day, by category, dearest first."""
    ranks, i = RANKS.sql_table(), ISSUES.sql_table()
    last = sa.select(sa.func.max(RUNS.sql_table().c.id)).where(RUNS.sql_table().c.finished_at.is_not(None))
    name = sa.func.coalesce(i.c.category, "")
    rows = connection.execute(
        sa.select(name, sa.func.sum(ranks.c.exposure_mean), sa.func.count())
        .join(i, i.c.id == ranks.c.issue_id)
        .where(ranks.c.run_id == last.scalar_subquery(), ranks.c.open.is_(True), ranks.c.inhibited_by.is_(None))
        .group_by(name)
    ).all()
    return sorted(((r[0], float(r[1] or 0.0), r[2]) for r in rows), key=lambda r: (-r[1], r[0]))

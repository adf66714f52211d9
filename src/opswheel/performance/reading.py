"""Reads the evidence of a window out of the ledger: aggregated by the database, never row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from math import inf
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY, channel_day, day_start
from ..core.contracts import ISSUES, METRICS, OUTCOMES, RANKS, RUNS
from .evidence import (
    HOUR,
    REPEAT_DAYS,
    Closed,
    Evidence,
    finished,
    followed_until,
    hours_until,
    of_account,
    still_told,
    was_a_problem,
)
from .intervals import Span
from .survival import Times
from .window import Window, as_day, day_number

LONG_HOURS = 336
"""Beyond a fortnight a time to detection is told to the day."""
Zone = Callable[[str, str], str]
"""The zone of an account's channel."""


def read(connection: sa.Connection, window: Window, zone: Zone, currency: str, account: str | None = None) -> Evidence:
    """Everything the health figures need of the ledger; of one account, where one is named.

    What runs measured of themselves (`told`) is of the whole, so there is none of an account.
    """
    runs = RUNS.sql_table()
    first, last, n = connection.execute(
        sa.select(sa.func.min(runs.c.as_of), sa.func.max(runs.c.as_of), sa.func.count()).where(
            runs.c.finished_at.is_not(None)
        )
    ).one()
    spans, unknown = _detection(connection, window, zone, account)
    issues = ISSUES.sql_table()
    old = sa.select(sa.func.count()).where(
        issues.c.inherited.is_(True), issues.c.opened_run.in_(finished()), of_account(issues, account)
    )
    return Evidence(
        window,
        currency,
        first if first is not None and first < window.end else None,
        n,
        account,
        last,
        resolution=_resolution(connection, window, account),
        detection=spans,
        onset_unknown=unknown,
        inherited=int(connection.execute(old).scalar() or 0),
        verified=_verified(connection, window, account),
        repeats=_repeats(connection, window, account),
        closed=_closed(connection, window, account),
        closers=_closers(connection, window, account),
        cleared=_cleared(connection, window, account),
        told=_told(connection, window) if account is None else (),
        categories=_categories(connection, account) if still_told(last, window.end) else (),
    )


def _resolution(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[int, int, bool], Times]:
    """Detection to the fix that facts agreed with, per piece of time the issue was found in and tier.

    Issues are followed up to a few days before the window's end: later fixes could not be verified yet, and to count
    them as open would make every last month look slow. Healed by itself, accepted or given up counts up to its end.
    """
    i = ISSUES.sql_table()
    cut = followed_until(window)
    end = sa.literal(cut, sa.DateTime())
    done = sa.and_(i.c.verified_at <= window.end, i.c.fixed_at <= end)
    rows = connection.execute(
        sa.select(
            window.slot(i.c.detected_at).label("slot"),
            sa.func.coalesce(i.c.tier, 0).label("tier"),
            i.c.inherited.label("inherited"),
            sa.case((done, 1), else_=0).label("done"),
            hours_until(i, i.c.fixed_at, end).label("hours"),
            sa.func.count().label("n"),
        )
        .where(i.c.detected_at < end, i.c.opened_run.in_(finished()), of_account(i, account))
        .where(was_a_problem(i))
        .group_by("slot", "tier", i.c.inherited, "done", "hours")
    )
    found: dict[tuple[int, int, bool], tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for slot, tier, inherited, is_done, took, n in rows:
        counts = found[slot, tier, bool(inherited)][0 if is_done else 1]
        counts[max(0, int(took))] = counts.get(max(0, int(took)), 0) + n
    return {key: Times(*both) for key, both in found.items()}


def _detection(
    connection: sa.Connection, window: Window, zone: Zone, account: str | None
) -> tuple[dict[int, dict[Span, int]], dict[int, int]]:
    """Onset to detection in hours, as spans; days are days of the channel's own zone."""
    i = ISSUES.sql_table()
    names = (i.c.account, i.c.channel, i.c.detected_at, i.c.onset_day, i.c.last_good_day)
    rows = connection.execute(
        sa.select(window.slot(i.c.detected_at).label("slot"), *names, sa.func.count().label("n"))
        .where(i.c.inherited.is_(False), i.c.detected_at < window.end, i.c.opened_run.in_(finished()))
        .where(of_account(i, account))
        .where(was_a_problem(i))
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


def _at_risk_from(window: Window) -> date:
    """The first day a fix can have been verified on and still be at risk in the window's months."""
    return channel_day(window.bounds[0], window.zone) - (REPEAT_DAYS + 1) * DAY


def _verified(connection: sa.Connection, window: Window, account: str | None) -> dict[date, int]:
    """Verified fixes by the team's own day."""
    i, first = ISSUES.sql_table(), _at_risk_from(window)
    on = day_number(i.c.verified_at, window.zone, first, window.last + DAY)
    rows = connection.execute(
        sa.select(on.label("day"), sa.func.count())
        .where(i.c.verified_at >= day_start(first, window.zone), i.c.verified_at < window.end, of_account(i, account))
        .group_by("day")
    )
    return {as_day(day): n for day, n in rows}


def _repeats(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[date, date], int]:
    """Repeats by the day their first was verified and the day they were found."""
    i, was = ISSUES.sql_table(), ISSUES.sql_table().alias("was")
    first = _at_risk_from(window)
    ended, began = (
        day_number(at, window.zone, first, window.last + DAY) for at in (was.c.verified_at, i.c.detected_at)
    )
    rows = connection.execute(
        sa.select(ended.label("ended"), began.label("began"), sa.func.count())
        .join(was, was.c.id == i.c.repeat_of)
        .where(was.c.verified_at >= day_start(first, window.zone), i.c.detected_at < window.end)
        .where(i.c.opened_run.in_(finished()), of_account(i, account))
        .group_by("ended", "began")
    )
    return {(as_day(a), as_day(b)): n for a, b, n in rows}


def _in_account(account: str | None) -> Any:
    """SQL: outcomes of one account's issues; of all, where none is named."""
    if account is None:
        return sa.true()
    i, o = ISSUES.sql_table(), OUTCOMES.sql_table()
    return o.c.issue_id.in_(sa.select(i.c.id).where(i.c.account == account))


def _closed(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[int, str], Closed]:
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
        .where(o.c.at < window.end, _in_account(account))
        .group_by("slot", o.c.kind)
    )
    return {(slot, kind): Closed(*rest) for slot, kind, *rest in rows}


def _sum(condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _closers(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[int, str], int]:
    """How much each person closed in each piece of time: who was there, never who was best."""
    o = OUTCOMES.sql_table()
    rows = connection.execute(
        sa.select(window.slot(o.c.at).label("slot"), o.c.by, sa.func.count())
        .where(o.c.at < window.end, _in_account(account))
        .group_by("slot", o.c.by)
    )
    return {(slot, by): n for slot, by, n in rows}


def _cleared(connection: sa.Connection, window: Window, account: str | None) -> dict[date, tuple[float, float, int]]:
    """Cleared and loss stopped, by the team's own day on which facts verified it."""
    o = OUTCOMES.sql_table()
    first = channel_day(window.bounds[0], window.zone)
    on = day_number(o.c.booked_at, window.zone, first, window.last + DAY)
    rows = connection.execute(
        sa.select(on.label("day"), sa.func.sum(o.c.cleared), sa.func.sum(o.c.loss_stopped_per_day), sa.func.count())
        .where(o.c.booked_at >= window.bounds[0], o.c.booked_at < window.end, _in_account(account))
        .group_by("day")
    )
    return {as_day(day): (cleared or 0.0, stopped or 0.0, n) for day, cleared, stopped, n in rows}


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


def _categories(connection: sa.Connection, account: str | None) -> list[tuple[str, float, int]]:
    """What open issues of the last run cost a day, by category, dearest first."""
    ranks, i = RANKS.sql_table(), ISSUES.sql_table()
    last = sa.select(sa.func.max(RUNS.sql_table().c.id)).where(RUNS.sql_table().c.finished_at.is_not(None))
    name = sa.func.coalesce(i.c.category, "")
    rows = connection.execute(
        sa.select(name, sa.func.sum(ranks.c.exposure_mean), sa.func.count())
        .join(i, i.c.id == ranks.c.issue_id)
        .where(ranks.c.run_id == last.scalar_subquery(), ranks.c.open.is_(True), ranks.c.inhibited_by.is_(None))
        .where(of_account(ranks, account))
        .group_by(name)
    ).all()
    return sorted(((r[0], float(r[1] or 0.0), r[2]) for r in rows), key=lambda r: (-r[1], r[0]))

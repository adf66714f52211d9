"""How a team works, in counts: what came and what ended each week, what was passed over, handed on, waited for."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.contracts import DECISIONS, ISSUE_EVENTS, ISSUES, PREVENTION, ROUTES, THRESHOLDS
from .evidence import HOUR, finished, followed_until, hours_until, of_account, was_a_problem
from .survival import Times
from .window import Window, seconds, weeks

WEEKS = 13
RECENT_DAYS = 30
OPEN = ("new", "assigned", "in_progress", "waiting", "regressed")
ENDS_A_WAIT = ("answered", "claimed", "closed", "reopened", "self_healed", "assigned")
HANDED = ("assigned", "rerouted")


@dataclass(frozen=True)
class Ranked:
    """Closes by people: all, those that carry the rank they were taken from, those that passed a costlier one over."""

    n: int = 0
    told: int = 0
    passed: int = 0

    def plus(self, other: Ranked) -> Ranked:
        """Both together."""
        return Ranked(self.n + other.n, self.told + other.told, self.passed + other.passed)


@dataclass(frozen=True)
class Decision:
    """A change of how the wheel turns: when, of what kind (threshold, route …), about which kind of issue."""

    at: datetime
    kind: str
    about: str = ""


@dataclass(frozen=True)
class Work:
    """Counts of a team's work up to a moment; kinds are detectors' kinds, events those of `issue_events`."""

    end: datetime
    arrived: Sequence[int] = ()
    ended: Sequence[int] = ()
    open_by_kind: Mapping[str, int] = field(default_factory=dict)
    unowned: int = 0
    by_rule: int = 0
    tier_one_ages: tuple[Mapping[int, int], Mapping[int, int]] = ({}, {})
    ranked: Mapping[str, Ranked] = field(default_factory=dict)
    happened: Mapping[tuple[bool, str, str, bool], int] = field(default_factory=dict)
    waits: Mapping[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    elapsed: Mapping[tuple[bool, str], Times] = field(default_factory=dict)
    begun: Mapping[tuple[bool, str], Times] = field(default_factory=dict)
    found: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    decisions: Sequence[Decision] = ()

    @property
    def open(self) -> int:
        """Issues in the queue."""
        return sum(self.open_by_kind.values())

    def all_ranked(self) -> Ranked:
        """Closes of every kind."""
        whole = Ranked()
        for one in self.ranked.values():
            whole = whole.plus(one)
        return whole

    def decided(self, days: int = RECENT_DAYS) -> list[Decision]:
        """Decisions of the last days."""
        return [d for d in self.decisions if self.end - timedelta(days=days) < d.at <= self.end]


def read_work(connection: sa.Connection, window: Window, account: str | None = None) -> Work:
    """Everything the diagnosis needs of the ledger beside the health figures.

    Of a window that is over, who had which open issue is not kept: what was open then is told, owners are not. With an
    `account`, friction is that account's; the rest, which is a whole team's, is left empty.
    """
    if account is not None:
        return Work(
            window.end,
            happened=_happened(connection, window, account),
            waits=_waits(connection, window, account),
            elapsed=_taken(connection, window, account, begun=False),
            begun=_taken(connection, window, account, begun=True),
        )
    bounds = weeks(window.end, WEEKS)
    ages = tuple(_tier_one_ages(connection, at) for at in (window.end - timedelta(days=RECENT_DAYS), window.end))
    open_by_kind, unowned, by_rule = _open(connection, window)
    return Work(
        window.end,
        arrived=_weekly(connection, bounds, ended=False),
        ended=_weekly(connection, bounds, ended=True),
        open_by_kind=open_by_kind,
        unowned=unowned,
        by_rule=by_rule,
        tier_one_ages=(ages[0], ages[1]),
        ranked=_ranked(connection, window.end),
        happened=_happened(connection, window, None),
        waits=_waits(connection, window, None),
        elapsed=_taken(connection, window, None, begun=False),
        begun=_taken(connection, window, None, begun=True),
        found=_found(connection, window.end),
        decisions=_decisions(connection, window.end),
    )


def _ended_at() -> Any:
    """SQL: when work on an issue was over: said to be fixed, else closed."""
    i = ISSUES.sql_table()
    return sa.func.coalesce(i.c.fixed_at, i.c.closed_at)


def _weekly(connection: sa.Connection, bounds: list[datetime], *, ended: bool) -> list[int]:
    """Issues found, or done with, in each week; those that were there before the first run are neither."""
    i = ISSUES.sql_table()
    at = _ended_at() if ended else i.c.detected_at
    week = sa.case(*[(at < bound, n) for n, bound in enumerate(bounds)], else_=None)
    rows = connection.execute(
        sa.select(week.label("week"), sa.func.count())
        .where(at >= bounds[0], at < bounds[-1], i.c.inherited.is_(False), i.c.opened_run.in_(finished()))
        .group_by("week")
    )
    told = {row[0]: row[1] for row in rows}
    return [told.get(n, 0) for n in range(1, len(bounds))]


def _open(connection: sa.Connection, window: Window) -> tuple[dict[str, int], int, int]:
    """Open issues by kind at the window's end; those without an owner, and those a rule gave theirs, where that is now.

    An issue that was open at a past moment is told by when work on it was over.
    """
    i, over, end = ISSUES.sql_table(), _ended_at(), sa.literal(window.end, sa.DateTime())
    if window.over:
        then = sa.select(i.c.kind, sa.func.count()).where(i.c.detected_at < end, sa.or_(over.is_(None), over >= end))
        counted = connection.execute(then.where(i.c.opened_run.in_(finished())).group_by(i.c.kind))
        return {row[0]: row[1] for row in counted}, 0, 0
    rows = connection.execute(
        sa.select(
            i.c.kind,
            sa.func.count(),
            sa.func.sum(sa.case((i.c.owner.is_(None), 1), else_=0)),
            sa.func.sum(sa.case((i.c.route.is_not(None), 1), else_=0)),
        )
        .where(i.c.state.in_(OPEN), i.c.detected_at < window.end, i.c.opened_run.in_(finished()))
        .group_by(i.c.kind)
    ).all()
    return {r[0]: r[1] for r in rows}, sum(r[2] for r in rows), sum(r[3] for r in rows)


def _tier_one_ages(connection: sa.Connection, at: datetime) -> dict[int, int]:
    """Ages in days of the tier-one issues that were open at a moment."""
    i, moment = ISSUES.sql_table(), sa.literal(at, sa.DateTime())
    age = (seconds(moment) - seconds(i.c.detected_at)) // (24 * HOUR)
    over = _ended_at()
    rows = connection.execute(
        sa.select(age.label("age"), sa.func.count())
        .where(i.c.tier == 1, i.c.detected_at < at, sa.or_(over.is_(None), over >= at), i.c.opened_run.in_(finished()))
        .group_by("age")
    )
    return {int(a): n for a, n in rows}


def _ranked(connection: sa.Connection, end: datetime) -> dict[str, Ranked]:
    """Closes by people in the last weeks, by kind; whether their event tells what was passed over."""
    e, i = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    told = e.c.payload.like('%"passed_over": %')
    none = sa.or_(e.c.payload.like('%"passed_over": 0,%'), e.c.payload.like('%"passed_over": 0}%'))
    rows = connection.execute(
        sa.select(
            i.c.kind,
            sa.func.count(),
            sa.func.sum(sa.case((told, 1), else_=0)),
            sa.func.sum(sa.case((sa.and_(told, sa.not_(none)), 1), else_=0)),
        )
        .join(i, i.c.id == e.c.issue_id)
        .where(e.c.event == "closed", e.c.at > end - timedelta(days=RECENT_DAYS), e.c.at <= end)
        .group_by(i.c.kind)
    )
    return {kind: Ranked(n, said, passed) for kind, n, said, passed in rows}


def _happened(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[bool, str, str, bool], int]:
    """Events of the window (True) and the period before (False), by kind of issue, event, and whether a person did it.

    A claim that took an issue over from somebody is told as `taken_over`.
    """
    e, i = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    now = sa.case((e.c.at >= window.period[0], 1), else_=0)
    over = sa.and_(e.c.event == "claimed", e.c.payload.like('%"taken_over_from"%'))
    what = sa.case((over, "taken_over"), else_=e.c.event)
    person = sa.case((e.c.by == "opswheel", 0), else_=1)
    rows = connection.execute(
        sa.select(now.label("now"), i.c.kind, what.label("what"), person.label("person"), sa.func.count())
        .join(i, i.c.id == e.c.issue_id)
        .where(e.c.at >= window.before[0], e.c.at < window.end, e.c.event.not_in(("opened", "absent", "verified")))
        .where(of_account(i, account))
        .group_by("now", i.c.kind, "what", "person")
    )
    return {(bool(a), kind, event, bool(b)): n for a, kind, event, b, n in rows}


def _waits(connection: sa.Connection, window: Window, account: str | None) -> dict[tuple[str, str], tuple[float, int]]:
    """Hours waited on others in the window, by kind of issue and on whom: until somebody moved, or until its end."""
    e, i, later = ISSUE_EVENTS.sql_table(), ISSUES.sql_table(), ISSUE_EVENTS.sql_table().alias("later")
    over = (
        sa.select(sa.func.min(later.c.at))
        .where(later.c.issue_id == e.c.issue_id, later.c.version > e.c.version, later.c.event.in_(ENDS_A_WAIT))
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(i.c.kind, e.c.payload, e.c.at, over)
        .join(i, i.c.id == e.c.issue_id)
        .where(e.c.event == "waiting", e.c.at >= window.period[0], e.c.at < window.end, of_account(i, account))
    )
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for kind, payload, at, until in rows:
        sums = found[kind, str(json.loads(payload).get("waiting_on") or "somebody")]
        sums[0] += max(0.0, (min(_moment(until) or window.end, window.end) - at).total_seconds() / HOUR)
        sums[1] += 1
    return {key: (hours, int(n)) for key, (hours, n) in found.items()}


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _taken(
    connection: sa.Connection, window: Window, account: str | None, *, begun: bool
) -> dict[tuple[bool, str], Times]:
    """Hours from detection to the fix, or to the first thing anybody did, of issues found in the window and before."""
    i = ISSUES.sql_table()
    end = sa.literal(window.end if begun else followed_until(window), sa.DateTime())
    goal = i.c.first_action_at if begun else i.c.fixed_at
    done = sa.and_(goal <= end, sa.true() if begun else i.c.verified_at <= window.end)
    hours = hours_until(i, goal, end)
    now = sa.case((i.c.detected_at >= window.period[0], 1), else_=0)
    ended = sa.case((done, 1), else_=0)
    rows = connection.execute(
        sa.select(now.label("now"), i.c.kind, ended.label("done"), hours.label("hours"), sa.func.count())
        .where(i.c.detected_at >= window.before[0], i.c.detected_at < end, i.c.inherited.is_(False))
        .where(was_a_problem(i), i.c.opened_run.in_(finished()))
        .where(of_account(i, account))
        .group_by("now", i.c.kind, "done", "hours")
    )
    found: dict[tuple[bool, str], tuple[Counter[int], Counter[int]]] = defaultdict(lambda: (Counter(), Counter()))
    for is_now, kind, is_done, took, n in rows:
        found[bool(is_now), kind][0 if is_done else 1][max(0, int(took))] += n
    return {key: Times(*both) for key, both in found.items()}


def around(
    connection: sa.Connection, window: Window, kinds: Collection[str], at: datetime, days: int
) -> tuple[Times, Times]:
    """Hours from detection to the fix of issues of some kinds found up to so many days before a moment, and after it.

    The earlier ones are followed up to the moment only, so that what changed then is not in them.
    """
    i, found = ISSUES.sql_table(), []
    for first, last, seen in (
        (at - timedelta(days=days), at, at),
        (at, min(at + timedelta(days=days), followed_until(window)), followed_until(window)),
    ):
        end = sa.literal(seen, sa.DateTime())
        done = sa.and_(i.c.fixed_at <= end, i.c.verified_at <= window.end)
        hours = hours_until(i, i.c.fixed_at, end)
        rows = connection.execute(
            sa.select(sa.case((done, 1), else_=0).label("done"), hours.label("hours"), sa.func.count())
            .where(i.c.detected_at >= first, i.c.detected_at < last, i.c.kind.in_(sorted(kinds)))
            .where(i.c.inherited.is_(False), i.c.opened_run.in_(finished()))
            .where(was_a_problem(i))
            .group_by("done", "hours")
        )
        both: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        for is_done, took, n in rows:
            both[0 if is_done else 1][max(0, int(took))] += n
        found.append(Times(*both))
    return found[0], found[1]


def _found(connection: sa.Connection, end: datetime) -> dict[str, tuple[int, int]]:
    """Issues found in the last weeks by kind, and how many of them repeat an earlier one."""
    i = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(i.c.kind, sa.func.count(), sa.func.sum(sa.case((i.c.repeat_of.is_not(None), 1), else_=0)))
        .where(i.c.detected_at > end - timedelta(days=RECENT_DAYS), i.c.detected_at <= end)
        .where(i.c.opened_run.in_(finished()))
        .group_by(i.c.kind)
    )
    return {kind: (n, repeats) for kind, n, repeats in rows}


def _decisions(connection: sa.Connection, end: datetime) -> list[Decision]:
    """Cut lines changed, lists of routes loaded, decisions accepted, causes removed: what is done otherwise."""
    t, r, d, p = (c.sql_table() for c in (THRESHOLDS, ROUTES, DECISIONS, PREVENTION))
    cuts = sa.select(t.c.since, t.c.kind).where(t.c.source != "default", t.c.since <= end)
    lists = sa.select(r.c.at).where(r.c.at <= end).distinct()
    taken = sa.select(d.c.at, d.c.kind, d.c.subject).where(d.c.at <= end, d.c.verdict != "rejected")
    done = sa.select(p.c.done_at, p.c.kind).where(p.c.done_at <= end)
    found = [Decision(at, "threshold", kind) for at, kind in connection.execute(cuts)]
    found += [Decision(at, "route") for (at,) in connection.execute(lists)]
    found += [Decision(at, kind, subject) for at, kind, subject in connection.execute(taken) if kind != "threshold"]
    found += [Decision(at, "cause removed", kind) for at, kind in connection.execute(done)]
    return sorted(found, key=lambda one: (one.at, one.kind, one.about))

"""The staged start: match and intent, one category, thirty days of speed, capture, tuning; gates from data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from ..core.clock import DAY
from ..core.contracts import INTENTS, ISSUES, MATCHES, RANKS, RUNS
from .evidence import NO_PROBLEM, Closed, Evidence, finished
from .stall import CLASSIFIED
from .survival import quantile
from .work import OPEN, Work

State = Literal["passed", "open", "not_yet"]
BACKFILL_DAYS, CLOSABLE = 60, 20
SPEED_DAYS, FEWEST = 30, 20
MATCHED = 0.98
UNKNOWN = "unknown_intent"


@dataclass(frozen=True)
class Gate:
    """One gate: passed, open now, or not yet its turn; the evidence, and how many things stand behind it."""

    name: str
    title: str
    state: State
    evidence: str
    n: int

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        return asdict(self)


def gates(connection: sa.Connection, e: Evidence, work: Work, closed: Closed) -> list[Gate]:
    """All five, in order; a gate behind one that is not passed is not yet its turn."""
    found = [
        _day_zero(connection, e.window.end),
        _category(connection, e.window.end),
        _speed(e),
        _capture(closed),
        _tuning(work),
    ]
    told: list[Gate] = []
    for name, title, passed, evidence, n in found:
        before = all(g.state == "passed" for g in told)
        told.append(Gate(name, title, "passed" if passed and before else "open" if before else "not_yet", evidence, n))
    return told


_Told = tuple[str, str, bool, str, int]


def _day_zero(connection: sa.Connection, end: datetime) -> _Told:
    m, i = MATCHES.sql_table(), ISSUES.sql_table()
    rows = connection.execute(sa.select(m.c.account, m.c.channel, m.c.agreement).where(m.c.at <= end).order_by(m.c.at))
    newest = {(a, c): agreement for a, c, agreement in rows}
    good = [k for k, v in newest.items() if v is not None and v >= MATCHED]
    asked = sa.select(sa.func.count()).where(i.c.kind == UNKNOWN, i.c.state.in_(OPEN), i.c.detected_at < end)
    unsaid = int(connection.execute(asked).scalar() or 0)
    said = int(connection.execute(sa.select(sa.func.count()).select_from(INTENTS.sql_table())).scalar() or 0)
    words = f"{len(good)} of {len(newest)} channels match to {MATCHED:.0%}; "
    words += "nobody's intent is open" if not unsaid else "some listings' intent is unsaid"
    passed = bool(newest) and len(good) == len(newest) and not unsaid
    return "day_zero", "Day 0: match and intent", passed, words, len(newest) + said


def _category(connection: sa.Connection, end: datetime) -> _Told:
    """The category to begin with: most avoidable dollars among those with enough issues one can close.

    Symptoms of another issue close with it, what healed by itself nobody closes, and what was no problem is none.
    """
    i, r = ISSUES.sql_table(), RANKS.sql_table()
    name = sa.func.coalesce(i.c.category, "")
    last = sa.select(sa.func.max(RUNS.sql_table().c.id)).where(RUNS.sql_table().c.finished_at.is_not(None))
    nobody_closes = (*NO_PROBLEM, "self_healed")
    rows = connection.execute(
        sa.select(name, sa.func.count(), sa.func.coalesce(sa.func.sum(r.c.avoidable_mean), 0.0))
        .select_from(i)
        .outerjoin(r, sa.and_(r.c.issue_id == i.c.id, r.c.run_id == last.scalar_subquery()))
        .where(i.c.detected_at > end - BACKFILL_DAYS * DAY, i.c.detected_at <= end, i.c.opened_run.in_(finished()))
        .where(sa.or_(i.c.resolution.is_(None), i.c.resolution.not_in(nobody_closes)), r.c.inhibited_by.is_(None))
        .group_by(name)
    ).all()
    enough = sorted((x for x in rows if x[1] >= CLOSABLE and x[0]), key=lambda x: (-x[2], x[0]))
    title = "First category"
    if not enough:
        n = max((x[1] for x in rows), default=0)
        words = f"no category has {CLOSABLE} issues one can close in {BACKFILL_DAYS} days; the fullest has {n}"
        return "first_category", title, False, words, n
    best = enough[0]
    words = f"{best[0]}: {best[2]:,.0f} can still be saved, {best[1]} issues one can close in {BACKFILL_DAYS} days"
    return "first_category", title, True, words, best[1]


def _speed(e: Evidence) -> _Told:
    title = f"{SPEED_DAYS} days of resolution speed"
    every = frozenset(range(len(e.window.bounds) + 1))
    times, days = e.times(every), 0 if e.first_run is None else (e.window.end - e.first_run) // DAY
    found = quantile(times)
    passed = days >= SPEED_DAYS and times.n_ended >= FEWEST
    speed = (
        ""
        if found is None
        else f"; half are resolved within {'more than ' if found.at_least else ''}{found.value:.0f} h"
    )
    return (
        "speed",
        title,
        passed,
        f"{days} days of runs, {times.n_ended} of {FEWEST} fixes verified{speed}",
        times.n_ended,
    )


def _capture(closed: Closed) -> _Told:
    share = closed.classified / closed.n if closed.n else 0.0
    words = (
        f"{closed.classified} of {closed.n} closes in 30 days say why; {CLASSIFIED:.0%} of at least {FEWEST} are asked"
    )
    return "capture", "Month two: capture", closed.n >= FEWEST and share >= CLASSIFIED, words, closed.n


def _tuning(work: Work) -> _Told:
    tuned = [d for d in work.decisions if d.kind == "threshold" and d.at > work.end - timedelta(days=30)]
    repeats = sum(r for _, r in work.found.values())
    words = f"{len(tuned)} cut lines changed in 30 days, with {repeats} repeats"
    return "tuning", "Month three: tuning", bool(tuned), words, len(tuned)

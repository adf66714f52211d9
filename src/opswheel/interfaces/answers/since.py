"""What changed since the last morning, and since a moment ago: counts a page can ask for again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUE_EVENTS, MATCHES, RANKS, RUNS

MOST = 1_000
"""Past-due issues are counted so far."""


@dataclass(frozen=True)
class Mark:
    """How far somebody has seen the ledger: the last finished run, and how many things people did since."""

    run: int
    acts: int

    def __str__(self) -> str:
        return f"{self.run}.{self.acts}"


def read_mark(text: str) -> Mark | None:
    """A mark as it was written; None where it is none."""
    run, _, acts = text.partition(".")
    return Mark(int(run), int(acts)) if run.isdecimal() and acts.isdecimal() and len(text) < 40 else None


def mark(connection: sa.Connection, run: Any) -> Mark:
    """How far the ledger is now. Acts are counted from the morning the run speaks of."""
    return Mark(run.id, _acts(connection, run)[0])


def _acts(connection: sa.Connection, run: Any) -> tuple[int, int]:
    """What people did since a run's morning: how many things, and how many closes among them."""
    events = ISSUE_EVENTS.sql_table()
    closes = sa.func.sum(sa.case((events.c.event == "closed", 1), else_=0))
    query = sa.select(sa.func.count(), closes).select_from(events)
    row = connection.execute(query.where(events.c.run_id.is_(None), events.c.at >= run.as_of)).one()
    return row[0], row[1] or 0


def stamp(connection: sa.Connection) -> tuple[Any, ...]:
    """What changes with anything the queue's page tells: the last run, what happened since, and the last match."""
    newest, happened = _stamps()
    run = connection.execute(newest).one_or_none()
    return (None,) if run is None else (run.id, *connection.execute(happened, {"morning": run.as_of}).one())


@cache
def _stamps() -> tuple[Any, Any]:
    """The two questions behind a stamp, put together once."""
    runs, events, matches = RUNS.sql_table(), ISSUE_EVENTS.sql_table(), MATCHES.sql_table()
    done = sa.select(runs.c.id, runs.c.as_of).where(runs.c.finished_at.is_not(None))
    newest = done.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)
    morning = sa.bindparam("morning", type_=events.c.at.type)
    counted = sa.select(sa.func.count())
    people = counted.select_from(events).where(events.c.run_id.is_(None), events.c.at >= morning)
    others = counted.select_from(events).where(events.c.at > morning)
    looked = counted.select_from(matches)
    return newest, sa.select(*(q.scalar_subquery() for q in (people, others, looked)))


def acts_since(connection: sa.Connection, run: Any, before: Mark) -> list[dict[str, Any]]:
    """What people did after `before`, the newest last: issue, event and who."""
    events = ISSUE_EVENTS.sql_table()
    rows = connection.execute(
        sa.select(events.c.issue_id, events.c.event, events.c.by)
        .where(events.c.run_id.is_(None), events.c.at >= run.as_of)
        .order_by(events.c.at, events.c.issue_id, events.c.version)
        .offset(before.acts)
        .limit(200)
    )
    return [dict(row._mapping) for row in rows]


def morning_words(connection: sa.Connection, run: Any, now: datetime) -> dict[str, Any]:
    """What the run found new, gone and back, what people did since, and how many promises are broken."""
    ranks = RANKS.sql_table()
    late = sa.select(ranks.c.sla_due).where(ranks.c.run_id == run.id, ranks.c.open.is_(True), ranks.c.sla_due <= now)
    counted = sa.select(sa.func.count()).select_from(late.limit(MOST).subquery())
    acts, closed = _acts(connection, run)
    summary = json.loads(run.summary or "{}")
    return {
        "run": dict.fromkeys(("opened", "open", "verified", "reopened"), 0) | summary.get("issues", {}),
        "given_away": summary.get("margin_given_away", {}).get("mean", 0.0),
        "closed": closed,
        "late": connection.execute(counted).scalar() or 0,
        "mark": Mark(run.id, acts),
    }


def neighbours(connection: sa.Connection, as_of: datetime) -> tuple[datetime | None, datetime | None]:
    """The mornings before and after one, that a finished run speaks of."""
    runs = RUNS.sql_table()
    done = sa.select(runs.c.as_of).where(runs.c.finished_at.is_not(None))
    before = connection.execute(done.where(runs.c.as_of < as_of).order_by(runs.c.as_of.desc()).limit(1)).scalar()
    after = connection.execute(done.where(runs.c.as_of > as_of).order_by(runs.c.as_of).limit(1)).scalar()
    return before, after

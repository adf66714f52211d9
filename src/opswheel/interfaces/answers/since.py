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
    return Mark(run.id, connection.execute(_acts(), {"morning": run.as_of}).one()[0])


@cache
def _acts() -> Any:
    """What people did since a run's morning: how many things, and how many closes among them."""
    events = ISSUE_EVENTS.sql_table()
    closes = sa.func.sum(sa.case((events.c.event == "closed", 1), else_=0))
    query = sa.select(sa.func.count().label("acts"), closes.label("closes")).select_from(events)
    return query.where(events.c.run_id.is_(None), events.c.at >= sa.bindparam("morning"))


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
    """What the run found new, gone and back, what people did since, how many promises are broken, and the mornings
    before and after."""
    told = {"morning": run.as_of, "run": run.id, "now": now}
    row = connection.execute(_around(), told).one()
    summary = json.loads(run.summary or "{}")
    return {
        "run": dict.fromkeys(("opened", "open", "verified", "reopened"), 0) | summary.get("issues", {}),
        "given_away": summary.get("margin_given_away", {}).get("mean", 0.0),
        "closed": row.closes or 0,
        "late": row.late,
        "mark": Mark(run.id, row.acts),
        "before": row.before,
        "after": row.after,
    }


@cache
def _around() -> Any:
    """Everything around a morning in one question."""
    ranks, runs, acts = RANKS.sql_table(), RUNS.sql_table(), _acts().subquery()
    ours = (ranks.c.run_id == sa.bindparam("run"), ranks.c.open.is_(True), ranks.c.sla_due <= sa.bindparam("now"))
    late = sa.select(ranks.c.sla_due).where(*ours).limit(MOST).subquery()
    done = runs.c.finished_at.is_not(None)
    morning: sa.BindParameter[Any] = sa.bindparam("morning")
    before = sa.select(sa.func.max(runs.c.as_of)).where(done, runs.c.as_of < morning)
    after = sa.select(sa.func.min(runs.c.as_of)).where(done, runs.c.as_of > morning)
    return sa.select(
        acts,
        sa.select(sa.func.count()).select_from(late).scalar_subquery().label("late"),
        before.scalar_subquery().label("before"),
        after.scalar_subquery().label("after"),
    )

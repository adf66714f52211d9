"""What the ledger holds about the last weeks of the wheel, read once for all six stages."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...core.contracts import (
    DECISIONS,
    DELIVERIES,
    ISSUE_EVENTS,
    ISSUES,
    METRICS,
    OUTCOMES,
    RANKS,
    ROUTES,
    RUNS,
    THRESHOLDS,
)
from ...core.settings import Settings
from ...resolution.desk import Desk
from ...resolution.queue import unowned
from ..wiring import Workspace

OURSELVES = "opswheel"
"""Who writes what no person did."""
BEGUN = ("claimed", "closed")
"""Events with which work on an issue begins at the latest."""
WEEKS = 8
"""Weeks of a trend."""


@dataclass(frozen=True)
class Read:
    """Rows of the ledger since before the trend's first week, oldest first.

    `judged` holds when a decision was judged and what came of it. Claims and closes in `acts` carry what they say.
    """

    now: datetime
    settings: Settings
    desk: Desk
    runs: Sequence[Any] = ()
    first_run: datetime | None = None
    summaries: Sequence[dict[str, Any]] = ()
    metrics: Sequence[dict[str, tuple[float | None, float | None, float | None]]] = ()
    sources: Sequence[Any] = ()
    deliveries: Sequence[Any] = ()
    acts: Sequence[Any] = ()
    issues: Sequence[Any] = ()
    outcomes: Sequence[Any] = ()
    decisions: Sequence[tuple[datetime, str, str]] = ()
    judged: Sequence[tuple[datetime, str]] = ()
    unowned: int = 0
    open: int = 0

    @property
    def window(self) -> timedelta:
        """How far back a figure looks."""
        return timedelta(days=self.settings.wheel.days)

    @property
    def begin(self) -> datetime:
        """Where the window begins."""
        return self.now - self.window

    def run_before(self, at: datetime) -> int | None:
        """Index of the run whose queue was on the table at a moment."""
        found = [i for i, run in enumerate(self.runs) if run.as_of <= at]
        return found[-1] if found else None


def read_wheel(workspace: Workspace, now: datetime) -> Read:
    """Everything the figures of the wheel are made of, up to `now`."""
    settings = workspace.settings
    since = now - max(timedelta(weeks=WEEKS), 2 * timedelta(days=settings.wheel.days))
    with workspace.ledger.read() as connection:
        runs = _runs(connection, since, now)
        acts = _acts(connection, since, now)
        last = runs[-1].id if runs else None
        return Read(
            now=now,
            settings=settings,
            desk=workspace.desk,
            runs=runs,
            first_run=_first_run(connection),
            summaries=[json.loads(r.summary or "{}") for r in runs],
            metrics=_metrics(connection, [r.id for r in runs]),
            sources=_sources(connection),
            deliveries=_since(connection, DELIVERIES, "landed_at", since, now),
            acts=acts,
            issues=_since(connection, ISSUES, "detected_at", since, now),
            outcomes=_since(connection, OUTCOMES, "at", since, now),
            decisions=_decisions(connection, since, now),
            judged=_judged(connection, since, now),
            unowned=unowned(connection, last) if last is not None else 0,
            open=_open(connection, last) if last is not None else 0,
        )


def _runs(connection: sa.Connection, since: datetime, now: datetime) -> list[Any]:
    runs = RUNS.sql_table()
    wanted = sa.select(runs.c.id, runs.c.as_of, runs.c.summary).where(
        runs.c.finished_at.is_not(None), runs.c.as_of > since, runs.c.as_of <= now
    )
    found = list(connection.execute(wanted.order_by(runs.c.as_of, runs.c.id)).all())
    if found:
        return found
    newest = sa.select(runs.c.id, runs.c.as_of, runs.c.summary).where(runs.c.finished_at.is_not(None))
    return list(connection.execute(newest.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)).all())


def _first_run(connection: sa.Connection) -> datetime | None:
    runs = RUNS.sql_table()
    found: datetime | None = connection.execute(
        sa.select(sa.func.min(runs.c.as_of)).where(runs.c.finished_at.is_not(None))
    ).scalar()
    return found


def _metrics(
    connection: sa.Connection, ids: Sequence[int]
) -> list[dict[str, tuple[float | None, float | None, float | None]]]:
    table = METRICS.sql_table()
    found: dict[int, dict[str, tuple[float | None, float | None, float | None]]] = defaultdict(dict)
    for row in connection.execute(sa.select(table).where(table.c.run_id >= min(ids, default=0))):
        found[row.run_id][row.name] = (row.value, row.low, row.high)
    return [found[i] for i in ids]


def _sources(connection: sa.Connection) -> list[Any]:
    table = DELIVERIES.sql_table()
    place = (table.c.account, table.c.channel, table.c.report)
    return list(
        connection.execute(sa.select(*place, sa.func.min(table.c.landed_at).label("since")).group_by(*place)).all()
    )


def _since(connection: sa.Connection, contract: Any, column: str, since: datetime, now: datetime) -> list[Any]:
    table = contract.sql_table()
    at = table.c[column]
    return list(connection.execute(sa.select(table).where(at > since, at <= now).order_by(at)).all())


def _acts(connection: sa.Connection, since: datetime, now: datetime) -> list[Any]:
    events = ISSUE_EVENTS.sql_table()
    told = sa.case((events.c.event.in_(BEGUN), events.c.payload), else_=None).label("payload")
    wanted = sa.select(events.c.issue_id, events.c.at, events.c.event, events.c.by, told)
    by_people = (events.c.by != OURSELVES, events.c.at > since, events.c.at <= now)
    return list(connection.execute(wanted.where(*by_people).order_by(events.c.at, events.c.version)).all())


def begun(acts: Sequence[Any]) -> list[Any]:
    """The first act that began work on each issue."""
    found: dict[int, Any] = {}
    for act in acts:
        if act.event in BEGUN:
            found.setdefault(act.issue_id, act)
    return list(found.values())


def _judged(connection: sa.Connection, since: datetime, now: datetime) -> list[tuple[datetime, str]]:
    """Decisions judged after 90 or 180 days: (when last, what came of it)."""
    table = DECISIONS.sql_table()
    last = sa.func.coalesce(table.c.judged_180_at, table.c.judged_90_at)
    wanted = sa.select(last.label("at"), table.c.measured).where(
        table.c.measured.is_not(None), last > since, last <= now
    )
    return [(r.at, str(json.loads(r.measured).get("verdict", ""))) for r in connection.execute(wanted.order_by(last))]


def _decisions(connection: sa.Connection, since: datetime, now: datetime) -> list[tuple[datetime, str, str]]:
    """What people decided, cut lines and routes changed elsewhere among it: (when, what, why or by whom).

    What the settings let happen without a person is no decision; a cut line that a decision moved counts once.
    """
    said, cuts, routes = DECISIONS.sql_table(), THRESHOLDS.sql_table(), ROUTES.sql_table()
    people = (said.c.verdict != "automatic", said.c.at > since, said.c.at <= now)
    found = [
        (row.at, f"{row.kind} {row.subject}: {row.verdict.replace('_', ' ')}", f"{row.why} ({row.by})")
        for row in connection.execute(sa.select(said).where(*people))
    ]
    moved = (cuts.c.source != "default", cuts.c.source.not_like("decision %"))
    found += [
        (row.since, f"{row.kind}: {row.name} is {row.value:g}", row.why)
        for row in connection.execute(sa.select(cuts).where(*moved, cuts.c.since > since, cuts.c.since <= now))
    ]
    lists = sa.select(routes.c.at, routes.c.by, routes.c.version, sa.func.count().label("n"))
    lists = lists.where(routes.c.at > since, routes.c.at <= now).group_by(routes.c.version, routes.c.at, routes.c.by)
    found += [(row.at, f"routes: list {row.version} with {row.n} lines", row.by) for row in connection.execute(lists)]
    return sorted(found)


def _open(connection: sa.Connection, run_id: int) -> int:
    ranks = RANKS.sql_table()
    counted = sa.select(sa.func.count()).where(ranks.c.run_id == run_id, ranks.c.open.is_(True))
    return int(connection.execute(counted).scalar() or 0)

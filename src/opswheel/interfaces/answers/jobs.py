"""Work between runs, as people look at it, and one turn of it for those who have no server running."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import JOBS
from ...wheel.jobs import revive
from ...wheel.lease import lease
from ..wiring import Workspace


def jobs_answer(workspace: Workspace, state: str | None, limit: int) -> dict[str, Any]:
    """How many jobs stand in each state, and the newest of them."""
    table = JOBS.sql_table()
    query = sa.select(table).order_by(table.c.changed_at.desc(), table.c.id.desc()).limit(limit)
    query = query if state is None else query.where(table.c.state == state)
    counts: Counter[str] = Counter()
    with workspace.ledger.read() as connection:
        for name, n in connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state)):
            counts[name] = n
        rows = connection.execute(query).all()
    return {name: counts[name] for name in ("waiting", "working", "done", "dead")} | {"jobs": [_job(r) for r in rows]}


def retry_job(workspace: Workspace, number: int) -> None:
    """Try a dead job again. Raises NotFound, or Conflict where it is not dead."""
    with workspace.ledger.write() as connection:
        revive(connection, number, wall=workspace.clock.wall())


def work_once(workspace: Workspace) -> int:
    """What a server does, once; returns how many jobs were done.

    Raises RunInProgress where a server does it already.
    """
    from ..service.scheduler import LEASE, Service

    service = Service(workspace)
    with lease(workspace.ledger, LEASE, workspace.clock) as holder:
        service.schedules(holder)
        service.clocks(holder)
        service.feed(holder)
        done = service.work_off()
        service.clocks(holder)  # what a run among them brought about
        service.feed(holder)
        return done + service.work_off()


def _job(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "about": row.key,
        "state": row.state,
        "attempts": row.attempts,
        "next_at": show_moment(row.run_after) if row.state == "waiting" else None,
        "changed_at": show_moment(row.changed_at),
        "error": row.last_error,
    }

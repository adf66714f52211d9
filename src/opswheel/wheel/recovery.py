"""After a power cut: work a run did not finish was never visible, and is taken away before the next one."""

from __future__ import annotations

import sqlalchemy as sa

from ..core.contracts import ISSUE_EVENTS, ISSUE_SUBJECTS, ISSUES, RANKS, RUNS
from ..storage.ledger import Ledger


def discard_unfinished(ledger: Ledger) -> list[int]:
    """Remove what unfinished runs wrote; call only while holding the run lease. Returns their numbers."""
    runs = RUNS.sql_table()
    with ledger.read() as connection:
        dead = list(connection.execute(sa.select(runs.c.id).where(runs.c.finished_at.is_(None))).scalars())
    for run_id in dead:
        with ledger.write() as connection:
            _discard(connection, run_id)
    return dead


def _discard(connection: sa.Connection, run_id: int) -> None:
    issues, events = ISSUES.sql_table(), ISSUE_EVENTS.sql_table()
    opened = sa.select(issues.c.id).where(issues.c.opened_run == run_id)
    connection.execute(events.delete().where(events.c.issue_id.in_(opened)))
    for contract, column in ((ISSUE_SUBJECTS, "run_id"), (RANKS, "run_id"), (ISSUES, "opened_run"), (RUNS, "id")):
        table = contract.sql_table()
        connection.execute(table.delete().where(table.c[column] == run_id))

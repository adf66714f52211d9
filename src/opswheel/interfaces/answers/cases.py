"""Cases at the marketplace: the list, and what people do to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from ...core.contracts import CASE_ISSUES, RANKS
from ...resolution import case_csv, case_list, cases
from ...resolution.lifecycle import OPEN
from ...resolution.queue import last_run
from ..wiring import Workspace


def cases_answer(workspace: Workspace, *, closed: bool = False) -> dict[str, Any]:
    """The cases in the order they are worked, and how many wait on us."""
    with workspace.ledger.read() as connection:
        found = case_list.listed(connection, exposures(connection), at=workspace.clock.now(), closed=closed)
    return {
        "cases": found,
        "waiting_on_us": sum(c["whose_move"] == cases.US for c in found),
        "currency": workspace.settings.money.reporting_currency,
    }


def open_case(workspace: Workspace, issues: Sequence[int], said: cases.NewCase, by: str | None) -> dict[str, Any]:
    """Open a case about issues; they wait on the marketplace from now on."""
    return _one(workspace, lambda c, **who: cases.open_case(c, issues, said, **who), by)


def update_case(workspace: Workspace, number: int, heard: cases.Heard, by: str | None) -> dict[str, Any]:
    """Write down what became of a case."""
    return _one(workspace, lambda c, **who: cases.update(c, number, heard, **who), by)


def link_case(workspace: Workspace, number: int, issues: Sequence[int], by: str | None) -> dict[str, Any]:
    """Say that a case is about issues too."""
    return _one(workspace, lambda c, **who: cases.link(c, number, issues, **who), by)


def load_cases(workspace: Workspace, text: str, by: str | None) -> dict[str, Any]:
    """Merge a case log: everything it says, or nothing where a line of it cannot be meant."""
    now = workspace.clock.now()
    rows = case_csv.parse(text, at=now)
    with workspace.ledger.write() as connection:
        return {"rows": len(rows)} | cases.take(connection, rows, by=by or workspace.me, at=now, desk=workspace.desk)


def exposures(connection: sa.Connection) -> dict[int, float]:
    """What each open issue with a case loses a day, by the last finished run."""
    ranks, run = RANKS.sql_table(), last_run(connection)
    if run is None:
        return {}
    links = CASE_ISSUES.sql_table()
    rows = connection.execute(
        sa.select(ranks.c.issue_id, ranks.c.exposure_mean)
        .where(ranks.c.run_id == run.id, ranks.c.state.in_(OPEN))
        .where(ranks.c.issue_id.in_(sa.select(links.c.issue_id)))
    )
    return {row.issue_id: row.exposure_mean or 0.0 for row in rows}


def _one(workspace: Workspace, act: Callable[..., Any], by: str | None) -> dict[str, Any]:
    now = workspace.clock.now()
    with workspace.ledger.write() as connection:
        case = act(connection, by=by or workspace.me, at=now, desk=workspace.desk)
        linked = cases.issues_of(connection, [case.id]).get(case.id, [])
        return case_list.as_json(case, linked, exposures(connection), now)

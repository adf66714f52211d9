"""Routes change and people go on leave: open issues nobody claimed go to whoever the routes name now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUES, RUNS
from ..core.settings import Route, Settings
from ..decisions import routes as kept
from ..prioritization.routing import Roster
from ..resolution.events import Happened, write_all
from ..resolution.lifecycle import OPEN


def routes_in_force(connection: sa.Connection, settings: Settings) -> list[Route]:
    """The loaded list, then the routes of `opswheel.toml`."""
    return [*kept.current(connection), *settings.routes]


def roster(connection: sa.Connection, settings: Settings, at: datetime) -> Roster:
    """The routes, who is away on the team's day of `at`, and what each person holds."""
    issues = ISSUES.sql_table()
    held = connection.execute(
        sa.select(issues.c.owner, sa.func.count())
        .where(issues.c.state.in_(OPEN), issues.c.owner.is_not(None))
        .group_by(issues.c.owner)
    ).all()
    away = kept.away(connection, settings.staffed.calendar().day(at))
    return Roster(routes_in_force(connection, settings), away=away, held={r[0]: r[1] for r in held})


def reroute(
    connection: sa.Connection, settings: Settings, *, by: str, at: datetime, changed: bool = True
) -> list[dict[str, Any]]:
    """Give every open issue nobody claimed to whoever the routes name now; returns what moved, in issue order.

    Issues a person assigned stay with whom they named. An issue no route matches any more has no owner: an alarm
    is better than the name of somebody who does not know. If the routes have not `changed`, only issues without an
    owner and those whose owner is away are asked about. Each move is {"id", "from", "to", "route"}.
    """
    issues, runs = ISSUES.sql_table(), RUNS.sql_table()
    people = roster(connection, settings, at)
    by_rule = sa.or_(issues.c.owner.is_(None), issues.c.route.is_not(None))
    if not changed:
        by_rule = sa.and_(by_rule, sa.or_(issues.c.owner.is_(None), issues.c.owner.in_(people.away)))
    if not (changed or people.routes):
        return []
    rows = connection.execute(
        sa.select(issues)
        .join(runs, runs.c.id == issues.c.opened_run)
        .where(issues.c.state.in_(("new", "assigned", "regressed")), issues.c.claimed_at.is_(None), by_rule)
        .where(runs.c.finished_at.is_not(None))
        .order_by(issues.c.id)
    ).all()
    moves: list[Happened] = []
    for issue in rows:
        choice = people.choose(dict(issue._mapping), now=issue.owner)
        owner, route = (choice.owner, choice.route) if choice else (None, None)
        if owner != issue.owner:
            state = issue.state if issue.state == "regressed" else ("assigned" if owner else "new")
            set_ = {"owner": owner, "route": route, "state": state}
            moves.append(Happened(issue, "rerouted", set_, {"from": issue.owner}))
    done = write_all(connection, moves, by=by, at=at)
    return [_told(move) for move in done]


def _told(move: Happened) -> dict[str, Any]:
    return {"id": move.issue.id, "from": move.issue.owner, "to": move.set["owner"], "route": move.set["route"]}


def counted(moves: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many issues went to each person; those nobody owns now under an empty name."""
    found: dict[str, int] = {}
    for move in moves:
        name = move["to"] or ""
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))

"""Who owns what, who is away, and which routes people keep going around."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUE_EVENTS, ISSUES
from ...decisions import routes as kept
from ...prioritization.routing import people, words
from ...resolution.lifecycle import OPEN
from ...resolution.queue import last_run, unowned
from ...visibility.detectors import DETECTORS
from ...wheel.parameters import WITHOUT_A_RULE
from ...wheel.rerouting import reroute, routes_in_force
from ..wiring import Workspace

REVIEW_DAYS = 28
"""How far back escalations of a kind are counted."""


def routes_answer(workspace: Workspace) -> dict[str, Any]:
    """The routes in the order they are asked, what each person holds, who is away, and what to look at again."""
    with workspace.ledger.read() as connection:
        return _told(workspace, connection, [])


def load_routes(workspace: Workspace, text: str, by: str | None) -> dict[str, Any]:
    """Put a new list in the place of the loaded one and re-route at once; tells which issues moved.

    Raises WrongUse naming the line that cannot be meant; nothing is changed then.
    """
    kinds = {d.kind for d in DETECTORS} | set(WITHOUT_A_RULE)
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        issues = ISSUES.sql_table()
        kinds |= set(connection.execute(sa.select(issues.c.kind).distinct()).scalars())
        kept.replace(connection, kept.parse(text, kinds), by=who, at=now)
        moved = reroute(connection, workspace.settings, by=who, at=now)
        return _told(workspace, connection, moved)


def set_away(workspace: Workspace, person: str, days: tuple[date, date] | None, by: str | None) -> dict[str, Any]:
    """Somebody is away on these days, or (None) there again; what they hold and did not claim moves where it must."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        if days is None:
            kept.come_back(connection, person, workspace.desk.calendar.day(now))
        else:
            kept.leave(connection, person, *days, by=who, at=now)
        return _told(workspace, connection, reroute(connection, workspace.settings, by=who, at=now, changed=False))


def routes_csv(workspace: Workspace) -> str:
    """Every route in force as CSV, to edit and load again."""
    with workspace.ledger.read() as connection:
        return kept.as_csv(routes_in_force(connection, workspace.settings))


def _told(workspace: Workspace, connection: sa.Connection, moved: list[dict[str, Any]]) -> dict[str, Any]:
    now = workspace.clock.now()
    today = workspace.desk.calendar.day(now)
    held, loaded, run = _held(connection), kept.current(connection), last_run(connection)
    away = kept.away(connection, today)
    routes = []
    for n, route in enumerate([*loaded, *workspace.settings.routes], 1):
        owner, *stand_in = people(route)
        routes.append(
            {
                "position": n,
                "asks_for": words(route),
                "owner": owner,
                "backup": stand_in,
                "capacity": route.capacity or None,
                "holds": held.get(owner, 0),
                "away_until": away[owner].isoformat() if owner in away else None,
                "source": "loaded" if n <= len(loaded) else "opswheel.toml",
            }
        )
    return {
        "routes": routes,
        "away": kept.absences(connection, today),
        "unowned": unowned(connection, run.id) if run else 0,
        "moved": moved,
        "review": _review(connection, now, workspace.settings.promises.review_after),
    }


def _held(connection: sa.Connection) -> dict[str, int]:
    issues = ISSUES.sql_table()
    open_ = sa.select(issues.c.owner, sa.func.count()).where(issues.c.state.in_(OPEN)).group_by(issues.c.owner)
    return {row[0]: row[1] for row in connection.execute(open_)}


def _review(connection: sa.Connection, now: datetime, most: int) -> list[dict[str, Any]]:
    """Kinds and owners whose issues were escalated so often that the route itself is in question."""
    events, issues = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    since = now - timedelta(days=REVIEW_DAYS)
    rows = connection.execute(
        sa.select(issues.c.kind, issues.c.owner)
        .join(events, events.c.issue_id == issues.c.id)
        .where(events.c.event == "escalated", events.c.at > since, events.c.at <= now)
    ).all()
    counts = Counter((r.kind, r.owner or "") for r in rows)
    return [
        {"kind": kind, "owner": owner or None, "escalations": n, "days": REVIEW_DAYS}
        for (kind, owner), n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
        if n >= most
    ]

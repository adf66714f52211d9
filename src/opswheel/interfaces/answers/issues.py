"""One issue's state, and closing it: resolution first, then learning, in one transaction."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import ISSUE_EVENTS, OUTCOMES
from ...learning import outcomes
from ...resolution import actions, playbook
from ...resolution.actions import Close
from ..wiring import Workspace


def issue_state(connection: sa.Connection, number: int) -> dict[str, Any]:
    """The issue as it stands, with its timeline and its outcome."""
    issue = actions.find(connection, number)
    events, results = ISSUE_EVENTS.sql_table(), OUTCOMES.sql_table()
    timeline = connection.execute(sa.select(events).where(events.c.issue_id == number).order_by(events.c.version)).all()
    outcome = connection.execute(
        sa.select(results).where(results.c.issue_id == number).order_by(results.c.version.desc()).limit(1)
    ).one_or_none()
    return {
        "id": issue.id,
        "kind": issue.kind,
        "subject": {"type": issue.subject_type, "key": issue.subject_key},
        "account": issue.account,
        "channel": issue.channel,
        "sku": issue.sku,
        "state": issue.state,
        "owner": issue.owner,
        "resolution": issue.resolution,
        "root_cause": issue.root_cause,
        "repeat_of": issue.repeat_of,
        "inherited": issue.inherited,
        "grace_hours": playbook.load(issue.kind).grace_hours,
        "events": [
            {"at": show_moment(e.at), "event": e.event, "by": e.by, "detail": json.loads(e.payload)} for e in timeline
        ],
        "outcome": None if outcome is None else _plain(outcome),
    }


def _plain(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    for name in ("at", "booked_at"):
        values[name] = values[name] and show_moment(values[name])
    return values


def reopen_issue(workspace: Workspace, connection: sa.Connection, number: int, by: str | None) -> None:
    """Take a close back, and with it what it taught."""
    actions.reopen(connection, number, by=by or workspace.me, at=workspace.clock.now())
    outcomes.take_back(connection, number)


def close_issue(
    workspace: Workspace, connection: sa.Connection, number: int, said: dict[str, Any], by: str | None
) -> dict[str, Any]:
    """Close an issue; the wheel calls resolution, then learning."""
    who, now = by or workspace.me, workspace.clock.now()
    before, after, told = actions.close(connection, number, Close(**said), by=who, at=now)
    outcomes.record(connection, before, after, told, by=who, at=now)
    return {}

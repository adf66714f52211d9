"""One issue's state, and closing it: resolution first, then learning, in one transaction."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import ISSUE_EVENTS, OUTCOMES, RANKS
from ...learning import outcomes
from ...resolution import actions, cases, playbook
from ...resolution.actions import Close
from ...resolution.case_list import as_json
from ...resolution.queue import desk_json
from ..wiring import Workspace


def issue_state(workspace: Workspace, connection: sa.Connection, number: int) -> dict[str, Any]:
    """The issue as it stands, with its promises, its cases, its timeline and its outcome."""
    issue = actions.find(connection, number)
    events, results = ISSUE_EVENTS.sql_table(), OUTCOMES.sql_table()
    timeline = connection.execute(sa.select(events).where(events.c.issue_id == number).order_by(events.c.version)).all()
    outcome = connection.execute(
        sa.select(results).where(results.c.issue_id == number).order_by(results.c.version.desc()).limit(1)
    ).one_or_none()
    return {
        "id": issue.id,
        "version": issue.version,
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
        "incident": issue.incident_id,
        **desk_words(workspace, connection, issue),
        "grace_hours": playbook.load(issue.kind, workspace.playbooks).grace_hours,
        "events": [
            {"at": show_moment(e.at), "event": e.event, "by": e.by, "detail": json.loads(e.payload)} for e in timeline
        ],
        "outcome": None if outcome is None else _plain(outcome),
    }


def desk_words(workspace: Workspace, connection: sa.Connection, issue: Any) -> dict[str, Any]:
    """When the next promise on an issue falls due, what people said about its place, and its cases."""
    ranks, now = RANKS.sql_table(), workspace.clock.now()
    exposure = connection.execute(
        sa.select(ranks.c.exposure_mean).where(ranks.c.issue_id == issue.id).order_by(ranks.c.run_id.desc()).limit(1)
    ).scalar()
    due, what = workspace.desk.due(issue, exposure)
    about = cases.cases_of(connection, [issue.id]).get(issue.id, [])
    linked = cases.issues_of(connection, [case.id for case in about])
    return {
        "sla_due": due and show_moment(due),
        "sla_what": what,
        "breached": due is not None and due <= now,
        **desk_json(issue, exposure, now),
        "waited_minutes": round(workspace.desk.waited(issue, now), 1),
        "cases": [as_json(case, linked[case.id], {issue.id: exposure or 0.0}, now) for case in about],
    }


def _plain(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    for name in ("at", "booked_at"):
        values[name] = values[name] and show_moment(values[name])
    return values


def reopen_issue(workspace: Workspace, connection: sa.Connection, number: int, by: str | None) -> None:
    """Take a close back, and with it what it taught."""
    actions.reopen(connection, number, by=by or workspace.me, at=workspace.clock.now(), desk=workspace.desk)
    outcomes.take_back(connection, number)


def close_issue(
    workspace: Workspace, connection: sa.Connection, number: int, said: dict[str, Any], by: str | None
) -> None:
    """Close an issue; the wheel calls resolution, then learning."""
    who, now = by or workspace.me, workspace.clock.now()
    before, after, told = actions.close(connection, number, Close(**said), by=who, at=now, desk=workspace.desk)
    outcomes.record(connection, before, after, told, by=who, at=now)


def close_incident(workspace: Workspace, number: int, said: dict[str, Any], by: str | None) -> list[dict[str, Any]]:
    """Close every open issue of an incident with one form, in one transaction."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        done = actions.close_incident(connection, number, Close(**said), by=who, at=now, desk=workspace.desk)
        for before, after, told in done:
            outcomes.record(connection, before, after, told, by=who, at=now)
        return [issue_state(workspace, connection, after.id) for _, after, _ in done]


def members_of(workspace: Workspace, number: int) -> list[int]:
    """The open issues of the incident an issue belongs to, itself first."""
    with workspace.ledger.read() as connection:
        return [issue.id for issue in actions.incident_of(connection, number)]

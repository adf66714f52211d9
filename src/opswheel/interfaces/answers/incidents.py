"""Putting issues together to one incident, and taking it apart, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...resolution import actions, incidents
from ..wiring import Workspace


def make_incident(workspace: Workspace, numbers: Sequence[int], title: str, by: str | None) -> dict[str, Any]:
    """Put issues together; returns the incident's number, its name and its issues, by number."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        number = incidents.make(connection, numbers, title=title, by=who, at=now)
    return {"incident": number, "title": " ".join(title.split()), "issues": sorted(set(numbers))}


def take_apart(workspace: Workspace, number: int, by: str | None) -> dict[str, Any]:
    """Take apart the incident an issue was put into by hand; returns its number and the issues that were in it."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        incident = actions.find(connection, number).incident_id
        return {
            "incident": incident,
            "title": None,
            "issues": incidents.take_apart(connection, number, by=who, at=now),
        }

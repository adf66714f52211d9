"""Decisions that stand: accepted, not undone, and not replaced by a later one about the same thing.

A catalog rule and a price path have no table of their own: what holds is what was decided last and not rolled back.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ..core.contracts import DECISIONS
from ..core.errors import Conflict

KEPT = ("accepted", "edited", "automatic")


def standing(connection: sa.Connection, kind: str) -> list[dict[str, Any]]:
    """The decision that holds for each subject of a kind, by subject: (id, subject, from, to, evidence, by, at)."""
    table = DECISIONS.sql_table()
    undone = sa.select(table.c.undoes).where(table.c.undoes.is_not(None))
    rows = connection.execute(
        sa.select(table)
        .where(table.c.kind == kind, table.c.verdict.in_(KEPT), table.c.id.not_in(undone))
        .order_by(table.c.id)
    )
    newest = {r.subject: r for r in rows}
    return [
        {
            "id": r.id,
            "subject": r.subject,
            "from": json.loads(r.from_value),
            "to": json.loads(r.to_value),
            "evidence": json.loads(r.evidence),
            "by": r.by,
            "at": r.at,
        }
        for _, r in sorted(newest.items())
    ]


def must_be_last(connection: sa.Connection, decision: Any) -> None:
    """Raises Conflict where a later decision about the same thing stands: that one is undone first."""
    last = next((d for d in standing(connection, decision.kind) if d["subject"] == decision.subject), None)
    if last is not None and last["id"] > decision.id:
        raise Conflict(f"Decision {last['id']} about the same thing came after {decision.id}.", "Roll that back first.")

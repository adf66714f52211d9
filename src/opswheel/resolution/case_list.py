"""The cases as people read them: ours to answer first, then by what waiting costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import CASE_FILES
from .cases import THEM, TYPES, US, issues_of, whose


def listed(
    connection: sa.Connection, exposure_of: Mapping[int, float], *, at: datetime, closed: bool = False
) -> list[dict[str, Any]]:
    """The cases in the order they are worked: ours to answer first, then by money times days without movement.

    `exposure_of` is what each open issue loses a day. A case without an open issue costs nothing and comes last.
    """
    cases = CASE_FILES.sql_table()
    query = sa.select(cases) if closed else sa.select(cases).where(cases.c.status == "open")
    rows = connection.execute(query).all()
    linked = issues_of(connection, [r.id for r in rows])
    told = [as_json(row, linked.get(row.id, []), exposure_of, at) for row in rows]
    turn = {US: 0, THEM: 1, None: 2}
    told.sort(key=lambda c: (turn[c["whose_move"]], -c["lost_waiting"], -c["days_still"], c["id"]))
    return told


def as_json(case: Any, issues: Sequence[int], exposure_of: Mapping[int, float], at: datetime) -> dict[str, Any]:
    """A case in the public JSON form."""
    still = max(0.0, (at - case.last_at).total_seconds() / 86_400)
    a_day = sum(exposure_of.get(n, 0.0) for n in issues)
    have, wanted = json.loads(case.evidence), TYPES.get(case.type, ())
    return {
        "id": case.id,
        "external_id": case.external_id or None,
        "account": case.account,
        "channel": case.channel,
        "type": case.type,
        "title": case.title,
        "status": case.status,
        "whose_move": whose(case),
        "last_from": case.last_from,
        "last_at": show_moment(case.last_at),
        "days_still": round(still, 1),
        "seen_at": show_moment(case.seen_at),
        "opened_at": show_moment(case.opened_at),
        "opened_by": case.opened_by,
        "reopened": case.reopened,
        "issues": list(issues),
        "exposure_per_day": round(a_day, 2),
        "lost_waiting": round(a_day * still, 2),
        "evidence": {"have": have, "missing": [item for item in wanted if item not in have]},
        "closed_at": case.closed_at and show_moment(case.closed_at),
        "outcome": case.outcome,
    }

"""What each rule brought: what it told of, how much of that was fixed and verified, the money, and the time it took."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUES, OUTCOMES
from ...core.money import round6
from ..wiring import Workspace
from .learning import LABEL_DAYS


def yields(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Per kind over the days alarms are judged by: issues found, verified clears, their money, and minutes of work.

    `per_hour` is None where no close tells its minutes.
    """
    since = workspace.clock.now() - timedelta(days=LABEL_DAYS)
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    booked = outcomes.c.booked_at.is_not(None)
    counted = sa.select(issues.c.kind, sa.func.count().label("found")).where(issues.c.detected_at >= since)
    closes = sa.select(
        outcomes.c.kind,
        sa.func.sum(sa.case((booked, 1), else_=0)).label("verified"),
        sa.func.sum(sa.case((booked, outcomes.c.cleared), else_=0.0)).label("cleared"),
        sa.func.sum(outcomes.c.minutes).label("minutes"),
    ).where(outcomes.c.at >= since)
    with workspace.ledger.read() as connection:
        found = {r.kind: r.found for r in connection.execute(counted.group_by(issues.c.kind))}
        told = {r.kind: r for r in connection.execute(closes.group_by(outcomes.c.kind))}
    return {kind: _one(found.get(kind, 0), told.get(kind)) for kind in sorted({*found, *told})}


def _one(found: int, told: Any) -> dict[str, Any]:
    cleared = float(told.cleared or 0.0) if told else 0.0
    minutes = float(told.minutes or 0.0) if told else 0.0
    return {
        "found": found,
        "verified": int(told.verified or 0) if told else 0,
        "cleared": round6(cleared),
        "minutes": round6(minutes),
        "per_hour": round6(cleared / minutes * 60) if minutes else None,
    }

"""Out of which place of the queue an issue was taken, and what was passed over: the order people really work in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUE_EVENTS, ISSUES, RANKS, RUNS

ORDERED_LANE = "queue"
"""The one lane whose order is money; the others go by date, by doubt, or by what must stop."""
WAITS_FOR_ANYBODY = ("new", "assigned", "regressed")
COUNTED = 1_000
"""Passed over more often than this is said to be this."""


def taken_from(connection: sa.Connection, issue: Any, *, by: str, at: datetime) -> dict[str, int]:
    """`rank` and `passed_over` of an issue somebody begins to work on, for the event that says so; may be empty.

    `passed_over` counts the issues of lane `queue` that nobody worked on, that were theirs or nobody's, and that
    clearly had more to save: a score by revenue at risk above what this one's would be at the 90th percentile of
    its own money. Issues whose ranges overlap are taken in either order. Only issues of that lane have it.
    """
    ranks, issues, runs = RANKS.sql_table(), ISSUES.sql_table(), RUNS.sql_table()
    last = sa.select(sa.func.max(runs.c.id)).where(runs.c.finished_at.is_not(None)).scalar_subquery()
    row = connection.execute(sa.select(ranks).where(ranks.c.issue_id == issue.id, ranks.c.run_id == last)).one_or_none()
    if row is None:
        return {}
    told = {} if row.rank is None else {"rank": row.rank}
    if row.lane != ORDERED_LANE or row.inhibited_by is not None or row.folded or row.score_revenue_at_risk is None:
        return told
    doubt = max(1.0, row.avoidable_p90 / row.avoidable_mean) if row.avoidable_mean and row.avoidable_p90 else 1.0
    ahead = (
        sa.select(ranks.c.issue_id)
        .join(issues, issues.c.id == ranks.c.issue_id)
        .where(
            ranks.c.run_id == row.run_id,
            ranks.c.open,
            ranks.c.score_revenue_at_risk > row.score_revenue_at_risk * doubt,
            ranks.c.lane == ORDERED_LANE,
            ranks.c.inhibited_by.is_(None),
            ranks.c.folded.is_not(True),
            ranks.c.state.in_(WAITS_FOR_ANYBODY),
            sa.or_(ranks.c.owner.is_(None), ranks.c.owner == by),
            sa.or_(issues.c.snoozed_until.is_(None), issues.c.snoozed_until <= at),
            issues.c.id != issue.id,
        )
        .limit(COUNTED)
        .subquery()
    )
    return {**told, "passed_over": connection.execute(sa.select(sa.func.count()).select_from(ahead)).scalar_one()}


def taken_before(connection: sa.Connection, issue: Any) -> dict[str, int] | None:
    """What the claim an issue is closed from said about its place; None where nobody had claimed it."""
    events = ISSUE_EVENTS.sql_table()
    if issue.state != "in_progress":
        return None
    query = sa.select(events.c.payload).where(events.c.issue_id == issue.id, events.c.event == "claimed")
    claimed = connection.execute(query.order_by(events.c.version.desc()).limit(1)).scalar()
    if claimed is None:
        return None
    told = json.loads(claimed)
    return {name: told[name] for name in ("rank", "passed_over") if name in told}

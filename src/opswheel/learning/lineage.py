"""From a prevention rule back to the signals that led to it, and forward to what it saved."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import DECISIONS, ISSUES, OUTCOMES, PREVENTION, PROPOSALS, REPEATS
from ..core.errors import NotFound
from .causes import merged

MOST = 200


def lineage(connection: sa.Connection, decision: int) -> dict[str, Any]:
    """Signals ← issues ← closes ← repeats ← proposal ← decision → removed → issues since → effect measured.

    Raises NotFound where the decision is about no cause.
    """
    table, planned = DECISIONS.sql_table(), PREVENTION.sql_table()
    rule = connection.execute(sa.select(planned).where(planned.c.decision_id == decision)).one_or_none()
    made = connection.execute(sa.select(table).where(table.c.id == decision)).one_or_none()
    if rule is None or made is None:
        raise NotFound(f"Decision {decision} is about no cause.", "`opswheel proposals --decided` lists them.")
    issues = _issues(connection, rule)
    since = rule.done_at or rule.planned_at
    proposals = PROPOSALS.sql_table()
    proposal = connection.execute(sa.select(proposals).where(proposals.c.id == made.proposal_id)).one_or_none()
    return {
        "decision": decision,
        "rule": {n: getattr(rule, n) for n in ("root_cause", "kind", "dimension", "value", "owner", "cost")},
        "planned_at": show_moment(rule.planned_at),
        "done_at": rule.done_at and show_moment(rule.done_at),
        "proposal": None if proposal is None else {"id": proposal.id, "why": proposal.why},
        "repeats": _repeats(connection, rule),
        "before": [_told(i) for i in issues if i.detected_at < since][:MOST],
        "after": [_told(i) for i in issues if i.detected_at >= since][:MOST],
        "saved": json.loads(made.measured) if made.measured else None,
    }


def _issues(connection: sa.Connection, rule: Any) -> list[Any]:
    """Issues closed with the rule's cause, inside its group, oldest first."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    causes = {rule.root_cause, *(c for c, into in merged(connection).items() if into == rule.root_cause)}
    query = (
        sa.select(issues, outcomes.c.lost_to_date, outcomes.c.minutes, outcomes.c.by)
        .join(outcomes, outcomes.c.issue_id == issues.c.id)
        .where(outcomes.c.root_cause.in_(causes), issues.c.kind == rule.kind, outcomes.c.supported.is_(True))
    )
    if rule.dimension == "item":
        query = query.where(sa.func.coalesce(issues.c.item_id, issues.c.sku) == rule.value)
    elif rule.dimension != "all":
        query = query.where(issues.c[rule.dimension] == rule.value)
    return list(connection.execute(query.order_by(issues.c.detected_at, issues.c.id)))


def _told(issue: Any) -> dict[str, Any]:
    return {
        "issue": issue.id,
        "signal": issue.fingerprint,
        "first_run": issue.opened_run,
        "seen_in": issue.seen_in,
        "detected_at": show_moment(issue.detected_at),
        "closed_by": issue.by,
        "minutes": issue.minutes,
        "lost_to_date": issue.lost_to_date,
    }


def _repeats(connection: sa.Connection, rule: Any) -> dict[str, Any] | None:
    table = REPEATS.sql_table()
    same = (table.c[n] == getattr(rule, n) for n in ("root_cause", "kind", "dimension", "value"))
    row = connection.execute(sa.select(table).where(*same)).one_or_none()
    if row is None:
        return None
    return {n: getattr(row, n) for n in ("n", "recurrences", "at_risk_days", "rate", "rate_p10", "rate_p90")}

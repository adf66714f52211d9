"""What stands around an issue: its place in the queue, what shares its cause, what happened to its listing before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUE_SUBJECTS, ISSUES, OUTCOMES, RANKS
from ...resolution.lifecycle import OPEN
from ...resolution.queue import last_run

MOST = 12


def around(connection: sa.Connection, issue: Any) -> dict[str, Any]:
    """Neighbours in the queue, siblings, the listings behind the issue, and earlier issues of the same listing."""
    run = last_run(connection)
    run_id = 0 if run is None else run.id
    return {
        **_neighbours(connection, run_id, issue.id),
        "siblings": _siblings(connection, run_id, issue),
        "listings": _listings(connection, issue.id),
        "before": _before(connection, issue),
    }


def _neighbours(connection: sa.Connection, run_id: int, number: int) -> dict[str, Any]:
    """The open issues before and after this one by rank, and the number of ranks."""
    ranks = RANKS.sql_table()
    here = sa.select(ranks.c.position).where(ranks.c.run_id == run_id, ranks.c.issue_id == number)
    position = connection.execute(here).scalar()
    if position is None:
        return {"previous": None, "next": None}
    open_ = sa.select(ranks.c.issue_id).where(ranks.c.run_id == run_id, ranks.c.open.is_(True))
    before = open_.where(ranks.c.position < position).order_by(ranks.c.position.desc()).limit(1)
    after = open_.where(ranks.c.position > position).order_by(ranks.c.position).limit(1)
    return {"previous": connection.execute(before).scalar(), "next": connection.execute(after).scalar()}


def _siblings(connection: sa.Connection, run_id: int, issue: Any) -> list[dict[str, Any]]:
    """Open issues of the same incident, under the same cause, or on the same item; each with why it is here."""
    ranks = RANKS.sql_table()
    ours = ranks.select().where(ranks.c.run_id == run_id, ranks.c.issue_id == issue.id)
    row = connection.execute(ours).one_or_none()
    shares = [(ranks.c.inhibited_by == issue.id, "ends with this one")]
    if issue.incident_id is not None:
        shares.append((ranks.c.incident_id == issue.incident_id, "same incident"))
    if row is not None and row.inhibited_by is not None:
        shares.append((ranks.c.issue_id == row.inhibited_by, "its cause"))
    if issue.item_id:
        same = sa.and_(ranks.c.account == issue.account, ranks.c.item_id == issue.item_id)
        shares.append((same, "same item"))
    found: dict[int, dict[str, Any]] = {}
    for condition, why in shares:
        query = ranks.select().where(ranks.c.run_id == run_id, ranks.c.open.is_(True), condition)
        for other in connection.execute(query.where(ranks.c.issue_id != issue.id).limit(MOST)):
            told = {n: getattr(other, n) for n in ("sentence", "sku", "channel", "avoidable_mean", "owner", "state")}
            found.setdefault(other.issue_id, {"id": other.issue_id, "why": why, **told})
    return sorted(found.values(), key=lambda r: -(r["avoidable_mean"] or 0.0))[:MOST]


def _listings(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The listings behind an issue that has several, the dearest first."""
    subjects = ISSUE_SUBJECTS.sql_table()
    newest = sa.select(sa.func.max(subjects.c.run_id)).where(subjects.c.issue_id == number)
    last = connection.execute(newest).scalar()
    query = sa.select(subjects).where(subjects.c.issue_id == number, subjects.c.run_id == last)
    rows = connection.execute(query.order_by(subjects.c.avoidable_mean.desc(), subjects.c.sku).limit(50)).all()
    return [dict(r._mapping) for r in rows] if len(rows) > 1 else []


def _before(connection: sa.Connection, issue: Any) -> list[dict[str, Any]]:
    """Other issues of the same listing, the newest first, with what their close taught."""
    if not issue.sku:
        return []
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    same = (issues.c.account == issue.account, issues.c.channel == issue.channel, issues.c.sku == issue.sku)
    taught = outcomes.c.minutes, outcomes.c.cleared, outcomes.c.root_cause.label("taught")
    later = outcomes.alias()
    latest = sa.select(sa.func.max(later.c.version)).where(later.c.issue_id == issues.c.id).scalar_subquery()
    query = (
        sa.select(issues, *taught)
        .select_from(issues)
        .outerjoin(outcomes, sa.and_(outcomes.c.issue_id == issues.c.id, outcomes.c.version == latest))
        .where(*same, issues.c.id != issue.id)
        .order_by(issues.c.id.desc())
        .limit(MOST)
    )
    return [{**dict(r._mapping), "open": r.state in OPEN} for r in connection.execute(query)]


LIKE_IT = 7
"""So many of the last closes of a kind say who knows it."""


def likeliest_owner(connection: sa.Connection, kind: str) -> dict[str, Any] | None:
    """Who closed at least half of the last issues of a kind, two or more; None where nobody did."""
    outcomes = OUTCOMES.sql_table()
    query = sa.select(outcomes.c.issue_id, outcomes.c.by).where(outcomes.c.kind == kind)
    last: dict[int, str] = {}
    for row in connection.execute(query.order_by(outcomes.c.at.desc(), outcomes.c.issue_id).limit(5 * LIKE_IT)):
        if row.by != "opswheel":
            last.setdefault(row.issue_id, row.by)
    closers = list(last.values())[:LIKE_IT]
    found = max(closers, key=closers.count, default=None)
    n = closers.count(found) if found else 0
    return {"name": found, "closed": n, "of": len(closers)} if n >= 2 and 2 * n >= len(closers) else None

"""Connections: how often something in one workflow changed rank, cut line or action in another in thirty days."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.contracts import CASE_EVENTS, CASE_ISSUES, DECISIONS, ISSUES, RANKS, RUNS
from .evidence import queue_is_told
from .work import RECENT_DAYS
from .workflows import CASES, Workflows


@dataclass(frozen=True)
class Edge:
    """One workflow changed another so often; `how` says by what."""

    source: str
    target: str
    n: int
    how: str

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = asdict(self)
        return {"from": told.pop("source"), "to": told.pop("target"), **told}


def connections(connection: sa.Connection, flows: Workflows, end: datetime) -> list[Edge]:
    """Every edge between two workflows, the busiest first."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for cause, symptom, n in _inhibited(connection, end):
        sums[flows.of(cause), flows.of(symptom), "a cause took its symptoms out of the queue"] += n
    for kind, n in _moved_by_cases(connection, end):
        sums[CASES, flows.of(kind), "a case moved, and its issues with it"] += n
    for kind, n in _sent_to_cases(connection, end):
        sums[flows.of(kind), CASES, "issues were made a case"] += n
    for cause, kind, n in _decided(connection, end):
        sums[flows.of(cause), flows.of(kind), "closes of one changed how the other is worked"] += n
    edges = [Edge(a, b, n, how) for (a, b, how), n in sums.items() if a != b and n]
    return sorted(edges, key=lambda x: (-x.n, x.source, x.target))


def matrix(edges: list[Edge]) -> dict[tuple[str, str], int]:
    """How often each workflow changed each other one, by whatever."""
    sums: Counter[tuple[str, str]] = Counter()
    for edge in edges:
        sums[edge.source, edge.target] += edge.n
    return dict(sums)


def _inhibited(connection: sa.Connection, end: datetime) -> list[tuple[str, str, int]]:
    """Causes and the symptoms that stand under them in the last run's queue: their rank is another because of it.

    Only the last run's queue is at hand, so a month before it is told without.
    """
    ranks, runs, cause = RANKS.sql_table(), RUNS.sql_table(), ISSUES.sql_table()
    last = sa.select(sa.func.max(runs.c.id)).where(runs.c.finished_at.is_not(None)).scalar_subquery()
    if not queue_is_told(connection, end):
        return []
    rows = connection.execute(
        sa.select(cause.c.kind, ranks.c.kind, sa.func.count())
        .join(cause, cause.c.id == ranks.c.inhibited_by)
        .where(ranks.c.run_id == last, ranks.c.inhibited_by.is_not(None), ranks.c.folded.is_not(True))
        .group_by(cause.c.kind, ranks.c.kind)
    )
    return [(a, b, n) for a, b, n in rows]


def _moved_by_cases(connection: sa.Connection, end: datetime) -> list[tuple[str, int]]:
    events, links, i = CASE_EVENTS.sql_table(), CASE_ISSUES.sql_table(), ISSUES.sql_table()
    rows = connection.execute(
        sa.select(i.c.kind, sa.func.count())
        .join(links, links.c.case_id == events.c.case_id)
        .join(i, i.c.id == links.c.issue_id)
        .where(events.c.event.in_(("answered", "closed", "reopened")))
        .where(events.c.at > end - timedelta(days=RECENT_DAYS), events.c.at <= end)
        .group_by(i.c.kind)
    )
    return [(kind, n) for kind, n in rows]


def _sent_to_cases(connection: sa.Connection, end: datetime) -> list[tuple[str, int]]:
    events, links, i = CASE_EVENTS.sql_table(), CASE_ISSUES.sql_table(), ISSUES.sql_table()
    rows = connection.execute(
        sa.select(i.c.kind, sa.func.count(sa.distinct(i.c.id)))
        .join(links, links.c.case_id == events.c.case_id)
        .join(i, i.c.id == links.c.issue_id)
        .where(events.c.event.in_(("opened", "linked")))
        .where(events.c.at > end - timedelta(days=RECENT_DAYS), events.c.at <= end)
        .group_by(i.c.kind)
    )
    return [(kind, n) for kind, n in rows]


def _decided(connection: sa.Connection, end: datetime) -> list[tuple[str, str, int]]:
    """Decisions whose evidence names another kind than the one they change."""
    import json

    d = DECISIONS.sql_table()
    rows = connection.execute(
        sa.select(d.c.subject, d.c.evidence).where(
            d.c.at > end - timedelta(days=RECENT_DAYS), d.c.at <= end, d.c.verdict != "rejected"
        )
    )
    found = []
    for subject, evidence in rows:
        told = json.loads(evidence) if evidence else {}
        cause = told.get("kind") if isinstance(told, dict) else None
        if cause:
            found.append((str(cause), str(subject).partition(".")[0], 1))
    return found

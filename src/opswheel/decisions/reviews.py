"""Who should get what, and which rules nobody acts on: asked of the last four weeks, never a list of people.

A route is worth changing where most of what it gives to one person ends with one other: each hand-over costs a wait
and somebody's way into the matter. Whether the other is quicker is told with the kind's own minutes taken out, so that
nobody looks slow for having the hard ones.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from scipy import stats

from ..core.contracts import ISSUE_EVENTS, ISSUES, OUTCOMES
from ..core.money import round6

DAYS = 28
LEAST_MOVES = 5
LEAST_SHARE = 0.5
SURE = 0.9
HANDOVER_MINUTES = 10.0
"""What one hand-over costs: reading in again, at both ends. Assumed."""
LEAST_SIGNALS = 20
IGNORED = 0.1
WRONG = 0.2


def routes(
    connection: sa.Connection, as_of: datetime, minutes: Mapping[str, float], wage: float
) -> list[dict[str, Any]]:
    """Routes whose issues mostly end with somebody else, the costliest first, as proposals."""
    ends = _ends(connection, as_of)
    pace = _pace(connection, as_of, minutes)
    found = []
    for (kind, first), whole in sorted(_by_route(ends).items()):
        moved = Counter(e["last"] for e in whole if e["last"] != first).most_common(1)
        to, n = moved[0] if moved else ("", 0)
        if n < LEAST_MOVES or n <= LEAST_SHARE * len(whole):
            continue
        if float(stats.beta.cdf(LEAST_SHARE, n + 1, len(whole) - n + 1)) > 1 - SURE:
            continue
        found.append(_route(kind, first, to, (n, len(whole)), pace, wage))
    return sorted(found, key=lambda p: (-p["gain_a_year"], p["subject"]))


def _route(  # noqa: PLR0913
    kind: str, first: str, to: str, moved: tuple[int, int], pace: Mapping[tuple[str, str], Any], wage: float
) -> dict[str, Any]:
    n, of = moved
    gain = n * HANDOVER_MINUTES / 60 * wage * 365.0 / DAYS
    told = {
        "days": DAYS,
        "issues": of,
        "handed_over": n,
        "minutes_against_expected": {"now": pace.get((kind, first)), "then": pace.get((kind, to))},
        "handover_minutes": HANDOVER_MINUTES,
        "handover_source": "assumed",
    }
    return {
        "kind": "route",
        "subject": f"{kind}: {first} → {to}",
        "status": "open",
        "from": {"owner": first, "kind": kind},
        "to": {"owner": to, "kind": kind, "backup": first},
        "backtest": told,
        "why": f"{n} of {of} {kind} issues routed to {first} in {DAYS} days were handed over to {to}.",
        "gain_a_year": round6(gain),
    }


def _ends(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """For each issue of the window that a rule routed: who got it first, who had it last, and its kind."""
    events, issues = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    since = as_of - timedelta(days=DAYS)
    rows = connection.execute(
        sa.select(events, issues.c.kind, issues.c.owner)
        .join(issues, issues.c.id == events.c.issue_id)
        .where(issues.c.detected_at >= since, issues.c.detected_at <= as_of, events.c.event == "assigned")
        .order_by(events.c.issue_id, events.c.version)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        to = json.loads(row.payload)
        if row.issue_id not in found and to.get("route"):
            found[row.issue_id] = {"kind": row.kind, "first": to["owner"], "last": row.owner or to["owner"]}
    return list(found.values())


def _by_route(ends: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in ends:
        found[(one["kind"], one["first"])].append(one)
    return found


def _pace(
    connection: sa.Connection, as_of: datetime, minutes: Mapping[str, float]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Minutes against those expected of the kind, by who closed: leaning on 1 by three closes; `n` closes."""
    outcomes = OUTCOMES.sql_table()
    since = as_of - timedelta(days=DAYS)
    rows = connection.execute(
        sa.select(outcomes).where(
            outcomes.c.at >= since,
            outcomes.c.at <= as_of,
            outcomes.c.minutes.is_not(None),
            outcomes.c.minutes_source.in_(("typed", "measured")),
        )
    )
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        found[(row.kind, row.by)].append(row.minutes / max(minutes.get(row.kind, 30.0), 1.0))
    return {key: {"ratio": round6((3 + sum(r)) / (3 + len(r))), "n": len(r)} for key, r in found.items()}


def rules(connection: sa.Connection, as_of: datetime, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Rules to mend or retire: nobody acts on what they say, or what they say is mostly wrong."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    since = as_of - timedelta(days=DAYS)
    counts = connection.execute(
        sa.select(
            issues.c.kind,
            sa.func.count().label("n"),
            sa.func.sum(sa.case((issues.c.touched.is_(True), 1), else_=0)).label("acted"),
        )
        .where(issues.c.detected_at >= since, issues.c.detected_at <= as_of - timedelta(days=7))
        .group_by(issues.c.kind)
    ).all()
    false_ = (
        sa.select(outcomes.c.kind, sa.func.count().label("n"))
        .where(outcomes.c.at >= since, outcomes.c.at <= as_of, outcomes.c.resolution == "false_alarm")
        .where(outcomes.c.supported.is_(True))
        .group_by(outcomes.c.kind)
    )
    wrong = {row.kind: row.n for row in connection.execute(false_)}
    found = []
    for row in counts:
        if row.kind not in kinds or row.n < LEAST_SIGNALS:
            continue
        acted, false = int(row.acted or 0), int(wrong.get(row.kind, 0))
        if float(stats.beta.cdf(IGNORED, acted + 1, row.n - acted + 1)) >= SURE:
            why = f"{acted} of {row.n} issues were acted on in {DAYS} days: mend its cut or its page, or retire it"
            found.append({"kind": row.kind, "issues": row.n, "acted_on": acted, "false_alarms": false, "why": why})
        elif acted and float(stats.beta.cdf(1 - WRONG, false + 1, max(acted - false, 0) + 1)) <= 1 - SURE:
            why = f"{false} of {acted} that were looked at were false alarms: mend it or retire it"
            found.append({"kind": row.kind, "issues": row.n, "acted_on": acted, "false_alarms": false, "why": why})
    return sorted(found, key=lambda f: (-f["issues"], f["kind"]))

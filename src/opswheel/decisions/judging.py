"""Decisions judged: after 90 and after 180 days, what was expected is held against what came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import DECISIONS, ISSUES, OUTCOMES, PREVENTION
from ..core.money import round6
from . import catalog_rules, forecast_models, prevention, price_paths
from .catalog_rules import Named

WHEN = ((90, "judged_90_at"), (180, "judged_180_at"))
BEFORE_DAYS = 90
DRAWS = 4000


def judge_due(connection: sa.Connection, as_of: datetime, named: Named | None = None) -> list[dict[str, Any]]:
    """Judge every decision that is due; returns (id, after how many days, what was measured).

    `named` are the suppressions a catalog rule is held against; without them such a rule waits for the next look.
    """
    table = DECISIONS.sql_table()
    told = []
    undone = set(connection.execute(sa.select(table.c.undoes).where(table.c.undoes.is_not(None))).scalars())
    kept = table.c.verdict.in_(("accepted", "edited", "automatic"))
    for row in connection.execute(sa.select(table).where(kept).order_by(table.c.id)).all():
        for days, column in WHEN:
            if row.id in undone or getattr(row, column) is not None or as_of < row.at + timedelta(days=days):
                continue
            if row.kind == catalog_rules.KIND and named is None:
                continue
            measured = measure(connection, row, as_of, named)
            values = {column: as_of, "measured": json.dumps(measured, sort_keys=True)}
            connection.execute(table.update().where(table.c.id == row.id).values(**values))
            told.append({"id": row.id, "days": days, "measured": measured})
    return told


def measure(connection: sa.Connection, decision: Any, as_of: datetime, named: Named | None = None) -> dict[str, Any]:
    """What a decision brought so far: before against after, observational."""
    if decision.kind == forecast_models.KIND:
        return forecast_models.measure(connection, decision, as_of)
    if decision.kind == price_paths.KIND:
        return price_paths.measure(connection, decision, as_of)
    if decision.kind == catalog_rules.KIND:
        return catalog_rules.measure(decision, named, as_of)
    if decision.kind == "prevention":
        table = PREVENTION.sql_table()
        row = connection.execute(sa.select(table).where(table.c.decision_id == decision.id)).one_or_none()
        return prevention.measure(connection, dict(row._mapping), as_of) if row else {"verdict": "cannot_tell"}
    kind = decision.subject.partition("@")[0].partition(":")[0]
    return _alarms(connection, kind, decision.at, as_of, seed=decision.id)


def _alarms(connection: sa.Connection, kind: str, at: datetime, as_of: datetime, *, seed: int) -> dict[str, Any]:
    """Alarms a week and the share of false ones, before and after."""
    sides = {
        "before": _counts(connection, kind, at - timedelta(days=BEFORE_DAYS), at),
        "after": _counts(connection, kind, at, as_of),
    }
    rng = np.random.default_rng(seed)
    share = {k: rng.beta(s["false"] + 0.5, s["labelled"] - s["false"] + 0.5, DRAWS) for k, s in sides.items()}
    difference = share["after"] - share["before"]
    low, high = np.quantile(difference, [0.1, 0.9])
    few = min(s["labelled"] for s in sides.values()) < 10
    verdict = "cannot_tell" if few or low <= 0 <= high else "fewer_false" if high < 0 else "more_false"
    return {
        "verdict": verdict,
        "label": "observational",
        "false_share_change": {"p10": round6(float(low)), "p90": round6(float(high))},
        **{k: {**s, "alarms_a_week": round6(s["alarms"] / max(s["days"], 1.0) * 7)} for k, s in sides.items()},
    }


def _counts(connection: sa.Connection, kind: str, first: datetime, last: datetime) -> Mapping[str, float]:
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    alarms, since = connection.execute(
        sa.select(sa.func.count(), sa.func.min(issues.c.detected_at)).where(
            issues.c.kind == kind, issues.c.detected_at >= first, issues.c.detected_at < last
        )
    ).one()
    found = connection.execute(
        sa.select(outcomes.c.resolution, sa.func.count())
        .join(issues, issues.c.id == outcomes.c.issue_id)
        .where(issues.c.kind == kind, issues.c.detected_at >= first, issues.c.detected_at < last)
        .where(outcomes.c.supported.is_(True))
        .where(outcomes.c.resolution.in_(("fixed", "wont_fix", "accepted_risk", "false_alarm")))
        .group_by(outcomes.c.resolution)
    )
    by = {row[0]: int(row[1]) for row in found}
    begun = first if since is None else max(first, since)
    return {
        "alarms": int(alarms),
        "labelled": sum(by.values()),
        "false": by.get("false_alarm", 0),
        "days": (last - begun).total_seconds() / 86_400,
    }

"""The axle: multipliers kept for ranking, and issues and money by the spoke of the growth wheel they hold back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import RANKS
from ...core.detector import AT_ONCE
from ...core.spokes import NOT_TOLD, SPOKES, Spoke, spoke_of
from ...growth import multipliers
from ...growth.fit import Fit
from ...prioritization.issues import BATCH_KINDS
from ...resolution.queue import last_run
from ...visibility.detectors import DETECTORS
from ...wheel.compute import HEADLINE_LANES
from ..wiring import Workspace

COUNTED_LANES = (*HEADLINE_LANES, "stop_selling")
FIRST = 3
"""How many issues of each spoke are named, in the order of the queue."""
_MONEY = ("exposure_per_day", "revenue_at_risk", "avoidable", "long_run_loss")


def spokes() -> dict[str, Spoke]:
    """The spoke of every kind a detector can find."""
    return {d.kind: spoke_of(d) for d in DETECTORS}


def save_multipliers(workspace: Workspace, fit: Fit) -> dict[str, Any]:
    """Keep a wheel's follow-on multipliers; ranking uses them once `[growth] momentum` is on."""
    memory = multipliers.calibrated_memory(fit)
    rows = multipliers.rows(spokes(), memory)
    with workspace.ledger.write() as connection:
        multipliers.write(connection, rows, workspace.clock.now())
    on = workspace.settings.growth.momentum
    use = "the next run ranks with them" if on else "[growth] momentum = true in opswheel.toml makes ranking use them"
    kinds = len({row["kind"] for row in rows})
    return {
        "rows": len(rows),
        "kinds": kinds,
        "source": memory.source,
        "words": f"Kept for {kinds} kinds ({memory.source}); {use}.",
    }


def spokes_answer(workspace: Workspace) -> dict[str, Any]:
    """Open issues of the last run and their money by spoke, the most that can be saved first.

    Rows to verify first and opportunities are not in it, nor batches of listings nobody means to sell: they belong to
    no spoke until somebody looked. Cash, and sales lost at one stroke, are other money: counted in `left_out`.
    """
    ranks, issues = RANKS.sql_table(), sa.func.count()
    long_run = sa.func.sum(ranks.c.avoidable_mean * ranks.c.momentum)
    sums = {
        "exposure_per_day": sa.func.sum(ranks.c.exposure_mean),
        "revenue_at_risk": sa.func.sum(ranks.c.risk_mean),
        "avoidable": sa.func.sum(ranks.c.avoidable_mean),
        "long_run_loss": long_run,
    }
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return {"as_of": None, "currency": None, "momentum": False, "source": None, "left_out": 0, "spokes": []}
        cash = [d.kind for d in DETECTORS if d.loss == "cash"]
        other = sa.or_(ranks.c.kind.in_(cash), sa.func.coalesce(ranks.c.share_state, "").in_(AT_ONCE))
        shown = (ranks.c.run_id == run.id, ranks.c.open.is_(True), ranks.c.lane.in_(COUNTED_LANES))
        left_out = connection.execute(sa.select(issues).select_from(ranks).where(*shown, other)).scalar() or 0
        rows = connection.execute(
            sa.select(ranks.c.kind, issues.label("n"), *(value.label(name) for name, value in sums.items()))
            .where(*shown, sa.not_(other), ranks.c.kind.not_in(BATCH_KINDS))
            .group_by(ranks.c.kind)
        ).all()
        groups = by_spoke(dict(r._mapping) for r in rows)
        for group in groups:
            first = sa.select(ranks.c.issue_id).where(*shown, sa.not_(other), ranks.c.kind.in_(group["kinds"]))
            group["first"] = list(connection.execute(first.order_by(ranks.c.position).limit(FIRST)).scalars())
    told = json.loads(run.parameters).get("multipliers")
    return {
        "as_of": show_moment(run.as_of),
        "currency": workspace.settings.money.reporting_currency,
        "momentum": told is not None,
        "source": ", ".join(sorted({row["source"] for row in told})) if told else None,
        "left_out": left_out,
        "spokes": groups,
    }


def by_spoke(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of (kind, n, money) gathered by spoke; money in the reporting currency, means add."""
    known = spokes()
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: str(r["kind"])):
        spoke = known.get(row["kind"], NOT_TOLD)
        start: dict[str, Any] = {"spoke": spoke.driver or None, "title": spoke.title, "issues": 0, "kinds": []}
        group = found.setdefault(spoke.driver, start | dict.fromkeys(_MONEY, 0.0))
        group["issues"] += row["n"]
        group["kinds"].append(row["kind"])
        for name in _MONEY:
            group[name] += row[name] or 0.0
    order = {s.driver: i for i, s in enumerate(SPOKES)}
    return sorted(found.values(), key=lambda g: (-g["avoidable"], order.get(g["spoke"] or "", len(order))))

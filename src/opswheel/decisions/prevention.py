"""The prevention backlog: fix the cause. What it costs a year, what removing it costs, and what removing it brought.

Afterwards the pace of recurrence is held against causes nobody touched: before and after, as a ratio of ratios, so
that what changed for all of them is not credited. It stays observational: nobody drew lots which cause is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUES, OUTCOMES, PREVENTION
from ..core.errors import Conflict, NotFound
from ..core.money import round6, show_money

MOST = 20
BEFORE_DAYS = 60
LEAST_AFTER_DAYS = 14
DRAWS = 4000
MATCHED = 5


def proposals(  # noqa: PLR0913
    repeats: Sequence[Mapping[str, Any]],
    *,
    wage: float,
    hours: float,
    margin: float,
    currency: str,
    owners: Mapping[str, str],
) -> list[dict[str, Any]]:
    """One proposal per cause whose removal pays within a year by its mean, the dearest first.

    `repeats` is the backlog of causes; `hours` is what removing one costs where nobody said better, `margin` turns
    lost sales into money of the same kind as wages, `owners` names who closes most issues of a kind.
    """
    cost = hours * wage
    found = []
    for row in repeats:
        saved = _saved(row, wage, margin)
        if saved["mean"] > cost:
            found.append(_one(row, saved, cost, currency, owners.get(row["kind"])))
    return sorted(found, key=lambda p: (-p["gain_a_year"], p["subject"]))[:MOST]


def _saved(row: Mapping[str, Any], wage: float, margin: float) -> dict[str, float]:
    """Money a year: margin of the sales lost, and the wage of the hours; their errors are shared, so they add."""
    told = {}
    for name, suffix in (("mean", "a_year"), ("p10", "p10"), ("p90", "p90")):
        told[name] = round6(margin * row[f"dollars_{suffix}"] + wage * row[f"hours_{suffix}"])
    return told


def _one(
    row: Mapping[str, Any], saved: Mapping[str, float], cost: float, currency: str, owner: str | None
) -> dict[str, Any]:
    where = "" if row["dimension"] == "all" else f" of {row['dimension']} {row['value']}"
    payback = cost / saved["mean"] * 365.0
    told = {
        "recurrences": row["recurrences"],
        "at_risk_days": row["at_risk_days"],
        "dollars_a_year": {"mean": row["dollars_a_year"], "p10": row["dollars_p10"], "p90": row["dollars_p90"]},
        "hours_a_year": {"mean": row["hours_a_year"], "p10": row["hours_p10"], "p90": row["hours_p90"]},
        "saved_a_year": dict(saved),
        "cost": round6(cost),
        "cost_source": "assumed: [decisions] prevention_hours and wage_per_hour",
        "payback_days": round6(payback),
    }
    why = (
        f"{row['root_cause']} behind {row['kind']}{where} came again {row['recurrences']} times in "
        f"{row['at_risk_days']:.0f} days. A year loses {show_money(row['dollars_a_year'], currency)} of sales and "
        f"{row['hours_a_year']:.0f} hours; removing it costs about {show_money(cost, currency)} and pays back in "
        f"{payback:.0f} days."
    )
    here = {name: row[name] for name in ("root_cause", "kind", "dimension", "value")}
    return {
        "kind": "prevention",
        "subject": "|".join(str(here[name]) for name in ("root_cause", "kind", "dimension", "value")),
        "status": "open",
        "from": {**here, "state": "comes again"},
        "to": {"owner": owner, "cost": round6(cost)},
        "backtest": told,
        "why": why,
        "gain_a_year": round6(saved["mean"] - cost),
    }


def planned(connection: sa.Connection) -> list[dict[str, Any]]:
    """What was decided, done or not, the newest first."""
    table = PREVENTION.sql_table()
    return [dict(r._mapping) for r in connection.execute(sa.select(table).order_by(table.c.decision_id.desc()))]


def done(connection: sa.Connection, decision: int, *, at: datetime) -> None:
    """The cause was removed: from here on it is measured. Raises NotFound, or Conflict where it was said before."""
    table = PREVENTION.sql_table()
    row = connection.execute(sa.select(table).where(table.c.decision_id == decision)).one_or_none()
    if row is None:
        raise NotFound(f"Decision {decision} is about no cause.", "`opswheel proposals --decided` lists them.")
    if row.done_at is not None:
        raise Conflict(f"It was removed on {row.done_at:%d %b %Y} already.")
    connection.execute(table.update().where(table.c.decision_id == decision).values(done_at=at))


def owners(connection: sa.Connection) -> dict[str, str]:
    """Who closed most issues of each kind."""
    outcomes = OUTCOMES.sql_table()
    count = sa.func.count()
    rows = connection.execute(
        sa.select(outcomes.c.kind, outcomes.c.by)
        .group_by(outcomes.c.kind, outcomes.c.by)
        .order_by(count, outcomes.c.by)
    )
    return {row.kind: row.by for row in rows}


def effect(  # noqa: PLR0913
    before: tuple[int, float],
    after: tuple[int, float],
    controls: Sequence[tuple[int, int]],
    *,
    each_dollars: float,
    each_hours: float,
    seed: int,
    beside: str | None = None,
) -> dict[str, Any]:
    """What removing a cause brought, from counts and days before and after, and of untouched causes.

    `before` and `after` are (recurrences, days); `controls` are (before, after) counts of matched causes over the same
    days, `beside` says what they are where they are no causes. Ratio below 1: it comes less often than it would have.
    """
    rng = np.random.default_rng(seed)
    (n0, d0), (n1, d1) = before, after
    if d1 < LEAST_AFTER_DAYS:
        return {"verdict": "cannot_tell", "why": f"{d1:.0f} days after; {LEAST_AFTER_DAYS} are needed"}
    own = (rng.gamma(n1 + 0.5, 1.0, DRAWS) / d1) / (rng.gamma(n0 + 0.5, 1.0, DRAWS) / d0)
    c0, c1 = (sum(c[k] for c in controls) for k in (0, 1))
    moved = np.ones(DRAWS)
    if c0 + c1 > 0:
        moved = (rng.gamma(c1 + 0.5, 1.0, DRAWS) / d1) / (rng.gamma(c0 + 0.5, 1.0, DRAWS) / d0)
    ratio = own / moved
    expected = rng.gamma(n0 + 0.5, 1.0, DRAWS) / d0 * moved
    spared = (expected * d1 - n1) * 365.0 / d1
    low, mid, high = np.quantile(ratio, [0.1, 0.5, 0.9])
    s_low, s_high = np.quantile(spared, [0.1, 0.9])
    verdict = "fell" if high < 1.0 else "rose" if low > 1.0 else "cannot_tell"
    beside = beside or f"{len(controls)} untouched causes"
    return {
        "verdict": verdict,
        "why": f"{n0} in {d0:.0f} days before, {n1} in {d1:.0f} after; {beside} beside it",
        "label": "observational",
        "hazard_ratio": {"p10": round6(float(low)), "p50": round6(float(mid)), "p90": round6(float(high))},
        "dollars_saved_a_year": _times(float(spared.mean()), float(s_low), float(s_high), each_dollars),
        "hours_saved_a_year": _times(float(spared.mean()), float(s_low), float(s_high), each_hours),
    }


def _times(mean: float, low: float, high: float, each: float) -> dict[str, float]:
    return {"mean": round6(mean * each), "p10": round6(low * each), "p90": round6(high * each)}


def measure(connection: sa.Connection, row: Mapping[str, Any], as_of: datetime) -> dict[str, Any]:
    """The effect of one removed cause so far, held against causes of like pace that nobody decided on."""
    since, at = row["done_at"], as_of
    if since is None:
        return {"verdict": "cannot_tell", "why": "it is planned, not removed yet"}
    days = min(float((at - since).days), float(BEFORE_DAYS))
    touched = {(p["root_cause"], p["kind"]) for p in planned(connection)}
    counts: dict[tuple[str, str], list[int]] = {}
    own, each = [0, 0], []
    for close in _closes(connection, since - timedelta(days=BEFORE_DAYS), since + timedelta(days=days)):
        later = int(close.detected_at >= since)
        key = (close.root_cause, close.kind)
        if key == (row["root_cause"], row["kind"]) and _inside(close, row):
            own[later] += 1
            if not later:
                each.append((close.lost_to_date or 0.0, (close.minutes or 0.0) / 60))
        elif key not in touched:
            counts.setdefault(key, [0, 0])[later] += 1
    like = sorted(counts.values(), key=lambda c: (abs(c[0] - own[0]), -c[0]))[:MATCHED]
    mean = [float(np.mean([e[k] for e in each])) if each else 0.0 for k in (0, 1)]
    return effect(
        (own[0], float(BEFORE_DAYS)),
        (own[1], days),
        [(c[0], c[1]) for c in like],
        each_dollars=mean[0],
        each_hours=mean[1],
        seed=row["decision_id"],
    )


def _closes(connection: sa.Connection, first: datetime, last: datetime) -> list[Any]:
    """Closes with a cause whose issue was detected between two moments."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    return list(
        connection.execute(
            sa.select(outcomes, issues.c.detected_at, issues.c.brand, issues.c.category, issues.c.channel)
            .add_columns(sa.func.coalesce(issues.c.item_id, issues.c.sku).label("item"))
            .join(issues, issues.c.id == outcomes.c.issue_id)
            .where(issues.c.detected_at >= first, issues.c.detected_at < last, outcomes.c.root_cause.is_not(None))
            .where(outcomes.c.supported.is_(True))
        )
    )


def _inside(close: Any, row: Mapping[str, Any]) -> bool:
    return bool(row["dimension"] == "all" or getattr(close, row["dimension"]) == row["value"])

"""Claimed against measured: did a verified fix stop the loss the queue had claimed?

The claim is the exposure told on each day of the episode, added up. It is held against sales *after* recovery, never
against the velocity the claim was made from: clean days 29 to 56 after the fix was verified (15 to 42 where the outage
was three days or less; earlier days are low because lost rank comes back slowly). Measured loss = what those days say
the episode's days would have sold, less what they did sell. Where there is too little of either, it cannot be told,
and that is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from scipy import optimize, special, stats

from ..core.chunks import chunks
from ..core.contracts import GRADES, ISSUES, OUTCOMES
from ..core.money import round6

SHORT_DAYS = 3
AFTER, AFTER_SHORT = (29, 56), (15, 42)
ENOUGH_CLEAN_DAYS, ENOUGH_EXPECTED_UNITS = 14, 20.0
DRAWS = 4000
DIRECTION = "rank that has not come back yet makes the measured loss a little too small"


@dataclass(frozen=True)
class Claim:
    """What the queue said on each day of an episode: exposure a day with its P10 and P90, and the price it used."""

    days: int
    mean: float
    p10: float
    p90: float
    price: float


@dataclass(frozen=True)
class After:
    """What was sold: units on clean days after recovery, and units during the episode, on settled days."""

    clean_days: int
    clean_units: float
    during_days: int
    during_units: float
    price: float
    from_day: date | None = None
    to_day: date | None = None


def window(fixed_on: date, outage_days: int) -> tuple[date, date]:
    """The days after recovery that may be used."""
    first, last = AFTER_SHORT if outage_days <= SHORT_DAYS else AFTER
    return fixed_on + timedelta(days=first), fixed_on + timedelta(days=last)


def shape_of(mean: float, p90: float) -> float:
    """Shape of the Gamma with this mean and 90th percentile; very large where there is nearly no spread."""
    if mean <= 0 or p90 <= mean * 1.0001:
        return 1e6

    def miss(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        return float(special.gammaincinv(shape, 0.9) / shape - p90 / mean)

    low, high = np.log(0.05), np.log(1e6)
    peak = max((miss(x), x) for x in np.linspace(low, 1.0, 40))[1]  # below it the P90 falls with the shape again
    if miss(peak) <= 0:
        return float(np.exp(peak))
    if miss(high) >= 0:
        return 1e6
    return float(np.exp(optimize.brentq(miss, peak, high)))


def distribution(claim: Claim) -> Any:
    """How many units the claimed loss may turn out to be: its pace is Gamma, what comes of it is Poisson."""
    shape = shape_of(claim.mean, claim.p90)
    units = claim.mean * claim.days / claim.price
    return stats.nbinom(shape, shape / (shape + units)) if shape < 1e5 else stats.poisson(units)


def predicted(claim: Claim) -> tuple[float, float]:
    """P10 and P90 of the loss that will be measured if the claim is right: its own width, and the noise of counts."""
    if claim.mean <= 0 or claim.days <= 0 or claim.price <= 0:
        return 0.0, 0.0
    spread = distribution(claim)
    return float(spread.ppf(0.1)) * claim.price, float(spread.ppf(0.9)) * claim.price


def measured(after: After, seed: int) -> tuple[float, float, float]:
    """Mean, P10 and P90 of what the episode's days lost, from clean days after recovery."""
    rng = np.random.default_rng(seed)
    pace = rng.gamma(after.clean_units + 0.5, 1.0 / max(after.clean_days, 1), DRAWS)
    expected = rng.poisson(pace * after.during_days)
    lost = (expected - after.during_units) * after.price
    mean = (after.clean_units / max(after.clean_days, 1) * after.during_days - after.during_units) * after.price
    low, high = np.quantile(lost, [0.1, 0.9])
    return mean, float(low), float(high)


def grade(claim: Claim, after: After, seed: int) -> dict[str, Any]:
    """One row of `grades` but for the issue: `held`, `too_high`, `too_low`, or why it cannot be told.

    It held where the two 80 % intervals touch.
    """
    why = _cannot(claim, after)
    expected = after.clean_units / after.clean_days * after.during_days if after.clean_days else 0.0
    row: dict[str, Any] = {
        "days": claim.days,
        "claimed": round6(claim.mean * claim.days),
        "from_day": after.from_day,
        "to_day": after.to_day,
        "expected_units": round6(expected),
        **dict.fromkeys(("claimed_p10", "claimed_p90", "measured", "measured_p10", "measured_p90")),
    }
    if why:
        return {**row, "verdict": "cannot_tell", "why": why}
    low, high = predicted(claim)
    mean, m_low, m_high = measured(after, seed)
    verdict = "too_high" if low > m_high else "too_low" if high < m_low else "held"
    row |= {"claimed_p10": round6(low), "claimed_p90": round6(high), "measured": round6(mean)}
    row |= {"measured_p10": round6(m_low), "measured_p90": round6(m_high)}
    told = f"{after.clean_days} clean days after recovery; {DIRECTION}"
    return {**row, "verdict": verdict, "why": told}


def _cannot(claim: Claim, after: After) -> str | None:
    if claim.days < 1 or after.during_days < 1:
        return "the claim covers no settled day"
    if after.clean_days < ENOUGH_CLEAN_DAYS:
        return f"only {after.clean_days} clean days after recovery; {ENOUGH_CLEAN_DAYS} are needed"
    expected = after.clean_units / after.clean_days * after.during_days
    if expected < ENOUGH_EXPECTED_UNITS:
        return f"the episode would have sold {expected:.0f} units; {ENOUGH_EXPECTED_UNITS:.0f} are needed"
    return None


def due(connection: sa.Connection, as_of: datetime) -> list[Any]:
    """Verified fixes of one listing whose days after recovery are over and that were not graded yet.

    Only kinds that go by a state: what a fall of sales itself triggers regresses to the mean.
    """
    issues, outcomes, grades = ISSUES.sql_table(), OUTCOMES.sql_table(), GRADES.sql_table()
    oldest, newest = as_of - timedelta(days=400), as_of - timedelta(days=AFTER_SHORT[1] + 3)
    rows = connection.execute(
        sa.select(issues, outcomes.c.share_state)
        .join(outcomes, outcomes.c.issue_id == issues.c.id)
        .outerjoin(grades, grades.c.issue_id == issues.c.id)
        .where(outcomes.c.booked_at.is_not(None), outcomes.c.share_state.is_not(None), grades.c.issue_id.is_(None))
        .where(issues.c.fixed_at >= oldest, issues.c.fixed_at <= newest, issues.c.sku.is_not(None))
        .order_by(issues.c.id)
    ).all()
    ready = []
    for row in {r.id: r for r in rows}.values():
        start = row.onset_day or row.detected_at.date()
        if window(row.fixed_at.date(), (row.fixed_at.date() - start).days)[1] < as_of.date():
            ready.append(row)
    return ready


def keep(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add grades; one graded before is graded anew."""
    table = GRADES.sql_table()
    for part in chunks([r["issue_id"] for r in rows]):
        connection.execute(table.delete().where(table.c.issue_id.in_(part)))
    if rows:
        connection.execute(table.insert(), [dict(r) for r in rows])


def report(connection: sa.Connection) -> list[dict[str, Any]]:
    """Per kind: how many claims held, how far off they were, how often the 80 % interval held the measured loss."""
    rows = connection.execute(sa.select(GRADES.sql_table())).all()
    found = []
    for kind in sorted({r.kind for r in rows}):
        own = [r for r in rows if r.kind == kind]
        told = [r for r in own if r.verdict != "cannot_tell"]
        claimed, was = sum(r.claimed for r in told), sum(r.measured for r in told)
        inside = sum(r.claimed_p10 <= r.measured <= r.claimed_p90 for r in told)
        found.append(
            {
                "kind": kind,
                "graded": len(told),
                "cannot_tell": len(own) - len(told),
                "held": sum(r.verdict == "held" for r in told),
                "too_high": sum(r.verdict == "too_high" for r in told),
                "too_low": sum(r.verdict == "too_low" for r in told),
                "claimed": round6(claimed),
                "measured": round6(was),
                "bias": round6(claimed / was) if was > 0 else None,
                "coverage": round6(inside / len(told)) if told else None,
                "pinball_loss": round6(float(np.mean([_pinball(r) for r in told]))) if told else None,
                "remaining_bias": DIRECTION,
            }
        )
    return found


def _pinball(row: Any) -> float:
    """Mean pinball loss of P10 and P90, in parts of the claim: lower is better."""

    def one(level: float, at: float) -> float:
        return float(max(level * (row.measured - at), (level - 1) * (row.measured - at)))

    return float((one(0.1, row.claimed_p10) + one(0.9, row.claimed_p90)) / 2 / max(row.claimed, 1e-9))

"""What a day off costs beyond that day: sales lost later because rank and reviews were not fed.

By the day, in levels, 1 = normal. A is availability, V the sales pace the marketplace ranks by, Q the stock of
reviews, S sales:

    S(t) = A(t) · V(t)^theta · Q(t)^psi
    V(t+1) = V(t) + alpha · (S(t) − V(t))       alpha · (1 − freeze) while it is off
    Q(t+1) = Q(t) + alpha_reviews · (S(t) − Q(t))

After d days off, the multiplier is m(d) = Σ (1 − S) ÷ d, 1 for the days themselves and the rest for what follows;
follow-on days are (m(d) − 1) · d. A multiplier falls with d, because rank can be lost only once, so a long and a
short risk rank differently than by revenue a day.

Priors: theta 0.35 (sd 0.12), alpha 0.07 a day (a factor e^±0.5) from five listings followed after stockouts, back
within about four weeks (ecomcrew), freeze Beta(1, 4) assumed, as no marketplace documents whether rank is held; psi
0.24 (sd 0.12) from You, Vadakkepatt and Joshi 2015; alpha_reviews a seventh of the seller template's weekly inflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import BadWheel

Array = NDArray[np.float64]

HORIZON_DAYS = 182
"""Days over which what follows is counted, from the first day off: half a year, as the return ratio's 26 weeks."""
DRAWS = 2000
SEED = 7
THETA = (0.35, 0.12)
PSI = (0.24, 0.12)
LOG_ALPHA = (float(np.log(0.07)), 0.5)
FREEZE = (1.0, 4.0)
ALPHA_REVIEWS_PER_DAY = 0.03 / 7
MOST_THETA = 0.95


@dataclass(frozen=True)
class Memory:
    """How a listing remembers its sales; every field may be one number or draws of one shape.

    `theta`, `psi`: elasticity of sales in their own pace and in reviews, their sum below 1. `alpha_per_day`,
    `alpha_reviews_per_day`: how fast pace and reviews follow sales. `freeze`: share of the pace held while off.
    `source` says what the numbers rest on.
    """

    theta: ArrayLike
    alpha_per_day: ArrayLike
    psi: ArrayLike = 0.0
    alpha_reviews_per_day: ArrayLike = ALPHA_REVIEWS_PER_DAY
    freeze: ArrayLike = 0.0
    source: str = "literature"

    def __post_init__(self) -> None:
        theta, psi = np.asarray(self.theta, dtype=float), np.asarray(self.psi, dtype=float)
        if np.any(theta < 0) or np.any(psi < 0) or np.any(theta + psi >= 1):
            raise BadWheel("Sales that feed themselves in full would never recover.", "theta + psi must be below 1.")
        for rate in (self.alpha_per_day, self.alpha_reviews_per_day, self.freeze):
            if np.any(np.asarray(rate) < 0) or np.any(np.asarray(rate) > 1):
                raise BadWheel("A rate of memory lies between 0 and 1.", "Give shares per day.")


@dataclass(frozen=True)
class FollowOn:
    """Expected follow-on days after `age_days` off, with 8 in 10 draws between p10 and p90.

    The mean is what is multiplied with revenue per day: medians of losses do not add up.
    """

    age_days: int
    mean: float
    p10: float
    p90: float
    source: str


def prior_memory(draws: int = DRAWS, *, seed: int = SEED, theta: ArrayLike | None = None) -> Memory:
    """Draws from the priors; `theta` takes a calibrated rank loop's gain instead (one number, or draws)."""
    rng = np.random.default_rng(seed)
    psi = np.clip(rng.normal(*PSI, draws), 0, 0.6)
    alpha = np.minimum(np.exp(rng.normal(*LOG_ALPHA, draws)), 1.0)
    freeze = rng.beta(*FREEZE, draws)
    own = rng.normal(*THETA, draws) if theta is None else np.broadcast_to(np.asarray(theta, dtype=float), (draws,))
    kept = np.clip(own, 0, MOST_THETA - psi)
    source = "literature" if theta is None else "calibrated rank loop; the rest from literature"
    return Memory(kept, alpha, psi, freeze=freeze, source=source)


def sales_path(memory: Memory, days: int, *, share_lost: float = 1.0, horizon_days: int = HORIZON_DAYS) -> Array:
    """Sales per day, 1 = normal, with `share_lost` of availability gone for the first `days`: (horizon, draws…)."""
    return _paths(memory, days, share_lost, horizon_days)[0]


def pace_path(memory: Memory, days: int, *, share_lost: float = 1.0, horizon_days: int = HORIZON_DAYS) -> Array:
    """The pace V the marketplace ranks by, at the start of each day: (horizon, draws…)."""
    return _paths(memory, days, share_lost, horizon_days)[1]


def momentum_multiplier(
    memory: Memory, days: int, *, share_lost: float = 1.0, horizon_days: int = HORIZON_DAYS
) -> Array:
    """Total loss over loss while off: one value per draw, at least 1."""
    lost = (1 - sales_path(memory, days, share_lost=share_lost, horizon_days=horizon_days)).sum(axis=0)
    return np.asarray(lost / (days * share_lost))


def linear_multiplier(theta: float, alpha_per_day: float, days: float) -> float:
    """The multiplier if sales were linear in their pace (and psi, freeze 0): a lower bound, 1 ÷ (1 − theta) near 0."""
    memory = (1 - (1 - alpha_per_day) ** days) / (days * alpha_per_day)
    return float(1 + theta * memory / (1 - theta))


def follow_on(
    memory: Memory, ages_days: Sequence[int], *, share_lost: float = 1.0, horizon_days: int = HORIZON_DAYS
) -> tuple[FollowOn, ...]:
    """F(a): follow-on days after each number of days off; 0 at age 0."""
    rows = []
    for age in ages_days:
        days = np.zeros(1)
        if age:
            far = horizon_days + age
            days = age * (momentum_multiplier(memory, age, share_lost=share_lost, horizon_days=far) - 1)
        low, high = np.quantile(days, (0.1, 0.9))
        rows.append(FollowOn(int(age), float(days.mean()), float(low), float(high), memory.source))
    return tuple(rows)


def marginal_follow_on_days(rows: Sequence[FollowOn], age_days: float, horizon_days: float) -> float:
    """F(a + H) − F(a): follow-on days that acting now still prevents, at the age an issue has reached.

    Straight lines between the ages told, level beyond the last; an age not told begins at F(0) = 0.
    """
    ages = [0.0, *(row.age_days for row in rows if row.age_days)]
    means = [0.0, *(row.mean for row in rows if row.age_days)]
    later, now = np.interp([age_days + horizon_days, age_days], ages, means)
    return float(later - now)


def recovery_days(memory: Memory, days: int, *, within: float = 0.05, horizon_days: int = 2 * HORIZON_DAYS) -> Array:
    """Days after the return until sales stay within that share of normal, per draw; the horizon if they do not."""
    after = sales_path(memory, days, horizon_days=horizon_days)[days:]
    below = after < 1 - within
    last = len(after) - np.argmax(below[::-1], axis=0)
    return np.where(below.any(axis=0), last, 0)


def _paths(memory: Memory, days: int, share_lost: float, horizon_days: int) -> tuple[Array, Array]:
    if not 0 < share_lost <= 1:
        raise BadWheel(f"A share lost of {share_lost:g} is none.", "Above 0, up to 1.")
    if not 0 < days <= horizon_days:
        raise BadWheel(f"{days:g} days off do not fit into {horizon_days:g} days.", "Ask for a longer horizon.")
    theta, alpha, psi, alpha_reviews, freeze = np.broadcast_arrays(
        memory.theta, memory.alpha_per_day, memory.psi, memory.alpha_reviews_per_day, memory.freeze
    )
    pace, reviews = np.ones(theta.shape), np.ones(theta.shape)
    sales, paces = np.empty((horizon_days, *theta.shape)), np.empty((horizon_days, *theta.shape))
    for t in range(horizon_days):
        off = t < days
        paces[t] = pace
        sales[t] = (1 - share_lost * off) * pace**theta * reviews**psi
        pace = pace + alpha * (1 - freeze * off) * (sales[t] - pace)
        reviews = reviews + alpha_reviews * (sales[t] - reviews)
    return sales, paces

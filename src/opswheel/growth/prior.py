"""What literature alone says: draws of a wheel's coefficients from its priors, before any data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .algebra import HORIZON, return_ratio
from .loops import Loop
from .wheel import Wheel

Array = NDArray[np.float64]

DRAWS = 2000
SEED = 7
MOST_OWN = 0.98
"""No estimated persistence is drawn above this; a slower driver is a stock and says so."""


@dataclass(frozen=True)
class Range:
    """A mean with the interval that holds 8 in 10 draws (p10 to p90) and 9 in 10 (p5 to p95)."""

    mean: float
    p5: float
    p10: float
    p50: float
    p90: float
    p95: float


def prior_draws(wheel: Wheel, draws: int = DRAWS, *, seed: int = SEED) -> dict[tuple[str, str], Array]:
    """Values for `Wheel.coefficients`, shape (draws,): normal, links cut to their sign, persistence to 0…0.98.

    Fixed links and fixed persistences stand at their value. The same seed gives the same draws.
    """
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, str], Array] = {}
    for link in wheel.links:
        found[link.key] = link.sign * _cut_normal(rng, draws, abs(link.mean), link.sd)
    for node in wheel.nodes:
        if node.persists:
            most = max(MOST_OWN, node.own_mean)
            found[node.name, node.name] = _cut_normal(rng, draws, node.own_mean, node.own_sd, most)
    return found


def loop_gain(loop: Loop, values: dict[tuple[str, str], Array]) -> Array:
    """Gain of one loop per draw: the product of its elasticities, each over 1 − its target's own persistence."""
    factors = [values[link.key] / (1 - values.get((link.target, link.target), np.zeros(1))) for link in loop.links]
    return np.asarray(np.prod(np.broadcast_arrays(*factors), axis=0))


def prior_return_ratio(wheel: Wheel, values: dict[tuple[str, str], Array], periods: int = HORIZON) -> Array:
    """Share of each unit at the target that comes back within the periods, per draw."""
    return return_ratio(wheel.coefficients(values), wheel.index[wheel.target], periods)


def summary(values: Array) -> Range:
    """Mean and quantiles of draws."""
    p5, p10, p50, p90, p95 = (float(q) for q in np.quantile(values, (0.05, 0.1, 0.5, 0.9, 0.95)))
    return Range(float(np.mean(values)), p5, p10, p50, p90, p95)


def _cut_normal(rng: np.random.Generator, draws: int, mean: float, sd: float, most: float = np.inf) -> Array:
    """Normal draws from 0 to `most`, by drawing again what falls outside; the mean lies inside."""
    found = np.full(draws, float(mean))
    waiting = np.full(draws, sd > 0)
    while waiting.any():
        found[waiting] = rng.normal(mean, sd, int(waiting.sum()))
        waiting &= (found < 0) | (found > most)
    return found

"""How sure a forecast is: negative binomials whose spread and percentiles were set right by the back-test.

A day, or the sum of H days, with mean M has variance φ · M + v · M²: φ is the item's own variance over mean (orders of
many units), v how far the level itself was off over such a stretch in its segment. What share of the back-test then
really fell below each percentile (the randomised PIT) replaces the percentile asked for, so that 8 in 10 means 8 in 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .combine import Said, Weights
from .panel import Array, Flags
from .segments import SEGMENTS

STRETCHES = (1, 7, 14, 28)
GRID = np.linspace(0.0, 1.0, 201)
SHRINK_PAIRS = 150.0
"""A segment's own percentiles count half those of all items until so many days or stretches are known (assumed)."""
WHOLE = 0.75
"""All of the way is exact where it was learned, but a little narrow on months not seen (measured on older origins)."""
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
MOST_SPREAD = 4.0
SEED = 7
LEAST_MEAN = 1e-6


@dataclass(frozen=True)
class Spread:
    """`v` by segment and stretch; `levels` by segment, stretch and GRID: which percentile of the plain negative
    binomial a share GRID of outcomes fell below."""

    v: Array
    levels: Array
    pairs: Array

    def at(self, segments: NDArray[np.int64], days: float) -> tuple[Array, Array]:
        """The spread v of each item and the percentile levels of each, for sums over so many days.

        Between stretches by the logarithm of days; beyond the longest v grows with the days (assumed).
        """
        marks = np.log(STRETCHES)
        where = float(np.clip(np.interp(np.log(max(days, 1)), marks, np.arange(len(marks))), 0, len(marks) - 1))
        low, part = int(where), where - int(where)
        high = min(low + 1, len(marks) - 1)
        v = (1 - part) * self.v[:, low] + part * self.v[:, high]
        levels = (1 - part) * self.levels[:, low] + part * self.levels[:, high]
        return np.asarray(v[segments] * max(1.0, days / STRETCHES[-1])), np.asarray(levels[segments])


def plain_spread() -> Spread:
    """Where no back-test was possible: Poisson with orders of many units, and the level off by a third (assumed)."""
    shape = (len(SEGMENTS), len(STRETCHES))
    return Spread(np.full(shape, 0.1), np.broadcast_to(GRID, (*shape, len(GRID))).copy(), np.zeros(shape))


def quantile(mean: Array, phi: Array, v: Array, level: Array) -> Array:
    """Whole units not exceeded with probability `level`, element by element."""
    from scipy.stats import nbinom

    m = np.maximum(mean, LEAST_MEAN)
    ratio = np.maximum(phi + v * m, 1.0 + 1e-3)
    units = nbinom.ppf(np.clip(level, 0.0, 1 - 1e-9), m / (ratio - 1), 1 / ratio)
    return np.asarray(np.maximum(units, 0.0), dtype=float)


def below(count: Array, mean: Array, phi: Array, v: Array) -> Array:
    """P(D ≤ count)."""
    from scipy.stats import nbinom

    m = np.maximum(mean, LEAST_MEAN)
    ratio = np.maximum(phi + v * m, 1.0 + 1e-3)
    return np.asarray(nbinom.cdf(count, m / (ratio - 1), 1 / ratio))


def randomised(count: Array, mean: Array, phi: Array, v: Array, rng: np.random.Generator) -> Array:
    """The randomised PIT of counts: uniform if, and only if, the distribution is right."""
    high, low = below(count, mean, phi, v), below(count - 1, mean, phi, v)
    return np.asarray(low + rng.random(count.shape) * (high - low))


def learn_spread(said: Sequence[Said], weights: Weights) -> Spread:
    """The spread v and percentiles of every segment and stretch from a back-test."""
    spread = plain_spread()
    if not said:
        return spread
    rng = np.random.default_rng(SEED)
    for j, days in enumerate(STRETCHES):
        rows = [stretch(s, weights, days) for s in said]
        count, mean, phi, segments = (np.concatenate([r[i] for r in rows]) for i in range(4))
        segments = segments.astype(np.int64)
        everywhere = _v(count, mean, phi, np.ones(len(count), bool), None)
        for at in range(len(SEGMENTS)):
            spread.v[at, j] = _v(count, mean, phi, segments == at, everywhere)
        v = spread.v[segments, j]
        u = randomised(count, mean, phi, v, rng)
        edge = None if days == 1 else (below(count, mean, phi, v), below(count - 1, mean, phi, v))
        common = _percentiles(u, edge, GRID)
        for at in range(len(SEGMENTS)):
            own = segments == at
            spread.pairs[at, j] = int(own.sum())
            spread.levels[at, j] = _percentiles(u[own], edge and (edge[0][own], edge[1][own]), common)
    return spread


def stretch(said: Said, weights: Weights, days: int) -> tuple[Array, Array, Array, Array]:
    """Sums over whole stretches of so many days of an origin: sold, expected, φ, segment of each."""
    mean = weights.mean(said.models, said.yearly, said.factor, said.segment)
    n = mean.shape[1] // days
    if not n:
        return (np.zeros(0),) * 4
    parts = []
    for k in range(n):
        at = slice(k * days, (k + 1) * days)
        open_ = said.open_[:, at] & (mean[:, at] > 0)
        enough = open_.sum(axis=1) >= 0.7 * max((said.factor[:, at] > 0).sum(axis=1).max(), 1)
        if days > 1:
            open_ = said.whole[:, at] & (mean[:, at] > 0)
        count, expected = (said.actual[:, at] * open_).sum(axis=1), (mean[:, at] * open_).sum(axis=1)
        keep = enough & (expected > 0)
        parts.append((count[keep], expected[keep], said.phi[keep], said.segment[keep].astype(float)))
    return tuple(np.concatenate([p[i] for p in parts]) for i in range(4))  # type: ignore[return-value]


def _v(count: Array, mean: Array, phi: Array, rows: Flags, common: float | None) -> float:
    """How far the level is off beyond chance, squared and relative; large means speak, small ones cannot tell."""
    m, extra = mean[rows], (count[rows] - mean[rows]) ** 2 - phi[rows] * mean[rows]
    weight = m**2 / (phi[rows] + 0.3 * m) ** 2
    own = float((weight * extra / np.maximum(m, 1e-9) ** 2).sum() / max(weight.sum(), 1e-9)) if len(m) else 0.0
    own = float(np.clip(own, 0.0, MOST_SPREAD))
    return own if common is None else (len(m) * own + SHRINK_PAIRS * common) / (len(m) + SHRINK_PAIRS)


def _percentiles(u: Array, edge: tuple[Array, Array] | None, prior: Array) -> Array:
    """The values below which each share of GRID of `u` fell, drawn towards `prior`.

    Sums are judged by whole units within the interval, ends included, which holds more than its share. WHOLE of the
    way from the randomised PIT to that: `edge` holds P(D ≤ y), which the lower end goes by, and P(D < y), the upper.
    """
    n = len(u)
    if not n:
        return prior
    own = np.quantile(u, GRID)
    if edge is not None:
        upper = np.clip((GRID - 0.4) / 0.2, 0.0, 1.0)
        whole = (1 - upper) * np.quantile(edge[0], GRID) + upper * np.quantile(edge[1], GRID)
        own = (1 - WHOLE) * own + WHOLE * whole
    mixed = (n * own + SHRINK_PAIRS * prior) / (n + SHRINK_PAIRS)
    mixed[0], mixed[-1] = 0.0, 1.0
    return np.asarray(np.maximum.accumulate(mixed))


def level_of(levels: Array, share: float) -> Array:
    """The percentile of the plain negative binomial behind a share asked for, item by item."""
    at = share * (len(GRID) - 1)
    low = int(at)
    high, part = min(low + 1, len(GRID) - 1), at - int(at)
    return np.asarray((1 - part) * levels[:, low] + part * levels[:, high])

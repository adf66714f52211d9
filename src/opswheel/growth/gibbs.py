"""A Gibbs sampler for many small regressions at once, with signs kept and a bias allowed for.

Each regression is given by its sums of products, so that a sweep costs the same for 50 weeks and for 500. Chains and
equations lie side by side in one batch; what differs in size is padded with parameters no row depends on.

    y = X θ + e,  e ~ N(0, σ²)
    θ of the first `cuts` columns ~ N(mean, 1/precision) cut to [low, high]: links without bias, own persistence
    θ of the others               ~ N(mean, 1/precision): intercept, season, and links that data may show wrongly
    for a link with an allowance  θ = β + b, b ~ N(0, τ²), β ~ N(m, s²) cut to its sign
    σ² ~ inverse gamma(SHAPE, SHAPE · USUAL_NOISE²)

Given σ², the uncut parameters are integrated out before the cut ones are drawn, so a sweep moves far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats

SHAPE, USUAL_NOISE = 1.0, 0.06
"""The prior of the weekly noise is worth two weeks of 6 %, and gives way to the data."""


def cut_normal(rng: np.random.Generator, mean: Floats, sd: Floats, low: Floats, high: Floats) -> Floats:
    """Draws from N(mean, sd²) cut to [low, high], exact far out in the tails, all arrays of one shape."""
    from scipy.special import ndtr, ndtri

    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a > 0  # the upper tail is drawn as a lower one: there a probability keeps its digits
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    pa, pb = ndtr(a), ndtr(b)
    z = ndtri(pa + rng.random(mean.shape) * (pb - pa))
    z = np.where(np.isfinite(z), z, np.where(np.isfinite(b), b, a))
    z = np.clip(z, a, b)
    return np.asarray(np.clip(mean + sd * np.where(flip, -z, z), low, high))


def cut_moments(mean: Floats, sd: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of N(mean, sd²) cut to [low, high]."""
    from scipy.stats import truncnorm

    a, b = (low - mean) / sd, (high - mean) / sd
    m, v = truncnorm.stats(a, b, loc=mean, scale=sd, moments="mv")
    return np.asarray(m), np.asarray(v)


@dataclass
class Batch:
    """N regressions of P parameters each, the first `cuts` of them cut to an interval.

    Shapes: gram (N, P, P), cross, mean, precision (N, P), yy, rows (N), low, high (N, cuts). For links with an
    allowance: `biased` (N, P) marks them; there `beta_mean`, `beta_precision`, `beta_low`, `beta_high` (N, P) are the
    prior of β and `precision` is 1/τ².
    """

    cuts: int
    gram: Floats
    cross: Floats
    yy: Floats
    rows: Floats
    mean: Floats
    precision: Floats
    low: Floats
    high: Floats
    biased: NDArray[np.bool_]
    beta_mean: Floats
    beta_precision: Floats
    beta_low: Floats
    beta_high: Floats


class Sampler:
    """The state of all chains; `sweep` moves it once. `theta`, `beta` (N, P) and `sigma2` (N) can be read."""

    def __init__(self, batch: Batch, rng: np.random.Generator) -> None:
        self.batch, self.rng = batch, rng
        b = batch
        self.theta = b.mean.copy()
        self.theta[:, : b.cuts] = np.clip(self.theta[:, : b.cuts], b.low, b.high)
        self.beta = np.where(b.biased, b.beta_mean, self.theta)
        spread = np.where(b.rows > 2, b.yy / np.maximum(b.rows, 1.0), USUAL_NOISE**2)
        self.sigma2 = np.maximum(spread, 1e-8)

    def sweep(self) -> None:
        """One draw of every parameter of every chain."""
        self._coefficients()
        self._beta()
        self._noise()

    def _coefficients(self) -> None:
        b, t = self.batch, self.batch.cuts
        mean = np.where(b.biased, self.beta, b.mean)
        a = b.gram / self.sigma2[:, None, None]
        each = np.arange(a.shape[1])
        a[:, each, each] += b.precision
        r = b.cross / self.sigma2[:, None] + b.precision * mean
        across, free = a[:, :t, t:], a[:, t:, t:]
        solved = np.linalg.solve(free, np.concatenate([a[:, t:, :t], r[:, t:, None]], axis=2))
        self._cut_ones(a[:, :t, :t] - across @ solved[:, :, :t], r[:, :t] - (across @ solved[:, :, t:])[:, :, 0])
        centre = solved[:, :, t] - (solved[:, :, :t] @ self.theta[:, :t, None])[:, :, 0]
        z = self.rng.standard_normal(centre.shape)
        upper = np.linalg.cholesky(free).transpose(0, 2, 1)
        self.theta[:, t:] = centre + np.linalg.solve(upper, z[:, :, None])[:, :, 0]

    def _cut_ones(self, a: Floats, r: Floats) -> None:
        """One pass over the cut parameters, each given the others; a (N, cuts, cuts) their precision."""
        b, now = self.batch, self.theta
        for j in range(b.cuts):
            own = a[:, j, j]
            rest = np.einsum("nk,nk->n", a[:, j], now[:, : b.cuts]) - own * now[:, j]
            now[:, j] = cut_normal(self.rng, (r[:, j] - rest) / own, own**-0.5, b.low[:, j], b.high[:, j])

    def _beta(self) -> None:
        """The causal elasticity behind each coefficient that may be biased."""
        b, some = self.batch, self.batch.biased
        self.beta = self.theta.copy()
        if some.any():
            precision = b.beta_precision[some] + b.precision[some]
            mean = (b.beta_precision[some] * b.beta_mean[some] + b.precision[some] * self.theta[some]) / precision
            self.beta[some] = cut_normal(self.rng, mean, precision**-0.5, b.beta_low[some], b.beta_high[some])

    def _noise(self) -> None:
        b, now = self.batch, self.theta
        fitted = np.einsum("npq,nq->np", b.gram, now)
        misfit = b.yy - 2 * np.einsum("np,np->n", b.cross, now) + np.einsum("np,np->n", fitted, now)
        scale = SHAPE * USUAL_NOISE**2 + np.maximum(misfit, 0.0) / 2
        self.sigma2 = scale / self.rng.gamma(SHAPE + b.rows / 2)


@dataclass(frozen=True)
class Draws:
    """What was kept: theta and beta (kept, N, P), sigma2 (kept, N)."""

    theta: Floats
    beta: Floats
    sigma2: Floats


def draw(batch: Batch, rng: np.random.Generator, *, burn: int, keep: int, thin: int) -> Draws:
    """`keep` draws of every chain, each `thin` sweeps after the one before; the first `burn` sweeps do not count."""
    sampler = Sampler(batch, rng)
    for _ in range(burn):
        sampler.sweep()
    kept = []
    for _ in range(keep):
        for _ in range(thin):
            sampler.sweep()
        kept.append((sampler.theta.copy(), sampler.beta.copy(), sampler.sigma2.copy()))
    theta, beta, sigma2 = (np.array(part) for part in zip(*kept, strict=True))
    return Draws(theta, beta, sigma2)

"""Calibration over product groups: each group has its own links, and all lean on what they have in common.

    β of group g ~ N(μ, ω²) cut to its sign      μ ~ the template's prior      ω ~ half-normal(SPREAD · prior sd)

μ and ω are drawn with everything else, so groups that differ stay apart, groups that do not lend each other their
weeks, and doubt about how much they differ is in every interval. (With one best ω plugged in they would be too narrow.)
Delays are the template's, or those given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import WrongUse
from ..core.money import Floats
from .calibration import Collected, Slots, assemble, checked_data, in_order, places, whitened
from .data import WeeklyData
from .fit import Estimate, Fit, estimate
from .gibbs import Batch, Draws, Sampler, cut_normal
from .regression import Equation, equations, states
from .wheel import Link, Wheel

CHAINS, BURN, KEEP, THIN = 16, 100, 50, 4
SPREAD = 0.5
"""Product groups of one seller are taken to differ about half as much as businesses of the literature do."""
STEPS, STEP = 3, 0.5


@dataclass(frozen=True)
class Common:
    """What the groups share of one link: the mean over groups, and how much they differ (standard deviation)."""

    source: str
    target: str
    mean: Estimate
    spread: Estimate


@dataclass(frozen=True)
class Pooled:
    """A fit for each group, and what they have in common."""

    groups: Mapping[str, Fit]
    common: tuple[Common, ...]


def pool(
    wheel: Wheel, groups: Mapping[str, WeeklyData], *, lags: Mapping[tuple[str, str], int] | None = None, seed: int = 7
) -> Pooled:
    """Calibrate all groups together; WrongUse for fewer than two. The same seed gives the same draws."""
    if len(groups) < 2:
        raise WrongUse(f"{len(groups)} product group cannot be pooled.", "Give two or more, or calibrate it alone.")
    for key, lag in (lags or {}).items():
        wheel = wheel.change_link(*key, lag_periods=lag)
    wheel.validate()
    rng = np.random.default_rng(seed)
    paths, found, owner = {}, [], []
    home = {k.key: (k.lag_periods,) for k in wheel.links}
    for name, data in groups.items():
        checked_data(wheel, data)
        paths[name] = states(wheel, data)
        some = whitened(equations(wheel, data, paths[name], home))
        found += some
        owner += [name] * len(some)
    if not found:
        raise WrongUse("No product group has enough weeks to learn from.", "Load more weeks, or join groups.")
    picked = [[tuple(k.lag_periods for k in e.links) for e in found]] * CHAINS
    shared = _Shared(wheel, found, assemble(found, picked, {}), rng)
    draws = shared.draw()
    fits = {}
    for name, data in groups.items():
        made, own = Collected(wheel, {}, rng, CHAINS * KEEP), [i for i, o in enumerate(owner) if o == name]
        for i, (theta, beta) in zip(own, (in_order(found, CHAINS, draws)[i] for i in own), strict=True):
            made.take(found[i], [chain[i] for chain in picked], theta, beta)
        shared.literature(made, [found[i] for i in own], rng)
        mine = [found[i] for i in own]
        fits[name] = made.fit(data, paths[name], mine, lift_tests=(), seed=seed, chains=CHAINS, warnings=())
    return Pooled(fits, shared.common())


class _Shared:
    """μ and ω of every learned link, chain by chain, beside the sampler of all groups' equations."""

    def __init__(self, wheel: Wheel, found: list[Equation], batch: Batch, rng: np.random.Generator) -> None:
        self.wheel, self.rng, self.batch = wheel, rng, batch
        self.links = [k for k in wheel.links if not k.fixed]
        self.mean, self.sd, self.sign = (
            np.array([getattr(k, f) for k in self.links], float) for f in ("mean", "sd", "sign")
        )
        self.mu = np.tile(self.mean, (CHAINS, 1))
        self.omega = np.tile(SPREAD * self.sd * 0.5, (CHAINS, 1))
        self.rows, self.columns, self.of = _where(found, batch, self.links)
        self.mus: list[Floats] = []
        self.omegas: list[Floats] = []

    def draw(self) -> Draws:
        """Burn in, then keep draws of the groups and of what they share."""
        sampler, kept = Sampler(self.batch, self.rng), []
        for i in range(1, BURN + KEEP * THIN + 1):
            self._tell()
            sampler.sweep()
            self._learn(sampler.beta)
            if i > BURN and i % THIN == 0:
                kept.append((sampler.theta.copy(), sampler.beta.copy(), sampler.sigma2.copy()))
                self.mus.append(self.mu.copy())
                self.omegas.append(self.omega.copy())
        theta, beta, sigma2 = (np.array(part) for part in zip(*kept, strict=True))
        return Draws(theta, beta, sigma2)

    def _tell(self) -> None:
        """Every group's prior is now what the groups share."""
        b = self.batch
        mu, precision = self.mu[:, self.of].T, self.omega[:, self.of].T ** -2  # (places, chains)
        for rows, column, m, p in zip(self.rows, self.columns, mu, precision, strict=True):
            if b.biased[rows.start, column]:
                b.beta_mean[rows, column], b.beta_precision[rows, column] = m, p
            else:
                b.mean[rows, column], b.precision[rows, column] = m, p

    def _learn(self, beta: Floats) -> None:
        """Draw μ and ω given every group's link."""
        told = np.array([beta[rows, column] for rows, column in zip(self.rows, self.columns, strict=True)]).T
        count = np.bincount(self.of, minlength=len(self.links)).astype(float)
        total = np.zeros_like(self.mu)
        square = np.zeros_like(self.mu)
        for i, link in enumerate(self.of):
            total[:, link] += told[:, i]
            square[:, link] += told[:, i] ** 2
        for _ in range(STEPS):
            self._mean(count, total)
            self._spread(count, total, square)

    def _mean(self, count: Floats, total: Floats) -> None:
        """μ from its Gaussian conditional, corrected for the cut at 0 by accepting or keeping."""
        precision = self.sd**-2 + count / self.omega**2
        centre = (self.mean / self.sd**2 + total / self.omega**2) / precision
        low, high = np.where(self.sign > 0, 0.0, -1e6), np.where(self.sign > 0, 1e6, 0.0)
        full = np.ones_like(centre)
        new = cut_normal(self.rng, centre, precision**-0.5, low * full, high * full)
        gain = count * (self._inside(self.mu, self.omega) - self._inside(new, self.omega))
        self.mu = np.where(np.log(self.rng.random(new.shape)) < gain, new, self.mu)

    def _spread(self, count: Floats, total: Floats, square: Floats) -> None:
        """A random step of log ω, accepted or not."""

        def score(omega: Floats) -> Floats:
            apart = square - 2 * self.mu * total + count * self.mu**2
            fit = -count * np.log(omega) - apart / (2 * omega**2) - count * self._inside(self.mu, omega)
            return np.asarray(fit - 0.5 * (omega / (SPREAD * self.sd)) ** 2 + np.log(omega))

        new = self.omega * np.exp(self.rng.normal(0, STEP, self.omega.shape))
        better = np.log(self.rng.random(new.shape)) < score(new) - score(self.omega)
        self.omega = np.where(better, new, self.omega)

    def _inside(self, mu: Floats, omega: Floats) -> Floats:
        """Log chance that N(μ, ω²) has the right sign."""
        from scipy.special import log_ndtr

        return np.asarray(log_ndtr(self.sign * mu / omega))

    def literature(self, made: Collected, mine: list[Equation], rng: np.random.Generator) -> None:
        """A group that cannot learn a link takes it from what the groups share."""
        own = {link.key for equation in mine for link in equation.links}
        mu, omega = (np.array(part).transpose(1, 0, 2).reshape(-1, len(self.links)) for part in (self.mus, self.omegas))
        for i, link in enumerate(self.links):
            if link.key not in own:
                low, high = (0.0, 1e6) if link.sign > 0 else (-1e6, 0.0)
                full = np.ones(len(mu))
                made.values[:, self.wheel.links.index(link)] = cut_normal(
                    rng, mu[:, i], omega[:, i], low * full, high * full
                )

    def common(self) -> tuple[Common, ...]:
        """What the groups share of every learned link."""
        mu, omega = np.concatenate(self.mus), np.concatenate(self.omegas)
        learned = set(self.of.tolist())
        return tuple(
            Common(
                k.source,
                k.target,
                estimate(mu[:, i], "data" if i in learned else "prior"),
                estimate(omega[:, i], "data" if i in learned else "prior"),
            )
            for i, k in enumerate(self.links)
        )


def _where(found: list[Equation], batch: Batch, links: list[Link]) -> tuple[list[slice], list[int], NDArray[np.int64]]:
    """For each link of each group: its rows (chains) and column in the batch, and which link it is."""
    number = {link.key: i for i, link in enumerate(links)}
    rows, columns, of = [], [], []
    for e, equation in enumerate(found):
        slot = Slots.of(equation)
        for column, i in zip(places(slot, batch.cuts), (*slot.cut, *slot.free), strict=True):
            if i < len(equation.links):
                rows.append(slice(e * CHAINS, (e + 1) * CHAINS))
                columns.append(column)
                of.append(number[equation.links[i].key])
    return rows, columns, np.array(of, dtype=np.int64)

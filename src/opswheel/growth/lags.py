"""How late an effect comes: the template's delay, one period less or one more, by how well each explains the data.

The chance of a set of delays is its marginal likelihood times its prior (the template's delay counts twice as much as
its neighbours). Each chain of the sampler works with one drawn set, so that doubt about delays widens the answers.
A set in which effects run in a circle within one period is no set: cause comes before effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..core.money import Floats
from .gibbs import SHAPE, USUAL_NOISE
from .regression import Equation
from .wheel import Link, Wheel

TEMPLATE_COUNTS = 2.0
"""How much more the template's delay is believed than each neighbour, before any data."""
MOST_SETS = 100
"""Sets of delays of one equation that are all compared; above it one link at a time is varied about the best set."""
MOST_ROUNDS = 4
NOISE_GRID = 9

Lags = tuple[int, ...]


def candidates(link: Link) -> Lags:
    """Delays to be compared for one link; known ones have one. A response within its own period is never assumed."""
    if link.fixed:
        return (link.lag_periods,)
    soonest = 1 if link.kind == "policy" and link.lag_periods > 0 else 0
    return tuple(k for k in (link.lag_periods - 1, link.lag_periods, link.lag_periods + 1) if k >= soonest)


def sets(equation: Equation) -> tuple[list[Lags], Floats]:
    """The sets of delays of one equation and the chance of each."""
    home = tuple(link.lag_periods for link in equation.links)
    options = [tuple(choice) for choice in equation.choices]
    if np.prod([len(o) for o in options], initial=1.0) <= MOST_SETS:
        told = list(product(*options))
        return told, _shares(equation, told)
    best, each = home, _around(equation, home, options)
    for _ in range(MOST_ROUNDS):
        better = tuple(option[int(shares.argmax())] for option, shares in zip(options, each, strict=True))
        if better == best:
            break
        best, each = better, _around(equation, better, options)
    return _likeliest(options, each)


def _around(equation: Equation, best: Lags, options: Sequence[Lags]) -> list[Floats]:
    """Chance of each delay of each link while the others keep theirs."""
    return [_shares(equation, [(*best[:i], k, *best[i + 1 :]) for k in option]) for i, option in enumerate(options)]


def _likeliest(options: Sequence[Lags], each: Sequence[Floats]) -> tuple[list[Lags], Floats]:
    """The likeliest MOST_SETS sets where every link was varied by itself."""
    best: list[tuple[float, Lags]] = [(1.0, ())]
    for option, shares in zip(options, each, strict=True):
        longer = [(p * q, (*s, k)) for p, s in best for k, q in zip(option, shares, strict=True)]
        best = sorted(longer, reverse=True)[:MOST_SETS]
    chance = np.array([p for p, _ in best])
    return [s for _, s in best], chance / chance.sum()


def _shares(equation: Equation, told: Sequence[Lags]) -> Floats:
    """Chance of each set: its prior times its marginal likelihood."""
    prior = [
        sum(k == link.lag_periods for k, link in zip(lags, equation.links, strict=True)) * np.log(TEMPLATE_COUNTS)
        for lags in told
    ]
    score = np.array(prior) + marginal(equation, told)
    weight = np.exp(score - score.max())
    return np.asarray(weight / weight.sum())


def marginal(equation: Equation, told: Sequence[Lags]) -> Floats:
    """Log marginal likelihood of each set, the noise summed out over a grid and signs by their one-sided chances."""
    from scipy.special import log_ndtr, logsumexp

    columns = np.array([equation.columns(lags) for lags in told])
    x, y, n = equation.x, equation.y, len(equation.y)
    whole, across = x.T @ x, x.T @ y
    gram = whole[columns[:, :, None], columns[:, None, :]]
    cross = across[columns]
    mean, sd, sign = prior(equation)
    precision = sd**-2.0
    noise2 = _noises(equation, columns)
    a = gram[:, None] / noise2[:, :, None, None]
    each = np.arange(len(mean))
    a[..., each, each] += precision
    r = cross[:, None] / noise2[:, :, None] + precision * mean
    scale = a[..., each, each] ** -0.5  # columns of one size: a wheel that runs away leaves very unlike ones
    turned = np.linalg.inv(a * scale[..., :, None] * scale[..., None, :])
    centre = (turned @ (scale * r)[..., None])[..., 0] * scale
    spread = np.sqrt(np.maximum(turned[..., each, each], 1e-12)) * scale
    signs = log_ndtr(sign * centre / spread) - log_ndtr(sign * mean / sd)
    fit = 0.5 * ((r * centre).sum(-1) - (precision * mean**2).sum() - float(y @ y) / noise2 - n * np.log(noise2))
    size = 0.5 * (np.log(precision).sum() - np.linalg.slogdet(a)[1])
    belief = -SHAPE * np.log(noise2) - SHAPE * USUAL_NOISE**2 / noise2
    return np.asarray(logsumexp(fit + size + belief + np.where(sign != 0, signs, 0.0).sum(-1), axis=1))


def _noises(equation: Equation, columns: np.ndarray) -> Floats:
    """(sets, NOISE_GRID) noise variances: one grid for all sets, about what the least wrong one leaves over."""
    rest = []
    for some in columns:
        x = equation.x[:, some]
        gram = x.T @ x + 1e-8 * len(x) * np.eye(x.shape[1])
        b = np.linalg.solve(gram, x.T @ equation.y)
        rest.append(float(np.mean((equation.y - x @ b) ** 2)))
    grid = np.exp(np.linspace(-0.5, 1.1, NOISE_GRID)) * max(min(rest), 1e-8)
    return np.tile(grid, (len(columns), 1))


def prior(equation: Equation) -> tuple[Floats, Floats, Floats]:
    """Mean, spread and sign (0: none) of every coefficient of an equation: links, own past, the rest."""
    links, node = equation.links, equation.node
    mean = [link.mean for link in links]
    sd = [(link.sd**2 + link.tau**2) ** 0.5 for link in links]
    sign = [float(link.sign) if link.tau == 0 else 0.0 for link in links]
    if equation.own >= 0:
        mean.append(node.own_mean)
        sd.append(max(node.own_sd, 1e-3))
        sign.append(1.0)
    free = len(equation.free)
    return np.r_[mean, np.zeros(free)], np.r_[sd, equation.free_sd], np.r_[sign, np.zeros(free)]


def drawn(
    wheel: Wheel, told: Sequence[tuple[Equation, list[Lags], Floats]], chains: int, rng: np.random.Generator
) -> list[list[Lags]]:
    """For each chain a set of delays per equation, drawn by chance, none running in a circle within one period."""
    out = []
    for _ in range(chains):
        for _ in range(50):
            picked = [options[rng.choice(len(options), p=chance)] for _, options, chance in told]
            if not _circle(wheel, told, picked):
                break
        else:
            picked = [tuple(link.lag_periods for link in equation.links) for equation, _, _ in told]
        out.append(picked)
    return out


def _circle(wheel: Wheel, told: Sequence[tuple[Equation, list[Lags], Floats]], picked: Sequence[Lags]) -> bool:
    """Whether some driver would act on itself within one period."""
    lag = {link.key: link.lag_periods for link in wheel.links}
    for (equation, _, _), lags in zip(told, picked, strict=True):
        lag |= {link.key: k for link, k in zip(equation.links, lags, strict=True)}
    after = {name: {t for (s, t), k in lag.items() if s == name and k == 0} for name in wheel.names}
    while after:
        last = [name for name, more in after.items() if not more & after.keys()]
        if not last:
            return True
        for name in last:
            del after[name]
    return False

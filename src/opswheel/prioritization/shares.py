"""What share of a listing's sales a state prevents: stated priors, then the listing's own facts.

The share goes by the state the listing is in, not by the label of what put it there (money.md §2). A prior is
Beta(mean · weight, (1 − mean) · weight). Units sold since onset update it for this episode: with λ the listing's
healthy pace (Gamma) and f the share lost, units since are Poisson((1 − f) · λ · days).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from ..core.money import Floats

SETTLED_DAYS_TO_LEARN = 3
UNITS_TO_CONTRADICT = 5
UNITS_NOT_BUYABLE = 2
IMPROBABLE = 0.05


@dataclass(frozen=True)
class ShareState:
    """The share of sales lost in a state: a mean, how many observations it weighs, and where it comes from.

    `weight` None means the state leaves no doubt.
    """

    mean: float
    weight: float | None
    source: str


STATES: dict[str, ShareState] = {
    "not_buyable": ShareState(1.0, None, "cannot be bought: everything"),
    "out_of_stock": ShareState(1.0, None, "nothing to sell: everything"),
    # Beta(2.4, 1.6) has P10 0.28 and P90 0.89: the 0.3 … 0.95 that is stated as assumed.
    "hidden": ShareState(0.6, 4.0, "hidden from search: 60 % assumed"),
    "no_featured_offer": ShareState(0.8, 5.0, "no featured offer: 80 % assumed"),
    "transfer_only": ShareState(0.3, 4.0, "units in transfer only: 30 % assumed"),
    "over_max": ShareState(0.3, 4.0, "price over its maximum: 30 % assumed"),
    "measured": ShareState(0.5, 10.0, "measured: 1 − featured share now ÷ before (upper bound)"),
    "told": ShareState(0.5, 4.0, "told by the team"),
    "price_gap": ShareState(0.0, None, "sales go on: margin is lost, not sales"),
    "map_breach": ShareState(0.0, None, "no sale is lost: the risk is the brand's answer"),
    "unknown": ShareState(0.0, None, "nobody said how much is lost"),
}


@dataclass(frozen=True)
class Shares:
    """Share lost per signal: mean, standard deviation, and in words where it comes from."""

    mean: Floats
    sd: Floats
    source: list[str]


def prior(states: Sequence[str], measured: Floats, learned: Mapping[str, tuple[float, float]]) -> Shares:
    """The share before the episode's own sales are looked at.

    `measured` is NaN where the state's own mean holds; `learned` gives (mean, variance) of states that closed
    episodes have taught something about.
    """
    mean, sd, source = np.zeros(len(states)), np.zeros(len(states)), []
    for i, name in enumerate(states):
        state = STATES[name]
        value, words = state.mean, state.source
        if name in learned and state.weight is not None:
            value, sd[i] = learned[name][0], learned[name][1] ** 0.5
            words = f"learned from closed episodes, at first {state.source}"
        if not np.isnan(measured[i]):
            value = float(measured[i])
        if state.weight is not None and sd[i] == 0.0:
            sd[i] = (value * (1 - value) / (state.weight + 1)) ** 0.5
        mean[i] = value
        source.append(words)
    return Shares(mean, sd, source)


def contradicted(share: Floats, units: Floats, days: Floats, healthy: Floats, shape: Floats) -> np.ndarray:
    """Whether the units sold since onset make the share lost hard to believe.

    Either two units were sold while nothing can be bought, or at least five over three settled days that would
    have had a probability under 5 % at (1 − share) of the healthy pace, whose own uncertainty counts.
    """
    certain = share >= 1.0
    left = np.maximum((1 - share) * healthy, 1e-12)
    chance = np.ones_like(share)
    some = (units >= 1) & (shape > 0) & ~certain
    chance[some] = special.betainc(units[some], shape[some], left[some] / (left[some] + shape[some]))
    enough = (days >= SETTLED_DAYS_TO_LEARN) & (units >= UNITS_TO_CONTRADICT)
    return np.where(certain, units >= UNITS_NOT_BUYABLE, enough & (chance < IMPROBABLE))


_GRID = (np.arange(60) + 0.5) / 60


def updated(before: Shares, units: Floats, days: Floats, healthy: Floats, shape: Floats) -> Shares:
    """The share after the episode's own sales, where at least three settled days and a prior in doubt allow it."""
    learn = (before.sd > 0) & (days >= SETTLED_DAYS_TO_LEARN) & (healthy > 0) & (shape > 0)
    mean, sd, source = before.mean.copy(), before.sd.copy(), list(before.source)
    if not learn.any():
        return before
    m, s = before.mean[learn].clip(0.005, 0.995), before.sd[learn]
    weight = np.maximum(m * (1 - m) / s**2 - 1, 0.5)
    alpha, beta = m * weight, (1 - m) * weight
    log_prior = np.outer(alpha - 1, np.log(_GRID)) + np.outer(beta - 1, np.log1p(-_GRID))
    left = np.outer(healthy[learn], 1 - _GRID)
    a, x = shape[learn][:, None], units[learn][:, None]
    log_seen = x * np.log(left / (left + a)) - a * np.log1p(left / a)
    log_post = log_prior + log_seen
    post = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    post /= post.sum(axis=1, keepdims=True)
    mean[learn] = post @ _GRID
    sd[learn] = np.sqrt(np.maximum(post @ _GRID**2 - mean[learn] ** 2, 0.0))
    for i in np.flatnonzero(learn):
        source[i] += f"; {units[i]:.0f} units sold in {days[i]:.0f} settled days since"
    return Shares(mean, sd, source)

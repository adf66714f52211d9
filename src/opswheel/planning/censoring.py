"""What a day would have sold: days that could not sell are left out, days that ran out are lower bounds.

A model must never see a stockout as a lack of demand. Days with an exposure too small are missing; a day open for a
part counts for that part; a day that ended with empty shelves counts as what such a day sells on average given that
it sold at least what it did (the E-step of a right-censored negative binomial).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .panel import Array, Flags, Panel
from .season import Calendar

LEVEL_DAYS, ENOUGH_DAYS = 168, 28
ROUNDS = 12
LEAST_PHI, MOST_PHI = 1.0, 400.0
PHI_WEIGHT_DAYS = 20.0
"""A variance-to-mean ratio counts half that of all items until it sold on so many days (assumed)."""


@dataclass(frozen=True)
class Demand:
    """Demand freed of calendar and censoring: `usual` units of a plain day, where `clean` says it is known.

    `weight` is how much of a usual day each column stands for (factor · exposure). `phi` is variance over mean of an
    item's plain days, shrunk to its group's: 1 is Poisson, above are orders of many units. `level` is the mean of
    the last clean days.
    """

    usual: Array
    weight: Array
    clean: Flags
    phi: Array
    level: Array


def free(panel: Panel, calendar: Calendar) -> Demand:
    """Demand of plain days behind what was sold."""
    factor = calendar.factors(panel.groups, [panel.day(i) for i in range(panel.days)])
    factor = np.where(panel.promoted, factor * calendar.promotion, factor)
    clean = panel.clean() & (factor > 0)
    weight = np.where(clean, factor * np.where(panel.cut, 1.0, panel.exposure), 0.0)
    units, square = panel.units, panel.units**2
    cut = panel.cut & clean
    level = _level(units, weight, clean)
    told = (clean & ~cut & (panel.units > 0)).sum(axis=1)
    phi = _pooled(_phi(units, square, weight, clean, level), told)
    for _ in range(ROUNDS if cut.any() else 0):
        mean, more = _at_least(panel.units, level[:, None] * weight, phi[:, None], cut)
        units, square = np.where(cut, mean, panel.units), np.where(cut, more, panel.units**2)
        level = _level(units, weight, clean)
        phi = _pooled(_phi(units, square, weight, clean, level), told)
    usual = np.where(clean, units / np.where(weight > 0, weight, 1.0), 0.0)
    return Demand(usual, weight, clean, phi, level)


def _level(units: Array, weight: Array, clean: Flags) -> Array:
    """Units of a usual day over the clean ones of the last days; of all of them where those are few."""
    recent = clean & (np.arange(clean.shape[1]) >= clean.shape[1] - LEVEL_DAYS)[None, :]
    recent = np.where((recent.sum(axis=1) >= ENOUGH_DAYS)[:, None], recent, clean)
    below = (weight * recent).sum(axis=1)
    return np.asarray(np.where(below > 0, (units * recent).sum(axis=1) / np.maximum(below, 1e-12), 0.0))


def _phi(units: Array, square: Array, weight: Array, clean: Flags, level: Array) -> Array:
    """Variance over mean of an item's days, given what each day was expected to sell."""
    expected = level[:, None] * weight
    apart = ((square - 2 * units * expected + expected**2) * clean).sum(axis=1)
    below = (expected * clean).sum(axis=1)
    return np.asarray(np.clip(np.where(below > 0, apart / np.maximum(below, 1e-12), 1.0), LEAST_PHI, MOST_PHI))


def _pooled(phi: Array, told: Array) -> Array:
    """Each item's ratio drawn towards the median item's: few days with sales tell little about variance."""
    if not len(phi):
        return phi
    own = told / (told + PHI_WEIGHT_DAYS)
    known = phi[told >= PHI_WEIGHT_DAYS]
    usual = float(np.median(known if len(known) else phi))
    return np.asarray(np.exp(own * np.log(phi) + (1 - own) * np.log(usual)))


def _at_least(sold: Array, mean: Array, phi: Array, where: Flags) -> tuple[Array, Array]:
    """Expected units of a day, and their square, given that at least `sold` were wanted.

    For a negative binomial of size r, x · f(x; r) = mean · f(x − 1; r + 1): so E[D | D ≥ s] is
    mean · P(D' ≥ s − 1) ÷ P(D ≥ s), and E[D (D − 1) | D ≥ s] the same once more.
    """
    first, second = sold.copy(), sold**2
    s, m = sold[where], np.maximum(np.broadcast_to(mean, sold.shape)[where], 1e-9)
    ratio = np.maximum(np.broadcast_to(phi, sold.shape)[where], 1.0 + 1e-3)
    size, odds = m / (ratio - 1), ratio - 1
    tail = np.maximum(_tail(s, size, ratio), 1e-12)
    once = np.where(tail > 1e-12, m * _tail(s - 1, size + 1, ratio) / tail, s)
    twice = np.where(tail > 1e-12, m * (size + 1) * odds * _tail(s - 2, size + 2, ratio) / tail, s * (s - 1))
    first[where] = np.maximum(once, s)
    second[where] = np.maximum(twice + once, s**2)
    return first, second


def _tail(count: Array, size: Array, ratio: Array) -> Array:
    """P(D ≥ count) of a negative binomial of that size and variance-to-mean ratio."""
    from scipy.special import betainc

    return np.asarray(np.where(count >= 1, betainc(np.maximum(count, 1), size, 1 - 1 / ratio), 1.0))

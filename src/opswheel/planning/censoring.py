"""What a day would have sold: days that could not sell are filled in, days that ran out are lower bounds.

A model must never see a stockout as a lack of demand. A day open for a part counts for that part; a day that ended
with empty shelves counts as what such a day sells on average given that it sold at least what it did, which all items'
days together tell (`overrun`). A day with an exposure too small takes what the weeks around it tell: stock runs out in
weeks that sell much, so that the days left over, read alone, are those of little demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .overrun import learn_sizes
from .panel import Array, Flags, Panel
from .season import Calendar

LEVEL_DAYS, ENOUGH_DAYS = 168, 28
ROUNDS = 6
"""Four change the sum of levels by less than 0.1 % of what twenty do (measured)."""
AROUND_DAYS = 14
"""How near a day must be to tell of one without stock (assumed)."""
MOST_VARIANCE = 2.0
"""How far four weeks may differ from an item's level, squared and relative, however much they seem to (assumed)."""
MOST_FILLED = 0.5
"""With more of its days filled in, an item's level is that of its clean days alone (assumed)."""
LEAST_PHI, MOST_PHI = 1.0, 400.0
PHI_WEIGHT_DAYS = 20.0
"""A variance-to-mean ratio counts half that of all items until it sold on so many days (assumed)."""


@dataclass(frozen=True)
class Demand:
    """Demand freed of calendar and censoring: `usual` units of a plain day, where `clean` says it is known.

    `filled` says where a day that could not sell takes what the weeks around it tell. `weight` is how much of a usual
    day each column stands for (factor · exposure; a filled one is open). `phi` is variance over mean of an item's
    plain days, shrunk to its group's: 1 is Poisson, above are orders of many units. `level` is the mean of the last
    clean and filled days.
    """

    usual: Array
    weight: Array
    clean: Flags
    filled: Flags
    phi: Array
    level: Array


def free(panel: Panel, calendar: Calendar) -> Demand:
    """Demand of plain days behind what was sold."""
    factor = calendar.factors(panel.groups, [panel.day(i) for i in range(panel.days)])
    factor = np.where(panel.promoted, factor * calendar.promotion, factor)
    clean = panel.clean() & (factor > 0)
    weight = np.where(clean, factor * np.where(panel.cut, 1.0, panel.exposure), 0.0)
    cut = panel.cut & clean
    known = np.asarray(clean.any(axis=1))[:, None]
    filled = panel.own() & ~clean & ~panel.closed[None, :] & (factor > 0) & known
    level = _level(panel.units, weight, _scope(clean))
    told = (clean & ~cut & (panel.units > 0)).sum(axis=1)
    phi = _pooled(_phi(panel.units, panel.units**2, weight, clean, level), told)
    if not (cut.any() or filled.any()):
        usual = np.where(clean, panel.units / np.where(weight > 0, weight, 1.0), 0.0)
        return Demand(usual, weight, clean, filled, phi, level)
    whole = clean | filled
    worth = np.where(filled, factor, weight)
    scope, open_ = _scope(whole), _scope(clean)
    mostly = ((filled & scope).sum(axis=1) <= MOST_FILLED * scope.sum(axis=1))[:, None]
    scope = np.where(mostly, scope, open_)
    units, square = _at_least(panel.units, clean, cut)
    level = _level(units, weight, _scope(clean))
    usual = level[:, None] * weight
    least = usual * _around(np.where(clean, units, 0.0), usual, phi)  # once: in rounds it would feed itself
    units, square = _expected(units, square, least, phi[:, None], cut)
    for _ in range(ROUNDS):
        near = _around(np.where(clean, units, 0.0), level[:, None] * weight, phi)
        level = _level(np.where(filled, level[:, None] * factor * near, units), worth, scope)
        phi = _pooled(_phi(units, square, weight * near, clean, level), told)
    units = np.where(filled, level[:, None] * factor * near, units)
    usual = np.where(whole, units / np.where(worth > 0, worth, 1.0), 0.0)
    return Demand(usual, worth, clean, filled, phi, level)


def _around(units: Array, expected: Array, phi: Array) -> Array:
    """How the weeks around each day differ from the item's level, as far as they differ by more than chance.

    A Gamma–Poisson mean per day and item over the four weeks around it, counts in units of φ. Its prior is 1, with a
    variance fitted by moments to all items. Days without stock follow days of many sales: left out, or taken as
    usual ones, they would make the level low. Given the sales around, the posterior mean is right whatever rule ended
    the sales.
    """
    p = phi[:, None]
    sold, usual = _sums(units) / p, _sums(expected) / p
    u, e = (x[:, AROUND_DAYS :: 2 * AROUND_DAYS + 1] for x in (sold, usual))
    trust = np.where(e > 0, 1 / (1 + 0.3 * e) ** 2, 0.0)  # an item silent of late has no level to differ from
    variance = float((trust * ((u - e) ** 2 - e)).sum() / max(float((trust * e**2).sum()), 1e-9))
    shape = 1 / float(np.clip(variance, 1e-6, MOST_VARIANCE))
    return np.asarray((shape + sold) / (shape + usual))


def _sums(values: Array) -> Array:
    """Sums over the days at most AROUND_DAYS from each."""
    days = values.shape[1]
    until = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    at = np.arange(days)
    return np.asarray(until[:, np.minimum(at + AROUND_DAYS + 1, days)] - until[:, np.maximum(at - AROUND_DAYS, 0)])


def _scope(known: Flags) -> Flags:
    """The days a level is the mean of: the known ones of the last days; all of them where those are few."""
    recent = known & (np.arange(known.shape[1]) >= known.shape[1] - LEVEL_DAYS)[None, :]
    return np.asarray(np.where((recent.sum(axis=1) >= ENOUGH_DAYS)[:, None], recent, known))


def _level(units: Array, weight: Array, scope: Flags) -> Array:
    """Units of a usual day over the days of `scope`."""
    below = (weight * scope).sum(axis=1)
    return np.asarray(np.where(below > 0, (units * scope).sum(axis=1) / np.maximum(below, 1e-12), 0.0))


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


def _at_least(sold: Array, clean: Flags, cut: Flags) -> tuple[Array, Array]:
    """Units of each day, and their square; of those that sold out, what they would have by all items' sizes of days."""
    units, square = sold.copy(), sold**2
    selling = clean & (sold > 0)
    item, day = np.nonzero(selling)
    short = cut[item, day]
    if short.any():
        usual = ((sold * selling).sum(axis=1) / np.maximum(selling.sum(axis=1), 1))[item]
        sizes = learn_sizes(sold[item, day], short, usual)
        at = item[short], day[short]
        units[at], square[at] = sizes.at_least(sold[at], usual[short])
    return units, square


def _expected(units: Array, square: Array, least: Array, phi: Array, cut: Flags) -> tuple[Array, Array]:
    """The same, of sold-out days never less than was expected of them before they sold anything."""
    low = cut & (units < least)
    return np.where(low, least, units), np.where(low, np.maximum(square, least**2 + phi * least), square)

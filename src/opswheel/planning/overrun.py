"""How much more than the stock a day would have sold, read from all items' days together.

A day that empties the shelf tells that at least so many were wanted. How many more depends on how large orders are, and
single items seldom show that: a wholesale order is what empties the shelf, so it is hardly ever seen whole. All items
together show it, each day measured in mean selling days of its item. A sold-out day is seen up to its stock only. That
biases nothing, because the stock is there before the day's orders are.

It is the piecewise exponential model of survival analysis, with units in the place of time: the rate at which a day's
sales come to their end is constant between EDGES. Past what enough days reached it stays as it is, as Brown, Hollander
and Korwar (1974) complete a Kaplan–Meier curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .panel import Array, Flags

EDGES = np.concatenate([[0.0], 2.0 ** np.arange(-4, 8.1, 0.5)])
"""In mean selling days of the item; steps of 41 % tell small orders from large ones (assumed)."""
PRIOR_DAYS = 20.0
"""So many days between every two edges are taken to end at the rate they ended before it (assumed)."""
LAST_DAYS = 30
"""The rate of the largest orders comes from at least so many days (assumed)."""
LEAST_RATE = 0.1
"""Where hardly a day is seen whole, no more than ten usual selling days are expected on top (assumed)."""
ROUNDS = 20


@dataclass(frozen=True)
class Sizes:
    """The rate at which days' sales end from each of `edges` to the next, per mean selling day; the last has no end."""

    edges: Array
    rate: Array

    def at_least(self, sold: Array, usual: Array) -> tuple[Array, Array]:
        """Expected units of days that wanted at least `sold` (1 or more), and their square; `usual`: the item's mean.

        Both are sums over one unit more and one more, geometric ones between two edges.
        """
        mean, square, alive = sold.copy(), sold**2, np.ones(sold.shape)
        ends = np.append(self.edges[1:], np.inf)
        for low, end, rate in zip(self.edges, ends, self.rate, strict=True):
            begin = np.maximum(sold, np.ceil(low * usual))
            steps = np.maximum(np.ceil(end * usual) - begin, 0.0)
            on, off = np.exp(-rate / usual), -np.expm1(-rate / usual)
            through = on**steps
            once = on * (1 - through) / off
            turns = (once - np.where(np.isinf(steps), 0.0, steps) * through * on) / off
            mean += alive * once
            square += alive * (2 * (turns + begin * once) - once)
            alive = alive * through
        return mean, square


def learn_sizes(sold: Array, cut: Flags, usual: Array) -> Sizes:
    """Sizes of selling days: units of each (1 or more), whether the stock ended them, and the mean of the item's.

    Within the unit it ended at a day is given its expected place, found with the rates in a few rounds.
    """
    at = np.searchsorted(EDGES, sold / usual, side="right") - 1
    days = np.bincount(at[~cut], minlength=len(EDGES)).astype(float)
    last = int(np.flatnonzero(np.cumsum(days[::-1])[::-1] >= LAST_DAYS).max(initial=0))
    days = np.append(days[:last], days[last:].sum())
    begins = [np.maximum(np.ceil(low * usual), 1.0) for low in EDGES[: last + 1]] + [np.full(len(sold), np.inf)]
    spans = pairwise(begins)
    through = np.array([(np.maximum(np.minimum(sold, end) - low, 0.0) / usual).sum() for low, end in spans])
    own, unit = np.minimum(at[~cut], last), 1 / usual[~cut]
    rate = np.ones(last + 1)
    for _ in range(ROUNDS):
        step = rate[own] * unit
        part = np.bincount(own, unit * (1 / step - 1 / np.expm1(step)), minlength=last + 1)
        rate = _rates(days, through + part)
    return Sizes(EDGES[: last + 1], rate)


def _rates(days: Array, passed: Array) -> Array:
    """Days that ended over what all days passed through, each drawn towards the one before it, the first towards 1."""
    rates = [1.0]
    for ended, way in zip(days, passed, strict=True):
        rates.append(max((ended + PRIOR_DAYS) / (way + PRIOR_DAYS / rates[-1]), LEAST_RATE))
    return np.array(rates[1:])

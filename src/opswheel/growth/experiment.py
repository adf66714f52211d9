"""The cheapest next test: which link, if it were known better, would change what one should push.

The worth of a test is the expected value of sample information: over the draws of the wheel, what the best push after
the test brings more, on average, than the push one would choose today. A test of a lever is a switchback: the lever
goes up and down in blocks of weeks whose order is drawn by lot, and the first week of each block, in which the link's
delay still works, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p, sqrt
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import WrongUse
from ..core.money import Floats
from .fit import HORIZON_WEEKS, Fit
from .leverage import Push, gained

if TYPE_CHECKING:
    from .wheel import Link

SIZES = (0.1, 0.2, 0.3, 0.5)
"""Changes a test may make, up and down: larger ones are another business."""
MOST_WEEKS = 26
FEWEST_BLOCKS = 4
"""Fewer leave the lot nothing to choose from."""
SHARP = 1.0
"""A test is long enough once its standard error is no larger than the doubt that is left: that halves the variance."""
WORTHWHILE = 0.001
"""A test worth less than this share of the best push's gain changes nothing."""
ASSUMED_NOISE = 0.06
"""Weekly noise of a driver's logarithm where none was calibrated: assumed, as in the simulated wheels."""


@dataclass(frozen=True)
class Test:
    """One possible test of a link out of a lever.

    `worth`: what it adds to the gain of the best push, in usual weeks of sales, and `share` of that gain; `switches`:
    chance that the push one would choose changes. `size`: up and down by so much; `weeks` in all, `block_weeks` each
    way; `se`: standard error of the elasticity it ends with, `doubt` what it is now. `feasible` False: not within
    half a year, or what it would be measured on is not measured (`unmeasured`).
    """

    __test__ = False  # no test of ours: pytest looks for that name

    link: Link
    worth: float
    share: float
    switches: float
    size: float
    weeks: int
    block_weeks: int
    se: float
    doubt: float
    feasible: bool
    unmeasured: bool = False

    @property
    def design(self) -> str:
        """The test in words."""
        lever, change = self.link.source, f"{self.size:.0%}"
        return (
            f"{lever} up {change} and down {change} in blocks of {self.block_weeks} weeks, order by lot,"
            f" {self.weeks} weeks; measure {self.link.target} {self.link.lag_periods} weeks later, without the first"
            f" week of each block"
        )


def tests(fit: Fit, pushes: Sequence[Push]) -> tuple[Test, ...]:
    """Every test of a link out of a lever, the most worth per week first. WrongUse where no push has a rival."""
    if len(pushes) < 2:
        raise WrongUse("A test can only change a choice between pushes.", "Give at least two rows in the costs file.")
    gains, _ = gained(fit, pushes, HORIZON_WEEKS)
    per_cost = gains / np.array([p.cost for p in pushes])
    usual = float(np.median([p.cost for p in pushes]))
    levers = {node.name for node in fit.wheel.levers}
    found = [
        _test(fit, i, per_cost * usual)
        for i, link in enumerate(fit.wheel.links)
        if link.kind == "estimated" and link.source in levers
    ]
    return tuple(sorted(found, key=lambda t: (not t.feasible, -t.worth / t.weeks, t.link.words)))


def _test(fit: Fit, i: int, values: Floats) -> Test:
    link, beta = fit.wheel.links[i], fit.values[:, i]
    checked = fit.checked.get(link.target)
    noise = checked.noise if checked and checked.noise > 0 else ASSUMED_NOISE
    doubt = float(beta.std())
    block = max(2, link.lag_periods + 2)
    size, weeks = _length(noise, doubt, block)
    se = standard_error(noise, size, weeks, block)
    worth, switches = value_of_information(values, beta, se, seed=fit.seed)
    best = float(values.mean(axis=0).max())
    blind = fit.data is not None and not np.isfinite(fit.states[:, fit.wheel.index[link.target]]).any()
    sharp = se <= SHARP * doubt * 1.0001
    share = worth / best if best > 0 else 0.0
    return Test(link, worth, share, switches, size, weeks, block, se, doubt, sharp and not blind, blind)


def _length(noise: float, doubt: float, block: int) -> tuple[float, int]:
    """The smallest change, and then the fewest whole pairs of blocks, that make the test sharp enough."""
    for size in SIZES:
        for weeks in range(FEWEST_BLOCKS * block, MOST_WEEKS + 1, 2 * block):
            if standard_error(noise, size, weeks, block) <= SHARP * doubt:
                return size, weeks
    return SIZES[-1], MOST_WEEKS - MOST_WEEKS % (2 * block)


def standard_error(noise: float, size: float, weeks: int, block: int) -> float:
    """Of the elasticity: two means of the weeks that count, apart by the two logarithms of the change."""
    counted = weeks * (block - 1) / block
    apart = log1p(size) - log1p(-size)
    return 2 * noise / (apart * sqrt(counted))


def value_of_information(values: Floats, beta: Floats, se: float, *, seed: int) -> tuple[float, float]:
    """(expected gain of the choice after the test over today's, chance that the choice changes).

    `values` (D, pushes) is what each push brings on each draw, `beta` (D,) the link there. Each draw in turn is taken
    as the truth: the test's outcome is drawn, the other draws are weighed by how well they fit it.
    """
    outcome = beta + se * np.random.default_rng(seed).standard_normal(len(beta))
    fits = np.exp(-0.5 * ((outcome[:, None] - beta[None, :]) / se) ** 2)
    after = fits @ values / fits.sum(axis=1, keepdims=True)
    now = int(values.mean(axis=0).argmax())
    worth = float((after.max(axis=1) - after[:, now]).mean())
    return max(0.0, worth), float((after.argmax(axis=1) != now).mean())

"""What a loss costs in the long run: sales that stay away after it ends, because rank and reviews were not fed.

    long_run_loss = A + e · (F(a + s) − F(a))

a is the age of the problem, s the days of loss acting now can still save, e = A ÷ s what each of them costs, and F the
follow-on days of its kind (table `multipliers`). It is told beside revenue at risk and never inside it; as a factor of
the score it is M = long_run_loss ÷ A, 1 where nothing can be saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..core.money import Floats, round6_all

FollowOn = Mapping[str, Sequence[tuple[float, float]]]
"""By kind: (age in days, mean follow-on days) in ascending order of age."""


def marginal(follow_on: FollowOn, kinds: Sequence[str], ages: Floats, saved: Floats) -> Floats:
    """F(a + s) − F(a) for every row: straight lines between the ages told, level beyond the last; 0 for other kinds."""
    found = np.zeros(len(kinds))
    names = np.array(kinds, dtype=object)
    for kind, told in follow_on.items():
        rows = np.flatnonzero(names == kind)
        if len(rows):
            days, means = np.array([(0.0, 0.0), *told]).T
            now, then = (np.interp(at, days, means) for at in (ages[rows], ages[rows] + saved[rows]))
            found[rows] = np.maximum(then - now, 0.0)
    return found


def long_run_loss(follow_on: FollowOn, kinds: Sequence[str], ages: Floats, saved: Floats, avoidable: Floats) -> Floats:
    """A + e · (F(a + s) − F(a)) for every row, never below A."""
    more = marginal(follow_on, kinds, ages, saved)
    per_day = np.divide(avoidable, saved, out=np.zeros_like(avoidable), where=saved > 0)
    return np.asarray(avoidable + per_day * more, float)


def factors(long_run: Floats, avoidable: Floats) -> Floats:
    """M = long run ÷ avoidable, 1 where nothing can be saved."""
    ratio = np.divide(long_run, avoidable, out=np.ones_like(avoidable), where=avoidable > 0)
    return round6_all(ratio)

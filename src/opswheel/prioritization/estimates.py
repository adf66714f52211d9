"""Percentiles of money that is a product of an uncertain pace and an uncertain share.

Velocity is Gamma with a point mass at 0, the share a Beta; their product is taken as the Gamma with its mean
and variance. The mean is exact: the two are independent.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from ..core.money import Floats

LEVELS = (0.1, 0.5, 0.9)


def squared_cv(mean: Floats, sd: Floats) -> Floats:
    """(sd ÷ mean)², 0 where the mean is 0."""
    return np.divide(sd, mean, out=np.zeros_like(mean), where=mean > 0) ** 2


def with_dead(cv2: Floats, dead: Floats) -> Floats:
    """Squared coefficient of variation when all of it may be 0 with chance `dead`: E[v²] grows by 1 ÷ (1 − dead)."""
    return np.divide(1 + cv2, 1 - dead, out=np.ones_like(cv2), where=dead < 1) - 1


def quantiles(cv2: Floats, dead: Floats) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 of a sum of money as multiples of its mean; `dead` is the chance that all of it is 0."""
    shape = 1 / np.maximum(cv2, 1e-9)
    alive = np.divide(1.0, 1 - dead, out=np.zeros_like(cv2), where=dead < 1)
    out = []
    for level in LEVELS:
        inside = np.clip((level - dead) * alive, 0.0, 1.0)
        value = np.where(cv2 < 1e-8, alive, alive * special.gammaincinv(shape, inside) / shape)
        out.append(np.where(level <= dead, 0.0, value))
    return out[0], out[1], out[2]


def percentiles(mean: Floats, cv2: Floats, dead: Floats) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 of sums of money with these means."""
    low, mid, high = quantiles(cv2, dead)
    return mean * low, mean * mid, mean * high


def pooled_cv2(mean: Floats, pace: Floats, share: Floats, groups: tuple[np.ndarray, ...], n: int) -> Floats:
    """Squared coefficient of variation of `n` sums of estimates.

    `groups` names for each estimate its sum, its listing and its kind. `pace` and `share` are squared coefficients
    of variation. The pace of a listing is one and the same in all its causes and varies apart from other listings';
    the error of a share is shared within a kind.
    """
    whose, listing, kind = groups
    apart = mean * np.sqrt(pace * (1 + share))
    variance = _squares(whose, listing, apart, n) + _squares(whose, kind, mean * np.sqrt(share), n)
    total = np.bincount(whose, mean, n)
    return np.divide(variance, total**2, out=np.zeros(n), where=total > 0)


def _squares(whose: np.ndarray, group: np.ndarray, part: Floats, n: int) -> Floats:
    """Σ over the groups of a sum of (Σ of the parts in it)²."""
    pair = whose * (int(group.max(initial=0)) + 1) + group
    names, numbers = np.unique(pair, return_inverse=True)
    owner = names // (int(group.max(initial=0)) + 1)
    return np.asarray(np.bincount(owner, np.bincount(numbers, part, len(names)) ** 2, n), float)

"""Percentiles of money that is a product of an uncertain pace and an uncertain share.

Velocity is Gamma with a point mass at 0, the share a Beta; their product is taken as the Gamma with its mean
and variance. The mean is exact: the two are independent.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from ..core.money import Floats

LEVELS = (0.1, 0.5, 0.9)


def relative_variance(shape: Floats, share: Floats, share_sd: Floats) -> Floats:
    """Squared coefficient of variation of pace · share, given that the listing lives at all."""
    pace = np.divide(1.0, shape, out=np.zeros_like(shape), where=shape > 0)
    part = np.divide(share_sd, share, out=np.zeros_like(share), where=share > 0) ** 2
    return (1 + pace) * (1 + part) - 1


def percentiles(mean: Floats, cv2: Floats, dead: Floats) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 of sums of money with these means; `dead` is the chance that all of it is 0."""
    alive_mean = np.divide(mean, 1 - dead, out=np.zeros_like(mean), where=dead < 1)
    out = []
    for level in LEVELS:
        inside = np.clip((level - dead) / np.maximum(1 - dead, 1e-12), 0.0, 1.0)
        shape = 1 / np.maximum(cv2, 1e-9)
        value = alive_mean * special.gammaincinv(shape, inside) / shape
        value = np.where(cv2 < 1e-8, alive_mean, value)
        out.append(np.where(level <= dead, 0.0, np.where(mean > 0, value, 0.0)))
    return out[0], out[1], out[2]

"""Sums of estimates over many issues: means add; paces vary apart, shares and lives vary together in a kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.money import Estimate
from .estimates import percentiles, pooled_cv2
from .exposures import Exposures


def total(exposures: Exposures, rows: Sequence[int], name: str, currency: str) -> Estimate:
    """The sum of `risk`, `avoidable` or `exposure` over signal rows.

    Var = Σ over listings (Σ mean · cv of pace)² + Σ over kinds (Σ mean · cv of share)².
    """
    at = np.array(sorted(rows), int)
    mean = np.asarray(exposures.columns[f"{name}_mean"])[at]
    groups = (np.zeros(len(at), int), exposures.listing[at], exposures.kind[at])
    cv2 = pooled_cv2(mean, exposures.pace_cv2[at], exposures.share_cv2[at], groups, 1)
    whole = mean.sum(keepdims=True) if len(at) else np.zeros(1)
    low, mid, high = percentiles(whole, cv2, np.zeros(1))
    return Estimate(float(whole[0]), float(low[0]), float(mid[0]), float(high[0]), currency)

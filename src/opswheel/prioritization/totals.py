"""Sums of estimates over many issues: means add; paces vary apart, shares and lives vary together in a kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ..core.money import Estimate, Floats
from .estimates import percentiles
from .revenue_at_risk import Exposures


def total(exposures: Exposures, rows: Sequence[int], name: str, currency: str) -> Estimate:
    """The sum of `risk`, `avoidable` or `exposure` over signal rows.

    Var = Σ (mean · cv of pace)² + Σ over kinds (Σ mean · cv of share)².
    """
    at = np.array(rows, int)
    mean: Floats = np.asarray(exposures.columns[f"{name}_mean"])[at] if len(at) else np.zeros(0)
    whole = float(mean.sum())
    share = np.asarray(exposures.columns["share_lost"])[at] if len(at) else mean
    share_cv = np.divide(
        np.asarray(exposures.columns["share_lost_sd"])[at] if len(at) else mean,
        share,
        out=np.zeros(len(mean)),
        where=share > 0,
    )
    apart = np.maximum(exposures.cv2[at] - share_cv**2, 0.0) if len(at) else mean
    together: dict[str, float] = defaultdict(float)
    for i, row in enumerate(at):
        together[exposures.columns["kind"][row]] += float(mean[i] * share_cv[i])
    variance = float((mean**2 * apart).sum()) + sum(v**2 for v in together.values())
    cv2 = np.array([variance / whole**2 if whole > 0 else 0.0])
    low, mid, high = percentiles(np.array([whole]), cv2, np.zeros(1))
    return Estimate(whole, float(low[0]), float(mid[0]), float(high[0]), currency)

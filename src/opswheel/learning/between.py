"""How far groups truly differ beyond the noise of each, and what to believe of one: random effects by moments.

DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177. Where groups do not differ more than their noise, all of
them are believed alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.money import Floats

LEAST_GROUPS = 5
"""With fewer nothing is told of how far they differ: assumed."""


@dataclass(frozen=True)
class Between:
    """How far true values differ, as a variance, and its standard error."""

    variance: float
    error: float


def between(apart: Sequence[Floats], noise: Sequence[Floats]) -> Between:
    """How far values differ beyond their noise, by moments; each array is centred on its own weighted mean."""
    free = sum(len(a) - 1 for a in apart)
    q = sum(float((a**2 / v).sum()) for a, v in zip(apart, noise, strict=True))
    c = sum(float((1 / v).sum() - (1 / v**2).sum() / (1 / v).sum()) for v in noise)
    if c <= 0:
        return Between(0.0, 0.0)
    return Between(max(0.0, (q - free) / c), float(np.sqrt(2.0 * free)) / c)


def lean(apart: Floats, noise: Floats, differ: Between) -> tuple[Floats, Floats]:
    """Values kept as far as they are believed, and the variance left; that they may differ more is in it."""
    wide = differ.variance + differ.error
    return apart * differ.variance / (differ.variance + noise), wide * noise / (wide + noise)


def lean_logs(values: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Values leaned on their common mean, and the variance left; as they are, where too few to tell how they differ."""
    if len(values) < LEAST_GROUPS - 1:
        return values, noise
    center = float((values / noise).sum() / (1.0 / noise).sum())
    told, left = lean(values - center, noise, between([values - center], [noise]))
    return center + told, left

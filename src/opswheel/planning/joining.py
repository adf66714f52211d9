"""Forecasts of several channels, or of several parts of one, as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .forecast import Forecast
from .segments import SEGMENTS

_ARRAYS = ("mean", "low", "middle", "high", "phi", "known_days", "clean_days", "censored_days", "sold")


def joined(parts: Sequence[Forecast]) -> Forecast:
    """One forecast of all items. Each part keeps its own spread: segments are numbered on, part by part."""
    first = parts[0]
    if len(parts) == 1:
        return first
    same = all(p.choice is first.choice for p in parts)
    days = min(p.mean.shape[1] for p in parts)
    arrays = {
        n: np.concatenate([getattr(p, n)[:, :days] if getattr(p, n).ndim == 2 else getattr(p, n) for p in parts])
        for n in _ARRAYS
    }
    steps = [0 if same else i * len(SEGMENTS) for i in range(len(parts))]
    segment = np.concatenate([p.segment + step for p, step in zip(parts, steps, strict=True)])
    spread = first.choice.spread
    if not same:
        spread = replace(
            spread,
            **{n: np.concatenate([getattr(p.choice.spread, n) for p in parts]) for n in ("v", "levels", "pairs")},
        )
    keys = tuple(k for p in parts for k in p.keys)
    choice = replace(first.choice, spread=spread)
    return replace(first, keys=keys, days=first.days[:days], segment=segment, choice=choice, **arrays)

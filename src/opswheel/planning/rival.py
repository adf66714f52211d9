"""A new choice of models against the one in force, on months the new one has not seen.

Every origin of the back-test is forecast once by weights learned from the other origins alone, and once by the weights
in force. Those may have seen some of the months, so the comparison leans to what is in force.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .combine import Said, Weights, learn_weights
from .panel import Array
from .segments import SEGMENTS

DRAWS = 1000
SEED = 11


def compare(said: Sequence[Said], now: Weights) -> tuple[dict[str, object], ...]:
    """One row per segment: items, origins, error and bias before and after, and how sure the difference is.

    Errors are weighted RMSSE, the mean over origins; `change` is the new one over the old one less 1 (mean, P10, P90),
    `chance` how likely it is below 0. Origins and items are drawn again for both.
    """
    then = [learn_weights([s for s in said if s is not one]) for one in said]
    return tuple(_segment(at, said, now, then) for at in range(len(SEGMENTS)))


def _segment(at: int, said: Sequence[Said], now: Weights, then: Sequence[Weights]) -> dict[str, object]:
    parts: list[tuple[Array, Array, Array]] = []
    units = np.zeros(3)
    for s, new in zip(said, then, strict=True):
        rows = s.segment == at
        open_, actual = s.open_[rows], s.actual[rows]
        n = open_.sum(axis=1)
        known = (s.scale[rows] > 0) & (s.value[rows] > 0) & (n > 0)
        if not known.any():
            continue
        roots = []
        for k, weights in enumerate((now, new), 1):
            mean = weights.mean(s.models[rows], s.yearly[rows], s.factor[rows], s.segment[rows])
            off = np.sqrt(((actual - mean) ** 2 * open_).sum(axis=1)[known] / n[known])
            roots.append(off / s.scale[rows][known])
            units[k] += float((mean * open_).sum())
        units[0] += float((actual * open_).sum())
        parts.append((roots[0], roots[1], s.value[rows][known]))
    row: dict[str, object] = {"segment": SEGMENTS[at], "origins": len(parts)}
    row["items"] = round(float(np.mean([len(p[2]) for p in parts]))) if parts else 0
    bias = [round(float(u / units[0] - 1), 4) if units[0] else None for u in units[1:]]
    row |= {"bias_before": bias[0], "bias_after": bias[1]}
    if not parts:
        return row | dict.fromkeys(("error_before", "error_after", "change", "chance"))
    before, after = (float(np.mean([np.average(p[k], weights=p[2]) for p in parts])) for k in (0, 1))
    drawn = _drawn(parts)
    low, high = np.quantile(drawn, [0.1, 0.9])
    change = after / before - 1 if before else 0.0
    return row | {
        "error_before": round(before, 4),
        "error_after": round(after, 4),
        "change": {"mean": round(change, 4), "p10": round(float(low), 4), "p90": round(float(high), 4)},
        "chance": round(float((drawn < 0).mean()), 4),
    }


def _drawn(parts: Sequence[tuple[Array, Array, Array]]) -> Array:
    """Changes of the error with origins, and items within each, drawn again and again."""
    rng = np.random.default_rng(SEED)
    sums = np.empty((len(parts), DRAWS, 2))
    for i, (now, then, value) in enumerate(parts):
        for start in range(0, DRAWS, 50):  # a few thousand items by all draws at once would be a lot of memory
            pick = rng.integers(0, len(value), (50, len(value)))
            weight = value[pick]
            for k, roots in enumerate((now, then)):
                sums[i, start : start + 50, k] = (roots[pick] * weight).sum(axis=1) / weight.sum(axis=1)
    origin = rng.integers(0, len(parts), (DRAWS, len(parts)))
    mean = sums[origin, np.arange(DRAWS)[:, None]].mean(axis=1)
    return np.asarray(np.divide(mean[:, 1], mean[:, 0], out=np.ones(DRAWS), where=mean[:, 0] > 0) - 1)

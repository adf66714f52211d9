"""What a close of a group takes, leaning on its kind as far as groups of this shop are alike.

Losses are heavy-tailed: one dear close is no dear cause. So a group's deviation from its kind is read from logarithms
and kept as far as groups differ more than closes within them (one-way random effects; DerSimonian and Laird 1986).
A kind's own mean leans on all kinds in the same way. Intervals hold what is left unknown of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.money import Floats
from .between import LEAST_GROUPS, Between, between, lean, lean_logs

Key = tuple[str, str, str, str]
"""(root cause, kind, dimension, value)."""
OFFSET = 0.02
"""Added before the logarithm, in parts of the kind's median close that lost anything: many lost nothing. Assumed."""
UNKNOWN_WEIGHT = 3.0
"""Closes at which a group counts as much as its kind, where too few groups are known to tell: assumed."""
SPREAD_WEIGHT = 4.0
"""Closes at which how far a kind's closes stray is its own: assumed."""


@dataclass(frozen=True)
class Size:
    """Mean of what a close takes, and squared coefficients of variation: of that mean, and of single closes."""

    mean: float
    known_cv2: float
    close_cv2: float


def sizes(groups: Mapping[Key, Sequence[float]]) -> dict[Key, Size]:
    """The size of a close of every group; `groups` holds what each of its closes took, in any unit."""
    kinds: dict[str, list[float]] = defaultdict(list)
    for (_, kind, dimension, _), values in groups.items():
        if dimension == "all":
            kinds[kind] += values
    whole = _kinds(kinds)
    found: dict[Key, Size] = {}
    for dimension in {key[2] for key in groups}:
        found |= _deviations({k: v for k, v in groups.items() if k[2] == dimension}, whole)
    return found


def _kinds(kinds: Mapping[str, Sequence[float]]) -> dict[str, Size]:
    """A kind's mean close. Kinds that lost nothing at all stay at 0."""
    some = {kind: np.array(values) for kind, values in kinds.items() if sum(values) > 0}
    n = np.array([len(v) for v in some.values()], float)
    mean = np.array([v.mean() for v in some.values()])
    own = np.array([v.var(ddof=1) if len(v) > 1 else 0.0 for v in some.values()]) / np.maximum(mean, 1e-12) ** 2
    free = n - 1
    common = float((free * own).sum() / free.sum()) if free.sum() > 0 else 1.0
    cv2 = (free * own + SPREAD_WEIGHT * common) / (free + SPREAD_WEIGHT)
    noise = np.maximum(cv2 / n, 1e-12) if len(n) else n
    told, left = lean_logs(np.log(mean), noise)
    out = {kind: Size(0.0, 0.0, 0.0) for kind in kinds}
    for kind, log, rest, spread in zip(some, told, left, cv2, strict=True):
        out[kind] = Size(float(np.exp(log)), float(np.expm1(rest)), float(spread))
    return out


def _median(groups: Mapping[Key, Sequence[float]], keys: Sequence[Key]) -> float:
    taken = [value for key in keys for value in groups[key] if value > 0]
    return float(np.median(taken)) if taken else 1.0


def _deviations(groups: Mapping[Key, Sequence[float]], whole: Mapping[str, Size]) -> dict[Key, Size]:
    """Groups of one dimension: each kind's size times how far the group is from it."""
    keys: dict[str, list[Key]] = defaultdict(list)
    for key in groups:
        keys[key[1]].append(key)
    least = {kind: OFFSET * _median(groups, own) for kind, own in keys.items() if whole[kind].mean > 0}
    logs = {k: np.log(np.array(v) + least[k[1]]) for k, v in groups.items() if k[1] in least}
    square = sum(float(((v - v.mean()) ** 2).sum()) for v in logs.values())
    free = sum(len(v) - 1 for v in logs.values())
    within = max(square / free, 1e-9) if free > 0 else 1.0
    apart: dict[str, Floats] = {}
    noise: dict[str, Floats] = {}
    for kind, own in keys.items():
        if whole[kind].mean > 0:
            n = np.array([len(logs[k]) for k in own], float)
            mean = np.array([logs[k].mean() for k in own])
            apart[kind], noise[kind] = mean - (n * mean).sum() / n.sum(), np.maximum(within / n, 1e-12)
    differ = Between(within / UNKNOWN_WEIGHT, 0.0)
    if sum(len(a) - 1 for a in apart.values()) >= LEAST_GROUPS - 1:
        differ = between(list(apart.values()), list(noise.values()))
    out = {key: whole[key[1]] for key in groups}
    for kind, deviation in apart.items():
        told, left = lean(deviation, noise[kind], differ)
        if len(deviation) == 1:
            continue  # it is its kind
        n, size = within / noise[kind], whole[kind]
        level = float((n * np.exp(told)).sum() / n.sum())  # together they are the kind
        for key, far, rest in zip(keys[kind], np.exp(told) / level, left, strict=True):
            out[key] = Size(size.mean * float(far), (1 + size.known_cv2) * float(np.exp(rest)) - 1, size.close_cv2)
    return out

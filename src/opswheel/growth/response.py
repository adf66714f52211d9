"""Paths of many draws of a wheel at once, each with its own delays.

All arrays carry the draws first. A wheel is y(t) = Σ over delays k of B_k y(t − k) + u(t); B is (D, K + 1, n, n).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.money import Floats
from .wheel import Wheel


def matrices(wheel: Wheel, values: Floats, own: Floats, lags: NDArray[np.int64]) -> Floats:
    """(D, K + 1, n, n) from elasticities (D, L), persistences (D, n) and delays (D, L)."""
    at, size, draws = wheel.index, len(wheel.nodes), np.arange(len(values))
    longest = max(1, int(lags.max(initial=0)))
    b = np.zeros((len(values), longest + 1, size, size))
    for i, link in enumerate(wheel.links):
        b[draws, lags[:, i], at[link.target], at[link.source]] += values[:, i]
    each = np.arange(size)
    b[:, 1, each, each] += own
    return b


def run(b: Floats, inputs: Floats, history: Floats | None = None) -> Floats:
    """The path (D, H, n, m) under inputs (H, n, m) or (D, H, n, m).

    `history` (D, K, n, m) is what went before, newest last; without it everything stood at its mean.
    """
    draws, deep, size = b.shape[0], b.shape[1] - 1, b.shape[2]
    horizon, width = inputs.shape[-3], inputs.shape[-1]
    now = np.linalg.inv(np.eye(size) - b[:, 0])
    path = np.zeros((draws, deep + horizon, size, width))
    if history is not None:
        path[:, :deep] = history
    stacked = b[:, :0:-1].transpose(0, 2, 1, 3).reshape(draws, size, deep * size)  # oldest first, as `path` lies
    for h in range(horizon):
        past = path[:, h : h + deep].reshape(draws, deep * size, width)
        path[:, deep + h] = now @ (stacked @ past + inputs[..., h, :, :])
    return path[:, deep:]


def held(b: Floats, nodes: list[int], horizon: int, *, stop: int | None = None) -> Floats:
    """Answer of every driver to each of `nodes` being held one unit higher: (D, horizon + 1, n, len(nodes)).

    What the driver keeps of its own past is taken off the later weeks' input, so that the push itself adds one unit
    in every week (until `stop`), and what the wheel sends back comes on top.
    """
    pushes = len(nodes)
    inputs = np.zeros((b.shape[0], horizon + 1, b.shape[2], pushes))
    for m, node in enumerate(nodes):
        inputs[:, 0, node, m] = 1.0
        inputs[:, 1:, node, m] = 1.0 - b[:, 1, node, node][:, None]
    if stop is not None:
        inputs[:, stop:] = 0.0
    return run(b, inputs)


def by_lag(b: Floats) -> dict[int, Floats]:
    """The same coefficients as `algebra` reads them: delay → (D, n, n)."""
    return {k: b[:, k] for k in range(b.shape[1])}

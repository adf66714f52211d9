"""What the coefficients of a wheel say: responses, return ratio, momentum, the worth of a link, time to payoff.

Every function takes matrices by lag as `Wheel.coefficients` gives them: `[k][i, j]` is the effect of driver j on
driver i after k periods. Where it says (..., n, n), draws may stand in front and are answered one by one.

The formulas are those of linear systems with delays: impulse responses by recursion, the total multiplier as the
inverse of I − B(1) (Leontief), momentum as the largest root of det(I − B(z)) = 0, B(z) = Σ B_k z^−k, and the return
ratio of feedback theory at one driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadWheel

if TYPE_CHECKING:
    from .wheel import Matrices

Array = NDArray[np.float64]

HORIZON = 26
"""Periods over which the return ratio is told: half a year of weeks, before the slow stock of reviews takes over."""
NEAR_ONE = 1e-6
"""A root this near 1 neither grows nor fades."""


@dataclass(frozen=True)
class Momentum:
    """How the wheel goes on when nobody pushes: each period's deviation is `root` times the one before, in the end.

    `half_life_periods` is None for a root of 1 or more; `oscillating` when the dominant pair of roots is complex.
    """

    root: float
    half_life_periods: float | None
    oscillating: bool


def impulse_responses(matrices: Matrices, periods: int = HORIZON) -> Array:
    """What a one-off unit push on driver j does to driver i after h periods: shape (..., periods + 1, n, n)."""
    now = _same_period(matrices)
    found = [now]
    for h in range(1, periods + 1):
        past = [b @ found[h - k] for k, b in matrices.items() if 1 <= k <= h]
        found.append(now @ np.sum(past, axis=0) if past else np.zeros_like(now))
    return np.stack(found, axis=-3)


def responses_to(matrices: Matrices, source: int, periods: int = HORIZON) -> Array:
    """One column of the impulse responses, what a push on one driver does to all: shape (..., periods + 1, n)."""
    now = _same_period(matrices)
    found = [now[..., :, source, None]]
    for h in range(1, periods + 1):
        past = [b @ found[h - k] for k, b in matrices.items() if 1 <= k <= h]
        found.append(now @ np.sum(past, axis=0) if past else np.zeros_like(found[0]))
    return np.stack(found, axis=-3)[..., 0]


def step_responses(matrices: Matrices, periods: int = HORIZON) -> Array:
    """What a push held from period 0 on has brought by period h: shape (..., periods + 1, n, n)."""
    return np.cumsum(impulse_responses(matrices, periods), axis=-3)


def total_multiplier(matrices: Matrices) -> Array:
    """Sum of all impulse responses, shape (n, n); BadWheel if the wheel runs away and the sum is infinite."""
    if momentum(matrices).root >= 1 - NEAR_ONE:
        raise BadWheel(
            "The wheel feeds itself without end, so its total effect is infinite.", "Ask for a finite horizon."
        )
    return _inverse(sum(matrices.values()))


def return_ratio(matrices: Matrices, at: int, periods: int | None = HORIZON) -> Array:
    """Share of each unit at driver `at` that comes back to it within the periods, its own persistence apart.

    0.48 says: of 100 sales lost now, the total loss will be 100 ÷ (1 − 0.48) = 192. `periods` None sums for ever.
    Shape (...,) in front of the matrices, so () for one wheel.
    """
    own = matrices[1][..., at, at]
    if periods is None:
        return np.asarray(1 - 1 / (total_multiplier(matrices)[at, at] * (1 - own)))
    response = responses_to(matrices, at, periods)[..., at].sum(axis=-1)
    alone = (own[..., None] ** np.arange(periods + 1)).sum(axis=-1)
    return np.asarray(1 - alone / response)


def momentum(matrices: Matrices) -> Momentum:
    """The dominant root of one wheel, its half-life, and whether it swings."""
    roots = np.linalg.eigvals(_companion(matrices))
    top = roots[np.argmax(np.abs(roots) + 1e-12 * (np.abs(roots.imag) < NEAR_ONE))]
    root = float(abs(top))
    fades = 0 < root < 1 - NEAR_ONE
    half_life = float(np.log(0.5) / np.log(root)) if fades else (0.0 if root == 0 else None)
    return Momentum(root, half_life, bool(abs(top.imag) > NEAR_ONE))


def at_root(matrices: Matrices, root: complex) -> NDArray[np.complex128]:
    """B(z) = Σ B_k z^−k, shape (n, n): the wheel as a deviation that changes by `root` each period meets it."""
    return np.asarray(sum(b * root**-k for k, b in matrices.items()), dtype=complex)


def root_determinant(matrices: Matrices, root: complex) -> float:
    """|det(I − B(z))|: zero where `root` is a root of the wheel."""
    wheel = at_root(matrices, root)
    return float(abs(np.linalg.det(np.eye(len(wheel)) - wheel)))


def spoke_values(matrices: Matrices, source: int, target: int) -> Array:
    """By how much each total effect rises per unit of the coefficient source → target: shape (n, n).

    Row a, column b is the derivative of the total effect of b on a: M[a, target] · M[source, b].
    """
    total = total_multiplier(matrices)
    return np.outer(total[:, target], total[source, :])


def root_sensitivity(matrices: Matrices, source: int, target: int, lag_periods: int) -> float:
    """By how much the dominant root rises per unit of the coefficient source → target at that lag.

    From the left and right null vectors of I − B(z) at the root; for wheels whose dominant root is real.
    """
    root = momentum(matrices).root
    left, _, right = np.linalg.svd(np.eye(len(matrices[0])) - at_root(matrices, root).real)
    u, v = left[:, -1], right[-1]
    slope = sum(-k * root ** (-k - 1) * b for k, b in matrices.items())
    return float(-u[target] * root**-lag_periods * v[source] / (u @ slope @ v))


def leverage(matrices: Matrices, target: int, source: int, periods: int = HORIZON) -> Array:
    """Sum of a unit held push's effect on the target over the periods 0…H: (...,), in unit-periods.

    Times the size of the push, divided by its cost, this is its gain per unit of cost.
    """
    return np.asarray(np.cumsum(responses_to(matrices, source, periods)[..., target], axis=-1).sum(axis=-1))


def payoff_periods(response: Array, share: float) -> int | None:
    """First period by which that share of a response's end has been reached and stays; None if it ends at zero.

    `response` is one cumulative response, shape (periods + 1,), as `step_responses` gives it.
    """
    end = response[-1]
    if end == 0:
        return None
    below = np.flatnonzero(response / end < share)
    return int(below[-1]) + 1 if len(below) else 0


def _same_period(matrices: Matrices) -> Array:
    """What a unit brings within its own period."""
    return np.asarray(np.linalg.inv(np.eye(matrices[0].shape[-1]) - matrices[0]))


def _inverse(total: Array | int) -> Array:
    whole = np.asarray(total, dtype=float)
    return np.asarray(np.linalg.inv(np.eye(whole.shape[-1]) - whole))


def _companion(matrices: Matrices) -> Array:
    """One matrix that carries the last periods as its state, and so has the wheel's roots as its eigenvalues."""
    longest, size = max(matrices), len(matrices[0])
    now = _same_period(matrices)
    carried = np.eye(size * longest, k=-size)
    for k, b in matrices.items():
        if k:
            carried[:size, (k - 1) * size : k * size] = now @ b
    return carried

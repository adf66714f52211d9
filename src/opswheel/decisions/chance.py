"""How likely an alarm of a given strength is right: a logistic curve over two ladders, from labels and a stated prior.

Prior: at the cut in force right with odds 4 : 1 (as the queue assumes of a new rule), give or take a factor of e; each
step of √1.5 on either axis raises the odds by a factor of 1.1, give or take 1.3. Labels come from what was flagged,
and from the small share below the cuts that was put up for a look; further below, the curve is what speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from ..core.money import Floats
from .backtest import BELOW, STEPS

PRIOR_MEAN = np.array([log(4.0), log(1.1), log(1.1)])
PRIOR_SD = np.array([1.0, 0.26, 0.26])


@dataclass(frozen=True)
class Curve:
    """A normal approximation of what labels leave of the prior."""

    mean: Floats
    covariance: Floats

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """`n` plausible curves: chance that an alarm is right, by draw and by step on both axes (0 … STEPS)."""
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(3))
        coefficients = self.mean + rng.standard_normal((n, 3)) @ root.T
        at = _steps()
        z = coefficients[:, :1, None] + coefficients[:, 1:2, None] * at[:, None] + coefficients[:, 2:, None] * at
        return np.asarray(1.0 / (1.0 + np.exp(-z)))


def _steps() -> Floats:
    """The places of a ladder's steps: 0 for what just passes the cut in force; the last is all that is stronger."""
    return np.arange(STEPS + 1, dtype=float) - (BELOW + 1)


def fit(labels: Sequence[tuple[int, int, float]], prior: float = 0.8) -> Curve:
    """The curve from (step on the first axis, on the second, 1 right or 0 wrong). `prior`: chance at the cut."""
    mean = PRIOR_MEAN.copy()
    mean[0] = log(prior / (1 - prior))
    precision = np.diag(PRIOR_SD**-2.0)
    x = np.array([[1.0, a - BELOW - 1, b - BELOW - 1] for a, b, _ in labels]).reshape(-1, 3)
    y = np.array([label for _, _, label in labels], float)

    def height(at: Floats) -> float:
        z = x @ at
        return float((y * z - np.logaddexp(0.0, z)).sum() - 0.5 * (at - mean) @ precision @ (at - mean))

    at, hessian = mean.copy(), precision
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-(x @ at)))
        gradient = x.T @ (y - p) - precision @ (at - mean)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + precision
        step = np.linalg.solve(hessian, gradient)
        while height(at + step) < height(at) and float(np.abs(step).max()) > 1e-9:
            step = step / 2  # a whole step may overshoot where labels part cleanly
        at = at + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Curve(at, np.asarray(np.linalg.inv(hessian)))

"""How often customers come back before they silently leave: the BG/NBD model.

Source: Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24(2), 2005. While active a
customer orders as a Poisson process whose rate differs between customers as Gamma(r, α); after every order they
leave for good with a probability that differs as Beta(a, b).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from ...core.money import Floats

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class Histories:
    """What is known of customers, one row per distinct history.

    `repeats` orders after the first, `last` and `age` weeks from the first order to the last one and to the end of
    the data, `weight` how many customers have exactly this history.
    """

    repeats: Floats
    last: Floats
    age: Floats
    weight: Floats

    @property
    def customers(self) -> int:
        """How many customers."""
        return int(self.weight.sum())

    @property
    def repeaters(self) -> int:
        """How many of them ordered again."""
        return int(self.weight[self.repeats > 0].sum())


def histories(repeats: Floats, last: Floats, age: Floats) -> Histories:
    """Customers with equal histories gathered into one row each; weeks to a hundredth, as the published data has."""
    rows = np.column_stack([repeats, np.round(last, 2), np.round(age, 2)])
    found, counts = np.unique(rows, axis=0, return_counts=True)
    return Histories(found[:, 0], found[:, 1], found[:, 2], counts.astype(float))


@dataclass(frozen=True)
class BuyTillDie:
    """A fitted model: r, α, a, b, the log-likelihood, and the covariance of the logs of the four."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    covariance: Floats | None

    @property
    def parameters(self) -> Floats:
        """r, α, a, b."""
        return np.array([self.r, self.alpha, self.a, self.b])


def log_likelihood(parameters: Floats, seen: Histories) -> float:
    """The log-likelihood of r, α, a, b (equation 7 of the paper, written so that nothing overflows)."""
    r, alpha, a, b = parameters
    x, last, age = seen.repeats, seen.last, seen.age
    again = x > 0
    start = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    stays = -(r + x) * np.log(alpha + age)
    with np.errstate(divide="ignore"):
        left = np.where(again, np.log(a) - np.log(np.where(again, b + x - 1, 1.0)), -np.inf)
    left = left - (r + x) * np.log(alpha + last)
    return float(seen.weight @ (start + np.logaddexp(stays, left)))


def fit(seen: Histories) -> BuyTillDie:
    """Maximum likelihood; the covariance is None where the data does not settle the parameters."""
    per = seen.customers

    def loss(logs: Floats) -> float:
        return -log_likelihood(np.exp(logs), seen) / per

    starts = [np.log(s) for s in ((1.0, 4.0, 1.0, 2.5), (0.1, 10.0, 0.5, 1.0))]
    rough = [minimize(loss, s, method="L-BFGS-B", bounds=[(-12.0, 12.0)] * 4) for s in starts]
    best = min(rough, key=lambda got: float(got.fun))
    best = minimize(loss, best.x, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-13, "maxiter": 4000})
    r, alpha, a, b = (float(v) for v in np.exp(best.x))
    return BuyTillDie(r, alpha, a, b, -float(best.fun) * per, curvature(lambda logs: loss(logs) * per, best.x))


def curvature(loss: Callable[[Floats], float], at: Floats) -> Floats | None:
    """Inverse of the Hessian of a negative log-likelihood by central differences; None where it is no covariance."""
    n, h = len(at), 1e-3
    hessian = np.empty((n, n))
    steps = np.eye(n) * h
    for i in range(n):
        for j in range(i, n):
            corners = [loss(at + p * steps[i] + q * steps[j]) * p * q for p in (1, -1) for q in (1, -1)]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * h * h)
    values = np.linalg.eigvalsh(hessian)
    if not np.isfinite(values).all() or values[0] <= 1e-4:
        return None
    return np.asarray(np.linalg.inv(hessian), dtype=np.float64)


def expected_new(parameters: Floats, weeks: Floats) -> Floats:
    """Orders a customer who has just ordered is expected to add within so many weeks (equation 9)."""
    r, alpha, a, b = _off_one(parameters)
    z = weeks / (alpha + weeks)
    tail = (alpha / (alpha + weeks)) ** r * hyp2f1(r, b, a + b - 1, z)
    found: Floats = (a + b - 1) / (a - 1) * (1 - tail)
    return found


def expected_more(parameters: Floats, seen: Histories, weeks: float) -> Floats:
    """Orders each history is expected to add within so many weeks from the end of the data (equation 10)."""
    r, alpha, a, b = _off_one(parameters)
    x, last, age = seen.repeats, seen.last, seen.age
    z = weeks / (alpha + age + weeks)
    tail = ((alpha + age) / (alpha + age + weeks)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    gone = np.where(x > 0, a / np.where(x > 0, b + x - 1, 1) * ((alpha + age) / (alpha + last)) ** (r + x), 0.0)
    found: Floats = (a + b + x - 1) / (a - 1) * (1 - tail) / (1 + gone)
    return found


def _off_one(parameters: Floats) -> Floats:
    """The formulas divide by a − 1, where their limit is smooth: a hair beside 1 gives it."""
    r, alpha, a, b = parameters
    return np.array([r, alpha, a + 1e-6 if abs(a - 1) < 1e-6 else a, b])

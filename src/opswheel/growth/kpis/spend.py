"""What customers spend on an order: the Gamma–Gamma model of mean order values.

Source: Fader, Hardie and Lee, RFM and CLV: using iso-value curves, Journal of Marketing Research 42(4), 2005. Order
values of a customer are Gamma(p, ν) around their own mean, and ν differs between customers as Gamma(q, v). It
assumes that how much people spend has nothing to do with how often they order: `link` measures it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from ...core.money import Floats
from .buy_till_die import curvature


@dataclass(frozen=True)
class Spend:
    """A fitted model: p, q, v, the log-likelihood, the covariance of their logs, and the link with frequency.

    `link` is the correlation of order count and mean order value among those who came back.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    covariance: Floats | None
    customers: int
    link: float

    @property
    def parameters(self) -> Floats:
        """p, q, v."""
        return np.array([self.p, self.q, self.v])


def log_likelihood(parameters: Floats, orders: Floats, means: Floats) -> float:
    """The log-likelihood of p, q, v for customers with so many orders of such a mean value."""
    p, q, v = parameters
    shape = p * orders
    total = orders * means
    parts = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
    parts = parts + (shape - 1) * np.log(means) + shape * np.log(orders) - (shape + q) * np.log(v + total)
    return float(parts.sum())


def fit(orders: Floats, means: Floats) -> Spend:
    """Maximum likelihood over customers with at least one order counted and a mean above 0."""

    def loss(logs: Floats) -> float:
        return -log_likelihood(np.exp(logs), orders, means)

    got = minimize(loss, np.log((3.0, 3.0, float(np.median(means)))), method="L-BFGS-B", bounds=[(-12.0, 14.0)] * 3)
    got = minimize(loss, got.x, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
    p, q, v = (float(x) for x in np.exp(got.x))
    spread = len(orders) > 2 and np.ptp(orders) > 0 and np.ptp(means) > 0
    link = float(np.corrcoef(orders, means)[0, 1]) if spread else 0.0
    return Spend(p, q, v, -float(got.fun), curvature(loss, got.x), len(orders), link)


def mean_spend(parameters: Floats) -> float:
    """The mean order value over all customers; infinite where q ≤ 1."""
    p, q, v = parameters
    return float(p * v / (q - 1)) if q > 1 else float("inf")

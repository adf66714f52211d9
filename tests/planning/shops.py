"""Made-up demand with known truth."""

from __future__ import annotations

from datetime import date

import numpy as np

from opswheel.planning.panel import Panel, panel

MONDAY = date(2025, 1, 6)
WEEK = np.array([1.2, 1.0, 1.0, 0.9, 1.1, 1.0, 0.8])


def counts(rates: list[float], days: int, seed: int = 1, size: float = 3.0) -> np.ndarray:
    """Negative binomial units with a weekday pattern."""
    rng = np.random.default_rng(seed)
    mean = np.array(rates)[:, None] * np.tile(WEEK, days // 7 + 1)[:days]
    return rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape)).astype(float)


def shop(rates: list[float], days: int = 280, first: date = MONDAY, **told: object) -> Panel:
    """A panel of items with those rates."""
    return panel([f"S{i}" for i in range(len(rates))], counts(rates, days), first_day=first, **told)  # type: ignore[arg-type]


def sold_out(units: np.ndarray, usual: np.ndarray, every: int = 21, cover: float = 15.0) -> tuple[np.ndarray, ...]:
    """What shows of `units` where stock for `cover` usual days arrives every so many: sold, exposure, cut."""
    sold, exposure, cut = np.zeros(units.shape), np.ones(units.shape), np.zeros(units.shape, bool)
    stock = np.zeros(len(units))
    for t in range(units.shape[1]):
        if t % every == 0:
            stock = np.ceil(usual * cover)
        empty = stock <= 0
        exposure[:, t] = ~empty
        sold[:, t] = np.minimum(units[:, t], stock)
        cut[:, t] = ~empty & (units[:, t] >= stock)
        stock = stock - sold[:, t]
    return sold, exposure, cut

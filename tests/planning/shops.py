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

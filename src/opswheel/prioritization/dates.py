"""On which coming days a cause loses sales. Day 1 is the channel's day at as_of.

Each cause gets a row over the days 1 … `DAYS`: the share of that day on which it is alive. Undated causes are
alive from day 1 and fade with their natural life; dated ones start on a day; stock causes follow the stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.money import Floats

DAYS = 240
"""How far stock is followed: the longest lead time people write down, the horizon, and some slack."""

URGENT_DAYS = 7.0


@dataclass(frozen=True)
class Pool:
    """One stock pool: units that can be sold, healthy pace, arrivals as (in n days, units), fastest way to more."""

    units: float
    pace: float
    arrivals: tuple[tuple[int, float], ...]
    fastest_days: int


def stock_loss(pools: Sequence[Pool]) -> Floats:
    """Share of each day on which a pool has nothing to sell, shape (pools, DAYS).

    Stock landing in n days sells from day n + 1; what is not sold stays.
    """
    n = len(pools)
    arriving = np.zeros((n, DAYS))
    for i, pool in enumerate(pools):
        for in_days, units in pool.arrivals:
            if 0 <= in_days < DAYS:
                arriving[i, in_days] += units
    pace = np.array([p.pace for p in pools], float).reshape(-1)
    stock = np.array([max(p.units, 0.0) for p in pools], float).reshape(-1)
    lost = np.zeros((n, DAYS))
    for day in range(DAYS):
        stock = stock + arriving[:, day]
        sold = np.minimum(stock, pace)
        lost[:, day] = np.divide(pace - sold, pace, out=np.zeros(n), where=pace > 0)
        stock = stock - sold
    lost[lost < 1e-9] = 0.0
    return lost


@dataclass(frozen=True)
class Timing:
    """When causes are alive and when acting helps.

    `alive` (n, DAYS) share of each day; `changeable` first day an action taken today can change; `known_dates`
    whether the loss is dated by facts rather than by a life expectancy.
    """

    alive: Floats
    changeable: Floats
    known_dates: np.ndarray

    def first_loss(self) -> Floats:
        """The first day on which anything is lost; DAYS + 1 where none is."""
        some = self.alive > 0
        return np.where(some.any(axis=1), some.argmax(axis=1) + 1, DAYS + 1).astype(float)

    def risk_days(self, horizon: int) -> np.ndarray:
        """Which days R counts: at most `horizon` loss days from the first; undated ones the next `horizon` days."""
        return self._window(np.ones(len(self.alive)), horizon)

    def saved_days(self, horizon: int) -> np.ndarray:
        """Which days A counts: at most `horizon` loss days from the first day an action today can change."""
        return self._window(self.changeable, horizon)

    def _window(self, start: Floats, horizon: int) -> np.ndarray:
        day = np.arange(1, DAYS + 1)
        after = day[None, :] >= start[:, None]
        lossy = (self.alive > 0) & after
        dated = lossy & (np.cumsum(lossy, axis=1) <= horizon)
        undated = after & (day[None, :] < start[:, None] + horizon)
        return np.where(self.known_dates[:, None], dated, undated)

    def urgency(self) -> Floats:
        """min(1, 7 ÷ max(1, days to the last responsible day)): early work may wait its turn."""
        slack = np.where(self.known_dates, self.first_loss() - self.changeable, 0.0)
        return np.minimum(1.0, URGENT_DAYS / np.maximum(1.0, slack))


def undated(survival: Floats) -> Floats:
    """Alive shares of causes without a date: their natural survival over the horizon, then nothing is claimed."""
    alive = np.zeros((len(survival), DAYS))
    alive[:, : survival.shape[1]] = survival
    return alive


def starting(days: Floats) -> Floats:
    """Alive shares of causes that begin on a coming day (1 = today)."""
    return (np.arange(1, DAYS + 1)[None, :] >= days[:, None]).astype(float)

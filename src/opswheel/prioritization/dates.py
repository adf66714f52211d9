"""On which coming days a cause loses sales, and which of them acting today can still change.

Day 1 is the channel's day at as_of. Undated causes are alive from day 1 and fade with their natural life, for
the policy horizon h. Dated ones start on a day; stock causes follow the stock:

    R counts at most h loss days from the first
    A counts at most h loss days from the first day an action taken today can change
    committed is the part of R before that day: nothing can save it any more

An outage that ends for h days or more has ended: what comes after it is another one, for another order.
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
    arriving = np.zeros((DAYS, n))
    for i, pool in enumerate(pools):
        for in_days, units in pool.arrivals:
            if in_days < DAYS:
                arriving[max(in_days, 0), i] += max(units, 0.0)
    pace = np.array([p.pace for p in pools], float)
    stock = np.array([max(p.units, 0.0) for p in pools], float)
    lost = np.zeros((DAYS, n))
    for day in range(DAYS):
        stock += arriving[day]
        sold = np.minimum(stock, pace)
        lost[day] = pace - sold
        stock -= sold
    lost = np.divide(lost, pace, out=np.zeros_like(lost), where=pace > 0)
    lost[lost < 1e-9] = 0.0
    return np.ascontiguousarray(lost.T)


@dataclass(frozen=True)
class Timing:
    """When causes lose sales and when acting helps; one line per cause, one column per coming day.

    `alive` the share of each day on which the cause is alive; `risk` and `saved` the days R and A count;
    `changeable` the first day an action taken today can change; `slack` the days an action may wait and still
    save the same; `first` and `last` the first and last loss day R counts.
    """

    alive: Floats
    risk: np.ndarray
    saved: np.ndarray
    changeable: Floats
    slack: Floats
    first: Floats
    last: Floats

    def committed(self) -> np.ndarray:
        """The days of R that nothing done today can save."""
        day = np.arange(1, self.alive.shape[1] + 1)
        return self.risk & (day[None, :] < self.changeable[:, None])

    def urgency(self) -> Floats:
        """min(1, 7 ÷ max(1, days to the last responsible day)): early work may wait its turn."""
        return np.minimum(1.0, URGENT_DAYS / np.maximum(1.0, self.slack))

    def take(self, rows: np.ndarray) -> Timing:
        """The lines of some causes."""
        return Timing(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def undated(survival: Floats, *, columns: int) -> Timing:
    """Causes without a date: alive as their natural survival over the horizon says; then nothing is claimed."""
    n, horizon = survival.shape
    alive = np.zeros((n, columns))
    alive[:, :horizon] = survival
    counted = np.zeros((n, columns), bool)
    counted[:, :horizon] = True
    return Timing(alive, counted, counted.copy(), np.ones(n), np.zeros(n), np.ones(n), np.full(n, float(horizon)))


def starting(days: Floats, horizon: int) -> Timing:
    """Causes that begin on a coming day (1 = today) and last; an action today can still prevent them.

    What lies beyond the days looked at counts the same, only its day is not shown.
    """
    shown = np.minimum(days, DAYS - horizon + 1.0)
    alive = (np.arange(1, DAYS + 1)[None, :] >= shown[:, None]).astype(float)
    timing = dated(alive, np.ones(len(days)), horizon, begun=np.zeros(len(days), bool))
    return Timing(timing.alive, timing.risk, timing.saved, timing.changeable, days - 1.0, days, days + horizon - 1)


def dated(alive: Floats, changeable: Floats, horizon: int, *, begun: np.ndarray) -> Timing:
    """Causes whose loss days are known, `changeable` being the first day an action today can change.

    `begun` says that the trouble is here already, so that days without a loss count from today.
    """
    changeable = np.minimum(changeable, DAYS - horizon + 1.0)
    day = np.arange(1, alive.shape[1] + 1)
    lossy = _first_outage(alive > 0, horizon, begun)
    late = lossy & (day[None, :] >= changeable[:, None])
    risk = lossy & (np.cumsum(lossy, axis=1) <= horizon)
    saved = late & (np.cumsum(late, axis=1) <= horizon)
    some = lossy.any(axis=1)
    first = np.where(some, lossy.argmax(axis=1) + 1.0, np.inf)
    last = np.where(some, alive.shape[1] - risk[:, ::-1].argmax(axis=1), np.inf)
    slack = np.where(late.any(axis=1), late.argmax(axis=1) + 1.0 - changeable, 0.0)
    return Timing(alive, risk, saved, changeable, slack, first, last)


def _first_outage(lossy: np.ndarray, horizon: int, begun: np.ndarray) -> np.ndarray:
    """The loss days before the first `horizon` days in a row without a loss."""
    day = np.arange(1, lossy.shape[1] + 1)
    before = np.zeros(lossy.shape, int)
    before[:, 1:] = np.maximum.accumulate(np.where(lossy, day, 0), axis=1)[:, :-1]
    again = lossy & ((before > 0) | begun[:, None]) & (day - before > horizon)
    return np.asarray(lossy & (np.cumsum(again, axis=1) == 0))

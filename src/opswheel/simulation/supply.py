"""The stock process: units on hand and on order by pool, orders placed, forgotten, late, and expedited."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core.money import Floats
from .catalog import Catalog, Flags, Ints, stream
from .parameters import World

NEVER = 10_000


@dataclass
class Orders:
    """Units on their way, one entry per order; `eta` is what the team was told, `lands` is true."""

    pool: Ints = field(default_factory=lambda: np.zeros(0, int))
    units: Ints = field(default_factory=lambda: np.zeros(0, int))
    eta: Ints = field(default_factory=lambda: np.zeros(0, int))
    lands: Ints = field(default_factory=lambda: np.zeros(0, int))
    number: Ints = field(default_factory=lambda: np.zeros(0, int))

    def add(self, pool: Ints, units: Ints, eta: Ints, lands: Ints) -> None:
        """More orders, numbered on."""
        first = int(self.number.max()) + 1 if len(self.number) else 1
        self.pool = np.r_[self.pool, pool]
        self.units = np.r_[self.units, units]
        self.eta = np.r_[self.eta, eta]
        self.lands = np.r_[self.lands, lands]
        self.number = np.r_[self.number, first + np.arange(len(pool))]

    def keep(self, which: Flags) -> None:
        """Drop the others."""
        for name in ("pool", "units", "eta", "lands", "number"):
            setattr(self, name, getattr(self, name)[which])


class Supply:
    """Stock by pool. `on_hand` is what can be sold this morning; `idle_until` the day a forgotten order is placed."""

    def __init__(self, world: World, catalog: Catalog, seed: int) -> None:
        self._told, self._seed = world.stock, seed
        n, rng = catalog.pools, stream(seed, 6)
        rate = catalog.rate * ~catalog.dead
        self.pace = np.bincount(catalog.pool, rate, n)
        self._forecast = self.pace * np.exp(self._told.forecast_log_sd * rng.standard_normal(n))
        first = np.unique(catalog.pool, return_index=True)[1]
        self.lead = catalog.lead_days[first]
        self._phase = rng.integers(0, max(1, self._told.review_days), n)
        cover = self.lead + self._told.receive_days + self._told.safety_days + self._told.order_days / 2
        start = self._forecast * cover * rng.uniform(0.2, 1.2, n)
        self.on_hand = np.maximum(1, np.rint(start)).astype(np.int64)
        self.on_hand[self.pace <= 0] = rng.integers(0, 4, int((self.pace <= 0).sum()))
        self.idle_until = np.full(n, -NEVER)
        self.orders = Orders()

    def begin(self, day: int) -> None:
        """The morning of a day: what lands is on hand, and the orders of the day are placed."""
        due = self.orders.lands <= day
        np.add.at(self.on_hand, self.orders.pool[due], self.orders.units[due])
        self.orders.keep(~due)
        self._place(day)

    def on_order(self) -> Ints:
        """Units on their way by pool."""
        return np.bincount(self.orders.pool, self.orders.units, len(self.on_hand)).astype(np.int64)

    def _place(self, day: int) -> None:
        told, rng, n = self._told, stream(self._seed, 7, day), len(self.on_hand)
        forget, wait, late = rng.random(n), rng.standard_normal(n), rng.standard_normal(n)
        point = self._forecast * (self.lead + told.receive_days + told.review_days + told.safety_days)
        turn = (day + self._phase) % max(1, told.review_days) == 0
        want = turn & (self.pace > 0) & (self.on_hand + self.on_order() <= point)
        fresh = want & (self.idle_until <= -NEVER) & (forget < told.share_orders_forgotten)
        self.idle_until[fresh] = day + np.maximum(7, np.rint(told.forgotten_days * np.exp(0.6 * wait[fresh])))
        pools = np.flatnonzero(want & (self.idle_until <= day))
        self.idle_until[pools] = -NEVER
        self.order(pools, day, late[pools])

    def order(self, pools: Ints, day: int, late: Floats) -> None:
        """Order the usual way; the supplier's true lead is spread around the stated one."""
        told = self._told
        eta = day + self.lead[pools] + told.receive_days
        true = np.maximum(3, np.rint(self.lead[pools] * np.exp(told.late_log_sd * late))).astype(int)
        units = np.maximum(1, np.ceil(self._forecast[pools] * told.order_days)).astype(int)
        self.orders.add(pools, units, eta, day + true + told.receive_days)

    def expedite(self, pool: int, day: int, luck: float) -> bool:
        """Order the fast way, enough to bridge the usual one, and end a forgotten order. False: nothing is faster.

        `luck` decides how many of three days it comes late.
        """
        told, one = self._told, np.array([pool])
        if self.idle_until[pool] > -NEVER:
            self.idle_until[pool] = -NEVER
            self.order(one, day, np.zeros(1))
        coming = self.orders.lands[self.orders.pool == pool]
        eta = day + told.fast_lead_days
        if len(coming) and coming.min() <= eta:
            return False
        bridge = (int(coming.min()) - eta) if len(coming) else told.order_days
        units = np.maximum(1, np.ceil(self.pace[one] * (bridge + told.safety_days))).astype(int)
        self.orders.add(one, units, np.array([eta]), np.array([eta + int(luck * 4)]))
        return True

    def back_on(self, pool: int, day: int) -> int:
        """The day the pool has stock again if nobody acts."""
        coming = self.orders.lands[self.orders.pool == pool]
        if len(coming):
            return int(coming.min())
        ordered = max(day, int(self.idle_until[pool]))
        return ordered + int(self.lead[pool]) + self._told.receive_days

    def sell(self, pool_of: Ints, wanted: Ints) -> Ints:
        """Take units from the pools, no more than there are; what runs short is shared by order of listing."""
        asked = np.bincount(pool_of, wanted, len(self.on_hand))
        short = np.flatnonzero(asked > self.on_hand)
        sold = wanted.copy()
        for pool in short[asked[short] > 0]:
            left = int(self.on_hand[pool])
            for i in np.flatnonzero(pool_of == pool):
                sold[i] = min(int(sold[i]), left)
                left -= int(sold[i])
        self.on_hand = self.on_hand - np.bincount(pool_of, sold, len(self.on_hand)).astype(np.int64)
        return sold

    def destroy(self, pools: Ints) -> None:
        """The marketplace removed the units."""
        self.on_hand[pools] = 0

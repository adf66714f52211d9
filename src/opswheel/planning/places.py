"""One product over its places: which pools a seller may move units between, and what is best done.

A SKU sold from several pools (FBA here, a warehouse that ships itself, a Shopify location) is one product. Units go
from a place we hold ourselves to any other; a marketplace gives units back only by a removal, and moves none between
its regions. Profit is price less cost and fees where they are loaded, else the stated margin; a merchant-fulfilled
sale also pays for packing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .allocation import Allocation, Lane, Place, allocate
from .forecast import Forecast
from .intervals import below
from .panel import Array


@dataclass(frozen=True)
class Costs:
    """What moving and keeping units costs, in reporting currency; all assumed until said better."""

    send: float
    removal: float
    leftover_share_per_month: float
    merchant: float


@dataclass(frozen=True)
class Spot:
    """A pool of one product: where it is in a forecast of pools (-1: nowhere), what it holds, what a sale brings."""

    pool: str
    at: int
    held: int
    price: float
    margin: float
    own: bool


def chances(forecast: Forecast, at: int, days: int, most: int) -> Array:
    """P(demand of so many days ≥ k) for k = 1 … most."""
    mean = float(forecast.expected(days)[at].sum())
    if mean <= 0:
        return np.zeros(most)
    v, _ = forecast.choice.spread.at(forecast.segment[at : at + 1], days)
    counts = np.arange(most, dtype=float)
    wide = (np.full(most, mean), np.full(most, forecast.phi[at]), np.full(most, v[0]))
    return np.asarray(np.minimum.accumulate(1 - below(counts, *wide)))


def arrange(forecast: Forecast, spots: Sequence[Spot], costs: Costs, days: int) -> Allocation | None:
    """The best moves between the pools of one product; None where there is nothing to decide."""
    ours = [s for s in spots if s.own]
    if len(spots) < 2 or not ours or not any(s.held for s in spots):
        return None
    whole = sum(s.held for s in spots)
    places = [
        Place(
            name=s.pool,
            chance=chances(forecast, s.at, days, whole) if s.at >= 0 else np.zeros(whole),
            profit=s.price * s.margin - (costs.merchant if s.own else 0.0),
            sellable=s.at >= 0,
            held=s.held,
            leftover=s.price * costs.leftover_share_per_month * days / 30,
        )
        for s in spots
    ]
    lanes = [Lane(a.pool, b.pool, costs.send) for a in ours for b in spots if a is not b]
    lanes += [Lane(a.pool, b.pool, costs.removal) for a in spots if not a.own for b in ours]
    return allocate(places, lanes)

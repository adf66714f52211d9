"""One product over its places: which pools a seller may move units between, and what is best done.

A SKU sold from several pools (FBA here, a warehouse that ships itself, a Shopify location) is one product. Units go
from a place we hold ourselves to any other; a marketplace gives units back only by a removal, and moves none between
its regions. Profit is price less cost and fees where they are loaded; a merchant-fulfilled sale then also pays for
packing. Else it is the stated contribution margin, in which packing is taken to be, so that no offer is called a loss
by figures nobody gave.

Units sent in sell only once they arrive. What a marketplace's shelf lacks until then can be sold from our own place by
an offer we ship ourselves: a place of its own in the program, that sells a share of the demand the shelf leaves open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .allocation import Allocation, Lane, Place, allocate
from .forecast import Forecast
from .intervals import below
from .panel import Array

KEPT_BACK = 0.5
"""What keeping a unit back for an offer of our own counts as, so that none waits for a sale that hardly comes
(assumed)."""


@dataclass(frozen=True)
class Costs:
    """What moving and keeping units costs, in reporting currency; all assumed until said better."""

    send: float
    removal: float
    leftover_share_per_month: float
    merchant: float
    offer: float
    merchant_share: float


@dataclass(frozen=True)
class Spot:
    """A pool of one product: where it is in a forecast of pools (-1: nowhere), what it holds, what a sale brings.

    `told`: whether the margin comes from loaded costs. `channel` is where it sells, `arrives` days until units sent in
    now sell there, `soon` units that land before those.
    """

    pool: str
    at: int
    held: int
    price: float
    margin: float
    own: bool
    told: bool = False
    channel: str = ""
    arrives: int = 0
    soon: int = 0


def chances(forecast: Forecast, at: int, days: tuple[int, int], most: int) -> Array:
    """P(demand from day `days[0]` until day `days[1]`, counted from today, ≥ k) for k = 1 … most."""
    first, last = days
    mean = float(forecast.expected(last)[at, first:].sum()) if last > first else 0.0
    if mean <= 0:
        return np.zeros(most)
    v, _ = forecast.choice.spread.at(forecast.segment[at : at + 1], last - first)
    counts = np.arange(most, dtype=float)
    wide = (np.full(most, mean), np.full(most, forecast.phi[at]), np.full(most, v[0]))
    return np.asarray(np.minimum.accumulate(1 - below(counts, *wide)))


def offer(pool: str) -> str:
    """What the offer we ship ourselves beside a marketplace's pool is called in the program."""
    return f"{pool}, shipped by us"


def arrange(forecast: Forecast, spots: Sequence[Spot], costs: Costs, days: int) -> Allocation | None:
    """The best moves between the pools of one product; None where there is nothing to decide.

    Looked at are the `days` from when units sent in now can sell.
    """
    ours = [s for s in spots if s.own]
    if not ours or not any(s.held for s in spots):
        return None
    if len(spots) < 2 and _profit(spots[0], costs) > 0:
        return None
    whole = sum(s.held for s in spots)
    days += max((s.arrives for s in spots if not s.own), default=0)
    places = [
        Place(
            name=s.pool,
            chance=_sells(forecast, s, days, whole),
            profit=_profit(s, costs),
            sellable=s.at >= 0,
            held=s.held,
            leftover=s.price * costs.leftover_share_per_month * days / 30,
        )
        for s in spots
    ]
    lanes = [Lane(a.pool, b.pool, costs.send) for a in ours for b in spots if a is not b]
    lanes += [Lane(a.pool, b.pool, costs.removal) for a in spots if not a.own for b in ours]
    for spot in spots:
        if _could_offer(spot, ours):
            places.append(_offer(forecast, spot, costs, days, whole))
            lanes += [Lane(a.pool, offer(spot.pool), KEPT_BACK) for a in ours]
    return allocate(places, lanes)


def _profit(spot: Spot, costs: Costs) -> float:
    """What a sale from a pool brings."""
    return spot.price * spot.margin - (costs.merchant if spot.own and spot.told else 0.0)


def _sells(forecast: Forecast, spot: Spot, days: int, most: int) -> Array:
    """Chances that a pool's units sell: those beyond what it holds come too late for the first days' demand."""
    if spot.at < 0:
        return np.zeros(most)
    chance = chances(forecast, spot.at, (0, days), most)
    if spot.own or not spot.arrives or spot.held >= most:
        return chance
    late = chances(forecast, spot.at, (min(spot.arrives, days), days), most - spot.held)
    chance[spot.held :] = np.minimum(chance[spot.held :], late)
    return np.asarray(np.minimum.accumulate(chance))


def _could_offer(spot: Spot, ours: Sequence[Spot]) -> bool:
    """Whether an offer we ship ourselves could stand in for a marketplace's shelf: none of ours sells there yet."""
    sells = any(s.at >= 0 and s.channel == spot.channel for s in ours)
    return not spot.own and spot.at >= 0 and spot.arrives > 0 and not sells and any(s.held for s in ours)


def _offer(forecast: Forecast, spot: Spot, costs: Costs, days: int, whole: int) -> Place:
    """The offer as a place: it sells a share of what the shelf lacks until units sent in now could arrive."""
    until = min(spot.arrives, days)
    there = spot.held + spot.soon
    nth = there + np.ceil(np.arange(1, whole + 1) / costs.merchant_share).astype(int)
    wanted = chances(forecast, spot.at, (0, until), int(nth[-1]))
    return Place(
        name=offer(spot.pool),
        chance=wanted[nth - 1],
        profit=spot.price * spot.margin - costs.merchant,
        leftover=spot.price * costs.leftover_share_per_month * days / 30,
        room=whole,
        switch=costs.offer,
    )

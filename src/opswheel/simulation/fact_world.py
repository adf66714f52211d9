"""A light world for rules whose faults the simulated market lacks: one shop's facts, drawn at once, and one morning.

Nothing is played day by day. Healthy listings sell, are seen, advertised, sent back and rated by chance; on some a
fault of a stated size has begun. Demand, prices, week and conversion are those of `world.toml`; every other number
stands here with its source, was set before the first measurement and has not been touched since, but for `RETURN_COST`,
which came with a mend of how dollars are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from ..core.money import Floats
from .catalog import Flags, Ints, stream
from .fact_sheets import CHANNEL, CURRENCY, TODAY, morning, order_hash, orders_of, traffic_of
from .parameters import World
from .sheets import Column, Sheet

STREAM = 40
HISTORY_DAYS = 130
"""Days of facts: what the longest look back of these rules needs."""
CATEGORIES = 8
FAULTY = {"traffic": 0.05, "conversion": 0.05, "returns": 0.05, "ads": 0.05}
"""Share of the listings each fault is planted on, never two on one: assumed, high enough that each is there often."""
SHARE_LOST = (0.3, 0.9)
"""Part of visits, of conversion, or of what ads sell for their money, that a fault takes: assumed, uniform."""
BEGAN_DAYS = {"traffic": 10, "conversion": 10, "ads": 28, "returns": 56}
"""How long ago each began: ten days of sales; four weeks, for ads and orders tell late."""
RETURN_RATE, RETURN_TIMES = 0.08, (3.0, 6.0)
"""Units sent back (assumed: general merchandise lies between 5 and 10 %), and how many times as many of a bad lot."""
RETURN_COST = 0.5
"""What a returned unit costs of its price: assumed, as the rule assumes it."""
RETURN_LAG_DAYS = (4, 20)
"""Days from order to return, uniform: assumed, within the month marketplaces allow."""
RETURN_REASONS = ("UNWANTED_ITEM", "DEFECTIVE", "NOT_AS_DESCRIBED", "APPAREL_TOO_SMALL")
SHARE_ADVERTISED, AD_SHARE, AD_COST = 0.5, 0.3, 0.3
"""Listings with ads, the part of their units ads bring, and what these cost of their price: assumed."""
AD_SPREAD = 0.25
"""Standard deviation of the logarithm of a day's spend: assumed."""
RATED, BAD_USUAL, BAD_NOW = 0.05, (0.03, 0.08), (0.15, 0.30)
"""Orders rated, ratings of three stars or fewer of a healthy seller, and of one made worse a month ago: assumed."""
LUMPY = 0.15
"""Standard deviation of the logarithm of a listing's demand from week to week, beyond chance: assumed."""


@dataclass
class FactWorld:
    """One shop: by listing its fault (`""` is healthy), how deep it is, and the dollars a day it takes.

    `share` is the part of visits, conversion or what ads bring that is gone; `times` how many times as many come back.
    `rated_worse` says whether the seller's ratings got worse; every second seed has that.
    """

    sku: list[str]
    fault: list[str]
    share: Floats
    times: Floats
    lost: Floats
    price_minor: Ints
    advertised: Flags
    rated_worse: bool
    sheets: list[Sheet]


def make_fact_world(world: World, *, listings: int, seed: int, key: str) -> FactWorld:
    """Everything a shop of so many listings has to load on the morning of TODAY; `key` hashes order ids."""
    rng = stream(seed, STREAM)
    rate = world.catalog.units_per_day_median * np.exp(world.catalog.log_sd * rng.standard_normal(listings))
    price = np.exp(np.log(world.catalog.price_median) + world.catalog.price_log_sd * rng.standard_normal(listings))
    price_minor = np.maximum(100, np.rint(price * 100)).astype(np.int64)
    advertised = rng.random(listings) < SHARE_ADVERTISED
    fault = _faults(listings, advertised, rng)
    share, times = rng.uniform(*SHARE_LOST, listings), rng.uniform(*RETURN_TIMES, listings)
    part = {"traffic": share, "conversion": share, "ads": share * AD_SHARE * AD_COST}
    part["returns"] = RETURN_RATE * (times - 1) * RETURN_COST
    taken = np.select([np.array([f == name for f in fault]) for name in part], list(part.values()), 0.0)
    shop = FactWorld(
        sku=[f"F{n:06d}" for n in range(listings)],
        fault=fault,
        share=share,
        times=times,
        lost=rate * price_minor / 100.0 * taken,
        price_minor=price_minor,
        advertised=advertised,
        rated_worse=seed % 2 == 0,
        sheets=[],
    )
    opened = [TODAY - timedelta(days=900)] * listings
    shop.sheets = [*morning(shop.sku, price_minor, opened, CATEGORIES), *_days(shop, world, rate, rng, key)]
    return shop


def _faults(listings: int, advertised: Flags, rng: np.random.Generator) -> list[str]:
    found = np.full(listings, "", object)
    for name, part in FAULTY.items():
        free = np.flatnonzero((found == "") & (advertised | (name != "ads")))
        found[rng.choice(free, min(len(free), round(part * listings)), replace=False)] = name
    return list(found)


def _days(shop: FactWorld, world: World, rate: Floats, rng: np.random.Generator, key: str) -> Iterator[Sheet]:
    """Orders, traffic and ads of each day; returns and ratings of the day on which they came."""
    n = len(shop.sku)
    back: dict[date, list[dict[str, Any]]] = {}
    rated: dict[date, list[dict[str, Any]]] = {}
    usual_bad, worse_bad = rng.uniform(*BAD_USUAL), rng.uniform(*BAD_NOW)
    sways = np.exp(LUMPY * rng.standard_normal((HISTORY_DAYS // 7 + 1, n)) - LUMPY * LUMPY / 2)
    for age in range(HISTORY_DAYS, 0, -1):
        day = TODAY - timedelta(days=age)
        on = {f: np.array([x == f for x in shop.fault]) & (age <= began) for f, began in BEGAN_DAYS.items()}
        mean = rate * world.demand.week_from_monday[day.weekday()] * sways[age // 7]
        seen = np.where(on["traffic"], 1 - shop.share, 1.0)
        bought = np.where(on["conversion"], 1 - shop.share, 1.0)
        units = rng.poisson(mean * seen * bought)
        views = np.maximum(units, rng.poisson(mean * seen / world.demand.conversion))
        orders = [f"{key} {age} {i}" for i in range(int(units.sum()))]
        who = np.repeat(np.arange(n), units)
        yield orders_of(shop.sku, shop.price_minor, orders, who, day)
        yield traffic_of(shop.sku, shop.price_minor, units, views, day)
        yield _ads(shop, mean, on["ads"], day, rng)
        chance = RETURN_RATE * np.where(on["returns"], shop.times, 1.0)
        for i in np.flatnonzero(rng.random(len(who)) < np.minimum(0.9, chance[who])).tolist():
            on_day = day + timedelta(days=int(rng.integers(RETURN_LAG_DAYS[0], RETURN_LAG_DAYS[1] + 1)))
            if on_day < TODAY:
                bad = on["returns"][who[i]] and rng.random() < 0.7
                reason = "DEFECTIVE" if bad else str(rng.choice(RETURN_REASONS))
                back.setdefault(on_day, []).append(_back(shop, orders[i], int(who[i]), on_day, reason, key))
        bad_now = worse_bad if shop.rated_worse and age <= 30 else usual_bad
        for i in np.flatnonzero(rng.random(len(orders)) < RATED).tolist():
            stars = int(rng.integers(1, 4) if rng.random() < bad_now else rng.integers(4, 6))
            rated.setdefault(day, []).append(_rating(orders[i], day, stars, key))
    for report, rows in (("returns_csv", back), ("feedback_csv", rated)):
        for day, found in sorted(rows.items()):
            columns: dict[str, Column] = {name: [r[name] for r in found] for name in found[0]}
            yield Sheet(report, CHANNEL, day + timedelta(days=1), columns, day)


def _ads(shop: FactWorld, mean: Floats, broken: Flags, day: date, rng: np.random.Generator) -> Sheet:
    """A day's spend and the orders it brought; a broken campaign spends as before and brings fewer."""
    at = np.flatnonzero(shop.advertised)
    price = shop.price_minor[at]
    spend = np.rint(mean[at] * AD_SHARE * price * AD_COST * np.exp(AD_SPREAD * rng.standard_normal(len(at))))
    orders = rng.poisson(mean[at] * AD_SHARE * np.where(broken[at], 1 - shop.share[at], 1.0))
    columns: dict[str, Any] = {
        "campaign": [f"campaign {shop.sku[i]}" for i in at],
        "sku": [shop.sku[i] for i in at],
        "item_id": [shop.sku[i] for i in at],
        "from_day": [day] * len(at),
        "to_day": [day] * len(at),
        "currency": [CURRENCY] * len(at),
        "impressions": (spend * 3).astype(np.int64),
        "clicks": np.maximum(orders, spend // 60).astype(np.int64),
        "spend_minor": spend.astype(np.int64),
        "sales_minor": orders * price,
        "own_sales_minor": orders * price,
        "orders": orders,
        "units": orders,
    }
    return Sheet("ads_csv", CHANNEL, day + timedelta(days=1), columns, day)


def _back(shop: FactWorld, order: str, at: int, day: date, reason: str, key: str) -> dict[str, Any]:  # noqa: PLR0913
    moment = datetime.combine(day, datetime.min.time()) + timedelta(hours=20)
    return {
        "order_hash": order_hash(key, order),
        "sku": shop.sku[at],
        "line": 1,
        "item_id": shop.sku[at],
        "day": day,
        "at": moment,
        "updated_at": moment,
        "units": 1,
        "reason": reason,
        "fulfillment": "marketplace",
    }


def _rating(order: str, day: date, stars: int, key: str) -> dict[str, Any]:
    moment = datetime.combine(day, datetime.min.time())
    row = {"order_hash": order_hash(key, order), "day": day, "updated_at": moment, "rating": stars}
    return {**row, "commented": False, "answered": False}

"""A second light world: launches, poor pages, other sellers' prices, deals, shipments, parcels and dates, one morning.

As in `fact_world` nothing is played day by day: facts are drawn at once, with faults of stated sizes and with noise
that looks like them. A fault is an entry of `truth`: the rule that should speak of it, its subject, the dollars it
takes. Every number stands with its source, was set before the first measurement and has not been touched since; the
first one showed that a launch nobody buys is a poor page as well, and since then it counts as one. What shoppers see
stands here, what other sellers and deals do in `fact_offers`, what is on its way in `fact_supply`, what customers say
in `fact_experience`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from .catalog import stream
from .fact_experience import experience
from .fact_forecasts import forecasts
from .fact_offers import HELD_BY_RIVAL, deals, rivals
from .fact_sheets import FEATURED_PERCENT, TODAY, FactShop, morning, orders_of, subject, traffic_of
from .fact_supply import dates, own_orders, parcels, purchases, shipments
from .fact_world import LUMPY, SHARE_LOST
from .parameters import World
from .sheets import Sheet

STREAM = 41
HISTORY_DAYS = 200
"""As far as a run looks back for launches."""
CATEGORIES = 4
"""Half as many as in the market, of half as large a catalog: as many listings in each."""
SHARE_LAUNCHED, LAUNCHED_DAYS = 0.35, 190
"""Listings opened within so many days: three times the 6 % a quarter of `world.toml`, or no category has enough."""
STUCK = 0.1
"""Launches that do not get going, half of them not found, half not bought: assumed."""
STUCK_DAYS = (14, 60)
"""Age at which a launch counts as stuck: before, nobody can tell; after, it is no launch any more."""
PAGE_SD, PRICE_SLOPE = 0.3, -0.3
"""How healthy pages differ: log-sd of their conversion, and the power of the price it falls with: assumed."""
ROLES = {
    "poor_page": 0.05,
    "undercut": 0.03,
    "undercut_lately": 0.03,
    "too_deep": 0.02,
    "under_our_floor": 0.02,
    "map": 0.05,
    "map_exempt": 0.02,
    "map_cents": 0.02,
}
"""Old listings by what is wrong, or looks wrong, never two on one: assumed, high enough that each is there often."""
LATELY_DAYS = (3, 14)
"""How long ago an undercutting that is new began; the others have been there all along."""


def make_fact_shop(world: World, *, listings: int, seed: int, key: str, planted: bool = True) -> FactShop:
    """Everything such a shop has to load on the morning of TODAY, and its truth; only noise where not `planted`."""
    shop = _draw(world, listings, stream(seed, STREAM), planted=planted)
    sheets = [*rivals(shop, stream(seed, STREAM, 1))]
    sheets += deals(shop, world, stream(seed, STREAM, 2), planted=planted)
    for number, what in enumerate((purchases, shipments, own_orders, parcels, dates), 3):
        sheets += what(shop, world, stream(seed, STREAM, number), key, planted=planted)
    sheets += experience(shop, world, stream(seed, STREAM, 11), key, planted=planted)
    shop.accuracy = forecasts(shop, stream(seed, STREAM, 10), planted=planted)
    opened = [TODAY - timedelta(days=int(a)) for a in shop.age]
    days = _days(shop, world, stream(seed, STREAM, 9), key)
    shop.sheets = [*morning(shop.sku, shop.price_minor, opened, CATEGORIES), *sheets, *days]
    return shop


def _draw(world: World, listings: int, rng: np.random.Generator, *, planted: bool) -> FactShop:
    """Listings, their roles, and what those that shoppers' numbers show cost a day."""
    told = world.catalog
    rate = told.units_per_day_median * np.exp(told.log_sd * rng.standard_normal(listings))
    price = np.exp(np.log(told.price_median) + told.price_log_sd * rng.standard_normal(listings))
    new = rng.random(listings) < SHARE_LAUNCHED
    age = np.where(new, rng.integers(1, LAUNCHED_DAYS, listings), 900)
    role = np.full(listings, "", object)
    stuck = new & (rng.random(listings) < STUCK)
    role[stuck] = rng.choice(["not_found", "not_bought"], int(stuck.sum()))
    for name, part in ROLES.items():
        free = np.flatnonzero((role == "") & ~new)
        role[rng.choice(free, min(len(free), round(part * listings)), replace=False)] = name
    if not planted:
        role[np.isin(role, ["not_found", "not_bought", "poor_page", "undercut", "undercut_lately", "map"])] = ""
    since = np.where(role == "undercut_lately", rng.integers(*LATELY_DAYS, listings), HISTORY_DAYS)
    shop = FactShop(
        sku=[f"G{n:06d}" for n in range(listings)],
        price_minor=np.maximum(100, np.rint(price * 100)).astype(np.int64),
        rate=rate,
        age=age,
        role=list(role),
        share=rng.uniform(*SHARE_LOST, listings),
        since=since,
    )
    young = (age >= STUCK_DAYS[0]) & (age <= STUCK_DAYS[1])
    lost = shop.a_day * shop.share
    for kind, which in (
        ("listing_quality", shop.having("poor_page", "not_bought")),
        ("launch_stuck", shop.having("not_found", "not_bought") & young),
        ("competitor_undercut", shop.having("undercut", "undercut_lately")),
        ("map_broken", shop.having("map")),
    ):
        shop.truth |= {(kind, subject(shop.sku[i])): float(lost[i]) for i in np.flatnonzero(which)}
    return shop


def _days(shop: FactShop, world: World, rng: np.random.Generator, key: str) -> Iterator[Sheet]:
    """Orders and traffic of each day."""
    n = len(shop.sku)
    price = shop.price_minor / 100.0 / world.catalog.price_median
    converts = world.demand.conversion * price**PRICE_SLOPE * np.exp(PAGE_SD * rng.standard_normal(n))
    sways = np.exp(LUMPY * rng.standard_normal((HISTORY_DAYS // 7 + 1, n)) - LUMPY * LUMPY / 2)
    unseen, unbought = shop.having("not_found"), shop.having("poor_page", "not_bought")
    rival = shop.having(*HELD_BY_RIVAL)
    for ago in range(HISTORY_DAYS, 0, -1):
        day = TODAY - timedelta(days=ago)
        grown = np.clip((shop.age - ago) / world.catalog.launch_days, 0.0, 1.0)
        mean = shop.rate * grown * world.demand.week_from_monday[day.weekday()] * sways[ago // 7]
        for at, first, last in shop.deals:
            if first <= day <= last:
                mean[at] *= world.demand.promotion_lift
        left = np.where(rival & (ago <= shop.since), 1 - shop.share, 1.0)
        mean = mean * np.where(unseen, 1 - shop.share, 1.0)
        units = rng.poisson(mean * np.where(unbought, 1 - shop.share, 1.0) * left)
        views = np.maximum(units, rng.poisson(mean / converts))
        who = np.repeat(np.arange(n), units)
        orders = [f"{key} second {ago} {i}" for i in range(len(who))]
        yield orders_of(shop.sku, shop.price_minor, orders, who, day)
        yield traffic_of(shop.sku, shop.price_minor, units, views, day, np.round(FEATURED_PERCENT * left, 2))

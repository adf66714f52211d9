"""What customers say in the second light world: orders that went badly, and stars, as a person reads them off a screen.

Every number was set before the first measurement. That one showed that most rows were of listings the marketplace calls
poor by chance, of one bad order in ten: their offers are at risk all the same, so since then such a row is true, and no
dollars are counted for it, because no source tells the chance.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from ..core.money import Floats
from .catalog import Flags
from .fact_sheets import TODAY, FactShop, sheet_of, subject
from .parameters import World
from .sheets import Sheet

READ_EVERY, READINGS = 7, 26
"""Somebody copies both screens once a week, for half a year."""
WORSE, SINCE_WEEKS = 0.05, (1, 8)
"""Listings whose orders begin to go badly, and items whose new ratings get worse; how many weeks ago: assumed."""
COUNTED_DAYS = 60
"""Days of orders a rate is of: assumed; the screen says "recent orders"."""
USUAL_BAD, WORSE_TIMES = (0.01, 0.05), (2.0, 6.0)
"""Orders that go badly with a healthy listing, and how many times as many with a bad one: assumed."""
FEWEST_ORDERS = 10
"""Below, the screen says that there is not enough feedback: assumed."""
WORDS = ((0.02, "excellent"), (0.05, "good"), (0.08, "fair"), (0.12, "poor"), (1.01, "very_poor"))
"""The marketplace's word up to each rate. Assumed: it compares with like listings, and publishes no bounds."""
RATED = 0.02
"""Orders whose buyer rates the item: assumed."""
USUAL_STARS, WORSE_STARS, STARS_SD = (3.8, 4.8), (1.5, 3.5), 1.1
"""Average of a healthy item's ratings and of a bad lot's, uniform, and how ratings vary: assumed, in stars."""
SHARE_TOLD = 0.5
"""Items whose stars somebody follows: assumed."""
LOST_PER_STAR = 0.07
"""Of sales, for each star the shown average falls (Luca 2016, 5 to 9 %)."""
TAKEN_DOWN = 0.01
"""Chance of a week that the marketplace takes an item's ratings of that week down again: assumed."""


def experience(shop: FactShop, _world: World, rng: np.random.Generator, _key: str, *, planted: bool) -> list[Sheet]:
    """Weekly copies of customers' experience and of stars; adds what got worse to the shop's truth."""
    weeks = np.arange(READINGS)
    began = rng.integers(SINCE_WEEKS[0], SINCE_WEEKS[1] + 1, len(shop.sku))
    bad = (weeks >= READINGS - began[:, None]) & planted
    old = shop.age > COUNTED_DAYS + READ_EVERY * READINGS
    return [*_orders(shop, rng, old, bad), *_stars(shop, rng, old, bad)]


def _day(week: int) -> timedelta:
    return timedelta(days=READ_EVERY * (READINGS - 1 - week))


def _orders(shop: FactShop, rng: np.random.Generator, old: Flags, bad: Flags) -> list[Sheet]:
    """What the screen counts: the orders of the last two months, and those of them that went badly."""
    worse = old & (rng.random(len(old)) < WORSE)
    usual = rng.uniform(*USUAL_BAD, len(old))
    now = np.minimum(0.9, usual * rng.uniform(*WORSE_TIMES, len(old)))
    every = READ_EVERY / COUNTED_DAYS
    first = np.maximum(0, rng.poisson(shop.rate * COUNTED_DAYS))
    orders, negative = np.maximum(1, first), rng.binomial(first, usual)
    sheets = []
    for week in range(READINGS):
        fresh = rng.poisson(shop.rate * READ_EVERY)
        went_badly = rng.binomial(fresh, np.where(worse & bad[:, week], now, usual))
        orders = rng.binomial(orders, 1 - every) + fresh
        negative = np.minimum(orders, rng.binomial(negative, 1 - every) + went_badly)
        rows = [
            {
                "sku": shop.sku[i],
                "day": TODAY - _day(week),
                "health": _word(int(orders[i]), int(negative[i])),
                "orders": int(orders[i]),
                "negative_orders": int(negative[i]),
            }
            for i in np.flatnonzero(old & (orders > 0)).tolist()
        ]
        sheets.append(sheet_of("customer_experience_csv", rows, TODAY - _day(week)))
    poor = (str(row["sku"]) for row in rows if row["health"] in ("poor", "very_poor"))
    shop.truth |= {("customer_experience_drop", subject(sku)): 0.0 for sku in poor}
    took = shop.a_day * (now - usual) * 30
    found = np.flatnonzero(worse & bad.any(axis=1)).tolist()
    shop.truth |= {("customer_experience_drop", subject(shop.sku[i])): float(took[i]) for i in found}
    return sheets


def _word(orders: int, negative: int) -> str | None:
    """What the marketplace calls such a rate."""
    if orders < FEWEST_ORDERS:
        return None
    return next(word for most, word in WORDS if negative / orders < most)


def _stars(shop: FactShop, rng: np.random.Generator, old: Flags, bad: Flags) -> list[Sheet]:
    """The average and number of each item's ratings, the average with one digit."""
    told = old & (rng.random(len(old)) < SHARE_TOLD)
    worse = told & (rng.random(len(old)) < WORSE)
    usual, now = rng.uniform(*USUAL_STARS, len(old)), rng.uniform(*WORSE_STARS, len(old))
    number = rng.poisson(shop.rate * shop.age * RATED)
    total = np.array([_rated(rng, int(k), float(u)) for k, u in zip(number, usual, strict=True)])
    before = np.full(len(old), np.nan)
    sheets = []
    for week in range(READINGS):
        fresh = rng.poisson(shop.rate * READ_EVERY * RATED) * (rng.random(len(old)) >= TAKEN_DOWN)
        mean = np.where(worse & bad[:, week], now, usual)
        before = np.where(worse & bad[:, week] & np.isnan(before), total / np.maximum(number, 1), before)
        total = total + [_rated(rng, int(k), float(m)) for k, m in zip(fresh, mean, strict=True)]
        number = number + fresh
        average = np.round(total / np.maximum(number, 1), 1)
        rows = [
            {
                "sku": shop.sku[i],
                "day": TODAY - _day(week),
                "stars": float(average[i]),
                "ratings": int(number[i]),
            }
            for i in np.flatnonzero(told & (number > 0)).tolist()
        ]
        sheets.append(sheet_of("item_ratings_csv", rows, TODAY - _day(week)))
    fell: Floats = np.maximum(0.0, np.nan_to_num(before - total / np.maximum(number, 1)))
    found = np.flatnonzero(worse & bad.any(axis=1)).tolist()
    shop.truth |= {
        ("item_stars_drop", subject(shop.sku[i])): float(shop.a_day[i] * fell[i] * LOST_PER_STAR) for i in found
    }
    return sheets


def _rated(rng: np.random.Generator, number: int, mean: float) -> float:
    """The stars of so many ratings together, whole ones from one to five about a mean."""
    return float(np.clip(np.rint(rng.normal(mean, STARS_SD, number)), 1, 5).sum())

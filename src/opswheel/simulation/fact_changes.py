"""A third light shop: what changed overnight. Words, prices and listings that went, new sellers, ads that stopped.

Every morning of the last weeks has its list of listings. On some a fault has begun, on others something that looks the
same and is meant. As in the other light worlds, every number was set before the first measurement.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from ..core.clock import day_start
from ..core.money import Floats
from .catalog import Ints, stream
from .fact_sheets import (
    CHANNEL,
    CURRENCY,
    TODAY,
    FactShop,
    morning,
    offers_told,
    orders_of,
    sheet_of,
    subject,
    traffic_of,
)
from .fact_world import AD_COST, AD_SHARE, LUMPY
from .parameters import World
from .sheets import Column, Sheet, zone_of

STREAM = 42
HISTORY_DAYS, LISTS_DAYS = 100, 28
CATEGORIES = 8
ROLES = {
    "words": 0.04,
    "own_words": 0.03,
    "words_back": 0.03,
    "gone": 0.04,
    "deleted": 0.03,
    "told_deleted": 0.03,
    "too_cheap": 0.03,
    "too_dear": 0.03,
    "clearance": 0.02,
    "seller": 0.04,
    "own_seller": 0.02,
    "seller_left": 0.03,
    "ads_stopped": 0.04,
    "ads_paused": 0.03,
    "ads_paused_untold": 0.01,
    "ads_wasted": 0.03,
    "off_with_its_ads": 0.03,
}
"""Listings by what is wrong, or looks wrong: assumed, high enough that each is there often.

Meant: words we changed ourselves, and others' that are back; listings we deleted, told in a list or not; a clearance
under our least price; a seller of ours, or one who left; ads we paused, told or not; ads that ended with the listing.
"""
FAULTS = ("words", "gone", "too_cheap", "too_dear", "seller", "ads_stopped", "ads_wasted")
SINCE_DAYS = (1, 14)
"""How long ago each began: assumed."""
WORDS_TAKE, SELLER_TAKES = (0.05, 0.4), (0.05, 0.5)
"""Part of the sales that wrong words, or a new seller, take: assumed."""
TOO_CHEAP, TOO_DEAR, CLEARANCE = (0.3, 0.65), (1.6, 3.0), 0.6
"""A wrong price, and a clearance's, as part of the right one; least and greatest price lie at 0.7 and 1.5: assumed."""
LEAST, GREATEST = 0.7, 1.5
DEAR_TAKES = 0.7
"""Part of the sales that a price over the greatest takes: assumed."""
RULES_TOLD = 0.6
"""Listings in the list of price rules beside those with a wrong price: assumed."""
ADVERTISED, SHOWN_A_UNIT, QUIET = 0.4, 250, 0.1
"""Healthy listings with ads; impressions for each unit sold; and campaigns of few impressions: assumed."""
QUIET_SHOWN = 1.5
"""Impressions a day of those."""
INCREMENTAL = 0.5
"""Of the sales ads bring, those lost without them: assumed, as the rule assumes it."""
MESSAGE = 0.3
"""Chance of a day that the marketplace tells of an item's offers: assumed."""


def make_change_shop(world: World, *, listings: int, seed: int, key: str, planted: bool = True) -> FactShop:
    """Everything such a shop has to load on the morning of TODAY, and its truth; nothing wrong if not `planted`."""
    rng, told = stream(seed, STREAM), world.catalog
    price = np.exp(np.log(told.price_median) + told.price_log_sd * rng.standard_normal(listings))
    role = np.full(listings, "", object)
    for name, part in ROLES.items():
        free = np.flatnonzero(role == "")
        which = rng.choice(free, round(part * listings), replace=False)
        role[which] = name if planted or name not in FAULTS else ""
    shop = FactShop(
        sku=[f"H{n:06d}" for n in range(listings)],
        price_minor=np.maximum(100, np.rint(price * 100)).astype(np.int64),
        rate=told.units_per_day_median * np.exp(told.log_sd * rng.standard_normal(listings)),
        age=np.full(listings, 900),
        role=list(role),
        share=np.where(role == "words", rng.uniform(*WORDS_TAKE, listings), rng.uniform(*SELLER_TAKES, listings)),
        since=rng.integers(SINCE_DAYS[0], SINCE_DAYS[1] + 1, listings),
    )
    cheap, dear = rng.uniform(*TOO_CHEAP, listings), rng.uniform(*TOO_DEAR, listings)
    times = np.select([role == "too_cheap", role == "too_dear", role == "clearance"], [cheap, dear, CLEARANCE], 1.0)
    asked = np.maximum(1, np.rint(shop.price_minor * times)).astype(np.int64)
    _truth(shop, times)
    shop.sheets = [*_lists(shop, asked, rng), *_rules(shop, rng), *_messages(shop, rng), *_days(shop, world, rng, key)]
    return shop


def _truth(shop: FactShop, times: Floats) -> None:
    """Dollars a day of each fault: what it takes of the sales, gives away of the price, or spends for nothing."""
    ads = shop.a_day * AD_SHARE
    for kind, role, lost in (
        ("content_overwritten", "words", shop.a_day * shop.share),
        ("listing_missing", "gone", shop.a_day),
        ("price_outside_rules", "too_cheap", shop.a_day * (1 - times)),
        ("price_outside_rules", "too_dear", shop.a_day * DEAR_TAKES),
        ("new_seller", "seller", shop.a_day * shop.share),
        ("ads_stopped", "ads_stopped", ads * INCREMENTAL),
        ("ads_wasted", "ads_wasted", ads * AD_COST),
    ):
        shop.truth |= {(kind, subject(shop.sku[i])): float(lost[i]) for i in np.flatnonzero(shop.having(role))}


def _lists(shop: FactShop, asked: Ints, rng: np.random.Generator) -> Iterator[Sheet]:
    """The list of all listings, morning after morning, the stock of today, and what we said we deleted."""
    gone = shop.having("gone", "deleted", "told_deleted")
    off, priced = shop.having("ads_wasted", "off_with_its_ads"), shop.having("too_cheap", "too_dear", "clearance")
    other = shop.having("words", "own_words", "words_back")
    back = np.array([int(rng.integers(0, s)) for s in shop.since])
    opened = [TODAY - timedelta(days=int(a)) for a in shop.age]
    for ago in range(LISTS_DAYS, -1, -1):
        day, now = TODAY - timedelta(days=ago), ago < shop.since
        price = np.where(priced & now, asked, shop.price_minor)
        sheet, stock = morning(shop.sku, price, opened, CATEGORIES)
        changed = other & now & ~(shop.having("words_back") & (ago <= back))
        sheet.columns["title"] = [f"{'Other' if c else 'Item'} {s}" for c, s in zip(changed, shop.sku, strict=True)]
        sheet.columns["status"] = np.where(off & now, "inactive", "active").astype(object)
        there = np.flatnonzero(~(gone & now)).tolist()
        rows: dict[str, Column] = {name: [values[i] for i in there] for name, values in sheet.columns.items()}
        yield Sheet(sheet.report, CHANNEL, day, rows)
        if ago == 0:
            yield stock
    told = np.flatnonzero(shop.having("told_deleted")).tolist()
    if told:
        yield sheet_of("intent_csv", [{"sku": shop.sku[i], "intent": "discontinued"} for i in told])


def _rules(shop: FactShop, rng: np.random.Generator) -> Iterator[Sheet]:
    """Our own list of least and greatest prices."""
    told = shop.having("too_cheap", "too_dear", "clearance") | (rng.random(len(shop.sku)) < RULES_TOLD)
    rows = [
        {
            "sku": shop.sku[i],
            "min_minor": int(shop.price_minor[i] * LEAST),
            "max_minor": int(shop.price_minor[i] * GREATEST),
            "currency": CURRENCY,
        }
        for i in np.flatnonzero(told).tolist()
    ]
    yield sheet_of("price_rules_csv", rows)


def _messages(shop: FactShop, rng: np.random.Generator) -> Iterator[Sheet]:
    """Messages about offers of the last weeks: nobody but us, others all along, or somebody new."""
    n = len(shop.sku)
    always = (rng.random(n) < 0.2) & ~shop.having("seller", "own_seller", "seller_left")
    new = shop.having("seller", "own_seller", "seller_left")
    left = np.array([int(rng.integers(0, s)) for s in shop.since])
    for ago in range(2 * LISTS_DAYS, 0, -1):
        day, rows = TODAY - timedelta(days=ago), []
        for i in np.flatnonzero(rng.random(n) < MESSAGE).tolist():
            here = new[i] and ago <= shop.since[i] and not (shop.role[i] == "seller_left" and ago <= left[i])
            at = day_start(day, zone_of(CHANNEL)) + timedelta(hours=10, minutes=i % 60)
            sellers = f"SELLER{i}" if here or always[i] else ""
            rows.append(offers_told(shop, i, day, at, by="us", minor=int(shop.price_minor[i]), sellers=sellers))
        if rows:
            yield sheet_of("amazon_offer_notifications", rows, day)


def _days(shop: FactShop, world: World, rng: np.random.Generator, key: str) -> Iterator[Sheet]:
    """Orders, traffic and ads of each day."""
    n = len(shop.sku)
    sways = np.exp(LUMPY * rng.standard_normal((HISTORY_DAYS // 7 + 1, n)) - LUMPY * LUMPY / 2)
    off = shop.having("gone", "deleted", "told_deleted", "ads_wasted", "off_with_its_ads")
    partly, dear = shop.having("words", "seller"), shop.having("too_dear")
    unshown = shop.having("ads_stopped", "ads_paused", "ads_paused_untold", "off_with_its_ads")
    advertised = unshown | shop.having("ads_wasted") | (rng.random(n) < ADVERTISED)
    quiet = advertised & ~unshown & ~shop.having("ads_wasted") & (rng.random(n) < QUIET)
    for ago in range(HISTORY_DAYS, 0, -1):
        day, now = TODAY - timedelta(days=ago), ago <= shop.since
        mean = shop.rate * world.demand.week_from_monday[day.weekday()] * sways[ago // 7]
        left = np.select([off & now, partly & now, dear & now], [0.0, 1 - shop.share, 1 - DEAR_TAKES], 1.0)
        units = rng.poisson(mean * left)
        views = np.maximum(units, rng.poisson(mean * np.where(off & now, 0.0, 1.0) / world.demand.conversion))
        who = np.repeat(np.arange(n), units)
        yield orders_of(shop.sku, shop.price_minor, [f"{key} third {ago} {i}" for i in range(len(who))], who, day)
        yield traffic_of(shop.sku, shop.price_minor, units, views, day)
        bought = np.where(off & now, 0.0, mean)
        yield _ads(shop, np.flatnonzero(advertised), (mean, bought), quiet, unshown & now, day, rng)


def _ads(  # noqa: PLR0913
    shop: FactShop,
    at: Ints,
    means: tuple[Floats, Floats],
    quiet: Ints,
    unshown: Ints,
    day: date,
    rng: np.random.Generator,
) -> Sheet:
    """What each campaign was shown, cost and sold on a day; one that is not shown has a row of noughts, if paused.

    `means` are the units listings would sell a day, as ads are shown and clicked, and those that can be bought.
    """
    mean, bought = means
    shown = rng.poisson(np.where(quiet, QUIET_SHOWN, mean * AD_SHARE * SHOWN_A_UNIT))
    rows = []
    for i in at.tolist():
        dark = bool(unshown[i])
        if dark and not shop.role[i].startswith("ads_paused"):
            continue
        orders = 0 if dark else int(rng.poisson(bought[i] * AD_SHARE))
        spend = 0 if dark else round(float(mean[i]) * AD_SHARE * float(shop.price_minor[i]) * AD_COST)
        rows.append(
            {
                **{"campaign": f"campaign {shop.sku[i]}", "sku": shop.sku[i], "item_id": shop.sku[i]},
                **{"from_day": day, "to_day": day, "currency": CURRENCY},
                "campaign_status": "paused" if dark and shop.role[i] == "ads_paused" else "enabled",
                "impressions": 0 if dark else int(shown[i]),
                **{"clicks": orders, "spend_minor": spend, "orders": orders, "units": orders},
                "sales_minor": orders * int(shop.price_minor[i]),
                "own_sales_minor": orders * int(shop.price_minor[i]),
            }
        )
    return sheet_of("ads_csv", rows, day + timedelta(days=1), day)

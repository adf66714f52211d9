"""Other sellers' prices and our own deals in the second light world: what is wrong, and what only looks so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from ..core.clock import day_start
from .fact_sheets import CHANNEL, CURRENCY, TODAY, FactShop, offers_told, sheet_of, subject
from .parameters import World
from .sheets import Sheet, zone_of

HELD_BY_RIVAL = ("undercut", "undercut_lately", "too_deep", "under_our_floor", "map", "map_exempt", "map_cents")
"""Where another seller is featured for part of the views: that part of the sales is his."""
MESSAGE_DAYS = 14
"""Days of messages: more than any of these rules believes."""
MESSAGE = 0.5
"""Chance of a day that the marketplace tells of an item's offers, where another seller is on it: assumed."""
SHARE_RIVALS = 0.3
"""Healthy listings on which another seller is, asking more than we do: assumed."""
FLASH, FLASH_HOURS, FLASH_UNDER = 0.1, (1, 12), (0.01, 0.2)
"""Chance of a day that he is featured for some hours, how many, and by how much he is under us then: assumed."""
MESSAGE_LOST = 0.02
"""Messages that never come, such as that we are featured again: assumed; the marketplace promises none."""
UNDER = {
    "undercut": (0.01, 0.1),
    "undercut_lately": (0.01, 0.1),
    "too_deep": (0.12, 0.3),
    "under_our_floor": (0.03, 0.1),
    "map": (0.05, 0.25),
    "map_exempt": (0.05, 0.25),
    "map_cents": (0.002, 0.015),
}
"""How far the other seller who is featured lies under our price, by role, uniform: assumed.

Under our own least price nobody can follow; in a deal the marketplace runs the brand exempts sellers from the agreed
price; cents are rounding.
"""
SHARE_MAP = 0.2
"""Healthy listings with an agreed price: assumed. Ours is then the agreed one."""
FLOOR, FLOOR_TOLD = 0.7, 0.5
"""Our least price as part of our price, and listings with one in the list: assumed."""
SHARE_DEALS, DEALS_FROM = 0.25, (-10, 7)
"""Listings with a deal that begins so many days from today, uniform: assumed, the weeks before a large event."""
NOT_LIVE, CANCELLED, DRAFT, MENDED = 0.1, 0.05, 0.05, 0.05
"""Deals the marketplace holds back; those we cancelled, never sent in, or have mended since: assumed."""
PENDING = 0.4
"""Of deals that begin later than tomorrow, those not approved yet, which will be: assumed."""


def rivals(shop: FactShop, rng: np.random.Generator) -> Iterator[Sheet]:
    """Messages about offers, day by day, and our own list of price rules."""
    n = len(shop.sku)
    there = shop.having(*HELD_BY_RIVAL) | (rng.random(n) < SHARE_RIVALS)
    price = shop.price_minor
    under = np.array([rng.uniform(*UNDER.get(role, (0.0, 0.0))) for role in shop.role])
    his = np.rint(price * (1 - under)).astype(np.int64)
    for ago in range(MESSAGE_DAYS, -1, -1):
        day, rows = TODAY - timedelta(days=ago), []
        for i in np.flatnonzero(there).tolist():
            held = shop.role[i] in HELD_BY_RIVAL and ago <= shop.since[i]
            hour = int(rng.integers(0, 8))
            if rng.random() < MESSAGE:
                rows.append(_told(shop, i, day, hour, "other" if held else "us", int(his[i] if held else price[i])))
            if not held and rng.random() < FLASH:
                low = int(price[i] * (1 - rng.uniform(*FLASH_UNDER)))
                rows.append(_told(shop, i, day, hour, "other", low))
                if rng.random() >= MESSAGE_LOST:
                    hour += int(rng.integers(FLASH_HOURS[0], FLASH_HOURS[1] + 1))
                    rows.append(_told(shop, i, day, hour, "us", int(price[i])))
        yield sheet_of("amazon_offer_notifications", [r for r in rows if r["at"] < _now()], day)
    yield _price_rules(shop, rng)


def _now() -> Any:
    return day_start(TODAY, zone_of(CHANNEL)) + timedelta(hours=8)


def _told(shop: FactShop, at: int, day: date, hour: int, who: str, featured: int) -> dict[str, Any]:  # noqa: PLR0913
    moment = day_start(day, zone_of(CHANNEL)) + timedelta(hours=hour, minutes=at % 60)
    return offers_told(shop, at, day, moment, by=who, minor=featured, sellers=f"SELLER{at}")


def _price_rules(shop: FactShop, rng: np.random.Generator) -> Sheet:
    """Least prices, and agreed prices, which are ours."""
    rows = []
    for i, sku in enumerate(shop.sku):
        role, price = shop.role[i], int(shop.price_minor[i])
        least, agreed = rng.random() < FLOOR_TOLD, role == "" and rng.random() < SHARE_MAP
        floor = None
        if role == "under_our_floor":
            floor = round(price * 0.99)
        elif least:
            floor = round(price * FLOOR)
        map_ = price if agreed or role.startswith("map") else None
        if floor or map_:
            rows.append({"sku": sku, "min_minor": floor, "map_minor": map_, "currency": CURRENCY})
    return sheet_of("price_rules_csv", rows)


def deals(shop: FactShop, world: World, rng: np.random.Generator, *, planted: bool) -> list[Sheet]:
    """Deals as the marketplace tells them today, and three days ago those that were held back then."""
    now: list[dict[str, Any]] = []
    before: list[dict[str, Any]] = []
    for i in np.flatnonzero(rng.random(len(shop.sku)) < SHARE_DEALS).tolist():
        first = TODAY + timedelta(days=int(rng.integers(DEALS_FROM[0], DEALS_FROM[1] + 1)))
        last = first + timedelta(days=world.demand.promotion_days - 1)
        state, luck = _state(rng, first), rng.random()
        bounds = np.cumsum([NOT_LIVE, CANCELLED, DRAFT, MENDED])
        wrong = luck < bounds[0]
        if wrong:
            state = str(rng.choice(["needs_attention", "rejected", "suppressed"])) if planted else state
        elif luck < bounds[2]:
            state = "cancelled" if luck < bounds[1] else "draft"
        elif luck < bounds[3]:
            before.append(_deal(shop, i, first, last, "needs_attention"))
        now.append(_deal(shop, i, first, last, state))
        if state == "approved":
            shop.deals.append((i, first, last))
        if wrong and planted and last >= TODAY:
            more = shop.a_day[i] * (world.demand.promotion_lift - 1)
            days = (last - max(first, TODAY)).days + 1
            shop.truth["promotion_not_live", subject(now[-1]["promotion_id"])] = float(more * days)
    sheets = [sheet_of("amazon_deals", now)]
    return [sheet_of("amazon_deals", before, TODAY - timedelta(days=3)), *sheets] if before else sheets


def _state(rng: np.random.Generator, first: date) -> str:
    waits = (first - TODAY).days > 1 and rng.random() < PENDING
    return "pending" if waits else "approved"


def _deal(shop: FactShop, at: int, first: date, last: date, state: str) -> dict[str, Any]:
    live = state == "approved" and first < TODAY
    return {
        "promotion_id": f"deal-{shop.sku[at]}",
        "item_id": shop.sku[at],
        "kind": "best_deal",
        "name": f"Deal {shop.sku[at]}",
        "state": state,
        "from_day": first,
        "to_day": last,
        "units": 1 + round(float(shop.rate[at])) if live else 0,
        "currency": CURRENCY,
    }

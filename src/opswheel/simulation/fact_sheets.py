"""What the light worlds of facts share: a shop with its truth, and sheets of its listings, orders and visits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from ..core.clock import day_start
from ..core.identity import DEFAULT_ACCOUNT
from ..core.money import Floats
from .catalog import Flags, Ints
from .sheets import Column, Sheet, zone_of

CHANNEL, CURRENCY = "amazon:US", "USD"
TODAY = date(2026, 9, 21)
"""A Monday without a peak near it."""
FEATURED_PERCENT = 97.0
"""Views in which a healthy offer is the featured one: assumed."""


@dataclass
class FactShop:
    """One shop; `age` is days since each listing was opened, `rate` units a day once grown and well.

    `role` says what is wrong, or looks so, with a listing (`""` is healthy), `share` how much it takes, `since` how
    many days ago that began; `truth` holds dollars by (rule, subject): both as a row names them.
    `accuracy` is what the product would have kept of its forecasts.
    """

    sku: list[str]
    price_minor: Ints
    rate: Floats
    age: Ints
    role: list[str]
    share: Floats
    since: Ints
    deals: list[tuple[int, date, date]] = field(default_factory=list)
    truth: dict[tuple[str, str], float] = field(default_factory=dict)
    sheets: list[Sheet] = field(default_factory=list)
    accuracy: list[dict[str, Any]] = field(default_factory=list)

    @property
    def a_day(self) -> Floats:
        """Dollars a day each listing sells for when all is well."""
        return np.asarray(self.rate * self.price_minor / 100.0)

    def having(self, *roles: str) -> Flags:
        """Listings with one of these roles."""
        return np.isin(self.role, roles)


def subject(*parts: str) -> str:
    """The key of a listing, or of what is none, as rules write it."""
    return "|".join((DEFAULT_ACCOUNT, CHANNEL, *parts))


def morning(sku: list[str], price_minor: Ints, opened: list[date], categories: int) -> list[Sheet]:
    """What the snapshots of the morning say: everything is live and in stock."""
    n = len(sku)
    listings: dict[str, Column] = {
        "sku": sku,
        "item_id": sku,
        "title": [f"Item {s}" for s in sku],
        "category": [f"category {i % categories}" for i in range(n)],
        "status": ["active"] * n,
        "price_minor": price_minor,
        "currency": [CURRENCY] * n,
        "opened_on": opened,
    }
    stock: dict[str, Column] = {name: list(sku) for name in ("sku", "fnsku", "item_id")}
    stock |= {"sellable_units": [5000] * n, "inbound_shipped_units": [0] * n}
    return [
        Sheet("amazon_all_listings", CHANNEL, TODAY, listings),
        Sheet("amazon_fba_inventory", CHANNEL, TODAY, stock),
    ]


def orders_of(sku: list[str], price_minor: Ints, orders: list[str], who: Ints, day: date) -> Sheet:
    """The orders of a day, one unit each; `who` numbers the listing of each."""
    start = day_start(day, zone_of(CHANNEL))
    columns: dict[str, Any] = {
        "order": orders,
        "sku": [sku[i] for i in who],
        "item_id": [sku[i] for i in who],
        "at": [start + timedelta(seconds=20 + i % 70_000) for i in range(len(who))],
        "units": [1] * len(who),
        "currency": [CURRENCY] * len(who),
        "line_minor": price_minor[who],
    }
    return Sheet("amazon_orders", CHANNEL, day + timedelta(days=1), columns, day)


def traffic_of(  # noqa: PLR0913
    sku: list[str], price_minor: Ints, units: Ints, views: Ints, day: date, featured: Floats | None = None
) -> Sheet:
    """Visits and sales of a day's items that were looked at; `featured` is the featured share of each in per cent."""
    at = np.flatnonzero(views > 0)
    columns: dict[str, Any] = {
        "item_id": [sku[i] for i in at],
        "sessions": np.ceil(views[at] / 1.2).astype(int),
        "page_views": views[at],
        "featured_percent": np.full(len(at), FEATURED_PERCENT) if featured is None else featured[at],
        "units": units[at],
        "sales_minor": units[at] * price_minor[at],
        "currency": [CURRENCY] * len(at),
    }
    return Sheet("amazon_sales_and_traffic", CHANNEL, day + timedelta(days=1), columns, day)


def order_hash(key: str, order: str) -> str:
    """An order's id as facts hold it."""
    return hashlib.sha256((key + order).encode()).hexdigest()


def offers_told(  # noqa: PLR0913
    shop: FactShop, at: int, day: date, moment: datetime, *, by: str, minor: int, sellers: str
) -> dict[str, Any]:
    """A message about an item's offers: who is featured at which price, and who else sells it (`""`: nobody)."""
    return {
        "item_id": shop.sku[at],
        "condition": "new",
        "told": "offers",
        "at": moment,
        "day": day,
        "updated_at": moment,
        "featured_by": by,
        "eligible": True,
        "sellers": sellers,
        "offer_count": 2 if sellers else 1,
        "our_price_minor": int(shop.price_minor[at]),
        "featured_price_minor": minor,
        "currency": CURRENCY,
    }


def sheet_of(report: str, rows: Sequence[dict[str, Any]], day: date = TODAY, of_day: date | None = None) -> Sheet:
    """Rows of one report as a sheet; each row names the same columns."""
    columns: dict[str, Column] = {name: [r[name] for r in rows] for name in rows[0]} if rows else {}
    return Sheet(report, CHANNEL, day, columns, of_day)

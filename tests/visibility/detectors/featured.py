"""One shop for the three featured-offer rules: shares before and on the last three settled days, and who looked."""

from __future__ import annotations

from datetime import datetime, time
from functools import cache
from typing import Any

from opswheel.core.contracts import INTENT, OFFER_CHANGES, OFFERS, STOCK, SUPPRESSIONS
from opswheel.core.settings import Settings

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

Shares = tuple[float, float, float, float]
SHARES: dict[str, Shares] = {
    # SKU: our share of its item's page views until four days ago, then 3, 2 and 1 days ago
    "neighbour": (0.9, 0.9, 0.9, 0.9),
    "always shared": (0.45, 0.45, 0.45, 0.45),
    "other": (0.9, 0.45, 0.45, 0.45),
    "nobody looked": (0.9, 0.45, 0.45, 0.45),
    "us at noon": (0.9, 0.45, 0.45, 0.45),
    "looked before": (0.9, 0.45, 0.45, 0.45),
    "none": (0.9, 0.0, 0.0, 0.0),
    "ineligible": (0.9, 0.0, 0.0, 0.0),
    "ineligible, none": (0.9, 0.0, 0.0, 0.0),
    "ineligible, no fall": (0.9, 0.9, 0.9, 0.9),
    "one bad day": (0.9, 0.9, 0.9, 0.0),
    "two bad days": (0.9, 0.9, 0.0, 0.0),
    "back again": (0.9, 0.0, 0.0, 0.9),
    "ten points": (0.9, 0.8, 0.8, 0.8),
    "nine points": (0.9, 0.81, 0.81, 0.81),
    "hero, five points": (0.9, 0.85, 0.85, 0.85),
    "hero, four points": (0.9, 0.86, 0.86, 0.86),
    "none, ten points": (0.9, 0.8, 0.8, 0.8),
    "none, nine points": (0.9, 0.81, 0.81, 0.81),
    "ineligible, ten points": (0.9, 0.8, 0.8, 0.8),
    "ineligible, nine points": (0.9, 0.81, 0.81, 0.81),
    "told other": (0.9, 0.45, 0.45, 0.45),
    "told none": (0.9, 0.0, 0.0, 0.0),
    "told none, used": (0.9, 0.0, 0.0, 0.0),
    "told none before": (0.9, 0.0, 0.0, 0.0),
    "told none, then us": (0.9, 0.45, 0.45, 0.45),
    "told none, then nothing": (0.9, 0.0, 0.0, 0.0),
    "told by price": (0.9, 0.0, 0.0, 0.0),
    "told by price, then well": (0.9, 0.0, 0.0, 0.0),
    "looked other, told none": (0.9, 0.0, 0.0, 0.0),
    "told none, looked other": (0.9, 0.0, 0.0, 0.0),
    "looked none, told by price": (0.9, 0.0, 0.0, 0.0),
    "30 views": (0.9, 0.45, 0.45, 0.45),
    "15 views": (0.9, 0.45, 0.45, 0.45),
    "15 views, ten days": (0.9, 0.45, 0.45, 0.45),
    "11 points on one day of many views": (0.9, 0.9, 0.9, 0.79),
    "11 points on one day of few": (0.9, 0.9, 0.9, 0.79),
    "no rows": (0.9, 0.0, 0.0, 0.0),
    "1.00 a day": (0.9, 0.45, 0.45, 0.45),
    "0.95 a day": (0.9, 0.45, 0.45, 0.45),
    "none, 1.00 a day": (0.9, 0.0, 0.0, 0.0),
    "none, 0.95 a day": (0.9, 0.0, 0.0, 0.0),
    "ineligible, 1.00 a day": (0.9, 0.0, 0.0, 0.0),
    "ineligible, 0.95 a day": (0.9, 0.0, 0.0, 0.0),
    "out of stock": (0.9, 0.0, 0.0, 0.0),
    "low, then sold out": (0.9, 0.0, 0.0, 0.0),
    "suppressed": (0.9, 0.0, 0.0, 0.0),
    "hidden": (0.9, 0.45, 0.45, 0.45),
    "discontinued": (0.9, 0.45, 0.45, 0.45),
}
LOOKS: dict[str, dict[str, Any]] = {
    "other": {"featured_by": "other", "eligible": True, "featured_price_minor": 1899},
    "us at noon": {"featured_by": "us", "eligible": True},
    "looked before": {"featured_by": "none", "eligible": False, "day": ago(9)},
    "none": {"featured_by": "none", "eligible": True},
    "ineligible": {"featured_by": "other", "eligible": False},
    "ineligible, none": {"featured_by": "none", "eligible": False},
    "ineligible, no fall": {"featured_by": "other", "eligible": False},
}
BY_OTHER: dict[str, Any] = {"featured_by": "other", "eligible": True, "featured_price_minor": 1899}
LOOKS |= {
    sku: {**told, "day": ago(2), "report": "walmart_buybox"}
    for sku, told in (
        ("looked other, told none", BY_OTHER),
        ("told none, looked other", BY_OTHER),
        ("looked none, told by price", {"featured_by": "none", "eligible": True}),
    )
}
PRICE: dict[str, Any] = {"told": "pricing_health", "eligible": False, "cause": "COMPETITIVE_PRICE"}
MESSAGES: dict[str, list[tuple[int, dict[str, Any]]]] = {
    # SKU: so many days ago, what a message told of its item's offers
    "neighbour": [(2, {"featured_by": "none"}), (2, PRICE)],
    "told other": [(2, {"featured_by": "other", "featured_price_minor": 1750})],
    "told none": [(4, {"featured_by": "other", "featured_price_minor": 1750}), (2, {"featured_by": "none"})],
    "told none, used": [(2, {"featured_by": "none", "condition": "used"})],
    "told none before": [(4, {"featured_by": "none"}), (4, PRICE)],
    "told none, then us": [(3, {"featured_by": "none"}), (2, {"featured_by": "us", "eligible": True})],
    "told none, then nothing": [(3, {"featured_by": "none"}), (2, {"featured_price_minor": 1750})],
    "told by price": [(3, {"featured_by": "none", "eligible": True}), (2, PRICE)],
    "told by price, then well": [(3, PRICE), (2, {"featured_by": "none", "eligible": True})],
    "looked other, told none": [(2, {"featured_by": "none"})],
    "told none, looked other": [(3, {"featured_by": "none"})],
    "looked none, told by price": [(1, PRICE)],
}
VIEWS = {
    **{f"{kind}{points} points": 200 for kind in ("", "none, ", "ineligible, ") for points in ("ten", "nine")},
    **dict.fromkeys(("hero, five points", "hero, four points"), 900),
    "30 views": 10,
    "15 views": 5,
    "15 views, ten days": 5,
    "11 points on one day of many views": 400,
    "11 points on one day of few": 100,
}
PRICES = {
    "1.00 a day": 2.0,
    "0.95 a day": 1.9,
    "none, 1.00 a day": 1.0,
    "none, 0.95 a day": 0.95,
    "ineligible, 1.00 a day": 1.0,
    "ineligible, 0.95 a day": 0.95,
}
BOTH = ("A of one item", "B of one item")


def _look_of(sku: str) -> dict[str, Any] | None:
    if sku in LOOKS:
        return LOOKS[sku]
    kind = sku.partition(",")[0]
    return LOOKS[kind] if kind in ("none", "ineligible") else None


def _message(sku: str, n: int, told: dict[str, Any]) -> dict[str, Any]:
    at = datetime.combine(ago(n), time(20 if told.get("told") else 19))
    usual = {"item_id": sku, "day": ago(n), "at": at, "updated_at": at, "condition": "new", "told": "offers"}
    return usual | told


def the_shop() -> Scene:
    """Every item sells a unit a day, on 100 views unless said otherwise."""
    heroes = [s for s in SHARES if s.startswith("hero")]
    pinned = {f"{US}/{s}": 1 if s in heroes else 2 for s in SHARES}
    scene = Scene(settings=Settings.model_validate({"tiers": {"pinned": pinned}}))
    for sku, (before, *now) in SHARES.items():
        price = PRICES.get(sku, 20.0)
        category = "silent" if sku == "no rows" else None  # its silence is no season of the others
        listed(scene, sku, price_minor=round(price * 100), category=category)
        scene.sells(sku, 1, days=days(60, 4), price=price, share=before, views=VIEWS.get(sku, 100))
        for n, share in zip((3, 2, 1), now, strict=True):
            if sku != "no rows":
                scene.sells(sku, 1, days=[ago(n)], price=price, share=share, views=VIEWS.get(sku, 100))
        look_ = _look_of(sku)
        if look_:
            scene.add(OFFERS, [{"sku": sku, "item_id": sku, **look_}])
    scene.add(OFFER_CHANGES, [_message(sku, n, told) for sku, rows in MESSAGES.items() for n, told in rows])
    long = "15 views, ten days"
    for row in scene.rows["traffic"]:
        if row["item_id"] == long and row["to_day"] >= ago(10):
            row["featured_view_hundredths"] = 5 * 45
    for sku in ("a day a week", "half of the days"):
        listed(scene, sku)
        low = {n for n in range(1, 61) if n % (7 if sku == "a day a week" else 2) == 1}
        for n in range(60, 0, -1):
            scene.sells(sku, 1, days=[ago(n)], share=0.3 if n in low else 0.9)
    for sku, few in (("5 views a day, back again", 5), ("20 views a day, back again", 20)):
        listed(scene, sku).sells(sku, 1, days=days(60, 15), share=0.9, views=few)
        scene.sells(sku, 1, days=days(14, 4), share=0, views=few)
        scene.sells(sku, 1, days=days(3, 1), share=0.9, views=few)
    for sku in BOTH:
        listed(scene, sku, item_id="ONE ITEM")
    scene.sells("ONE ITEM", 4, days=days(60, 4), share=0.9).sells("ONE ITEM", 4, days=days(3, 1), share=0.45)
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed", "since_day": ago(3)}])
    scene.add(SUPPRESSIONS, [{"sku": "hidden", "state": "search_suppressed"}])
    scene.add(STOCK, [{"sku": "out of stock", "sellable_units": n, "day": ago(d)} for d, n in ((4, 9), (3, 0), (0, 0))])
    scene.add(STOCK, [{"sku": "neighbour", "sellable_units": 900}])
    held = ((4, 900), (3, 900), (1, 0), (0, 900))
    scene.add(STOCK, [{"sku": "low, then sold out", "sellable_units": n, "day": ago(d)} for d, n in held])
    scene.add(STOCK, [{"sku": "out of stock", "sellable_units": 0, "day": ago(1)}])
    scene.add(INTENT, [{"sku": "discontinued", "intent": "discontinued"}])
    return abroad(scene)


@cache
def looked() -> Looked:
    """What the rules say of that shop."""
    return look(the_shop())

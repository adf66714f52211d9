"""Another seller appeared on an item only we had sold."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from opswheel.core.contracts import OFFER_CHANGES, STOCK

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

MESSAGES: dict[str, tuple[tuple[int, str], ...]] = {
    # SKU: so many days ago, the other sellers the message told of
    "neighbour": ((40, ""), (4, ""), (1, "")),
    "never told of": (),
    "one came": ((40, ""), (4, ""), (2, "A1"), (1, "A1")),
    "two came": ((40, ""), (1, "A1 A2")),
    "came and went": ((40, ""), (4, "A1"), (1, "")),
    "always shared": ((40, "A1"), (4, "A1"), (1, "A1")),
    "shared, then ours, then shared": ((40, "A1"), (4, ""), (1, "A1")),
    "only one message": ((1, "A1"),),
    "ours too long ago": ((61, ""), (1, "A1")),
    "used offers": ((40, ""), (1, "A1")),
    "inactive": ((40, ""), (1, "A1")),
    "sold out": ((40, ""), (1, "A1")),
    "worth 0.95 a day": ((40, ""), (1, "A1")),
}
NEW = ["new_seller"]
EXPECTED = {
    "neighbour": [],
    "never told of": [],
    "one came": NEW,
    "two came": NEW,
    "came and went": [],
    "always shared": [],
    "shared, then ours, then shared": [],
    "only one message": [],
    "ours too long ago": [],
    "used offers": [],
    "inactive": ["listing_inactive"],
    "sold out": ["out_of_stock"],
    "worth 0.95 a day": [],
}


def _message(sku: str, day: int, sellers: str) -> dict[str, Any]:
    at = datetime.combine(ago(day), time(20))
    told: dict[str, Any] = {"told": "offers", "condition": "used" if sku == "used offers" and sellers else "new"}
    told |= {"item_id": sku, "day": ago(day), "at": at, "updated_at": at}
    return told | {"sellers": sellers or None, "featured_by": "other" if sellers else "us"}


def the_shop() -> Scene:
    scene = Scene()
    for sku, told in MESSAGES.items():
        price = 9.5 if sku == "worth 0.95 a day" else 20.0
        listed(scene, sku, price_minor=round(price * 100), status="inactive" if sku == "inactive" else "active")
        scene.sells(sku, 1, days=days(42, 1), price=price)
        scene.add(OFFER_CHANGES, [_message(sku, day, sellers) for day, sellers in told])
    noon = datetime.combine(ago(1), time(12))
    health = {**_message("one came", 1, ""), "told": "pricing_health", "at": noon + timedelta(hours=9)}
    scene.add(OFFER_CHANGES, [health])  # speaks of our offer only: the other seller is still there
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_seller_who_was_not_there_before_is_told_on_items_that_were_ours_alone(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed if r["kind"] == "new_seller"} == {US}


def test_it_began_with_the_first_message_that_told_of_somebody_else(looked: Looked) -> None:
    row = looked.signal("new_seller", "one came")
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (ago(2), ago(4), ago(1))
    assert looked.said("new_seller", "one came") == "Another seller is on an item only we sold"
    assert looked.said("new_seller", "two came") == "2 others are on an item only we sold"

"""A listing that sold is gone from the list of all listings, and nobody here ended it."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import INTENT, LISTINGS, STRANDED

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look

GONE = ("gone", "gone lately", "gone today", "slow", "cheap", "ended by us", "renamed", "off before", "stranded", "old")
EXPECTED = {
    "neighbour": [],
    "gone": ["listing_missing"],
    "gone lately": ["listing_missing"],
    "gone today": [],  # one list may be cut short
    "slow": [],
    "cheap": [],
    "ended by us": [],
    "renamed": [],
    "renamed, new": [],
    "off before": [],
    "stranded": ["stranded_stock"],
    "old": [],
}
LAST = {"gone lately": 2, "gone today": 1, "old": 62}
"""How many days ago each was last listed, 9 unless it says otherwise."""


def the_shop() -> Scene:
    scene = Scene()
    stays = ("neighbour", *(f"kept {n}" for n in range(20)))
    for n in (62, 61, 9, 8, 2, 1, 0):
        listed(scene, *stays, day=ago(n))
        for sku in GONE:
            if n >= LAST.get(sku, 9):
                state = "inactive" if (sku, n) == ("off before", 9) else "active"
                listed(scene, sku, day=ago(n), status=state, price_minor=20 if sku == "cheap" else 2000)
    listed(scene, "renamed, new", day=ago(8))
    listed(scene, "renamed, new", day=ago(0))
    for row in scene.rows["listings"]:
        row["item_id"] = row["sku"].removesuffix(", new")
    for sku in (*GONE, *stays):
        span = days(90, LAST.get(sku, 9) + 1 if sku in GONE and sku != "renamed" else 1)
        price = 0.2 if sku == "cheap" else 20.0
        scene.sells(sku, 1, days=span[::14] if sku == "slow" else span, price=price)
    scene.add(INTENT, [{"sku": "ended by us", "intent": "discontinued"}])
    scene.add(STRANDED, [{"sku": "stranded", "item_id": "stranded", "day": ago(0), "sellable_units": 9}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_what_was_there_and_sold_is_missed(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_nothing_is_missed_abroad(looked: Looked) -> None:
    assert looked.errors == []
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == ("listing_missing", CA)]


def test_it_went_between_the_last_list_with_it_and_the_first_without(looked: Looked) -> None:
    row = looked.signal("listing_missing", "gone")
    assert (row["last_good_day"], row["onset_day"], row["seen_day"]) == (ago(9), ago(8), ago(0))
    assert looked.said("listing_missing", "gone") == f"Gone from the list of listings: sold 1.0 a day until {ago(9)}"


def test_a_month_of_what_it_sold_while_it_was_there_is_at_risk_however_long_it_is_gone(looked: Looked) -> None:
    for sku in ("gone", "gone lately"):
        row = looked.signal("listing_missing", sku, US)
        assert row["share_state"] == "sales_at_once"
        assert row["baseline"] == pytest.approx(1.0, rel=0.05)
        assert row["amount_at_risk"] == pytest.approx(600.0, rel=0.05)


def test_a_list_that_names_only_some_listings_takes_none_away() -> None:
    scene = the_shop()
    for row in scene.rows[LISTINGS.name]:
        row["report"] = "amazon_active_listings"
    assert not [r for r in look(scene).observed if r["kind"] == "listing_missing"]

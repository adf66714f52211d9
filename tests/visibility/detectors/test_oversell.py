"""One system offers more of a shared stock than another, which counts the units, holds."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import LISTINGS, STOCK
from opswheel.core.settings import Settings

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look

BOOKS: dict[str, tuple[int | None, int | None]] = {
    # SKU: units the listing offers, units our own stock list counts; each sells a unit a day at 20.00
    "neighbour": (40, 40),
    "buffer kept": (10, 40),
    "offers too much": (40, 3),
    "nothing left": (40, 0),
    "plenty for a week": (40, 30),
    "below zero": (0, -3),
    "below zero and offered": (20, -3),
    "nine in a hundred": (100, 91),
    "nobody counts": (40, None),
    "inactive": (40, 0),
    "at the marketplace": (None, 0),
}
EXPECTED: dict[str, tuple[str, float]] = {
    # SKU: the state its money goes by, the orders expected beyond the units there in a week, at 20.00
    "offers too much": ("sales_at_once", 4 * 20.0),
    "nothing left": ("oversold", 7 * 20.0),
    "below zero": ("oversold", 3 * 20.0),
    "below zero and offered": ("oversold", 10 * 20.0),
}


def the_shop() -> Scene:
    scene = Scene()
    for sku, (offered, held) in BOOKS.items():
        fulfillment = "marketplace" if offered is None else "merchant"
        status = "inactive" if sku == "inactive" else "active"
        listed(scene, sku, fulfillment=fulfillment, quantity_units=offered, status=status)
        scene.sells(sku, 1, days=days(42, 1))
        if held is not None:
            scene.add(STOCK, [{"sku": sku, "fulfillment": fulfillment, "sellable_units": held}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def test_only_what_may_be_sold_twice_is_told(looked: Looked) -> None:
    assert looked.errors == []
    rows = {r["sku"]: r for r in looked.signals if r["kind"] == "oversell"}
    assert set(rows) == set(EXPECTED)
    assert {(r["channel"], r["subject_type"]) for r in rows.values()} == {(US, "stock_pool")}


@pytest.mark.parametrize("sku", EXPECTED)
def test_its_money_is_the_orders_of_a_week_beyond_the_units_there(looked: Looked, sku: str) -> None:
    row = looked.signal("oversell", sku)
    assert (row["share_state"], row["amount_at_risk"]) == (EXPECTED[sku][0], pytest.approx(EXPECTED[sku][1]))
    assert row["onset_day"] == ago(0)


def test_what_synchronising_leaves_and_what_lasts_a_week_is_seen_and_cut(looked: Looked) -> None:
    near, week = looked.saw("oversell", "nine in a hundred"), looked.saw("oversell", "plenty for a week")
    assert near is not None and near["observed"] == pytest.approx(0.09)
    assert week is not None and week["amount_at_risk"] == 0.0


def test_the_sentence_names_both_counts(looked: Looked) -> None:
    assert looked.said("oversell", "offers too much") == "40 units offered, 3 held"
    assert looked.said("oversell", "below zero") == "Sold below zero: 3 units are owed"


def shared(settings: dict[str, Any], offered: int = 40) -> list[dict[str, Any]]:
    """What is told of a mug that Amazon and Walmart offer and Shopify counts."""
    scene = Scene(settings=Settings.model_validate({"channels": settings}))
    listed(scene, "mug", fulfillment="merchant", quantity_units=offered)
    for channel in (US, "walmart:US", "shopify:main"):
        scene.sells("mug", 1, days=days(42, 1), channel=channel)
    for channel, units in (("walmart:US", 4), ("shopify:main", 4)):
        listed(scene, "mug", channel=channel, fulfillment="merchant")
        report = {"walmart:US": "walmart_inventory", "shopify:main": "shopify_inventory"}[channel]
        scene.add(
            STOCK,
            [{"channel": channel, "sku": "mug", "fulfillment": "merchant", "sellable_units": units, "report": report}],
        )
    return [r for r in look(scene).signals if r["kind"] == "oversell"]


def test_systems_share_a_stock_only_where_the_settings_say_so() -> None:
    """All three sell a unit a day: 21 in a week, of which 4 are there; Amazon's part of the 17 beyond."""
    pool = {"stock_pool": "warehouse"}
    (row,) = shared({US: pool, "walmart:US": pool, "shopify:main": pool})
    assert (row["channel"], row["subject_key"]) == (US, "main|warehouse/mug")
    assert row["amount_at_risk"] == pytest.approx(7 * (1 - 4 / 21) * 20.0)
    assert shared({}) == []
    assert shared({US: pool, "walmart:US": pool, "shopify:main": pool}, offered=4) == []


def test_an_older_count_does_not_overrule_todays() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": "mug", "item_id": "mug", "fulfillment": "merchant", "quantity_units": 40}])
    scene.sells("mug", 1, days=days(42, 1))
    scene.add(STOCK, [{"sku": "mug", "day": ago(1), "fulfillment": "merchant", "sellable_units": 40}])
    scene.add(STOCK, [{"sku": "mug", "fulfillment": "merchant", "sellable_units": 0}])
    looked = look(scene)
    assert "oversell" in looked.fired("mug") and looked.fired("mug", CA) == []

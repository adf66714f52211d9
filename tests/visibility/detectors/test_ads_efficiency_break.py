"""The same money for ads brings far fewer orders than in the eight weeks before."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from opswheel.core.contracts import ADS, STOCK

from ...factory import Scene, ago, days
from ..looking import CA, Looked, abroad, listed, look

NOW = days(21, 8)  # the fortnight that is told to the end
SPEND = 1000
ADVERTISED: dict[str, dict[str, int]] = {
    # SKU: orders a day in the eight weeks before and in the fortnight, money a day in the fortnight
    "neighbour": {"before": 2, "now": 2},
    "broke": {"before": 2, "now": 1, "every": 2},
    "a fifth less": {"before": 5, "now": 4},
    "four times the money": {"before": 2, "now": 2, "spend": 4 * SPEND},
    "half the money": {"before": 2, "now": 1, "spend": SPEND // 2},
    "this week only": {"before": 2, "now": 2, "this week": 0},
    "cheap": {"before": 2, "now": 0, "spend": 5, "spend before": 5},
    "rarely sold": {"before": 0, "now": 0},
    "off": {"before": 2, "now": 0},
    "sold out": {"before": 2, "now": 0},
}
BROKEN = ["ads_efficiency_break"]
EXPECTED = {
    **{sku: [] for sku in ADVERTISED},
    "broke": BROKEN,
    "four times the money": BROKEN,
    "off": ["listing_inactive"],
    "sold out": ["out_of_stock"],
}


def the_shop() -> Scene:
    scene = Scene()
    for sku, told in ADVERTISED.items():
        listed(scene, sku, status="inactive" if sku == "off" else "active")
        scene.sells(sku, 3, days=days(42, 1))
        before = told.get("spend before", SPEND)
        scene.add(ADS, [_ad(sku, d, before, told["before"]) for d in days(77, 22)])
        every = told.get("every", 1)
        now = [(d, told["now"] if n % every == 0 else 0) for n, d in enumerate(NOW)]
        scene.add(ADS, [_ad(sku, d, told.get("spend", SPEND), orders) for d, orders in now])
        scene.add(ADS, [_ad(sku, d, before, told.get("this week", told["before"])) for d in days(7, 1)])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    return abroad(scene)


def _ad(sku: str, day: Any, spend: int, orders: int) -> dict[str, Any]:
    row = {"campaign": sku, "item_id": sku, "sku": sku, "from_day": day, "to_day": day, "impressions": 900}
    return {**row, "clicks": 20, "spend_minor": spend, "orders": orders, "own_sales_minor": 2000 * orders}


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_money_that_no_longer_brings_orders_is_told_where_the_listing_could_sell(looked: Looked, sku: str) -> None:
    assert [k for k in looked.fired(sku) if k != "ads_wasted"] == EXPECTED[sku]


def test_abroad_all_is_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == ("ads_efficiency_break", CA)]


def test_the_fortnight_ends_a_week_before_the_last_day_told(looked: Looked) -> None:
    row = looked.signal("ads_efficiency_break", "broke")
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (ago(21), ago(22), ago(8))


def test_what_is_wasted_is_the_spend_without_the_orders_it_used_to_bring(looked: Looked) -> None:
    """7 orders where 28 used to come: 1 − 8 ÷ 29 of 10.00 a day for thirty days."""
    row = looked.signal("ads_efficiency_break", "broke")
    assert math.isclose(row["share_lost"], 1 - 8 / 29)
    assert math.isclose(row["amount_at_risk"], 300.0 * (1 - 8 / 29))
    assert json.loads(row["evidence"])["cost_per_order_before"] == 5.0
    assert looked.said("ads_efficiency_break", "broke") == "Ads: 7 orders where 28 used to come for the money"

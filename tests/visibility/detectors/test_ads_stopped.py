"""Ads that were shown almost daily are no longer shown, although the listing can be bought."""

from __future__ import annotations

import math
from typing import Any

import pytest

from opswheel.core.contracts import ADS, STOCK

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

SHOWN: dict[str, tuple[tuple[int, int], ...]] = {
    # SKU: from so many days ago to so many, on which its ads were shown
    "neighbour": ((31, 1),),
    "stopped": ((31, 4),),
    "stopped long before": ((31, 10),),
    "not shown for two days": ((31, 3),),
    "shown on fourteen days": ((31, 18),),
    "shown on thirteen days": ((31, 19),),
    "few impressions": ((31, 4),),
    "hardly sells by ads": ((31, 4),),
    "paused": ((31, 4),),
    "by item": ((31, 4),),
    "inactive": ((31, 4),),
    "sold out": ((31, 4),),
    "weeks, not days": (),
    "never advertised": (),
}
STOPPED = ["ads_stopped"]
EXPECTED = {
    "neighbour": [],
    "stopped": STOPPED,
    "stopped long before": STOPPED,
    "not shown for two days": [],
    "shown on fourteen days": STOPPED,
    "shown on thirteen days": [],
    "few impressions": [],
    "hardly sells by ads": [],
    "paused": [],
    "by item": STOPPED,
    "inactive": ["listing_inactive"],
    "sold out": ["out_of_stock"],
    "weeks, not days": [],
    "never advertised": [],
}


def _ad(sku: str, **more: Any) -> dict[str, Any]:
    few, poor = sku == "few impressions", sku == "hardly sells by ads"
    row = {"campaign": sku, "item_id": sku, "sku": None if sku == "by item" else sku, "campaign_status": "enabled"}
    money = {"spend_minor": 300, "own_sales_minor": 100 if poor else 1000}
    return {**row, **money, "impressions": 99 if few else 200, "clicks": 5, **more}


def the_shop() -> Scene:
    scene = Scene()
    for sku, spans in SHOWN.items():
        listed(scene, sku, status="inactive" if sku == "inactive" else "active")
        scene.sells(sku, 1, days=days(42, 1))
        for first, last in spans:
            scene.add(ADS, [_ad(sku, from_day=d, to_day=d) for d in days(first, last)])
    nothing = {"impressions": 0, "clicks": 0, "spend_minor": 0, "own_sales_minor": 0}
    scene.add(ADS, [_ad("paused", from_day=ago(2), to_day=ago(2), **{**nothing, "campaign_status": "paused"})])
    scene.add(ADS, [_ad("stopped", from_day=ago(2), to_day=ago(2), **nothing)])
    scene.add(ADS, [_ad("weeks, not days", from_day=ago(n + 6), to_day=ago(n)) for n in (25, 18, 11, 4)])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_ads_that_ended_by_themselves_are_told_where_the_listing_could_sell(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed if r["kind"] == "ads_stopped"} == {US}


def test_it_began_the_day_after_they_were_last_shown(looked: Looked) -> None:
    row = looked.signal("ads_stopped", "stopped")
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (ago(3), ago(4), ago(1))
    assert looked.said("ads_stopped", "stopped") == "Ads no longer shown: 200 impressions a day before"


def test_half_of_what_ads_were_credited_with_counts_as_lost(looked: Looked) -> None:
    """10.00 a day credited of 20.00 sold, half of it believed: a quarter of sales."""
    row = looked.signal("ads_stopped", "stopped")
    assert math.isclose(row["share_lost"], 0.25, rel_tol=0.05)  # the pace is shrunk a little to its neighbours'

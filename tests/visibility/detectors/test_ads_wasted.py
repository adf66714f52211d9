"""Ads send shoppers to what they cannot buy."""

from __future__ import annotations

import math
from typing import Any

import pytest

from opswheel.core.contracts import ADS, STOCK, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

SPENT: dict[str, tuple[int, ...]] = {
    # SKU: cents its ads cost 4, 3, 2 and 1 days ago
    "neighbour": (300, 300, 300, 300),
    "suppressed": (300, 300, 300, 300),
    "sold out": (300, 300, 300, 300),
    "went off yesterday": (300, 300, 300, 0),
    "stopped in time": (300, 0, 0, 0),
    "10 dollars a week": (0, 143, 143, 143),
    "9.94 a week": (0, 142, 142, 142),
    "by item": (300, 300, 300, 300),
}
WASTED = ["ads_wasted"]
EXPECTED = {
    "neighbour": [],
    "suppressed": [*WASTED, "listing_suppressed"],
    "sold out": [*WASTED, "out_of_stock"],
    "went off yesterday": ["listing_suppressed"],
    "stopped in time": ["listing_suppressed"],
    "10 dollars a week": [*WASTED, "listing_suppressed"],
    "9.94 a week": ["listing_suppressed"],
    "by item": [*WASTED, "listing_suppressed"],
    "never advertised": ["listing_suppressed"],
}


def _ad(sku: str, n: int, cents: int) -> dict[str, Any]:
    row = {"campaign": sku, "item_id": sku, "sku": None if sku == "by item" else sku}
    return {**row, "from_day": ago(n), "to_day": ago(n), "impressions": 50, "clicks": 1, "spend_minor": cents}


def the_shop() -> Scene:
    scene = Scene()
    off = [s for s in EXPECTED if s not in ("neighbour", "sold out")]
    for sku in EXPECTED:
        listed(scene, sku)
        scene.sells(sku, 1, days=days(42, 5))
        scene.add(ADS, [_ad(sku, n, c) for n, c in zip((4, 3, 2, 1), SPENT.get(sku, ()), strict=False) if c])
    since = {"went off yesterday": ago(1)}
    scene.add(SUPPRESSIONS, [{"sku": s, "state": "suppressed", "since_day": since.get(s, ago(4))} for s in off])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": n, "day": ago(d)} for d, n in ((5, 9), (4, 0), (0, 0))])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_spend_on_what_cannot_be_bought_is_told_beside_its_cause(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed if r["kind"] == "ads_wasted"} == {US}


def test_a_week_of_the_present_spend_is_at_risk(looked: Looked) -> None:
    row = looked.signal("ads_wasted", "suppressed")
    assert (row["onset_day"], row["seen_day"], row["cause"]) == (ago(3), ago(1), "suppressed")
    assert math.isclose(row["amount_at_risk"], 21.0)
    assert looked.said("ads_wasted", "suppressed") == "Ads cost 3.00 a day and nobody can buy it: suppressed"
    assert looked.saw("ads_wasted", "9.94 a week") is not None  # above the loose floor: a back-test may cut lower

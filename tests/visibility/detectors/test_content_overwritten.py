"""Title, brand or category of a live listing are no longer what they were."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, STOCK, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look

OURS = {"title": "Blue mug, 350 ml", "brand": "Hearth", "category": "Mugs"}
CHANGED: dict[str, tuple[dict[str, Any], ...]] = {
    # SKU: what the listings report said 6, 4, 2 and 0 days ago, where it differs from ours
    "neighbour": ({}, {}, {}, {}),
    "another title": ({}, {}, {"title": "CHEAP MUG"}, {"title": "CHEAP MUG"}),
    "another brand": ({}, {}, {}, {"brand": "Generic"}),
    "another category": ({}, {}, {}, {"category": "Vases"}),
    "all three": ({}, {}, {}, {"title": "Vase", "brand": "Generic", "category": "Vases"}),
    "capitals only": ({}, {}, {}, {"title": "BLUE MUG, 350 ML "}),
    "undone": ({}, {"title": "Vase"}, {}, {}),
    "other words at first": ({"title": "Vase"}, {}, {}, {}),
    "no brand told now": ({}, {}, {}, {"brand": None}),
    "inactive": ({}, {}, {}, {"title": "Vase", "status": "inactive"}),
    "suppressed": ({}, {}, {}, {"title": "Vase"}),
    "sold out": ({}, {}, {}, {"title": "Vase"}),
    "said off": ({}, {}, {}, {"title": "Vase"}),
    "9 cents a day": ({}, {}, {}, {"title": "Vase"}),
}
OVERWRITTEN = ["content_overwritten"]
EXPECTED = {
    "neighbour": [],
    "another title": OVERWRITTEN,
    "another brand": OVERWRITTEN,
    "another category": OVERWRITTEN,
    "all three": OVERWRITTEN,
    "capitals only": [],
    "undone": [],
    "other words at first": OVERWRITTEN,
    "no brand told now": [],
    "inactive": ["listing_inactive"],
    "suppressed": ["listing_suppressed"],
    "sold out": ["out_of_stock"],
    "said off": [],
    "9 cents a day": [],
    "long ago": [],
    "another report's words": [],
}


def the_shop() -> Scene:
    scene = Scene()
    for sku, told in CHANGED.items():
        for n, row in zip((6, 4, 2, 0), told, strict=True):
            listed(scene, sku, day=ago(n), **{**OURS, **row})
    listed(scene, "long ago", day=ago(45), **{**OURS, "title": "Vase"})
    for n in (31, 6, 4, 2, 0):
        listed(scene, "long ago", day=ago(n), **OURS)
    listed(scene, "another report's words", **OURS)
    listed(scene, "another report's words", day=ago(4), **{**OURS, "title": "Mug"}, report="amazon_all_listings")
    for sku in EXPECTED:
        scene.sells(sku, 1, days=days(42, 1), price=0.9 if sku == "9 cents a day" else 20.0)
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed"}])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    scene.add(INTENT, [{"sku": "said off", "intent": "discontinued"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_other_words_than_before_are_told_where_the_listing_could_sell(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed if r["kind"] == "content_overwritten"} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "cause", "fields"),
    [
        ("another title", ago(2), ago(4), "title", 1.0),
        ("another brand", ago(0), ago(2), "brand", 1.0),
        ("all three", ago(0), ago(2), "brand", 3.0),
    ],
)
def test_it_began_between_the_last_report_with_our_words_and_the_first_without(
    looked: Looked, sku: str, onset: date, last_good: date, cause: str, fields: float
) -> None:
    row = looked.signal("content_overwritten", sku)
    told = (row["onset_day"], row["last_good_day"], row["seen_day"], row["cause"], row["observed"])
    assert told == (onset, last_good, ago(0), cause, fields)


def test_both_titles_are_shown_as_evidence(looked: Looked) -> None:
    row = looked.signal("content_overwritten", "another title")
    assert '"before": "Blue mug, 350 ml"' in row["evidence"] and '"now": "CHEAP MUG"' in row["evidence"]
    assert looked.said("content_overwritten", "another title") == "Another title than before stands on the page"

"""Another seller is featured under the price the brand agreed with us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from opswheel.core.contracts import OFFER_CHANGES, OFFERS, PRICE_RULES

from ...factory import Scene, ago
from ..looking import CA, Looked, abroad, look, selling

LOOKED_AT: dict[str, list[tuple[int, dict[str, Any]]]] = {
    # SKU: days ago somebody looked, and what was seen; the agreed price is 20.00
    "broken": [(9, {"featured_by": "us"}), (5, {"featured_by": "other", "featured_price_minor": 1700}),
               (1, {"featured_by": "other", "featured_price_minor": 1800})],
    "kept": [(1, {"featured_by": "other", "featured_price_minor": 2000})],
    "two per cent": [(1, {"featured_by": "other", "featured_price_minor": 1961})],
    "ours again": [(2, {"featured_by": "other", "featured_price_minor": 1800}), (1, {"featured_by": "us"})],
    "seen long ago": [(9, {"featured_by": "other", "featured_price_minor": 1800})],
    "no agreement": [(1, {"featured_by": "other", "featured_price_minor": 1000})],
    "neighbour": [(1, {"featured_by": "us", "featured_price_minor": 1500})],
    "told": [],
}  # fmt: skip
BROKEN = {"broken": 0.1, "told": 0.25}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), *LOOKED_AT))
    for sku, seen in LOOKED_AT.items():
        scene.add(OFFERS, [{"sku": sku, "item_id": sku, "day": ago(n), **row} for n, row in seen])
        if sku != "no agreement":
            scene.add(PRICE_RULES, [{"sku": sku, "map_minor": 2000}])
    at = datetime(2026, 11, 21, 20)
    message = {"item_id": "told", "condition": "new", "told": "offers", "at": at, "updated_at": at, "day": ago(1)}
    scene.add(OFFER_CHANGES, [{**message, "featured_by": "other", "featured_price_minor": 1500}])
    return scene.add(OFFERS, [{"channel": CA, "sku": "broken", "day": ago(1), "featured_by": "other"}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", LOOKED_AT)
def test_only_a_fresh_word_of_a_price_under_the_agreed_one_is_told(looked: Looked, sku: str) -> None:
    assert looked.errors == []
    assert looked.fired(sku) == (["map_broken"] if sku in BROKEN else [])


def test_it_is_the_newest_price_and_the_first_day_since_we_were_featured(looked: Looked) -> None:
    row = looked.signal("map_broken", "broken")
    assert (row["observed"], row["onset_day"], row["seen_day"]) == (0.1, ago(5), ago(1))
    assert looked.signal("map_broken", "told")["observed"] == BROKEN["told"]
    assert looked.said("map_broken", "broken") == "Another seller asks 10% less than the agreed price"


def test_no_sale_is_charged_to_it(looked: Looked) -> None:
    assert looked.signal("map_broken", "broken")["share_state"] == "map_breach"


def test_abroad_no_price_was_agreed(looked: Looked) -> None:
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == ("map_broken", CA)]

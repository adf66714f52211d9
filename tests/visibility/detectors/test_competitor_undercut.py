"""Another seller is featured for a little less: a chance, no loss, and nobody is told who did not ask."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import OFFERS, PRICE_RULES, STOCK
from opswheel.core.errors import BadSettings
from opswheel.visibility.detectors import DETECTORS, looking

from ...factory import Scene, ago
from ..looking import CA, Looked, abroad, look, selling

SEEN: dict[str, dict[str, Any]] = {
    "a little": {"featured_by": "other", "featured_price_minor": 1950},
    "a tenth": {"featured_by": "other", "featured_price_minor": 1800},
    "a fifth": {"featured_by": "other", "featured_price_minor": 1600},
    "dearer": {"featured_by": "other", "featured_price_minor": 2100},
    "seen three days ago": {"featured_by": "other", "featured_price_minor": 1950, "day": ago(3)},
    "seen four days ago": {"featured_by": "other", "featured_price_minor": 1950, "day": ago(4)},
    "ours": {"featured_by": "us", "featured_price_minor": 1950},
    "price not told": {"featured_by": "other"},
    "sold out": {"featured_by": "other", "featured_price_minor": 1950},
    "under our least price": {"featured_by": "other", "featured_price_minor": 1950},
    "under the agreed price": {"featured_by": "other", "featured_price_minor": 1950},
    "above both": {"featured_by": "other", "featured_price_minor": 1950},
    "share fell": {"featured_by": "other", "featured_price_minor": 1950},
}
BOUNDS = {
    "under our least price": {"min_minor": 1960},
    "under the agreed price": {"min_minor": 1500, "map_minor": 1960},
    "above both": {"min_minor": 1950, "map_minor": 1900},
}
UNDERCUT = ("a little", "a tenth", "seen three days ago", "above both")


def the_shop() -> Scene:
    scene = selling(Scene(), *SEEN, "neighbour")
    lately = [r for r in scene.rows["traffic"] if r["item_id"] == "share fell" and r["from_day"] >= ago(5)]
    for row in lately:
        row["featured_view_hundredths"] //= 2
    scene.add(OFFERS, [{"sku": sku, "item_id": sku, "day": ago(1), **row} for sku, row in SEEN.items()])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    scene.add(PRICE_RULES, [{"sku": sku, **bounds} for sku, bounds in BOUNDS.items()])
    abroad(scene)
    ours = {"featured_by": "us", "featured_price_minor": 2000}
    return scene.add(OFFERS, [{"channel": CA, "sku": "a little", "day": ago(1), **ours}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop(), detectors=looking(["competitor_undercut"]))


def test_only_a_small_gap_we_may_follow_on_a_listing_that_could_sell_is_a_chance(looked: Looked) -> None:
    assert looked.errors == []
    told = {r["sku"] for r in looked.signals if r["kind"] == "competitor_undercut"}
    assert told == set(UNDERCUT)  # prices of others are old after three days
    assert "featured_offer_lost" in looked.fired("share fell")


def test_what_could_be_won_in_a_month_is_said_beside_the_gap(looked: Looked) -> None:
    row = looked.signal("competitor_undercut", "a little")
    assert row["observed"] == 0.025
    assert row["amount_at_risk"] == pytest.approx(0.3 * 20.0 * 30, rel=0.05)
    assert looked.said("competitor_undercut", "a little") == "Another seller is featured 2.5% under our price"


def test_opportunities_are_silent_until_somebody_asks_for_them() -> None:
    usual = {d.kind for d in looking()}
    off = {d.kind for d in DETECTORS} - usual
    assert off == {d.kind for d in DETECTORS if d.lane == "opportunities"}
    assert {d.kind for d in looking(["competitor_undercut"])} == usual | {"competitor_undercut"}
    with pytest.raises(BadSettings, match="no such rule"):
        looking(["competitor undercut"])

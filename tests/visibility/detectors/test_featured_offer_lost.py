"""The featured offer went to another seller, or to nobody knows whom."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.contracts import OFFERS

from ...factory import Scene, ago, days
from ..looking import US, listed, look
from .featured import BOTH, SHARES, looked

LOST = ["featured_offer_lost"]
EXPECTED = {
    "neighbour": [],
    "always shared": [],
    "other": LOST,
    "nobody looked": LOST,
    "us at noon": LOST,
    "looked before": LOST,
    "one bad day": LOST,
    "two bad days": LOST,
    "back again": [],
    "ten points": LOST,
    "nine points": [],
    "hero, five points": LOST,
    "hero, four points": [],
    "told other": LOST,
    "30 views": LOST,
    "15 views": [],
    "15 views, ten days": LOST,
    "11 points on one day of many views": LOST,
    "11 points on one day of few": [],
    "a day a week": [],
    "half of the days": [],
    "5 views a day, back again": [],
    "20 views a day, back again": [],
    "no rows": [],
    "1.00 a day": LOST,
    "0.95 a day": [],
    "out of stock": ["out_of_stock"],
    "low, then sold out": [],
    "suppressed": ["listing_suppressed"],
    "hidden": [*LOST, "search_suppressed"],
    "discontinued": [],
    "A of one item": LOST,
    "B of one item": LOST,
}


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_fall_is_a_loss_where_the_item_could_have_been_bought(sku: str) -> None:
    assert looked().fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet() -> None:
    assert looked().errors == []
    assert {r["channel"] for r in looked().observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [("other", ago(3), ago(4)), ("two bad days", ago(2), ago(3)), ("A of one item", ago(3), ago(4))],
)
def test_it_begins_on_the_first_low_day_after_the_last_good_one(sku: str, onset: date, last_good: date) -> None:
    row = looked().signal("featured_offer_lost", sku)
    assert (row["onset_day"], row["last_good_day"], row["seen_day"]) == (onset, last_good, ago(1))


@pytest.mark.parametrize("sku", ["other", "two bad days", "ten points", "hero, five points"])
def test_the_share_lost_is_measured_against_the_share_before(sku: str) -> None:
    row = looked().signal("featured_offer_lost", sku)
    before, *now = SHARES[sku]
    share = sum(n for n in now if n < before) / sum(n < before for n in now)
    assert (row["share_state"], row["baseline"]) == ("measured", pytest.approx(before))
    assert row["observed"] == pytest.approx(before - share)
    assert row["share_lost"] == pytest.approx(1 - share / before)
    assert row["loss_per_day"] == pytest.approx(20.0 * (1 - share / before))


def test_both_floors_hold_on_either_side() -> None:
    seen = [looked().saw("featured_offer_lost", s) for s in ("nine points", "0.95 a day", "hero, four points")]
    assert [r and round(r["observed"], 6) for r in seen] == [0.09, 0.45, 0.04]
    assert [r and round(r["loss_per_day"], 6) for r in seen] == [2.0, 0.95, round(20 * 0.04 / 0.9, 6)]
    hero = looked().signal("featured_offer_lost", "hero, five points")
    assert hero["threshold_id"] == "featured_offer_lost.min_drop@tier=1:1"


def test_what_was_seen_before_the_fall_does_not_explain_it() -> None:
    """Nobody has looked for nine days; the list of that day is still the newest there is."""
    scene = Scene()
    for sku, share in (("MUG-1", 0.45), ("MUG-2", 0.9)):
        listed(scene, sku).sells(sku, 1, days=days(60, 4), share=0.9).sells(sku, 1, days=days(3, 1), share=share)
    scene.add(OFFERS, [{"sku": "MUG-1", "item_id": "MUG-1", "day": ago(9), "featured_by": "none", "eligible": False}])
    assert [(r["kind"], r["sku"]) for r in look(scene).signals] == [("featured_offer_lost", "MUG-1")]


def test_two_offers_of_ours_on_one_item_share_its_loss() -> None:
    rows = [looked().signal("featured_offer_lost", s) for s in BOTH]
    assert [r["loss_per_day"] for r in rows] == [pytest.approx(20.0), pytest.approx(20.0)]


def test_the_words_tell_from_where_to_where() -> None:
    assert looked().said("featured_offer_lost", "other") == "Lost the featured offer: 90% → 45% of page views"
    evidence = looked().signal("featured_offer_lost", "other")["evidence"]
    assert '"featured_by": "other"' in evidence and '"featured_price_minor": 1899' in evidence
    assert "featured_by" not in looked().signal("featured_offer_lost", "looked before")["evidence"]
    told = looked().signal("featured_offer_lost", "told other")["evidence"]
    assert '"featured_by": "other"' in told and '"featured_price_minor": 1750' in told

"""The six worked numbers of the money formula, from signal rows and from facts."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import INBOUND, LISTINGS, OFFERS, STOCK, SUPPLY, SUPPRESSIONS
from opswheel.core.money import round6

from ..factory import Scene, ago, days
from .rows import coming, money, names, pool, queue, ranked, signal
from .scenes import morning, sold

HEALTHY = signal("listing_suppressed", "MUG-9", velocity=2.0)
"""A neighbour: its own money never changes."""


# 1 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("down", "lost"), [(3, 30.0), (60, 600.0)])
def test_a_long_outage_does_not_look_cheaper_than_a_short_one(down: int, lost: float) -> None:
    found = money([signal("listing_suppressed", "MUG-1", onset_day=ago(down)), HEALTHY])
    row = found["listing_suppressed", "MUG-1"]
    assert (row["velocity"], row["price"], row["share_lost"]) == (0.5, 20.0, 1.0)
    assert (row["exposure_mean"], row["lost_to_date"]) == (10.0, lost)
    assert (row["risk_mean"], row["avoidable_mean"], row["committed"]) == (300.0, 300.0, 0.0)
    assert found["listing_suppressed", "MUG-9"]["exposure_mean"] == 40.0


@pytest.mark.parametrize(("down", "lost"), [(3, 30.0), (60, 600.0)])
def test_facts_of_a_suppressed_listing_give_its_exposure_and_what_is_lost(down: int, lost: float) -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.add(
        SUPPRESSIONS,
        [{"sku": "MUG-1", "item_id": "MUG-1", "state": "suppressed", "reason": "IMAGE", "since_day": ago(down)}],
    )
    for n, day in enumerate(days(down + 28, down + 1)):
        scene.sells("MUG-1", n % 2, days=[day])
    scene.sells("MUG-1", 0, days=days(down, 1))
    scene.sells("MUG-2", 3, days=days(down + 28, 1))
    found = morning(scene)
    row = found.money["listing_suppressed", "MUG-1"]
    assert (row["velocity"], row["price"], row["share_lost"]) == (0.5, 20.0, 1.0)
    assert (row["exposure_mean"], row["lost_to_date"]) == (10.0, lost)
    assert names(found.ranked) == [("listing_suppressed", "MUG-1")]


# 2 ------------------------------------------------------------------------------------------------------------


def test_two_certain_causes_of_one_listing_cost_what_one_costs() -> None:
    suppressed, out = signal("listing_suppressed", "MUG-1"), signal("out_of_stock", "MUG-1")
    both = money([out, suppressed, HEALTHY], stock=[pool("MUG-1")])
    assert both["listing_suppressed", "MUG-1"]["exposure_mean"] == 10.0
    assert both["out_of_stock", "MUG-1"]["exposure_mean"] == 0.0
    lifted = money([out, HEALTHY], stock=[pool("MUG-1")])
    assert lifted["out_of_stock", "MUG-1"]["exposure_mean"] == 10.0


def test_a_day_without_stock_cannot_be_saved_by_lifting_a_suppression():
    """Nothing ordered today sells for 50 days: the bundle saves 30 days once, not 30 now and 30 later."""
    suppressed, out = signal("listing_suppressed", "MUG-1"), signal("out_of_stock", "MUG-1")
    both = money([suppressed, out, HEALTHY], stock=[pool("MUG-1", fastest_days=50)])
    assert both["listing_suppressed", "MUG-1"]["risk_mean"] == 300.0
    assert both["listing_suppressed", "MUG-1"]["avoidable_mean"] == 0.0
    assert both["listing_suppressed", "MUG-1"]["committed"] == 300.0
    assert both["out_of_stock", "MUG-1"]["avoidable_mean"] == 300.0


def test_a_suppression_saves_the_days_after_the_shipment_lands():
    suppressed, out = signal("listing_suppressed", "MUG-1"), signal("out_of_stock", "MUG-1")
    landing = [coming("MUG-1", 6, 500)]
    both = money([suppressed, out, HEALTHY], stock=[pool("MUG-1", fastest_days=50)], inbound=landing)
    row = both["listing_suppressed", "MUG-1"]
    assert (row["risk_mean"], row["avoidable_mean"], row["committed"]) == (300.0, 240.0, 60.0)


def test_facts_of_a_suppressed_listing_without_stock_charge_the_suppression_first() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.sells("MUG-1", 1, days=days(40, 5)).sells("MUG-2", 3, days=days(40, 1))
    scene.add(STOCK, [{"sku": "MUG-1", "sellable_units": n, "day": ago(d)} for d, n in ((9, 4), (4, 0), (0, 0))])
    out = morning(scene).money
    assert [(k, round6(r["exposure_mean"])) for k, r in out.items()] == [(("out_of_stock", "MUG-1"), 20.0)]
    scene.add(
        SUPPRESSIONS,
        [{"sku": "MUG-1", "item_id": "MUG-1", "state": "suppressed", "reason": "IMAGE", "since_day": ago(4)}],
    )
    both = morning(scene)
    assert both.money["listing_suppressed", "MUG-1"]["exposure_mean"] == 20.0
    assert both.money["out_of_stock", "MUG-1"]["exposure_mean"] == 0.0
    assert queue(both.ranked, "kind", "rank") == [("listing_suppressed", 1), ("out_of_stock", None)]


# 3 ------------------------------------------------------------------------------------------------------------

FELL = signal("featured_offer_lost", "MUG-1", velocity=20.0, price=15.0, share_lost=0.5)
HIDDEN = signal("search_suppressed", "MUG-1", velocity=20.0, price=15.0)


def test_half_the_featured_share_is_half_the_sales() -> None:
    assert money([FELL, HEALTHY])["featured_offer_lost", "MUG-1"]["exposure_mean"] == 150.0


def test_what_search_leaves_over_is_split_again_and_each_fix_alone_is_told() -> None:
    found = money([FELL, HIDDEN, HEALTHY])
    search, offer = found["search_suppressed", "MUG-1"], found["featured_offer_lost", "MUG-1"]
    assert (search["exposure_mean"], offer["exposure_mean"]) == (180.0, 60.0)
    assert (search["alone_per_day"], offer["alone_per_day"]) == (90.0, 60.0)
    both = ranked([FELL, HIDDEN])
    assert queue(both, "kind", "rank", "bundle_exposure") == [
        ("search_suppressed", 1, 240.0),
        ("featured_offer_lost", None, 60.0),
    ]


def test_facts_of_a_fallen_featured_share_give_its_exposure() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s, "price_minor": 1500} for s in ("MUG-1", "MUG-2")])
    for sku in ("MUG-1", "MUG-2"):
        scene.sells(sku, 20, days=days(60, 4), price=15.0, share=0.9)
    scene.sells("MUG-1", 10, days=days(3, 1), price=15.0, share=0.45)
    scene.sells("MUG-2", 20, days=days(3, 1), price=15.0, share=0.9)
    scene.add(OFFERS, [{"sku": "MUG-1", "item_id": "MUG-1", "featured_by": "other", "eligible": True}])
    found = morning(scene).money
    assert list(found) == [("featured_offer_lost", "MUG-1")]
    row = found["featured_offer_lost", "MUG-1"]
    assert (row["velocity"], row["price"]) == (20.0, 15.0)
    assert row["share_lost"] == pytest.approx(0.5)
    assert row["exposure_mean"] == pytest.approx(150.0)


# 4 ------------------------------------------------------------------------------------------------------------

AHEAD: dict[str, Any] = {"velocity": 3.0, "starts_day": ago(-4), "cause": "lead_time_told"}


@pytest.mark.parametrize("fastest", [9, 10, 20, 50])
def test_a_gap_nothing_can_fill_sooner_is_told_and_watched(fastest: int) -> None:
    rows = [signal("stockout_ahead", "MUG-1", **AHEAD), HEALTHY]
    stock, inbound = [pool("MUG-1", 12, fastest_days=fastest)], [coming("MUG-1", 9, 100)]
    row = money(rows, stock=stock, inbound=inbound)["stockout_ahead", "MUG-1"]
    assert (row["exposure_mean"], row["risk_mean"], row["avoidable_mean"]) == (0.0, 5 * 3 * 20.0, 0.0)
    assert (row["loss_days"], row["committed"]) == (5.0, 5 * 3 * 20.0)
    assert "from 2026-11-26 to 2026-11-30" in row["unavoidable"]
    lanes = queue(ranked(rows, stock=stock, inbound=inbound), "kind", "lane")
    assert lanes == [("listing_suppressed", "queue"), ("stockout_ahead", "watch")]


@pytest.mark.parametrize(("waited", "days_saved"), [(0, 5), (1, 4), (2, 3), (4, 1), (5, 0)])
def test_an_express_saves_a_day_less_for_every_day_nobody_orders_it(waited: int, days_saved: int) -> None:
    rows = [signal("stockout_ahead", "MUG-1", **AHEAD), HEALTHY]
    stock = [pool("MUG-1", 12 - min(waited, 4) * 3, fastest_days=4)]
    row = money(rows, stock=stock, inbound=[coming("MUG-1", 9 - waited, 100)])["stockout_ahead", "MUG-1"]
    assert row["avoidable_mean"] == days_saved * 3 * 20.0


def test_facts_of_stock_that_runs_out_before_the_shipment_lands() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.sells("MUG-1", 3, days=days(40, 1)).sells("MUG-2", 3, days=days(40, 1))
    scene.add(STOCK, [{"sku": "MUG-1", "sellable_units": 12}, {"sku": "MUG-2", "sellable_units": 900}])
    scene.add(INBOUND, [{"sku": "MUG-1", "units": 100, "eta": ago(-9)}])
    scene.add(SUPPLY, [{"sku": s, "lead_time_days": 60, "receive_days": 0} for s in ("MUG-1", "MUG-2")])
    slow = morning(scene)
    row = slow.money["stockout_ahead", "MUG-1"]
    assert (row["exposure_mean"], row["risk_mean"], row["avoidable_mean"]) == (0.0, 300.0, 0.0)
    assert queue(slow.ranked, "kind", "lane") == [("stockout_ahead", "watch")]
    scene.add(SUPPLY, [{"sku": "MUG-1", "lead_time_days": 4, "receive_days": 0}])
    express = morning(scene)
    assert express.money["stockout_ahead", "MUG-1"]["avoidable_mean"] == 300.0
    assert queue(express.ranked, "kind", "lane") == [("stockout_ahead", "queue")]


# 5 ------------------------------------------------------------------------------------------------------------


def test_a_hero_that_is_always_fixed_at_once_still_ranks_by_what_ignoring_it_would_cost() -> None:
    found = ranked(
        [
            signal("listing_suppressed", "TAIL", velocity=2.5, onset_day=ago(30), tier=3),
            signal("listing_inactive", "HERO", velocity=50.0, onset_day=ago(1), tier=1),
        ]
    )
    assert queue(found, "kind", "avoidable_mean") == [("listing_inactive", 30_000.0), ("listing_suppressed", 1_500.0)]


# 6 ------------------------------------------------------------------------------------------------------------


def test_what_our_other_offer_sells_instead_is_no_loss() -> None:
    a = signal("listing_suppressed", "A", item_id="MUG", velocity=6.0)
    b = signal("listing_suppressed", "B", item_id="MUG", velocity=4.0)
    one = money([a | {"others": 1, "others_featured": True}, HEALTHY])
    assert one["listing_suppressed", "A"]["exposure_mean"] == pytest.approx(24.0)
    both = money([a, b, HEALTHY])
    assert [both["listing_suppressed", s]["exposure_mean"] for s in "AB"] == [120.0, 80.0]


def test_facts_of_two_own_offers_on_one_item() -> None:
    scene = Scene()
    scene.add(
        LISTINGS, [{"sku": "A", "item_id": "MUG"}, {"sku": "B", "item_id": "MUG"}, {"sku": "C", "item_id": "CUP"}]
    )
    suppressed = {"item_id": "MUG", "state": "suppressed", "reason": "IMAGE", "since_day": ago(1)}
    scene.add(SUPPRESSIONS, [{"sku": "A", **suppressed}])
    for sku, units, last in (("A", 6, 2), ("B", 4, 1), ("C", 5, 1)):
        sold(scene, sku, units, days(40, last))
    one = morning(scene).money
    assert list(one) == [("listing_suppressed", "A")]
    assert one["listing_suppressed", "A"]["exposure_mean"] == pytest.approx(24.0)
    scene.add(SUPPRESSIONS, [{"sku": "B", **suppressed}])
    both = morning(scene).money
    assert [both["listing_suppressed", s]["exposure_mean"] for s in "AB"] == [120.0, 80.0]

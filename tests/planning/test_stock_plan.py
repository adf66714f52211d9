"""When stock runs out, when to order and how much: worked by hand where a hand can."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from opswheel.planning.combine import Weights
from opswheel.planning.forecast import Choice, Forecast
from opswheel.planning.intervals import plain_spread
from opswheel.planning.models import NAMES
from opswheel.planning.places import Costs, Spot, arrange, offer
from opswheel.planning.segments import SEGMENTS
from opswheel.planning.stock_plan import Rules, Stock, Supply, in_words, plan

TODAY = date(2026, 11, 22)


def sells(*per_day: float, phi: float = 1.0, sure: bool = True) -> Forecast:
    """A forecast of items that sell so much a day; `sure`: no doubt about the level."""
    spread = plain_spread()
    if sure:
        spread = replace(spread, v=np.zeros_like(spread.v))
    choice = Choice(Weights(np.ones((len(SEGMENTS), len(NAMES))), 0.0), spread, (), 3)
    n = len(per_day)
    mean = np.repeat(np.array(per_day)[:, None], 28, axis=1)
    whole = np.zeros(n, dtype=np.int64)
    days = tuple(TODAY + timedelta(days=i) for i in range(28))
    return Forecast(tuple(f"P{i}" for i in range(n)), days, mean, mean, mean, mean, np.full(n, phi), whole, whole,
                    whole, whole, np.zeros(n), choice)  # fmt: skip


def one(per_day=3.0, held=100, arriving=(), lead=Supply(10, 0, told=True), price=10.0, rules=Rules(), **how):  # noqa: B008
    return plan(sells(per_day, **how), [Stock(held, tuple(arriving), price, lead)], rules, today=TODAY)[0]


def test_a_hundred_units_at_three_a_day_run_out_in_the_thirty_fourth_day():
    found = one(lead=Supply(20, 0))
    assert found.runs_out[1] in (TODAY + timedelta(days=d) for d in (32, 33, 34))
    assert found.runs_out[0] < found.runs_out[1] < found.runs_out[2]


def test_the_reorder_point_lasts_through_lead_time_and_review_in_nineteen_of_twenty_cases():
    found = one()
    assert found.need_days == 17
    assert found.reorder_point == 63  # Poisson of mean 51: P(D ≤ 63) = 0.956, P(D ≤ 62) = 0.942
    assert found.safety_stock == 12


def test_a_lead_time_that_varies_needs_more_safety():
    assert one(lead=Supply(10, 4)).safety_stock > one().safety_stock


def test_doubt_about_the_level_needs_more_safety():
    assert one(sure=False).safety_stock > one().safety_stock


def test_stock_that_lasts_waits():
    found = one(held=400)
    assert (found.action, found.units) == ("wait", 0)
    assert found.lost == (0, 0, 0)


def test_an_order_that_cannot_come_in_time_any_more_is_due_now_and_says_what_is_lost_anyway():
    found = one(held=15, lead=Supply(20, 0, told=True))
    assert found.action == "order_now"
    assert found.committed[0] == pytest.approx(15 * 3 * 10, rel=0.05)  # out after 5 of 20 days
    assert found.lost[0] == pytest.approx(found.committed[0] + found.avoidable)
    assert found.avoidable == pytest.approx(30 * 3 * 10, rel=0.05)
    assert "comes too soon" in " ".join(in_words(found, "A", "USD"))


def test_the_last_responsible_day_leaves_the_lead_time():
    found = one(held=80, rules=Rules(review_days=14))
    assert found.action == "order_by"
    out = 80 / 3
    assert TODAY + timedelta(days=int(out) - 10 - 5) <= found.by_day <= TODAY + timedelta(days=int(out) - 10)


def test_units_on_their_way_are_not_ordered_twice():
    alone, coming = one(held=20), one(held=20, arriving=[(5, 60, "PO 7")])
    assert alone.units - coming.units == 60
    assert coming.arriving == 60
    assert one(held=20, arriving=[(40, 60, "PO 7")]).units == alone.units  # it comes after the need


def test_units_that_come_after_the_shelf_is_empty_do_not_save_the_days_between():
    """money.md, example 4: 12 units, 3 a day, 100 more in 9 days: out for about five days."""
    late = one(held=12, arriving=[(8, 100, "sea")], lead=Supply(9, 0), rules=Rules(horizon_days=1))
    assert late.lost[0] == pytest.approx(5 * 3 * 10, rel=0.15)


def test_the_smallest_order_is_kept():
    assert one(held=20, lead=Supply(10, 0, moq_units=500)).units == 500


@pytest.mark.parametrize(
    ("per_day", "held", "arriving"),
    [
        pytest.param(0.0, 50, (), id="nothing sells"),
        pytest.param(0.0, 0, (), id="nothing sells and nothing is there"),
        pytest.param(3.0, -7, (), id="oversold"),
        pytest.param(3.0, 10, [(-4, 20, "overdue")], id="a shipment overdue"),
        pytest.param(0.001, 1, (), id="one sale in three years"),
    ],
)
def test_odd_stock_gives_a_plan_that_makes_sense(per_day, held, arriving):
    found = one(per_day, held, arriving)
    assert found.held >= 0
    assert found.units >= 0
    assert found.lost[0] >= found.committed[0] >= 0
    if per_day < 0.01:
        assert found.action == "wait"


def test_listings_that_share_a_pool_are_planned_as_one():
    both = sells(1.0, 2.0).together([[0, 1]], ("pool",))
    found = plan(both, [Stock(100, (), 10.0, Supply(10, 0))], Rules(), today=TODAY)[0]
    alone = one(3.0, 100)
    assert (found.reorder_point, found.units) == (alone.reorder_point, alone.units)
    assert found.key == "pool"


COSTS = Costs(send=1.0, removal=0.8, leftover_share_per_month=0.02, merchant=5.0, offer=10.0, merchant_share=0.5)


def test_a_marketplace_gives_units_back_but_moves_none_between_its_regions():
    east, west = sells(0.01, 5.0), sells(0.01, 5.0)
    costs = COSTS
    regions = [Spot("east", 0, 80, 20.0, 0.4, own=False), Spot("west", 1, 0, 20.0, 0.4, own=False)]
    assert arrange(east, regions, costs, 30) is None  # nothing of it is ours to decide
    home = Spot("home", -1, 60, 20.0, 0.0, own=True)
    found = arrange(west, [*regions, home], costs, 30)
    assert ("east", "west") not in found.moves
    assert found.moves[("home", "west")] == 60


def fba(held: int, **more) -> Spot:
    return Spot("fba", 0, held, 30.0, 0.5, own=False, channel="amazon:US", arrives=14, **more)


HOME = Spot("home", -1, 60, 30.0, 0.0, own=True)


def test_an_empty_shelf_is_bridged_by_an_offer_shipped_from_home_until_units_sent_in_arrive():
    found = arrange(sells(2.0), [fba(0), replace(HOME, held=120)], COSTS, 30)
    assert found.offered[offer("fba")]
    assert 10 <= found.moves["home", offer("fba")] <= 18  # half of the 28 units wanted in the fortnight
    assert 60 <= found.moves["home", "fba"] <= 80  # the thirty days after
    assert found.profit > found.before


def test_scarce_units_go_where_a_sale_brings_more():
    found = arrange(sells(2.0), [fba(0), HOME], COSTS, 30)
    assert sum(found.moves.values()) == 60 and found.moves["home", "fba"] > 50


@pytest.mark.parametrize(
    ("spots", "costs"),
    [
        pytest.param([fba(80), HOME], COSTS, id="the shelf is full"),
        pytest.param([fba(0, soon=80), HOME], COSTS, id="units land tomorrow"),
        pytest.param([fba(0), HOME], replace(COSTS, merchant=16.0), id="packing costs more than a sale brings"),
        pytest.param([fba(0), HOME], replace(COSTS, offer=200.0), id="the work costs more than it brings"),
        pytest.param([fba(0), replace(HOME, at=1, channel="amazon:US")], COSTS, id="we ship there already"),
        pytest.param([fba(0), replace(HOME, held=0)], COSTS, id="nothing at home"),
    ],
)
def test_no_offer_of_our_own_where_it_saves_nothing(spots, costs):
    found = arrange(sells(2.0, 0.2), spots, costs, 30)
    assert found is None or not found.moves.get(("home", offer("fba")))


def test_units_sent_in_are_not_counted_for_days_before_they_can_arrive():
    soon, late = (
        arrange(sells(1.0), [replace(fba(held), arrives=20), HOME], replace(COSTS, offer=1e6), 30) for held in (20, 0)
    )
    assert abs(soon.moves["home", "fba"] - late.moves["home", "fba"]) <= 2  # twenty held sell while they are on the way
    assert 25 <= late.moves["home", "fba"] <= 40  # thirty days' demand, not fifty


@pytest.mark.parametrize(
    ("price", "told", "stopped"),
    [
        pytest.param(8.0, True, ("home",), id="price less cost does not pay for packing"),
        pytest.param(8.0, False, (), id="no cost is loaded, so no loss is claimed"),
        pytest.param(30.0, True, (), id="each sale earns"),
    ],
)
def test_an_offer_we_ship_ourselves_at_a_loss_is_to_be_stopped(price, told, stopped):
    found = arrange(sells(1.0), [Spot("home", 0, 40, price, 0.25, own=True, told=told)], COSTS, 30)
    assert (() if found is None else found.stopped) == stopped
    if stopped:
        assert found.profit > found.before  # what a month of such sales would have lost

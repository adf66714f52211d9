"""What the audit may not do: call a healthy shop's noise a loss, whatever noise its sales have."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from opswheel.learning import recall
from opswheel.learning.recall import TEST_WEEKS, USUAL_WEEKS, Panel
from opswheel.simulation import learning_world

WEEKS = TEST_WEEKS + USUAL_WEEKS


def shop(seed, noise, n=300):
    """Listings of one category, heavy-tailed paces, nothing fell."""
    rng = np.random.default_rng([seed, 7])
    pace = 2.1 * np.exp(1.6 * rng.standard_normal(n))
    level = np.exp(0.08 * rng.standard_normal(WEEKS))
    strays = {"calm": 0.1, "some wild": np.where(rng.random(n) < 0.1, 0.4, 0.1), "all wild": 0.35}.get(noise, 0.1)
    size = np.broadcast_to(1.0 / np.square(strays), n)[:, None]
    mean = pace[:, None] * level * rng.gamma(size, 1.0 / size, (n, WEEKS))
    if noise == "drifting":
        mean *= np.exp(0.05 * rng.standard_normal((n, WEEKS)).cumsum(axis=1))
    pack = 4.0 if noise == "packs" else 1.0
    return panel(rng.poisson(mean / pack) * pack, 25 * np.exp(0.9 * rng.standard_normal(n)))


def panel(units, price):
    keys = [("main", "amazon:US", f"S{k:03d}") for k in range(len(units))]
    newest = {("main", "amazon:US"): date(2026, 11, 21)}
    return Panel(keys, np.zeros(len(units), int), units.astype(float), np.ones(units.shape, bool), price, newest)


@pytest.mark.parametrize("noise", ["calm", "some wild", "all wild", "drifting", "packs"])
def test_in_nineteen_of_twenty_shops_where_nothing_fell_nothing_is_listed(noise):
    listed = [bool(recall.audit(shop(seed, noise), {})) for seed in range(20)]
    assert sum(listed) <= 1


def steady(usual=40.0, n=60, seed=2):
    return np.random.default_rng(seed).poisson(usual, (n, WEEKS)).astype(float)


def found(units, price=10.0):
    return {row["sku"]: row for row in recall.audit(panel(units, np.full(len(units), price)), {})}


def test_the_same_weeks_are_a_fall_of_a_steady_listing_and_none_of_one_that_always_strays():
    units = steady()
    units[7, :3] = units[8, :3] = 12.0
    units[8, TEST_WEEKS:] = [80, 12, 60, 10, 75, 15, 58, 10]  # forty a week, too
    assert set(found(units)) == {"S007"}


def test_the_fall_of_a_best_seller_is_no_rise_of_all_others_and_theirs_no_season_of_it():
    units = steady(usual=8.0)
    units[7] = np.random.default_rng(3).poisson(2000.0, WEEKS)
    units[7, :3] //= 4
    (one,) = found(units).values()
    assert (one["sku"], one["expected_units"]) == ("S007", pytest.approx(6000, rel=0.1))


def test_what_may_well_be_chance_is_not_listed_alone_and_beside_a_sure_fall_its_interval_holds_nothing_lost():
    units = steady()
    units[7, :3] = 6.0
    units[8, :] = 2.0
    units[8, :4] = 0.0
    both = found(units)
    assert set(both) <= {"S007", "S008"} and both["S007"]["lost_p10"] > 0
    if "S008" in both:
        assert both["S008"]["lost_p10"] == 0.0 < both["S008"]["lost"] < both["S008"]["lost_p90"]


def test_where_others_sell_too_little_to_tell_the_season_a_fall_of_a_third_is_not_called_one():
    units = steady(n=2, usual=20.0)
    units[:, :3] = 13.0
    assert found(units) == {}


def test_of_the_dollars_it_lists_few_are_false_and_it_finds_most_of_what_can_be_found():
    seen = [learning_world.recall_seed(seed, learning_world.Sales(listings=1000)) for seed in range(8)]
    mean = {name: np.mean([s[name] for s in seen]) for name in ("found", "reached", "false", "most_found")}
    assert mean["false"] <= 0.05
    assert 0.7 * mean["most_found"] <= mean["found"] <= mean["reached"]

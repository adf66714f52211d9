"""What comes back, how fast, and which link is worth most: against hand-worked wheels and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth import algebra
from opswheel.growth.loops import find_loops
from opswheel.growth.templates import TEMPLATES, template
from opswheel.growth.wheel import Link, Node, Wheel


def wheel_of(*links, own=None, target="sales"):
    names = list(dict.fromkeys(end for link in links for end in link.key))
    kept = own or {}
    nodes = tuple(Node(n, n, own_mean=kept.get(n, 0.0), own_fixed=n in kept, measure="m") for n in names)
    return Wheel("hand", "week", target, nodes, links).validate()


def link(source, target, mean, lag=0):
    return Link(source, target, mean=mean, sd=0.1, lag_periods=lag)


def test_two_drivers_that_feed_each_other_grow_by_the_root_of_their_product():
    wheel = wheel_of(link("rank", "sales", 0.5, 1), link("sales", "rank", 0.4, 1))
    at = wheel.coefficients()
    assert algebra.momentum(at).root == pytest.approx(np.sqrt(0.2), abs=1e-12)
    assert algebra.return_ratio(at, wheel.index["sales"], None) == pytest.approx(0.2, abs=1e-12)
    (loop,) = find_loops(wheel)
    assert loop.modal_score == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", TEMPLATES)
def test_all_that_follows_adds_up_to_the_total_effect(name):
    at = template(name).coefficients()
    total = algebra.impulse_responses(at, 4000).sum(axis=0)
    assert np.abs(total - algebra.total_multiplier(at)).max() < 1e-10


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_dominant_root_is_a_root(name):
    at = template(name).coefficients()
    assert algebra.root_determinant(at, algebra.momentum(at).root) < 1e-9
    assert algebra.root_determinant(at, 1.01) > 1e-9


def test_of_a_sellers_100_lost_sales_62_come_back_in_the_end_and_48_within_half_a_year():
    wheel = template("seller")
    at, sales = wheel.coefficients(), wheel.index["sales"]
    assert algebra.return_ratio(at, sales, None) == pytest.approx(0.62, abs=1e-9)
    assert [round(loop.gain, 4) for loop in find_loops(wheel)] == [0.3267, 0.24, 0.0533]
    assert sum(loop.gain for loop in find_loops(wheel)) == pytest.approx(0.62, abs=1e-9)
    assert algebra.total_multiplier(at)[sales, sales] == pytest.approx(1 / 0.38, abs=1e-9)
    assert sum(loop.modal_score for loop in find_loops(wheel)) == pytest.approx(1, abs=1e-9)
    assert algebra.return_ratio(at, sales) == pytest.approx(0.48, abs=0.005)
    assert algebra.momentum(at).root == pytest.approx(0.9825, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "half_year", "ever", "root"), [("marketplace", 0.12, 0.32, 0.984), ("store", 0.12, 0.32, 0.984)]
)
def test_the_other_wheels_give_back_what_their_priors_were_set_to(name, half_year, ever, root):
    wheel = template(name)
    at, target = wheel.coefficients(), wheel.index[wheel.target]
    assert round(float(algebra.return_ratio(at, target)), 2) == half_year
    assert round(float(algebra.return_ratio(at, target, None)), 2) == ever
    assert round(algebra.momentum(at).root, 3) == root


def test_without_rank_bringing_traffic_a_sellers_echo_is_the_rest():
    wheel = template("seller").without(("rank", "traffic"))
    assert algebra.return_ratio(wheel.coefficients(), wheel.index["sales"], None) == pytest.approx(0.2933, abs=5e-5)


@pytest.mark.parametrize("name", ["seller", "marketplace", "store"])
def test_the_worth_of_a_link_is_the_slope_of_the_total_effect(name):
    wheel = template(name)
    at = wheel.coefficients()
    for one in wheel.links:
        i, j = wheel.index[one.target], wheel.index[one.source]
        up, down = (algebra.total_multiplier(moved(at, i, j, one.lag_periods, step)) for step in (1e-6, -1e-6))
        told = algebra.spoke_values(at, j, i)
        assert told == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", ["seller", "marketplace", "store", "operations"])
def test_the_pull_of_a_link_on_momentum_is_the_slope_of_the_root(name):
    wheel = template(name)
    at = wheel.coefficients()
    for one in wheel.links:
        i, j = wheel.index[one.target], wheel.index[one.source]
        up, down = (algebra.momentum(moved(at, i, j, one.lag_periods, step)).root for step in (1e-6, -1e-6))
        told = algebra.root_sensitivity(at, j, i, one.lag_periods)
        assert told == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-7)


def moved(at, i, j, lag, step):
    changed = {k: b.copy() for k, b in at.items()}
    changed[lag][i, j] += step
    return changed


def test_a_push_that_ends_fades_by_the_dominant_root():
    wheel = template("seller")
    at = wheel.coefficients()
    tail = algebra.impulse_responses(at, 400)[:, wheel.index["sales"], wheel.index["ads"]]
    assert tail[400] / tail[399] == pytest.approx(algebra.momentum(at).root, abs=1e-4)
    fading = algebra.momentum(at)
    assert fading.root**fading.half_life_periods == pytest.approx(0.5)


def test_a_wheel_that_feeds_itself_in_full_has_no_total_and_no_half_life():
    at = wheel_of(link("rank", "sales", 1.2, 1), link("sales", "rank", 1.0, 1)).coefficients()
    assert algebra.momentum(at).half_life_periods is None
    with pytest.raises(BadWheel, match="without end"):
        algebra.total_multiplier(at)
    assert np.isfinite(algebra.return_ratio(at, 1, 26))


def test_a_loop_that_turns_pushes_round_swings_and_a_plain_one_does_not():
    def swings(back):
        return algebra.momentum(
            wheel_of(link("rank", "sales", 0.5, 1), link("sales", "rank", back, 1)).coefficients()
        ).oscillating

    assert swings(-0.8)
    assert not swings(0.8)


def test_many_draws_are_answered_as_one_by_one():
    wheel = template("seller")
    sizes = np.array([0.05, 0.12, 0.3])
    together = wheel.coefficients({("ads", "traffic"): sizes})
    at, ads = wheel.index["sales"], wheel.index["ads"]
    apart = [wheel.coefficients({("ads", "traffic"): float(size)}) for size in sizes]
    assert algebra.return_ratio(together, at).tolist() == pytest.approx(
        [float(algebra.return_ratio(b, at)) for b in apart]
    )
    assert algebra.leverage(together, at, ads).tolist() == pytest.approx(
        [float(algebra.leverage(b, at, ads)) for b in apart]
    )


def test_leverage_is_the_held_push_added_up_and_half_of_it_comes_later_through_reviews_than_through_price():
    wheel = wheel_of(link("price", "sales", -2.0), link("reviews", "sales", 0.5, 3), own={"reviews": 0.8})
    at = wheel.coefficients()
    sales, price, reviews = (wheel.index[n] for n in ("sales", "price", "reviews"))
    steps = algebra.step_responses(at, 4)
    assert steps[:, sales, price].tolist() == [-2] * 5
    assert steps[:, sales, reviews] == pytest.approx([0, 0, 0, 0.5, 0.9])
    assert algebra.leverage(at, sales, reviews, 4) == pytest.approx(1.4)
    assert algebra.payoff_periods(algebra.step_responses(at, 60)[:, sales, price], 0.5) == 0
    assert algebra.payoff_periods(algebra.step_responses(at, 60)[:, sales, reviews], 0.5) == 6
    assert algebra.payoff_periods(np.zeros(5), 0.5) is None

"""Loops: what comes back per turn, how long a turn takes, which carry the momentum, and what cutting one does."""

from __future__ import annotations

import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth.algebra import return_ratio
from opswheel.growth.loops import all_touch, cut_loop, find_loops, rests_on, unmeasured_share
from opswheel.growth.templates import TEMPLATES, template
from opswheel.growth.wheel import Link, Node, Wheel


def test_a_sellers_three_loops_by_gain_and_weeks_per_turn():
    told = [
        (loop.name, loop.words, round(loop.gain, 3), round(loop.delay_periods, 1))
        for loop in find_loops(template("seller"))
    ]
    assert told == [
        ("R1", "sales -> rank -> traffic -> sales", 0.327, 3.3),
        ("R2", "sales -> reviews -> conversion -> sales", 0.24, 35.3),
        ("R3", "sales -> ads -> traffic -> sales", 0.053, 2.0),
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_loops_that_all_share_a_driver_carry_the_momentum_between_them(name):
    loops = find_loops(template(name))
    assert sum(loop.share for loop in loops) == pytest.approx(1)
    if all_touch(loops):
        assert sum(loop.modal_score for loop in loops) == pytest.approx(1, abs=1e-9)
    else:
        assert name == "marketplace"


def test_a_slow_lever_outside_the_loops_does_not_set_their_pace():
    plain = template("seller")
    slow = Wheel(
        **{
            **vars(plain),
            "nodes": tuple(Node(**{**vars(n), "own_mean": 0.995}) if n.name == "price" else n for n in plain.nodes),
        }
    )
    assert sum(loop.modal_score for loop in find_loops(slow)) == pytest.approx(1, abs=1e-9)


def test_new_values_change_gains_and_names_follow_the_largest():
    weaker = find_loops(template("seller"), {("rank", "traffic"): 0.05})
    assert [loop.drivers[1] for loop in weaker] == ["reviews", "ads", "rank"]
    assert weaker[2].gain == pytest.approx(0.3267 / 7, abs=1e-4)


@pytest.mark.parametrize("name", ["seller", "store", "marketplace"])
def test_cutting_a_loop_ends_it_and_what_comes_back_falls(name):
    wheel = template(name)
    loops = find_loops(wheel)
    cut = cut_loop(wheel, loops[0])
    assert loops[0].words not in [loop.words for loop in find_loops(cut)]
    at = wheel.index[wheel.target]
    assert return_ratio(cut.coefficients(), at, 104) < return_ratio(wheel.coefficients(), at, 104)


def test_cutting_rank_leaves_the_other_loops_of_the_seller_alone():
    wheel = template("seller")
    assert [loop.drivers[1] for loop in find_loops(cut_loop(wheel, find_loops(wheel)[0]))] == ["reviews", "ads"]


def test_loops_through_what_nobody_measures_are_told_apart():
    assert unmeasured_share(find_loops(template("seller"))) == 0
    market = find_loops(template("marketplace"))
    blind = [loop for loop in market if loop.unmeasured]
    assert {name for loop in blind for name in loop.unmeasured} == {"experience", "prime"}
    assert unmeasured_share(market) == pytest.approx(sum(loop.share for loop in blind))
    assert 0.1 < unmeasured_share(market) < 0.2


def test_a_loop_rests_on_data_only_when_every_link_that_had_to_be_learned_was():
    first, second, third = find_loops(template("seller"))
    assert [rests_on(loop) for loop in (first, second, third)] == ["assumed", "literature", "partly assumed"]
    assert rests_on(first, {("rank", "traffic")}) == "half and half"
    assert rests_on(first, {("rank", "traffic"), ("sales", "rank")}) == "your data"
    assert rests_on(second, {("reviews", "conversion")}) == "your data"


def test_a_wheel_in_which_everything_acts_on_everything_is_refused():
    names = [f"d{i}" for i in range(9)]
    links = tuple(Link(a, b, mean=0.01, sd=0.01, lag_periods=1) for a in names for b in names if a != b)
    tangle = Wheel("tangle", "week", "d0", tuple(Node(n, n, measure="m") for n in names), links).validate()
    with pytest.raises(BadWheel, match="more than 5000 loops"):
        find_loops(tangle)

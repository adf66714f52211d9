"""The simulated wheels that calibration is measured against: known, repeatable, and not made to please."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.growth.algebra import return_ratio, step_responses
from opswheel.growth.templates import template
from opswheel.growth.worlds import Setting, groups, truth, world


def test_one_seed_gives_one_world_and_another_another() -> None:
    one, same, other = world(3), world(3), world(4)
    assert all((one.data.series[name] == same.data.series[name]).all() for name in one.data.series)
    assert not np.array_equal(one.values, other.values)
    assert len(one.data.weeks) == 104
    assert all(np.isfinite(path).all() for path in one.data.series.values())


def test_the_truth_is_drawn_from_the_priors_with_their_signs() -> None:
    wheel = template("seller")
    rng = np.random.default_rng(0)
    drawn = [truth(wheel, rng) for _ in range(2000)]
    values, own = (np.array(part) for part in zip(*drawn, strict=True))
    for i, link in enumerate(wheel.links):
        if link.fixed:
            assert (values[:, i] == link.mean).all()
        else:
            assert (values[:, i] * link.sign >= 0).all()
            assert np.median(values[:, i]) == pytest.approx(link.mean, rel=0.12)
            assert values[:, i].std() == pytest.approx(link.sd, rel=0.2)
    assert (own >= 0).all()
    assert (own < 1).all()


def test_a_world_answers_to_a_push_as_the_algebra_says() -> None:
    true = world(5)
    names = true.wheel.names
    told = {link.key: v for link, v in zip(true.wheel.links, true.values, strict=True)}
    told |= {(n, n): v for n, v in zip(names, true.own, strict=True) if true.wheel.node(n).persists}
    matrices = true.wheel.coefficients(told)
    at = true.wheel.index
    steps = step_responses(matrices, 26)
    assert true.effect("content", 26) == pytest.approx(steps[:, at["sales"], at["content"]])
    kept = true.own[at["ads"]]  # a held push adds one unit a week, not one unit on top of what is kept
    assert kept > 0
    late = np.r_[0.0, steps[:-1, at["sales"], at["ads"]]]
    assert true.effect("ads", 26) == pytest.approx(steps[:, at["sales"], at["ads"]] - kept * late)
    assert true.gain(26) == pytest.approx(float(return_ratio(matrices, at["sales"], 26)))


def test_delays_are_off_only_where_delays_are_learned() -> None:
    true = world(1, Setting(delays_off=True))
    for link, lag in zip(true.wheel.links, true.lags, strict=True):
        assert abs(lag - link.lag_periods) == (0 if link.fixed else 1)
        if link.kind == "policy":
            assert lag > 0


def test_a_planted_break_leaves_every_other_link_near_its_benchmark() -> None:
    true = world(2, Setting(broken=True))
    for link, value in zip(true.wheel.links, true.values, strict=True):
        if link.key == true.broken:
            assert value == pytest.approx(0.1 * link.mean)
        else:
            assert abs(value) >= 0.8 * abs(link.mean)


def test_hidden_demand_is_in_traffic_and_ads_and_its_proxy_follows_it() -> None:
    plain, moved = (world(6, Setting(hidden=h, proxy=True, season=False)) for h in (0.0, 3.0))
    proxy = moved.data.proxy
    assert proxy is not None
    for name in ("ads", "traffic"):
        extra = moved.data.series[name] - plain.data.series[name]
        assert np.corrcoef(extra, proxy)[0, 1] > 0.7
    assert np.corrcoef(moved.data.series["content"], plain.data.series["content"])[0, 1] > 0.99


def test_no_world_sells_a_thousand_times_more_than_at_its_worst() -> None:
    assert max(np.ptp(world(seed, Setting(weeks=208)).data.series["sales"]) for seed in range(12)) < np.log(1000)


def test_groups_lie_about_one_truth_and_the_priors_given_with_them_are_wrong() -> None:
    family = groups(0, Setting(weeks=60), count=5)
    again = groups(0, Setting(weeks=60), count=5)
    assert list(family.worlds) == [f"group {i}" for i in range(1, 6)]
    assert all(np.array_equal(family.worlds[k].values, again.worlds[k].values) for k in family.worlds)
    for right, wrong in zip(family.wheel.links, family.believed.links, strict=True):
        factor = wrong.mean / right.mean
        assert factor == pytest.approx(1.0) if right.fixed else min(abs(factor - 0.4), abs(factor - 1.8)) < 1e-9
    family.believed.validate()

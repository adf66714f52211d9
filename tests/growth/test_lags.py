"""How late effects come: found in the data where data can tell, doubted where they cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from opswheel.growth.calibration import calibrate
from opswheel.growth.gibbs import SHAPE, USUAL_NOISE
from opswheel.growth.lags import MOST_SETS, candidates, drawn, marginal, sets
from opswheel.growth.regression import equations, states
from opswheel.growth.templates import template
from opswheel.growth.wheel import Link
from opswheel.growth.worlds import Setting, world

from .known import shop, shop_data, shop_weeks, weeks


def test_a_delay_is_compared_with_its_neighbours_and_a_rule_never_answers_within_its_week() -> None:
    assert candidates(Link("a", "b", mean=1, sd=1, lag_periods=2)) == (1, 2, 3)
    assert candidates(Link("a", "b", mean=1, sd=1, lag_periods=0)) == (0, 1)
    assert candidates(Link("a", "b", "policy", 1, 1, 1)) == (1, 2)
    assert candidates(Link("a", "b", "identity", 1)) == (0,)
    assert candidates(Link("a", "b", "stock", 0.1, lag_periods=2)) == (2,)


@pytest.mark.parametrize("late", [0, 1])
def test_an_effect_that_comes_a_week_later_is_found(late: int) -> None:
    rows = shop_weeks(104, ads=0.0, noise=0.05)
    ads = np.r_[np.zeros(late), rows["ads"][: 104 - late]]
    data = shop_data()
    data = replace(data, series=rows | {"traffic": rows["traffic"] + 0.3 * ads})
    fit = calibrate(shop(), data)
    link = fit.links()[0]
    assert (link.lag_periods, link.lag_share) == (late, 1.0)
    assert link.mean == pytest.approx(0.3, abs=0.04)
    assert fit.links()[1].lag_periods == 0  # price, its neighbour, acts at once as before
    stubborn = calibrate(shop(), data, fixed_lags=True).links()[0]
    assert stubborn.lag_periods == 0
    assert (stubborn.mean > 0.2) == (late == 0)


def test_where_data_cannot_tell_the_delay_stays_in_doubt() -> None:
    rows = shop_weeks(104)
    rows["ads"] = np.sin(np.arange(104) / 30)  # so slow that one week hardly differs from the next
    rows["traffic"] = 0.2 * rows["ads"] + np.random.default_rng(0).normal(0, 0.08, 104)
    link = calibrate(shop(), replace(shop_data(), series=rows)).links()[0]
    assert link.lag_share < 0.95


def test_marginal_likelihood_agrees_with_summing_over_a_grid() -> None:
    wheel = shop().without(("price", "traffic"))
    data = shop_data(40)
    y = states(wheel, data)
    (found,) = [
        e for e in equations(wheel, data, y, {k.key: candidates(k) for k in wheel.links}) if e.node.name == "traffic"
    ]
    told = [(0,), (1,)]
    got = marginal(found, told)
    b, c = np.linspace(1e-4, 0.9, 220)[:, None, None], np.linspace(-0.25, 0.25, 121)[None, :, None]
    log_s2 = np.linspace(-8, 0, 161)[None, None, :]
    want = []
    for lags in told:
        x = found.x[:, found.columns(lags)[0]]
        n, s2 = len(found.y), np.exp(log_s2)
        e2 = (
            found.y @ found.y
            + b**2 * (x @ x)
            + n * c**2
            - 2 * b * (x @ found.y)
            - 2 * c * found.y.sum()
            + 2 * b * c * x.sum()
        )
        log_p = -0.5 * e2 / s2 - 0.5 * n * log_s2 - SHAPE * log_s2 - SHAPE * USUAL_NOISE**2 / s2
        log_p = log_p - 0.5 * ((b - 0.2) / 0.1) ** 2 - 0.5 * (c / 0.05) ** 2
        want.append(log_p.max() + np.log(np.exp(log_p - log_p.max()).sum()))
    assert got[0] - got[1] == pytest.approx(want[0] - want[1], abs=0.1)
    assert got[0] > got[1] + 5


def test_no_drawn_set_runs_in_a_circle_within_one_week() -> None:
    wheel = template("seller")
    true = world(0)
    y = states(wheel, true.data)
    found = equations(wheel, true.data, y, {k.key: candidates(k) for k in wheel.links})
    told = []
    for equation in found:  # every set equally likely: rank -> traffic and sales -> rank would often both be at once
        options, _ = sets(equation)
        told.append((equation, options, np.full(len(options), 1 / len(options))))
    lag = {link.key: link.lag_periods for link in wheel.links}
    both = 0
    for picked in drawn(wheel, told, 200, np.random.default_rng(0)):
        for equation, lags in zip(found, picked, strict=True):
            lag |= {link.key: k for link, k in zip(equation.links, lags, strict=True)}
        both += lag["rank", "traffic"] == 0 or lag["sales", "rank"] == 0
        assert not (lag["rank", "traffic"] == 0 and lag["sales", "rank"] == 0)
    assert both > 20


def test_an_equation_with_many_links_still_weighs_its_likeliest_sets() -> None:
    wheel = shop()
    rng = np.random.default_rng(1)
    rows = shop_weeks(120)
    for i in range(6):
        name = f"more{i}"
        wheel = replace(
            wheel,
            nodes=(*wheel.nodes, replace(wheel.node("price"), name=name)),
            links=(*wheel.links, Link(name, "traffic", mean=0.2, sd=0.1, lag_periods=1)),
        )
        rows[name] = rng.normal(0, 0.3, 120)
        rows["traffic"] = rows["traffic"] + 0.3 * np.r_[np.zeros(2), rows[name][:-2]]
    data = replace(shop_data(), weeks=weeks(120), series=rows | {"sales": rows["traffic"]})
    fit = calibrate(wheel, data)
    found = equations(wheel, data, states(wheel, data), {k.key: candidates(k) for k in wheel.links})
    options, chance = sets(next(e for e in found if e.node.name == "traffic"))
    assert len(options) == MOST_SETS
    assert chance.sum() == pytest.approx(1)
    more = [row for row in fit.links() if row.link.source.startswith("more")]
    assert [row.lag_periods for row in more] == [2] * 6
    assert [row.mean for row in more] == pytest.approx([0.3] * 6, abs=0.08)


@pytest.mark.long
def test_delays_a_week_off_everywhere_leave_intervals_honest_and_fixed_ones_do_not() -> None:
    inside = {True: [], False: []}
    for seed in range(30):
        true = world(seed, Setting(weeks=104, delays_off=True))
        some = [i for i, link in enumerate(true.wheel.links) if not link.fixed]
        for fixed, told in inside.items():
            values = calibrate(true.wheel, true.data, fixed_lags=fixed).values[:, some]
            low, high = np.quantile(values, (0.05, 0.95), axis=0)
            told.append(((low <= true.values[some]) & (true.values[some] <= high)).mean())
    assert np.mean(inside[False]) >= 0.82
    assert np.mean(inside[True]) < 0.70

"""Forecasts: honest with little, right on average, sure to the stated degree."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from opswheel.planning import combine, intervals, models
from opswheel.planning.accuracy import Cycle, measure
from opswheel.planning.forecast import choose, forecast, in_words
from opswheel.planning.models import NAMES
from opswheel.planning.panel import panel
from opswheel.planning.segments import SEGMENTS
from tests.planning.shops import MONDAY, counts, sold_out

pytest.importorskip("statsforecast", reason="the extra `forecast` is not installed")
RATES = [0.05, 0.2, 0.6, 1.5, 4.0, 9.0] * 25


@pytest.fixture(scope="module")
def shop():
    units = counts(RATES, 280 + 28)
    keys = [("main", "amazon:US", f"S{i}") for i in range(len(RATES))]
    whole = panel(keys, units, first_day=MONDAY, starts=np.zeros(len(RATES), dtype=int))
    past = whole.until(280)
    choice = choose(past, most=3)
    return whole, past, choice, forecast(past, choice)


def test_as_many_units_are_forecast_as_sell(shop):
    whole, _, _, found = shop
    assert found.mean.sum() == pytest.approx(whole.units[:, 280:].sum(), rel=0.06)


def test_the_choice_beats_last_week_again_and_the_mean_of_four_weeks(shop):
    whole, past, _, found = shop
    actual, scale, value = whole.units[:, 280:], combine.day_to_day(past), combine.earned(past)
    ours = combine.weighted_rmsse(actual, found.mean, scale, value)
    mean = np.repeat(past.units[:, -28:].mean(axis=1)[:, None], 28, axis=1)
    last = np.tile(past.units[:, -7:], 4)
    assert ours <= 0.97 * combine.weighted_rmsse(actual, mean, scale, value)
    assert ours <= 0.80 * combine.weighted_rmsse(actual, last, scale, value)


def test_eight_in_ten_days_lie_inside_the_interval(shop):
    whole, _, _, found = shop
    rng = np.random.default_rng(1)
    v, levels = found.choice.spread.at(found.segment, 1)
    wide = [np.broadcast_to(x[:, None], found.mean.shape) for x in (found.phi, v)]
    u = intervals.randomised(whole.units[:, 280:], found.mean, *wide, rng)
    low, high = (intervals.level_of(levels, p)[:, None] for p in (0.1, 0.9))
    assert 0.76 <= ((u >= low) & (u <= high)).mean() <= 0.84


def test_the_interval_of_four_weeks_is_that_of_their_sum_not_of_their_days(shop):
    whole, _, _, found = shop
    total = whole.units[:, 280:].sum(axis=1)
    low, high = found.total(28, 0.1), found.total(28, 0.9)
    assert 0.70 <= ((total >= low) & (total <= high)).mean() <= 0.95
    busy = np.array(RATES) >= 0.6
    assert np.all(high[busy] < found.high.sum(axis=1)[busy])


def test_the_choice_says_what_it_rests_on(shop):
    _, _, choice, _ = shop
    told = {row["segment"]: row for row in choice.evidence}
    assert {"fast", "steady", "slow", "rare"} >= set(told)
    assert told["fast"]["origins"] == 3
    assert set(told["fast"]["rivals"]) == set(models.NAMES)
    assert "%" in in_words(choice.weights, SEGMENTS.index("fast"))


def test_the_same_facts_give_the_same_forecast(shop):
    _, past, _, found = shop
    again = forecast(past, choose(past, most=3))
    assert np.array_equal(again.mean, found.mean)
    assert np.array_equal(again.high, found.high)


def test_many_items_or_few_at_a_time_are_told_alike(shop):
    from dataclasses import replace

    _, past, choice, found = shop
    part = forecast(replace(past.only(slice(0, 150)), closed=past.closed), choice)
    assert part.mean == pytest.approx(found.mean[:150])


@pytest.mark.parametrize(
    "units",
    [
        pytest.param([0] * 100 + [1, 0, 0, 1, 0, 0, 0, 1], id="three sales"),
        pytest.param([0] * 365, id="a year of nothing"),
        pytest.param([2], id="one day"),
        pytest.param([0, -4, -1] * 30, id="only returns"),
        pytest.param([5000] + [0] * 60, id="one order of a lifetime"),
    ],
)
def test_little_is_known_and_little_is_said(units):
    told = panel(["A"], [units], first_day=MONDAY, starts=[0])
    found = forecast(told, choose(told))
    assert np.isfinite(found.mean).all()
    assert found.mean.min() >= 0
    assert np.all(found.low <= found.middle)
    assert np.all(found.middle <= found.high)
    assert found.total(28)[0] <= max(sum(u for u in units if u > 0), 1) * 28
    if len(units) < 84:
        assert found.choice.origins == 0


def test_a_year_of_nothing_expects_next_to_nothing_and_is_called_silent():
    quiet = np.vstack([counts([2.0] * 20, 365), np.zeros((1, 365))])
    told = panel(list(range(21)), quiet, first_day=MONDAY, starts=np.zeros(21, dtype=int))
    found = forecast(told, choose(told, most=2))
    assert SEGMENTS[found.segment[20]] == "silent"
    assert found.total(28)[20] < 1


def test_a_new_item_is_drawn_to_its_group():
    units = np.vstack([counts([4.0] * 30, 200), np.zeros((1, 200))])
    units[30, 197:] = [0, 1, 0]
    told = panel(list(range(31)), units, first_day=MONDAY)
    demand, said, *_ = combine.say(told, 28)
    pooled = said[30, models.NAMES.index("pooled")]
    assert demand.level[30] < pooled < 4.0


def test_days_without_stock_do_not_lower_what_is_expected():
    units = counts([5.0] * 40, 200)
    shut = np.ones(units.shape)
    shut[:20, 150:200] = 0
    told = panel(list(range(40)), np.where(shut > 0, units, 0), first_day=MONDAY, exposure=shut)
    found = forecast(told, choose(told, most=2))
    assert found.total(28)[:20].mean() == pytest.approx(found.total(28)[20:].mean(), rel=0.15)
    assert list(found.censored_days[[0, 39]]) == [50, 0]


def test_a_stock_rule_that_runs_out_every_three_weeks_does_not_lower_what_is_expected():
    units = counts([1.5, 4.0] * 40, 252)
    sold, exposure, cut = sold_out(units, units.mean(axis=1))
    keys, starts = list(range(80)), np.zeros(80, dtype=int)
    whole = panel(keys, units, first_day=MONDAY, starts=starts)
    shown = panel(keys, sold, first_day=MONDAY, exposure=exposure, cut=cut, starts=starts)
    blind = panel(keys, sold, first_day=MONDAY, starts=starts)
    truth, told, plain = (forecast(p, choose(p, most=3)).mean.sum() for p in (whole, shown, blind))
    assert abs(told / truth - 1) <= 0.05
    assert plain / truth - 1 <= -0.15


def test_without_the_extra_the_error_names_it(monkeypatch):
    import sys

    from opswheel.core.errors import ForecastMissing

    monkeypatch.setitem(sys.modules, "statsforecast", None)
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    with pytest.raises(ForecastMissing, match=r"opswheel\[forecast\]"):
        models.library()


def test_what_came_of_a_forecast_counts_only_days_one_could_buy():
    units = np.array([[2.0] * 40, [1.0] * 40])
    exposure = np.ones(units.shape)
    exposure[0, 30:] = 0
    keys = [("main", "amazon:US", "A"), ("main", "amazon:US", "B")]
    told = panel(keys, units, first_day=MONDAY, exposure=exposure)
    at = datetime(2025, 3, 1)
    cycle = Cycle(at, MONDAY + timedelta(days=12), {"A": ("fast", 3.0, 60, 90), "B": ("slow", 1.0, 20, 40)})
    rows = {r["segment"]: r for r in measure(cycle, told, ("main", "amazon:US"), at)}
    assert rows["fast"]["item_days"] == 18
    assert rows["fast"]["bias"] == pytest.approx(0.5)
    assert rows["fast"]["inside"] is None  # ten of its days tell nothing
    assert rows["slow"]["inside"] == 1.0
    assert rows["all"]["items"] == 2


@pytest.mark.parametrize(
    ("sold_over_said", "scaled"),
    [
        ((1.5, 1.5, 1.5), 1.5),  # every month says so
        ((1.5, 1.0, 1 / 1.5), 1.0),  # months contradict: nothing is learned of the next
        ((3.0, 3.0, 3.0), 1.6),  # a back-test this far off is not believed whole
        ((1.2214,), 1.0),  # one month alone, within what a month may be off
    ],
)
def test_a_mean_is_scaled_only_as_far_as_the_months_of_the_back_test_agree(sold_over_said, scaled):
    said = [
        combine.Said(
            origin=i,
            models=np.full((1, len(NAMES)), 1000.0),
            yearly=np.ones((1, 28)),
            factor=np.ones((1, 28)),
            actual=np.full((1, 28), 1000.0 * ratio),
            open_=np.ones((1, 28), bool),
            whole=np.ones((1, 28), bool),
            scale=np.ones(1),
            value=np.ones(1),
            segment=np.zeros(1, dtype=np.int64),
            phi=np.ones(1),
        )
        for i, ratio in enumerate(sold_over_said)
    ]
    equal = combine.Weights(np.full((len(SEGMENTS), len(NAMES)), 1 / len(NAMES)), 0.0)
    got = combine._unbiased(said, equal)
    assert got[0].sum() == pytest.approx(scaled, rel=2e-3)
    assert got[1].sum() == pytest.approx(1.0)

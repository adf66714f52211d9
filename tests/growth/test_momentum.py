"""Is the wheel carrying itself? Levers stay, the season is taken out, and what is left is momentum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.growth.calibration import calibrate
from opswheel.growth.data import WeeklyData
from opswheel.growth.momentum import coasted, slopes
from opswheel.growth.templates import template
from opswheel.growth.worlds import Setting, world

from .known import knowing, weeks


@pytest.mark.parametrize("setting", [Setting(), Setting(season=False), Setting(delays_off=True)])
def test_where_the_truth_is_known_coasting_is_what_the_world_would_do(setting: Setting) -> None:
    true = world(3, setting)
    assert knowing(true).coast(13).per_week.value == pytest.approx(true.coasts(13), abs=1e-9)


def test_a_season_that_is_known_is_taken_out_with_all_it_set_off() -> None:
    true = world(3)
    at = true.wheel.index
    season = {"traffic": np.cos(np.arange(104) / 8)[None] * 0.4}
    fit = knowing(true)
    from opswheel.growth.response import run

    b = fit.matrices()
    pushed = np.zeros((1, 104, len(at), 1))
    pushed[0, :, at["traffic"], 0] = season["traffic"][0]
    with_season = replace(fit, season=season, states=true.calm + run(b, pushed)[0, :, :, 0])
    assert coasted(with_season, 13) == pytest.approx(coasted(fit, 13), abs=1e-9)
    assert coasted(replace(with_season, season={}), 13) != pytest.approx(coasted(fit, 13), abs=1e-3)


def test_the_chances_sum_to_one_and_the_word_needs_eight_in_ten() -> None:
    for seed in range(6):
        true = world(seed)
        coast = calibrate(true.wheel, true.data).coast()
        assert coast.p_up + coast.p_steady + coast.p_down == pytest.approx(1)
        chance = {"accelerating": coast.p_up, "steady": coast.p_steady, "slowing": coast.p_down}
        if coast.direction == "cannot_tell":
            assert max(chance.values()) < 0.8
            assert coast.reason
            assert coast.next_step
        else:
            assert chance[coast.direction] >= 0.8
        assert coast.path.shape == (13, 3)
        assert coast.per_week.low < coast.per_week.value < coast.per_week.high


def test_a_wheel_far_below_where_it_settles_accelerates_and_one_far_above_slows() -> None:
    true = world(11, Setting(season=False, noise=0.5))
    fit = calibrate(true.wheel, true.data)
    sales = true.wheel.index["sales"]
    rank = true.wheel.index["rank"]
    for move, word in ((-2.0, "accelerating"), (2.0, "slowing")):
        states = fit.states.copy()
        states[-3:, [sales, rank]] += move
        assert replace(fit, states=states).coast().direction == word


def test_without_sales_there_is_nothing_to_coast_from() -> None:
    wheel = template("seller")
    blind = WeeklyData(weeks(52), {"ads": np.random.default_rng(0).normal(0, 0.3, 52)})
    for fit in (calibrate(wheel, None), calibrate(wheel, blind)):
        coast = fit.coast()
        assert coast.direction == "cannot_tell"
        assert "no weeks of sales" in coast.reason
        assert "load weekly sales" in coast.next_step
        assert np.isnan(coast.per_week.value)


def test_a_slope_over_one_week_is_refused() -> None:
    with pytest.raises(WrongUse, match="at least 2"):
        calibrate(template("seller"), None).coast(1)


def test_slopes_by_hand() -> None:
    assert slopes(np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 3.0], [5.0, 5.0, 5.0]])) == pytest.approx([1.0, 1.5, 0.0])


@pytest.mark.long
def test_on_thirty_seasonal_wheels_the_truth_lies_in_the_coasting_interval() -> None:
    inside = []
    for seed in range(200, 230):
        true = world(seed, Setting(weeks=104))
        coast = calibrate(true.wheel, true.data).coast()
        inside.append(coast.per_week.low <= true.coasts(13) <= coast.per_week.high)
    assert np.mean(inside) > 0.75

"""Product groups lend each other their weeks as far as they are alike, and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from opswheel.core.errors import WrongUse
from opswheel.growth.calibration import calibrate
from opswheel.growth.data import WeeklyData
from opswheel.growth.pooling import pool

from .known import shop, shop_data, shop_weeks, weeks


def ads(fit) -> np.ndarray:
    return fit.values[:, 0]


@pytest.fixture(scope="module")
def alike():
    """Eight groups in which ads bring 0.4, where literature believes 0.1 ± 0.1."""
    wheel = shop(mean=0.1, sd=0.1)
    data = {f"g{i}": shop_data(40, ads=0.4, noise=0.3, seed=i) for i in range(8)}
    return wheel, data, pool(wheel, data)


def test_groups_that_are_alike_learn_from_each_other(alike) -> None:
    wheel, data, pooled = alike
    alone = {name: calibrate(wheel, one, fixed_lags=True) for name, one in data.items()}
    error = {k: abs(ads(f).mean() - 0.4) for k, f in pooled.groups.items()}
    error_alone = {k: abs(ads(f).mean() - 0.4) for k, f in alone.items()}
    assert np.mean(list(error.values())) < 0.75 * np.mean(list(error_alone.values()))
    assert np.mean([ads(f).std() for f in pooled.groups.values()]) < np.mean([ads(f).std() for f in alone.values()])


def test_what_groups_share_is_told_with_how_much_they_differ(alike) -> None:
    _, _, pooled = alike
    shared = pooled.common[0]
    assert (shared.source, shared.target) == ("ads", "traffic")
    assert shared.mean.low < 0.4 < shared.mean.high
    assert 0 < shared.spread.low < shared.spread.value < 0.2


def test_a_group_that_differs_keeps_its_own_link() -> None:
    wheel = shop(mean=0.3, sd=0.3)
    data = {f"g{i}": shop_data(104, ads=0.2, noise=0.05, seed=i) for i in range(6)} | {
        "odd": shop_data(ads=0.9, seed=9)
    }
    pooled = pool(wheel, data)
    assert ads(pooled.groups["odd"]).mean() == pytest.approx(0.9, abs=0.06)
    assert ads(pooled.groups["g0"]).mean() == pytest.approx(0.2, abs=0.06)
    assert pooled.common[0].spread.value > 0.1


def test_a_group_that_cannot_learn_a_link_takes_it_from_the_others(alike) -> None:
    wheel, data, _ = alike
    still = WeeklyData(weeks(40), shop_weeks(40, seed=20) | {"ads": np.zeros(40)})
    pooled = pool(wheel, {**data, "still": still})
    told = pooled.groups["still"]
    assert ads(told).mean() == pytest.approx(0.4, abs=0.12)
    assert ads(told).std() > ads(pooled.groups["g0"]).std()
    assert told.checked["traffic"].left_out == {"ads": "never moved"}


def test_pooled_draws_keep_signs_and_are_the_same_for_one_seed(alike) -> None:
    wheel, data, pooled = alike
    signs = np.array([link.sign for link in wheel.links])
    assert all((fit.values * signs >= 0).all() for fit in pooled.groups.values())
    few = {name: data[name] for name in ("g0", "g1")}
    one, same = pool(wheel, few), pool(wheel, few)
    assert all((one.groups[k].values == same.groups[k].values).all() for k in few)


def test_a_pooled_fit_answers_like_any_other(alike) -> None:
    _, _, pooled = alike
    fit = pooled.groups["g0"]
    assert fit.links()[0].link.key == ("ads", "traffic")
    assert 0 < fit.gain().gain.value < 1
    assert fit.coast().per_week.low < fit.coast().per_week.high


def test_delays_can_be_given() -> None:
    rows = {f"g{i}": shop_weeks(60, ads=0.0, seed=i) for i in range(3)}
    data = {}
    for name, one in rows.items():
        one["traffic"] = one["traffic"] + 0.4 * np.r_[0.0, one["ads"][:-1]]
        data[name] = WeeklyData(weeks(60), one | {"sales": one["traffic"]})
    late, home = pool(shop(), data, lags={("ads", "traffic"): 1}), pool(shop(), data)
    assert ads(late.groups["g0"]).mean() == pytest.approx(0.4, abs=0.06)
    assert ads(home.groups["g0"]).mean() < 0.15


def test_one_group_or_too_few_weeks_are_refused() -> None:
    with pytest.raises(WrongUse, match="cannot be pooled"):
        pool(shop(), {"only": shop_data()})
    with pytest.raises(WrongUse, match="12 weeks of data"):
        pool(shop(), {"a": shop_data(), "b": shop_data(12)})
    blank = WeeklyData(weeks(40), {"ads": np.full(40, np.nan)})
    with pytest.raises(WrongUse, match="No product group"):
        pool(shop(), {"a": blank, "b": replace(blank)})


@pytest.mark.long
def test_pooling_twelve_groups_with_wrong_priors_takes_a_quarter_off_the_error() -> None:
    from opswheel.interfaces.bench.growth import family_error

    error, alone, inside = np.mean([family_error(seed) for seed in range(50, 54)], axis=0)
    assert error <= 0.75 * alone
    assert inside >= 0.85

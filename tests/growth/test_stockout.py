"""What a day off costs beyond that day: invariants of the memory, and the ranges literature gives."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth.stockout import (
    Memory,
    follow_on,
    linear_multiplier,
    marginal_follow_on_days,
    momentum_multiplier,
    pace_path,
    prior_memory,
    recovery_days,
    sales_path,
)

PLAIN = Memory(theta=0.35, alpha_per_day=0.07)
FAR = 3000


@pytest.mark.parametrize("days", [1, 7, 60])
def test_without_reviews_the_pace_loses_in_all_exactly_what_sales_lose(days):
    sales, pace = (path(PLAIN, days, horizon_days=FAR) for path in (sales_path, pace_path))
    assert (1 - sales).sum() == pytest.approx((1 - pace).sum(), abs=1e-8)


@pytest.mark.parametrize("theta", [0.15, 0.35, 0.55])
def test_the_first_day_costs_the_whole_echo(theta):
    slow = Memory(theta=theta, alpha_per_day=0.03)
    assert momentum_multiplier(slow, 1, horizon_days=FAR) == pytest.approx(1 / (1 - theta), rel=0.015)


def test_a_longer_outage_costs_more_in_all_and_less_per_day():
    ages = (1, 3, 7, 14, 30, 60, 120)
    per_day = [float(momentum_multiplier(PLAIN, d, horizon_days=FAR)) for d in ages]
    assert per_day == sorted(per_day, reverse=True)
    after = [row.mean for row in follow_on(PLAIN, ages)]
    assert after == sorted(after)
    assert follow_on(PLAIN, (0,))[0].mean == 0


@pytest.mark.parametrize("days", [1, 7, 30, 90])
def test_the_straight_line_is_a_lower_bound(days):
    assert momentum_multiplier(PLAIN, days, horizon_days=FAR) >= linear_multiplier(0.35, 0.07, days)


def test_follow_on_days_of_the_straight_line_saturate():
    after = [(linear_multiplier(0.35, 0.07, days) - 1) * days for days in (30, 300, 3000)]
    assert after[2] == pytest.approx(0.35 / (0.07 * 0.65), rel=1e-6)
    assert after[0] < after[1] < after[2]


def test_rank_that_is_held_while_off_echoes_less():
    echo = [float(momentum_multiplier(Memory(0.35, 0.07, freeze=held), 7)) for held in (0.0, 0.5, 1.0)]
    assert echo[0] > echo[1] > echo[2] == pytest.approx(1)


def test_losing_half_the_sales_echoes_less_in_all_though_not_per_sale_lost():
    half, all_of_it = (float(momentum_multiplier(PLAIN, 7, share_lost=share, horizon_days=FAR)) for share in (0.5, 1.0))
    assert (half - 1) * 0.5 < all_of_it - 1
    assert all_of_it < half < 1 / (1 - 0.35)  # what still sells while half is off sells at a worse rank


@pytest.mark.parametrize(
    ("days", "low", "middle", "high"),
    [
        (1, 1.26, 1.68, 2.52),
        (3, 1.25, 1.67, 2.47),
        (7, 1.24, 1.63, 2.38),
        (14, 1.23, 1.60, 2.29),
        (30, 1.19, 1.52, 2.10),
        (60, 1.16, 1.41, 1.90),
    ],
)
def test_literature_alone_puts_the_multiplier_where_a_prototype_put_it(days, low, middle, high):
    found = np.quantile(momentum_multiplier(prior_memory(), days), (0.05, 0.5, 0.95))
    assert found[0] == pytest.approx(low, abs=0.05)
    assert found[1] == pytest.approx(middle, abs=0.06)
    assert found[2] == pytest.approx(high, abs=0.2)


def test_no_honest_prior_reaches_the_seven_to_ten_fold_of_vendors():
    assert np.quantile(momentum_multiplier(prior_memory(), 7), 0.999) < 7
    assert linear_multiplier(0.87, 0.01, 1) > 7


def test_sales_come_back_and_later_after_a_longer_outage():
    short, long = (recovery_days(PLAIN, days) for days in (3, 30))
    assert 0 < short < long < 364
    assert recovery_days(Memory(0.0, 0.07), 30) == 0
    assert sales_path(PLAIN, 7)[6] == 0
    assert 0.8 < sales_path(PLAIN, 7)[7] < 0.9


def test_an_old_outage_has_less_echo_left_to_prevent_than_a_fresh_one():
    rows = follow_on(prior_memory(), (1, 7, 14, 30, 60, 90))
    fresh, old = (marginal_follow_on_days(rows, age, 30) for age in (0, 30))
    assert fresh == pytest.approx(rows[3].mean)
    assert 0 < old < fresh
    assert marginal_follow_on_days(rows, 90, 30) == 0
    assert marginal_follow_on_days(rows, 0, 0) == 0


def test_the_mean_is_told_and_not_the_median_and_where_it_comes_from():
    (row,) = follow_on(prior_memory(), (7,))
    days = 7 * (momentum_multiplier(prior_memory(), 7, horizon_days=189) - 1)
    assert row.mean == pytest.approx(days.mean())
    assert row.mean > np.median(days)
    assert row.p10 < row.mean < row.p90
    assert row.source == "literature"
    (own,) = follow_on(prior_memory(theta=0.1), (7,))
    assert own.mean < row.mean
    assert own.source.startswith("calibrated rank loop")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Memory(0.7, 0.07, psi=0.4),
        lambda: Memory(0.3, 1.5),
        lambda: momentum_multiplier(PLAIN, 0),
        lambda: momentum_multiplier(PLAIN, 400),
        lambda: momentum_multiplier(PLAIN, 7, share_lost=0.0),
    ],
)
def test_a_memory_or_an_outage_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(BadWheel) as refused:
        wrong()
    assert refused.value.next_step

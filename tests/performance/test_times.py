"""Times that are not over yet, and times known only as spans: hand-worked and published numbers."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from opswheel.performance.intervals import compared, middle, turnbull
from opswheel.performance.survival import NOTHING, Times, curve, logrank, quantile

# Remission in weeks, treated and placebo: Freireich et al. 1963, as in Cox and Oakes, Analysis of Survival Data.
TREATED = Times(
    {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1},
    {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1},
)
PLACEBO = Times({1: 2, 2: 2, 3: 1, 4: 2, 5: 2, 8: 4, 11: 2, 12: 2, 15: 1, 17: 1, 22: 1, 23: 1}, {})


def test_the_curve_is_the_published_one():
    assert [round(s.share, 3) for s in curve(TREATED)] == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]


def test_the_medians_are_the_published_ones_to_half_a_week():
    assert (quantile(TREATED).value, quantile(PLACEBO).value) == (23.5, 8.5)


def test_the_log_rank_test_is_the_published_one():
    found = logrank(TREATED, PLACEBO)
    assert found.z**2 == pytest.approx(16.79, abs=0.01)  # chi-squared on one degree of freedom
    assert found.z > 0  # the second group ends sooner


def test_what_is_still_open_makes_the_middle_later_than_the_mean_of_what_closed():
    quick = Times({2: 50}, {})
    assert quantile(quick).value == 2.5
    assert quantile(quick.plus(Times({}, {100: 60}))).at_least
    assert quantile(quick.plus(Times({}, {100: 49}))).value == 2.5


def test_a_median_that_is_not_reached_is_a_least_and_never_a_number_made_up():
    found = quantile(Times({5: 3}, {40: 7}))
    assert (found.value, found.high, found.at_least) == (40.0, None, True)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(NOTHING, Times({1: 5}, {}), id="nothing before"),
        pytest.param(Times({1: 5}, {}), NOTHING, id="nothing now"),
        pytest.param(Times({}, {3: 4}), Times({}, {9: 4}), id="nothing ended"),
    ],
)
def test_nothing_is_compared_where_nothing_can_be(before, now):
    assert logrank(before, now) is None


def test_two_months_at_one_pace_are_not_told_apart():
    same = Times({4: 10, 9: 20, 30: 5}, {40: 5})
    assert logrank(same, same).z == pytest.approx(0.0)


def test_spans_that_overlap_share_the_piece_they_have_in_common():
    """Two lie in (0, 3], one in (1, 4], one after 3: by hand 2/3 in (1, 3] and 1/3 in (3, 4]."""
    found = turnbull({(0.0, 3.0): 2, (1.0, 4.0): 1, (3.0, inf): 1})
    assert found.pieces == ((1.0, 3.0), (3.0, 4.0))
    assert found.shares == pytest.approx((2 / 3, 1 / 3), abs=1e-4)


def test_spans_apart_keep_their_shares_and_the_middle_is_that_of_its_piece():
    spans = {(0.0, 24.0): 30, (24.0, 48.0): 10}
    assert turnbull(spans).shares == pytest.approx((0.75, 0.25))
    found = middle(spans)
    assert (found.value, found.low, found.at_least) == (12.0, 0.0, False)


def test_where_most_onsets_have_no_last_good_day_only_a_least_is_told():
    found = middle({(5.0, inf): 8, (0.0, 24.0): 2})
    assert (found.value, found.high, found.at_least) == (5.0, None, True)
    assert middle({}) is None


def test_turnbull_on_exact_times_is_the_plain_share_of_them():
    rng = np.random.default_rng(1)
    hours = rng.integers(0, 50, 400)
    spans = {}
    for h in hours:
        spans[float(h), float(h + 1)] = spans.get((float(h), float(h + 1)), 0) + 1
    found = middle(spans)
    assert abs(found.value - (np.median(hours) + 0.5)) <= 1.0


def _hourly(times):
    """Known times as spans of an hour."""
    return {(float(h), float(h + 1)): n for h, n in times.ended.items()} | {
        (float(h + 1), inf): n for h, n in times.open.items()
    }


def test_spans_of_an_hour_are_told_apart_as_the_log_rank_test_tells_known_times():
    slow = Times({5: 3, 10: 4, 15: 3, 22: 3, 30: 2}, {12: 2, 34: 3})
    exact, spans = logrank(slow, PLACEBO), compared(_hourly(slow), _hourly(PLACEBO))
    assert spans.z == pytest.approx(exact.z, rel=0.15)  # permutation's variance against the hypergeometric
    assert spans.p < 0.01
    assert compared(_hourly(PLACEBO), _hourly(slow)).z == pytest.approx(-spans.z)


def test_two_months_with_the_same_spans_are_not_told_apart():
    same = {(0.0, 24.0): 20, (24.0, 72.0): 9, (10.0, inf): 3}
    assert compared(same, same).z == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param({}, {(0.0, 24.0): 5}, id="nothing before"),
        pytest.param({(0.0, 24.0): 5}, {}, id="nothing now"),
        pytest.param({(0.0, 24.0): 5}, {(5.0, inf): 4, (0.0, 24.0): 3}, id="most of one have no last good day"),
        pytest.param({(0.0, 24.0): 5}, {(0.0, 24.0): 5}, id="all in one span"),
    ],
)
def test_spans_that_say_nothing_of_order_are_not_compared(before, now):
    assert compared(before, now) is None


def test_chance_alone_is_called_clear_about_once_in_twenty():
    clear = 0
    for seed in range(200):
        rng = np.random.default_rng([7, seed])
        two = []
        for _ in range(2):
            spans = {}
            for hours in rng.exponential(60, 60):
                first = float(24 * int(hours // 24))
                span = (first, first + 24.0) if rng.random() < 0.8 else (first, inf)
                spans[span] = spans.get(span, 0) + 1
            two.append(spans)
        clear += compared(*two).p < 0.05
    assert 2 <= clear <= 22

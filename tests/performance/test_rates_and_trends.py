"""Hazards, lines through months and headcount against catalog: what they say, and when they keep silent."""

from __future__ import annotations

from datetime import date
from math import exp, log

import numpy as np
import pytest

from opswheel.performance.rates import hazard_trend, rate, share
from opswheel.performance.trends import plain_trend, scaling, seasonal_trend


def _months(n, start=(2024, 11)):
    k = start[0] * 12 + start[1] - 1
    return [date((k + i) // 12, (k + i) % 12 + 1, 1) for i in range(n)]


def test_a_rate_has_garwoods_interval():
    found = rate(10, 100.0)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.0543, 0.1696), abs=1e-4)
    assert rate(0, 100.0).low == 0.0
    assert rate(0, 0.0) is None


def test_a_share_has_wilsons_interval():
    assert share(9, 10) == pytest.approx((0.9, 0.652, 0.977), abs=1e-3)
    assert share(0, 0) is None


def test_a_hazard_that_falls_by_thirty_percent_a_year_is_found():
    counts = [(i / 12, round(1000 * 0.7 ** (i / 12)), 1e6) for i in range(9)]
    found = hazard_trend(counts)
    assert found.slope == pytest.approx(log(0.7), abs=0.01)
    assert found.ends()[1] < 0


def test_months_that_scatter_more_than_counting_widen_the_doubt():
    level = hazard_trend([(i / 12, 1000, 1e6) for i in range(9)])
    rough = hazard_trend([(i / 12, 1000 + (-1) ** i * 200, 1e6) for i in range(9)])
    assert rough.se > 5 * level.se


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param([(0.0, 50, 1e4), (0.1, 50, 1e4)], id="two months"),
        pytest.param([(i / 12, 1, 1e4) for i in range(6)], id="six repeats"),
        pytest.param([(i / 12, 50, 0.0) for i in range(9)], id="nobody at risk"),
    ],
)
def test_too_little_gives_no_line(counts):
    assert hazard_trend(counts) is None


def test_season_is_no_growth():
    """A shop that sells double every December and grows by ten percent a year: the December is not the growth."""
    months = _months(24)
    levels = {m: 100 * (2 if m.month == 12 else 1) * exp(log(1.1) * i / 12) for i, m in enumerate(months)}
    found = seasonal_trend(levels, months[12])
    assert found.slope == pytest.approx(log(1.1), abs=1e-6)


def test_growth_that_began_this_year_is_this_years():
    months = _months(24)
    levels = {m: 100 * exp(log(1.2) * max(0, i - 12) / 12) for i, m in enumerate(months)}
    assert seasonal_trend(levels, months[12]).slope == pytest.approx(log(1.2), abs=1e-6)


def test_one_year_of_sales_cannot_tell_season_from_growth():
    months = _months(12)
    assert seasonal_trend({m: 100.0 + i for i, m in enumerate(months)}, months[0]) is None


def test_headcount_in_line_with_the_catalog_has_slope_one():
    months = _months(12)
    catalog = {m: 10_000 * 1.05**i for i, m in enumerate(months)}
    found = scaling({m: c / 1_000 for m, c in catalog.items()}, catalog)
    assert found.trend.slope == pytest.approx(1.0)
    assert found.catalog_range == pytest.approx(1.05**11)


def test_a_team_of_one_has_a_slope_of_nothing_and_no_division_by_it():
    months = _months(12)
    found = scaling(dict.fromkeys(months, 1.0), {m: 1_000.0 + 50 * i for i, m in enumerate(months)})
    assert found.trend.slope == pytest.approx(0.0)
    assert found.headcount_range == 1.0


def test_a_catalog_that_stands_still_has_no_slope():
    months = _months(12)
    assert scaling(dict.fromkeys(months, 5.0), dict.fromkeys(months, 5_000.0)).trend is None
    assert scaling({}, {}) is None


def test_a_line_needs_six_months():
    months = _months(5)
    assert plain_trend(dict.fromkeys(months, 3.0)) is None
    assert plain_trend({m: 3.0 * 1.01**i for i, m in enumerate(_months(8))}).slope == pytest.approx(12 * np.log(1.01))

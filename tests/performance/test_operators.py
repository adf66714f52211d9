"""Revenue, people and catalog by month: what is left out is left out everywhere, and said."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from opswheel.performance.operators import headcount_months, revenue_months, since_last_jump

SEP, OCT = date(2026, 9, 1), date(2026, 10, 1)
MONTHS = [date(2026, 8, 1), SEP, OCT]
USUAL = 365.25 / 12


def sold(channel, month, value, days):
    return {"account": "main", "channel": channel, "month": month, "value": value, "days": days}


def test_a_month_counts_by_the_day_so_that_long_months_are_not_growth():
    revenue, notes = revenue_months([sold("amazon:US", SEP, 300.0, 30), sold("amazon:US", OCT, 310.0, 31)], [], MONTHS)
    assert revenue == pytest.approx({SEP: 10 * USUAL, OCT: 10 * USUAL})
    assert notes == []


def test_a_price_rise_is_taken_out():
    rows = [sold("amazon:US", SEP, 300.0, 30), sold("amazon:US", OCT, 341.0, 31)]
    prices = [{"account": "main", "channel": "amazon:US", "month": OCT, "apart": 0.0953102}]
    revenue, _ = revenue_months(rows, prices, MONTHS)
    assert revenue[OCT] == pytest.approx(revenue[SEP], rel=1e-6)


def test_a_channel_added_in_the_middle_is_left_out_and_named():
    rows = [sold("amazon:US", m, 300.0, 30) for m in MONTHS] + [sold("walmart:US", OCT, 900.0, 31)]
    revenue, notes = revenue_months(rows, [], MONTHS)
    assert revenue[OCT] == pytest.approx(10 * USUAL)
    assert notes == ["walmart:US is left out: it does not sell from Aug 2026 to Oct 2026"]


def test_a_month_with_days_missing_is_left_out_and_named():
    rows = [sold("amazon:US", SEP, 300.0, 30), sold("amazon:US", OCT, 100.0, 10)]
    revenue, notes = revenue_months(rows, [], MONTHS)
    assert set(revenue) == {SEP}
    assert notes == ["Oct 2026 of amazon:US is left out: 10 days of it are loaded"]


def test_part_time_people_and_teams_add_up_from_the_day_their_number_holds():
    rows = [
        {"day": OCT, "team": "catalog", "from_day": date(2026, 1, 1), "operators": 2.0},
        {"day": OCT, "team": "catalog", "from_day": date(2026, 9, 16), "operators": 3.0},
        {"day": OCT, "team": "ads", "from_day": SEP, "operators": 0.5},
        {"day": SEP, "team": "catalog", "from_day": date(2026, 1, 1), "operators": 99.0},  # an older list
    ]
    found = headcount_months(rows, MONTHS, datetime(2026, 11, 1))
    assert found == pytest.approx({date(2026, 8, 1): 2.0, SEP: 3.0, OCT: 3.5})
    assert headcount_months([], MONTHS, datetime(2026, 11, 1)) == {}


def test_a_merged_catalog_is_no_growth():
    kept, notes = since_last_jump({date(2026, 7, 1): 1000.0, date(2026, 8, 1): 1010.0, SEP: 2500.0, OCT: 2510.0})
    assert kept == {SEP: 2500.0, OCT: 2510.0}
    assert "merged or newly loaded" in notes[0]
    same = {SEP: 1000.0, OCT: 1200.0}
    assert since_last_jump(same) == (same, [])

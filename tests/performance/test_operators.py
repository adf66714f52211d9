"""Revenue, people and catalog by month: what is left out is left out everywhere, and said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from opswheel.core.contracts import DELIVERIES, OUTCOMES
from opswheel.interfaces.answers.performance_facts import Facts, operators_of
from opswheel.performance.operators import (
    Operators,
    catalog_months,
    headcount_months,
    revenue_months,
    since_last_jump,
)
from opswheel.performance.reading import read
from opswheel.performance.revenue_per_operator import merged_in, yearly
from opswheel.performance.window import month_window
from tests.performance.ledger_rows import NOW, close, fill, runs

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


def lists(ledger, *rows):
    """Complete lists of listings: (day, channel, report, rows)."""
    plain = {"table_name": "listings", "account": "main", "complete_in": 1}
    fill(
        ledger,
        DELIVERIES,
        [
            {**plain, "id": n, "known_at": day, "channel": channel, "report": report, "rows": size}
            for n, (day, channel, report, size) in enumerate(rows, 1)
        ],
    )


def year_to(month):
    return month_window(NOW, "UTC", month)


def told_by(ledger):
    with ledger.read() as connection:
        return catalog_months(connection, read(connection, year_to(OCT), lambda *_: "UTC", "USD"))


def test_catalogs_merged_into_one_channel_are_no_growth_of_the_team(ledger):
    """The same report of the same channel doubles: what is sold from then on is another assortment's."""
    sizes = ((8, 1000), (9, 1010), (10, 2100))
    lists(ledger, *((datetime(2026, m, 5), "amazon:US", "listings", n) for m, n in sizes))
    catalog, notes, merged = told_by(ledger)
    assert catalog == {OCT: 2100.0} and "merged or newly loaded" in notes[0]
    assert merged == (OCT,)
    people = dict.fromkeys([date(2025 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(12)], 5.0)
    years = [date(2024 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(24)]
    revenue = {m: 100.0 * (2.0 if m >= OCT else 1.0) for m in years}
    o = Operators(revenue, people, "headcount.csv", catalog, merged=merged)
    since = date(2025, 11, 1)
    assert yearly(o, since) is None and "Oct 2026" in merged_in(o, since)
    assert yearly(replace(o, merged=(date(2023, 5, 1),)), since) is not None  # too long ago to matter


def test_a_second_channels_list_that_is_loaded_late_is_a_step_of_the_catalog_and_no_merger(ledger):
    rows = [(datetime(2026, m, 5), "amazon:US", "listings", 1000) for m in (8, 9, 10)]
    lists(ledger, *rows, (datetime(2026, 10, 6), "amazon:UK", "listings", 600))
    catalog, notes, merged = told_by(ledger)
    assert catalog == {OCT: 1600.0} and len(notes) == 1
    assert merged == ()


def test_a_channel_added_in_mid_month_neither_grows_the_year_nor_hides_it():
    rows = [sold("amazon:US", m, 10.0 * 31, 31) for m in MONTHS] + [sold("walmart:US", OCT, 900.0, 12)]
    revenue, notes = revenue_months(rows, [], MONTHS)
    assert set(revenue) == set(MONTHS) and revenue[OCT] == pytest.approx(10 * USUAL)
    assert notes == ["Oct 2026 of walmart:US is left out: 12 days of it are loaded"]


def test_a_team_of_one_on_leave_is_a_month_without_people_and_not_a_division_by_nobody():
    rows = [
        {"day": OCT, "team": "", "from_day": date(2026, 1, 1), "operators": 1.0},
        {"day": OCT, "team": "", "from_day": SEP, "operators": 0.0},
        {"day": OCT, "team": "", "from_day": OCT, "operators": 1.0},
    ]
    people = headcount_months(rows, MONTHS, datetime(2026, 11, 1))
    assert people == {date(2026, 8, 1): 1.0, OCT: 1.0}
    o = Operators(dict.fromkeys(MONTHS, 300.0), people, "headcount.csv")
    assert o.per_operator() == {date(2026, 8, 1): 300.0, OCT: 300.0}


def test_headcount_comes_from_the_list_and_only_without_one_from_who_closed(ledger):
    runs(ledger, datetime(2026, 7, 1))
    fill(ledger, OUTCOMES, [close(n, datetime(2026, 10, 3 + n), by=by) for n, by in enumerate(("ines", "tom"), 1)])
    rows = [{"day": OCT, "team": "", "from_day": date(2026, 1, 1), "operators": 7.0}]
    with ledger.read() as connection:
        e = read(connection, year_to(OCT), lambda *_: "UTC", "USD")
        listed = operators_of(connection, e, Facts(headcount=rows))
        closers = operators_of(connection, e, Facts())
    assert (listed.headcount[OCT], listed.headcount_source) == (7.0, "headcount.csv")
    assert (closers.headcount[OCT], closers.headcount_source) == (2.0, "distinct closers")

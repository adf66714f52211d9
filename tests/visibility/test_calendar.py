"""Which days of sales can be trusted, and how ranges are taken apart so that no day counts twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from opswheel.visibility import calendar
from opswheel.visibility.readers import READERS
from opswheel.visibility.selection import Arrival, Selected, select

READ = {r.report: r for r in READERS}
US = ("main", "amazon:US")
TODAY = date(2026, 11, 22)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def arrived(number: int, report: str, first: date, last: date, *, level: str = "child", **other: Any) -> Arrival:
    table = READ[report].table.name
    known = datetime.combine(last, datetime.min.time())
    return Arrival(
        **{
            "id": number,
            "account": US[0],
            "channel": US[1],
            "report": report,
            "table_name": table,
            "known_at": known,
            "landed_at": known,
            "from_day": first,
            "to_day": last,
            "rows": 1,
            "version": number,
            "complete": True,
            "periods": ((level if table == "traffic" else "", first, last),),
            **other,
        }
    )


def selected(*arrivals: Arrival) -> Selected:
    return select(sorted(arrivals, key=lambda a: (a.known_at, a.version)), READ)


def days_of(*arrivals: Arrival, today: date = TODAY) -> dict[date, tuple[str, str]]:
    return dict(calendar.sales_days(selected(*arrivals), READ, {US: today}).get(US, {}))


def test_a_day_of_traffic_counts_once_it_has_settled() -> None:
    daily = [arrived(n, "amazon_sales_and_traffic", ago(n), ago(n)) for n in (1, 2, 3, 4)]
    assert sorted(days_of(*daily)) == [ago(4), ago(3)]


def test_orders_win_where_both_tell_a_day_and_ranges_tell_no_day() -> None:
    found = days_of(
        arrived(1, "amazon_sales_and_traffic", ago(4), ago(4)),
        arrived(2, "amazon_sales_and_traffic", ago(5), ago(5), level="sku"),
        arrived(3, "amazon_orders", ago(4), ago(3)),
        arrived(4, "amazon_business_report", ago(40), ago(10)),
    )
    assert found == {ago(5): ("traffic", "sku"), ago(4): ("orders", "child"), ago(3): ("orders", "child")}


def test_rows_by_child_item_win_over_rows_by_sku_and_rows_by_family_set_no_day() -> None:
    for numbers in ((1, 2), (2, 1)):
        levels = dict(zip(numbers, ("child", "sku"), strict=True))
        both = [arrived(n, "amazon_sales_and_traffic", ago(5), ago(5), level=level) for n, level in levels.items()]
        family = arrived(3, "amazon_sales_and_traffic", ago(6), ago(6), level="parent")
        assert days_of(*both, family) == {ago(5): ("traffic", "child")}


def test_the_calendar_counts_days_from_the_last_settled_one() -> None:
    covered = {ago(n): ("orders", "child") for n in (1, 2, 28, 29, 84, 85)}
    rows = calendar.calendar_rows({US: covered}, {US: {ago(n) for n in (3, 4, 5, 6)}}, {})
    told = {r["day"]: r for r in rows}
    assert [told[ago(n)]["recent"] for n in (1, 28, 29)] == [True, True, False]
    assert [told[ago(n)]["wide"] for n in (84, 85)] == [True, False]
    assert [r["counted"] for r in rows] == [1, 2, 3, 4, 5, 6]


def test_featured_share_is_told_by_child_days_alone() -> None:
    found = selected(
        arrived(1, "amazon_sales_and_traffic", ago(5), ago(5)),
        arrived(2, "amazon_sales_and_traffic", ago(6), ago(6), level="sku"),
        arrived(3, "amazon_sales_and_traffic", ago(9), ago(7)),
    )
    assert calendar.view_days(found, READ, {US: TODAY}) == {US: {ago(5)}}


def test_a_share_is_told_by_days_that_are_over_though_their_sales_still_change() -> None:
    found = selected(*(arrived(n, "amazon_sales_and_traffic", ago(n), ago(n)) for n in (0, 1, 2, 3, 4)))
    over = calendar.share_days(found, {US: TODAY})
    assert over == {US: {ago(n) for n in (1, 2, 3, 4)}}
    assert calendar.share_days(found, {}) == {}
    covered = {ago(n): ("orders", "child") for n in (2, 3, 4, 5)}
    rows = calendar.calendar_rows({US: covered}, calendar.view_days(found, READ, {US: TODAY}), over)
    assert [r["day"] for r in rows if r["shares_now"]] == [ago(4), ago(3), ago(2)]
    assert [r["day"] for r in rows if r["views_now"]] == [ago(4), ago(3)]


def pieces(*ranges: tuple[int, int], daily: tuple[int, ...] = ()) -> list[tuple[int, int, int, int, int]]:
    """(delivery, sign, first days ago, last days ago, days) of the stretches made of ranges, given in days ago."""
    arrivals = [
        arrived(n, "amazon_business_report", ago(first), ago(last)) for n, (first, last) in enumerate(ranges, 1)
    ]
    known = {US: dict.fromkeys((ago(n) for n in daily), ("orders", "child"))}
    rows = calendar.pieces(selected(*arrivals), known)
    return [
        (r["delivery_id"], r["sign"], (TODAY - r["from_day"]).days, (TODAY - r["to_day"]).days, r["days"]) for r in rows
    ]


def test_the_last_thirty_days_without_the_last_seven_are_the_twenty_three_before() -> None:
    assert pieces((32, 3), (9, 3)) == [(2, 1, 9, 3, 7), (1, 1, 32, 10, 23), (2, -1, 32, 10, 23)]


def test_ranges_that_cross_and_ranges_daily_rows_cover_are_left_out() -> None:
    assert pieces((20, 10), (12, 5)) == [(2, 1, 12, 5, 8)]
    assert pieces((20, 10), daily=(15,)) == []
    assert pieces((20, 10), daily=(9, 21)) == [(1, 1, 20, 10, 11)]


def test_a_range_loaded_twice_counts_once() -> None:
    assert pieces((20, 10), (20, 10)) == [(2, 1, 20, 10, 11)]

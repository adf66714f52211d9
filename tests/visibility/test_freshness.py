"""Sources that are late, partial or were never loaded: told, with what they hide, and never taken for health."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from opswheel.visibility import freshness
from opswheel.visibility.detectors import DETECTORS
from opswheel.visibility.freshness import Blind
from opswheel.visibility.readers import READERS
from opswheel.visibility.selection import Arrival, select

READ = {r.report: r for r in READERS}
TODAY = date(2026, 11, 22)
US, CA = ("main", "amazon:US"), ("main", "amazon:CA")
ALL, FBA, SOLD, RANGES, OWN = (
    "amazon_all_listings",
    "amazon_fba_inventory",
    "amazon_sales_and_traffic",
    "amazon_business_report",
    "supply_csv",
)


def arrived(report: str, ago: int, *, place: tuple[str, str] = US, complete: bool = True, **other: Any) -> Arrival:
    day = TODAY - timedelta(days=ago)
    known = datetime.combine(day, datetime.min.time())
    level = "child" if READ[report].table.name == "traffic" else ""
    named = {"account": place[0], "channel": place[1], "report": report, "table_name": READ[report].table.name}
    days = {"from_day": day, "to_day": day, "periods": ((level, day, day),)}
    usual = {"id": ago + 1, "known_at": known, "landed_at": known, "rows": 9, "version": 100 - ago}
    return Arrival(**{**named, **days, **usual, "complete": complete, **other})


def blind(*arrivals: Arrival, expected: dict[tuple[str, str], tuple[str, ...]] | None = None) -> list[Blind]:
    numbered = [a.__class__(**{**a.__dict__, "id": n}) for n, a in enumerate(arrivals, start=1)]
    selected = select(sorted(numbered, key=lambda a: (a.known_at, a.version, a.id)), READ)
    return freshness.blind_sources(selected, READ, dict.fromkeys((US, CA), TODAY), DETECTORS, expected or {})


def told(found: list[Blind]) -> list[tuple[str, str, int]]:
    return [(b.report, b.reason, b.days_late) for b in found]


LATE: list[tuple[str, list[int], int]] = [
    # report, days ago of its deliveries, days late beyond its lag and one and a half times its rhythm
    (ALL, [3, 2, 1, 0], 0),
    (ALL, [3, 2, 1], 0),
    (ALL, [4, 3, 2], 1),
    (ALL, [9], 8),
    (ALL, [28, 21, 14, 7], 0),
    (ALL, [31, 24, 17, 10], 0),
    (ALL, [32, 25, 18, 11], 1),
    (ALL, [74, 67, 60, 53, 46, 39, 32, 25, 18, 17, 16, 15, 14, 13, 12, 11], 10),  # weekly once, daily of late
    (SOLD, [6, 5, 4], 0),
    (SOLD, [7, 6, 5], 1),
    (RANGES, [13], 0),
    (RANGES, [14], 1),
    (OWN, [400], 0),
]


@pytest.mark.parametrize(("report", "ago", "late"), LATE)
def test_a_source_is_late_beyond_its_settling_lag_and_half_its_own_rhythm(
    report: str, ago: list[int], late: int
) -> None:
    found = blind(*[arrived(report, n) for n in ago], arrived(FBA, 0), arrived(ALL, 0, place=CA))
    assert told(found) == ([(report, "late", late)] if late else [])
    assert [b.last_day for b in found] == ([TODAY - timedelta(days=min(ago))] if late else [])


def test_a_late_source_names_the_kinds_it_hides_and_only_those() -> None:
    (found,) = blind(arrived(FBA, 9), arrived(ALL, 0))
    reading_stock = tuple(d.kind for d in DETECTORS if READ[FBA].table in d.reads)
    assert found.kinds == reading_stock
    assert {"out_of_stock", "stockout_ahead"} <= set(found.kinds)
    assert "price_too_low" not in found.kinds


def test_the_other_channel_does_not_vouch_for_this_one() -> None:
    found = blind(arrived(ALL, 0), arrived(ALL, 5, place=CA))
    assert [(b.channel, b.days_late) for b in found] == [("amazon:CA", 4)]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ([(2, True), (0, False)], [(ALL, "the latest delivery looks partial", 2)]),
        ([(0, True), (0, False)], []),
        ([(2, False), (0, True)], []),
        ([(0, False)], [(ALL, "the latest delivery looks partial", 0)]),
    ],
)
def test_a_partial_delivery_blinds_until_a_whole_one_of_that_morning_or_later(
    arrivals: list[tuple[int, bool]], expected: list[tuple[str, str, int]]
) -> None:
    told_in_order = [arrived(ALL, n, complete=whole, version=v) for v, (n, whole) in enumerate(arrivals, start=200)]
    assert told(blind(*told_in_order, arrived(FBA, 0))) == expected


def test_a_source_is_missed_before_it_was_ever_loaded_only_where_the_settings_list_it() -> None:
    assert blind(arrived(ALL, 0)) == []
    found = blind(arrived(ALL, 0), expected={US: (FBA, ALL, "no_such_report"), CA: (ALL,)})
    assert [(b.channel, b.report, b.reason, b.days_late) for b in found] == [
        ("amazon:CA", ALL, "listed in the settings, never loaded", 0),
        ("amazon:US", FBA, "listed in the settings, never loaded", 0),
    ]


def test_a_report_the_team_replaced_by_another_is_waited_for_no_longer_once_the_settings_say_so() -> None:
    arrivals = (arrived(ALL, 9), arrived(FBA, 0), arrived(ALL, 9, place=CA))
    assert [(b.channel, b.report) for b in blind(*arrivals)] == [("amazon:CA", ALL), ("amazon:US", ALL)]
    assert [(b.channel, b.report) for b in blind(*arrivals, expected={US: (FBA,)})] == [("amazon:CA", ALL)]


def test_blindness_costs_a_part_of_the_sales_it_hides_for_each_day_late() -> None:
    found = freshness.priced(blind(arrived(ALL, 9), arrived(ALL, 5, place=CA)), {US: 1000.0})
    assert [(b.channel, b.hidden_per_day, b.cost) for b in found] == [
        ("amazon:CA", 0.0, 0.0),
        ("amazon:US", 1000.0, pytest.approx(1000.0 * 0.03 * 8)),
    ]


def test_a_source_of_cash_alone_hides_no_sales() -> None:
    found = freshness.priced(blind(arrived("amazon_inventory_planning", 9), arrived(ALL, 9)), {US: 1000.0})
    assert {b.report: (b.kinds != (), b.hidden_per_day, b.cost > 0) for b in found} == {
        "amazon_inventory_planning": (True, 0.0, False),
        ALL: (True, 1000.0, True),
    }


def test_only_whole_deliveries_after_a_fix_can_prove_it() -> None:
    arrivals = [arrived(ALL, n) for n in (5, 3, 1)] + [arrived(ALL, 0, complete=False), arrived(ALL, 1, place=CA)]
    selected = select([a.__class__(**{**a.__dict__, "id": n}) for n, a in enumerate(arrivals, start=1)], READ)
    after = datetime(2026, 11, 19)
    found, slow = freshness.deliveries_after(selected, "listings", US, after)
    assert (found, slow) == ((datetime(2026, 11, 21),), False)


@pytest.mark.parametrize(("ago", "slow"), [([6, 3, 0], False), ([8, 4, 0], True), ([0], False)])
def test_a_source_is_slow_where_it_comes_less_often_than_every_three_days(ago: list[int], slow: bool) -> None:
    selected = select([arrived(ALL, n) for n in ago], READ)
    assert freshness.deliveries_after(selected, "listings", US, datetime(2026, 1, 1))[1] is slow

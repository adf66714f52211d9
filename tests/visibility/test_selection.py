"""What replaces what: snapshots by day, periods by the same period only, events never."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from opswheel.core.contracts import LISTING_STATUS, LISTINGS, ORDERS, TRAFFIC
from opswheel.visibility.readers import READERS
from opswheel.visibility.selection import Arrival, Selected, arrival_rows, arrivals_of, files_for, select

READ = {r.report: r for r in READERS}
D18, D19, D20, D21 = (date(2026, 11, n) for n in (18, 19, 20, 21))


def arrived(number: int, table: str, first: date, last: date | None = None, **other: Any) -> Arrival:
    known = datetime.combine(other.pop("known", last or first), datetime.min.time())
    level = "child" if table == "traffic" else ""
    return Arrival(
        **{
            "id": number,
            "account": "main",
            "channel": "amazon:US",
            "report": {"listings": "amazon_all_listings", "orders": "amazon_orders"}.get(table, f"{table}_csv"),
            "table_name": table,
            "known_at": known,
            "landed_at": known,
            "from_day": first,
            "to_day": last or first,
            "rows": 1,
            "version": number,
            "complete": True,
            "periods": ((level, first, last or first),),
            **other,
        }
    )


def selected(*arrivals: Arrival) -> Selected:
    return select(sorted(arrivals, key=lambda a: (a.known_at, a.version, a.id)), READ)


def test_an_older_snapshot_that_lands_later_displaces_nothing() -> None:
    found = selected(arrived(1, "listings", D20), arrived(2, "listings", D18))
    assert (found.current, found.counting) == ({1}, {1, 2})


def test_a_second_export_of_one_morning_takes_the_place_of_the_first() -> None:
    found = selected(arrived(1, "listings", D20), arrived(2, "listings", D20), arrived(3, "listings", D19))
    assert (found.current, found.counting) == ({2}, {2, 3})


def test_a_partial_snapshot_leaves_the_one_before_it_current() -> None:
    found = selected(arrived(1, "listings", D19), arrived(2, "listings", D20, complete=False))
    assert (found.current, found.counting) == ({1}, {1})


def test_channels_and_accounts_have_a_current_snapshot_each() -> None:
    found = selected(
        arrived(1, "listings", D20),
        arrived(2, "listings", D18, channel="amazon:UK"),
        arrived(3, "listings", D19, account="other"),
    )
    assert found.current == {1, 2, 3}


def test_a_newer_period_replaces_the_same_period_only_and_whichever_report_tells_it() -> None:
    days = arrived(1, "traffic", D18, D19, periods=(("child", D18, D18), ("child", D19, D19)))
    again = arrived(2, "traffic", D19, report="amazon_sales_and_traffic", known=D21)
    week = arrived(3, "traffic", D18, D20)
    elsewhere = arrived(4, "traffic", D19, channel="amazon:UK")
    found = selected(days, again, week, elsewhere)
    assert found.periods["traffic"] == (
        (1, "child", D18, D18),
        (2, "child", D19, D19),
        (3, "child", D18, D20),
        (4, "child", D19, D19),
    )
    assert found.replaced == {"traffic"}


def test_an_older_period_never_replaces_a_newer_one() -> None:
    found = selected(arrived(1, "traffic", D19, known=D21), arrived(2, "traffic", D19, known=D20))
    assert found.periods["traffic"] == ((1, "child", D19, D19),)


def test_every_version_of_an_order_counts() -> None:
    assert selected(arrived(1, "orders", D18, D20), arrived(2, "orders", D18, D20)).counting == {1, 2}


def test_answers_about_single_listings_are_believed_for_a_week() -> None:
    late = D20 - timedelta(days=6)
    old = D20 - timedelta(days=7)
    found = selected(*(arrived(n, "listing_status", day) for n, day in ((1, D20), (2, late), (3, old))))
    assert (found.current, found.counting) == ({1, 2}, {1, 2, 3})
    assert {a.id for a in found.of(LISTING_STATUS)} == {1, 2, 3}


def test_a_run_sees_what_was_known_by_then_in_the_manifest_it_names() -> None:
    def row(number: int, version: int, known: date, complete_in: int | None) -> Any:
        known_at = datetime.combine(known, datetime.min.time())
        told = arrived(number, "listings", known)
        return SimpleNamespace(**{**vars(told), "version": version, "known_at": known_at, "complete_in": complete_in})

    rows = [row(1, 1, D19, 1), row(2, 2, D20, 4), row(3, 3, D18, 3), row(4, 5, D18, 5)]
    covers = [SimpleNamespace(delivery_id=1, level="", from_day=D19, to_day=D19)]
    at = datetime.combine(D19, datetime.min.time())
    assert [a.id for a in arrivals_of(rows, covers, version=4, as_of=at)] == [3, 1]
    later = arrivals_of(rows, covers, version=3, as_of=at + timedelta(days=1))
    assert [(a.id, a.complete, a.periods) for a in later] == [
        (3, True, ()),
        (1, True, (("", D19, D19),)),
        (2, False, ()),
    ]


def test_files_are_read_whole_where_all_their_rows_count_and_by_delivery_where_not() -> None:
    def file(path: str, table: str, *deliveries: int) -> Any:
        return SimpleNamespace(path=path, table_name=table, deliveries=deliveries)

    found = selected(
        arrived(1, "listings", D19),
        arrived(2, "listings", D20),
        arrived(3, "listings", D20, complete=False),
        arrived(4, "traffic", D19),
        arrived(5, "traffic", D19, known=D21),
        arrived(6, "orders", D19),
    )
    files = [file("a", "listings", 1, 2), file("b", "listings", 3), file("c", "traffic", 4, 5), file("d", "orders", 6)]
    root = Path("/lake")
    whole = files_for(LISTINGS, found, files, root)
    now = files_for(LISTINGS, found, files, root, current=True)
    traffic = files_for(TRAFFIC, found, files, root)
    orders = files_for(ORDERS, found, files, root)
    assert (whole.paths, whole.deliveries) == ((root / "a",), None)
    assert (now.paths, now.deliveries) == ((root / "a",), (2,))
    assert (traffic.paths, traffic.periods) == ((root / "c",), ((5, D19, D19),))
    assert (orders.paths, orders.deliveries, orders.periods) == ((root / "d",), None, None)


def test_a_snapshot_lasts_until_the_next_one_and_the_last_until_today_is_over() -> None:
    found = selected(arrived(1, "listings", D18), arrived(2, "listings", D20), arrived(3, "orders", D19))
    rows = arrival_rows(found, READ, {("main", "amazon:US"): D21})
    assert [(r["delivery_id"], r["day"], r["next_day"], r["latest"]) for r in rows] == [
        (1, D18, D20, False),
        (2, D20, D21 + timedelta(days=1), True),
    ]

"""Which marketplace and which morning a file belongs to, through the whole loader."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from opswheel.core.settings import ChannelSettings, Settings

from ..loading import ALL_LISTINGS, MORNING, ORDERS_33, RESTOCK, SUPPRESSED, Shop, table

D18, D19, D20, D21, D22 = (date(2026, 11, n) for n in (18, 19, 20, 21, 22))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def listings(*skus: str, status: str = "Active") -> str:
    return table(ALL_LISTINGS, *({"seller-sku": sku, "item-name": "Mug", "status": status} for sku in skus))


def order(sku: str, day: str, *, changed: str = "", channel: str = "Amazon.com") -> dict[str, object]:
    return {
        "amazon-order-id": f"114-{sku}",
        "purchase-date": f"{day}T20:00:00+00:00",
        "last-updated-date": f"{changed or day}T21:00:00+00:00",
        "order-status": "Shipped",
        "sales-channel": channel,
        "sku": sku,
        "quantity": "1",
    }


def traffic(*days: str) -> str:
    return "item_id,day,units,sales\n" + "".join(f"B1,{day},1,10\n" for day in days)


def test_a_day_inside_that_disagrees_with_the_day_of_export_is_refused(shop: Shop) -> None:
    text = "sku,sellable,day\nA,5,2026-11-19\n"
    refused = shop.load_text("stock-2026-11-20.csv", text, channel="amazon:US")
    assert (refused.status, refused.code) == ("refused", "bad_days")
    assert "Say --day 2026-11-19" in str(refused.error)
    said = shop.load_text("stock-2026-11-20.csv", text, channel="amazon:US", day=D19)
    silent = shop.load_text("stock.csv", text, channel="amazon:US")
    assert (said.status, said.days, silent.status) == ("loaded", (D19, D19), "unchanged")


def test_of_several_days_inside_none_may_lie_after_the_day_of_export(shop: Shop) -> None:
    text = "sku,sellable,day\nA,5,2026-11-18\nA,4,2026-11-20\n"
    (refused,) = shop.load(shop.put("stock.csv", text), channel="amazon:US", day=D19)
    assert (refused.status, refused.code) == ("refused", "bad_days")
    assert [r.status for r in shop.load(shop.put("stock.csv", text), channel="amazon:US", day=D20)] == ["loaded"] * 2


def test_an_export_dated_before_its_own_last_day_is_refused(shop: Shop) -> None:
    orders = shop.load_text("orders-2026-11-17.tsv", table(ORDERS_33, order("A", "2026-11-18")))
    period = shop.load_text("traffic.csv", traffic("2026-11-18", "2026-11-19"), channel="amazon:US", day=D18)
    assert [(r.status, r.code) for r in (orders, period)] == [("refused", "bad_days")] * 2
    assert "exported on 2026-11-17 but holds 2026-11-18" in str(orders.error)
    assert shop.files() == []


def test_without_any_day_a_pinned_clock_refuses_and_a_running_one_asks_the_file(shop: Shop) -> None:
    path = shop.put("amazon-US/all.tsv", listings("A"), modified=MORNING - timedelta(days=2))
    (refused,) = shop.load(path)
    assert (refused.status, refused.code) == ("refused", "bad_days")
    assert "Say --day" in str(refused.error)
    shop.pinned = False
    (loaded,) = shop.load(path)
    assert loaded.days == (D20, D20)
    ahead = shop.put("amazon-US/later.tsv", listings("B"), modified=MORNING + timedelta(hours=2))
    (refused,) = shop.load(ahead)
    assert "own time lies ahead" in str(refused.error)


def test_the_same_bytes_on_another_morning_are_another_snapshot(shop: Shop) -> None:
    shop.pinned = False
    for days, expected in ((2, "loaded"), (2, "unchanged"), (1, "loaded")):
        path = shop.put("amazon-US/all.tsv", listings("A"), modified=MORNING - timedelta(days=days))
        assert [r.status for r in shop.load(path)] == [expected]
    assert shop.deliveries("to_day") == [(D20,), (D21,)]


def test_a_snapshot_is_known_at_midnight_of_its_morning_in_its_own_zone(shop: Shop) -> None:
    for channel in ("amazon:US", "amazon:JP"):
        shop.load_text("all.tsv", listings("A"), channel=channel, day=D20)
    assert [str(at) for (at,) in shop.rows("listings", "known_at")] == ["2026-11-19 15:00:00", "2026-11-20 08:00:00"]


def test_todays_orders_are_seen_today_and_their_last_day_is_not_over(shop: Shop) -> None:
    report = table(ORDERS_33, order("A", "2026-11-20"), order("B", "2026-11-21"), order("C", "2026-11-22"))
    shop.now = datetime.fromisoformat("2026-11-22 21:30:00")
    shop.load_text("orders-2026-11-22.tsv", report)
    assert shop.seen("orders", "sku") == [("A",), ("B",), ("C",)]
    assert shop.covered() == [("amazon_orders", "", D20, D21)]


def test_an_order_file_without_any_day_is_known_when_it_lands_at_the_latest(shop: Shop) -> None:
    shop.now = datetime.fromisoformat("2026-11-22 21:30:00")
    shop.load_text("orders.tsv", table(ORDERS_33, order("A", "2026-11-21"), order("C", "2026-11-22")))
    assert shop.deliveries("known_at") == [(shop.now,)]
    assert shop.covered() == [("amazon_orders", "", D21, D21)]


def test_orders_that_only_changed_cover_no_day_they_were_made_on(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("OLD", "2026-10-01", changed="2026-11-19"),
        order("A", "2026-11-19"),
        order("B", "2026-11-20"),
    )
    shop.load_text("orders-2026-11-21.tsv", report)
    assert shop.covered() == [("amazon_orders", "", D19, D20)]


def test_a_stated_range_is_what_an_order_file_covers_even_on_days_without_sales(shop: Shop) -> None:
    shop.load_text("orders.tsv", table(ORDERS_33, order("A", "2026-11-19")), between=(D18, D21))
    assert shop.covered() == [("amazon_orders", "", D18, D21)]


def test_folder_command_and_file_name_the_channel_in_that_order(shop: Shop) -> None:
    orders = table(ORDERS_33, order("A", "2026-11-18", channel="Amazon.co.uk"))
    assert shop.load_text("amazon-DE/o.tsv", orders, channel="amazon:FR").channel == "amazon:FR"
    assert shop.load_text("amazon-DE/o.tsv", orders).channel == "amazon:DE"
    assert Shop(_folder(shop, "fresh")).load_text("o.tsv", orders).channel == "amazon:UK"
    refused = shop.load_text("o.csv", "sku,unit_cost\nA,1\n", day=D20)
    assert (refused.status, refused.code) == ("refused", "no_channel")


def test_the_only_channel_of_a_workspace_needs_no_name(shop: Shop) -> None:
    shop.load_text("all.tsv", listings("A"), channel="amazon:CA", day=D20)
    assert shop.load_text("costs.csv", "sku,unit_cost\nA,1\n", day=D20).channel == "amazon:CA"
    fresh = Shop(_folder(shop, "second"), settings=Settings(channels={"walmart:US": ChannelSettings()}))
    assert fresh.load_text("costs.csv", "sku,unit_cost\nA,1\n", day=D20).channel == "walmart:US"


def _folder(shop: Shop, name: str) -> Path:
    folder = shop.folder / name
    folder.mkdir()
    return folder


def test_a_folder_of_mixed_files_loads_into_a_new_workspace(shop: Shop) -> None:
    shop.put("a-all.tsv", listings("A"))
    shop.put("b-costs.csv", "sku,unit_cost\nA,1\n")
    shop.put("c-rates.csv", "day,currency,to_currency,rate\n2026-11-19,EUR,USD,1.08\n")
    shop.put("z-restock.tsv", table(RESTOCK, {"Country": "US", "Merchant SKU": "A", "Available": "1"}))
    results = shop.load(day=D20)
    assert [(r.status, r.channel) for r in results] == [
        ("loaded", "amazon:US"),
        ("loaded", "amazon:US"),
        ("loaded", "*"),
        ("loaded", "amazon:US"),
    ]
    assert {r.status for r in shop.load(day=D20)} == {"unchanged"}


def test_the_same_folder_stays_refused_where_two_marketplaces_are_named(shop: Shop) -> None:
    shop.put("a-all.tsv", listings("A"))
    rows = [{"Country": c, "Merchant SKU": "A", "Available": "1"} for c in ("US", "CA")]
    shop.put("z-restock.tsv", table(RESTOCK, *rows))
    assert [(r.status, r.code) for r in shop.load(day=D20)] == [
        ("refused", "no_channel"),
        ("loaded", None),
        ("loaded", None),
    ]


def test_a_mixed_file_is_split_by_its_rows_and_the_others_follow_the_biggest(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("A", "2026-11-18", channel="Amazon.de"),
        order("B", "2026-11-18", channel="Amazon.de"),
        order("C", "2026-11-18", channel="Amazon.fr"),
        order("M", "2026-11-18", channel="Non-Amazon"),
    )
    results = shop.load(shop.put("orders.tsv", report))
    assert sorted((r.channel, r.rows) for r in results) == [("amazon:DE", 3), ("amazon:FR", 1)]
    assert shop.rows("orders", "sku", "channel", "external") == [
        ("A", "amazon:DE", False),
        ("B", "amazon:DE", False),
        ("C", "amazon:FR", False),
        ("M", "amazon:DE", True),
    ]
    assert {r.status for r in shop.load(shop.reports / "orders.tsv")} == {"unchanged"}
    shop.assert_whole()


def test_a_marketplace_we_do_not_know_is_named_in_the_refusal(shop: Shop) -> None:
    report = table(ORDERS_33, order("A", "2026-11-18", channel="Amazon.xy"))
    refused = shop.load_text("orders.tsv", report)
    assert (refused.code, "Amazon.xy" in str(refused.error)) == ("no_channel", True)
    assert shop.load_text("orders.tsv", report, channel="amazon:XY").rows == 1
    assert shop.rows("orders", "external") == [(False,)]


def test_an_older_snapshot_fills_history_and_displaces_nothing(shop: Shop) -> None:
    shop.load_text("amazon-US/all-2026-11-20.tsv", listings("A", "B"))
    shop.load_text("amazon-UK/all-2026-11-20.tsv", listings("X"))
    shop.load_text("amazon-US/all-2026-11-18.tsv", listings("A", "B", "C"))
    assert shop.seen("listings_current", "channel", "sku") == [
        ("amazon:UK", "X"),
        ("amazon:US", "A"),
        ("amazon:US", "B"),
    ]
    assert len(shop.seen("listings", "sku")) == 6


def test_a_second_export_of_the_same_morning_replaces_the_first(shop: Shop) -> None:
    shop.load_text("amazon-US/all-2026-11-20.tsv", listings("A", "B"))
    shop.load_text("amazon-US/all-2026-11-20 (1).tsv", listings("A", "B", status="Inactive"))
    assert shop.seen("listings_current", "sku", "status") == [("A", "inactive"), ("B", "inactive")]


def test_a_newer_period_replaces_that_period_and_no_other(shop: Shop) -> None:
    first = traffic("2026-11-18", "2026-11-19")
    shop.load_text("a.csv", first, channel="amazon:US")
    shop.load_text("b.csv", first.replace("1,10", "7,70"), channel="amazon:UK")
    shop.load_text("c.csv", "item_id,day,units,sales\nB1,2026-11-19,5,50\n", channel="amazon:US")
    shop.load_text("d.csv", "item_id,from_day,to_day,units,sales\nB1,2026-11-18,2026-11-19,9,90\n", channel="amazon:US")
    assert shop.seen("traffic", "channel", "from_day", "to_day", "units") == [
        ("amazon:UK", D18, D18, 7),
        ("amazon:UK", D19, D19, 7),
        ("amazon:US", D18, D18, 1),
        ("amazon:US", D18, D19, 9),
        ("amazon:US", D19, D19, 5),
    ]


def test_a_period_that_ends_before_it_begins_or_has_no_days_is_refused(shop: Shop) -> None:
    text = "item_id,from_day,to_day,units,sales\nB1,2026-11-19,2026-11-18,9,90\n"
    refused = shop.load_text("d.csv", text, channel="amazon:US")
    assert (refused.code, "before it begins" in str(refused.error)) == ("bad_days", True)


def test_empty_lists_are_one_delivery_for_each_morning_and_place(shop: Shop) -> None:
    shop.put("amazon-US/suppressed-2026-11-20.tsv", SUPPRESSED.replace(",", "\t") + "\n")
    shop.put("amazon-UK/suppressed-2026-11-20.tsv", SUPPRESSED.replace(",", "\t") + "\n")
    assert [r.status for r in shop.load()] == ["loaded", "loaded"]
    assert [r.status for r in shop.load()] == ["unchanged", "unchanged"]


def test_one_file_loaded_for_two_channels_is_read_again_where_nothing_is_said(shop: Shop) -> None:
    orders = table(ORDERS_33, order("A", "2026-11-18", channel="Amazon.co.uk"))
    for said, expected in (("amazon:FR", "amazon:FR"), ("amazon:DE", "amazon:DE"), ("", "amazon:UK")):
        assert [r.channel for r in shop.load(shop.put("o.tsv", orders), channel=said)] == [expected]

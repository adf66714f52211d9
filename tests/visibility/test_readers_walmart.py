"""Walmart's reports: items in a ZIP archive, who holds the Buy Box, stock by ship node."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from ..loading import Shop
from .test_layouts import seen
from .test_readers_shopify import INVENTORY as SHOPIFY_INVENTORY
from .test_readers_shopify import INVENTORY_BEFORE, ORDERS, PRODUCTS, PRODUCTS_2025, sheet

DAY = date(2026, 11, 20)
ITEM = (
    "SKU,Item ID,Product Name,Lifecycle Status,Publish Status,Status Change Reason,Product Category,Product Type,Price,"
    "Currency,Buy Box Item Price,Buy Box Shipping Price,Buy Box Eligible,MSRP,Product Tax Code,Ship Methods,"
    "Shipping Weight,Fulfillment Lag Time,Fulfillment Type,WFS Sales Restriction,WPID,GTIN,UPC,Item Page URL,"
    "Primary Image URL,Shelf Name,Primary Category Path,Brand,Offer Start Date,Offer End Date,Item Creation Date,"
    "Item Last Updated,Reviews Count,Average Rating,Searchable?,Variant Group Id,Primary Variant?,"
    "Variant Grouping Attributes,Variant Grouping Values,Competitor URL,Competitor Price,Competitor Ship Price,"
    "Competitor Last Date Fetched,Repricer Strategy,Minimum Seller Allowed Price,Maximum Seller Allowed Price,"
    "Repricer Status"
)
BUYBOX = (
    "SKU,Item ID,Product Name,Product Category,Seller Item Price,Seller Ship Price,isSellerBuyBoxWinner,"
    "BuyBox Item Price,BuyBox Ship Price"
)
INVENTORY = "SKU,Item ID,Product Name,Ship Node ID,Ship Node Name,Input Quantity,AvailToSell Quantity"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def item(sku: str, published: str = "PUBLISHED", lifecycle: str = "ACTIVE", **cells: object) -> dict[str, object]:
    return {
        **{"SKU": sku, "Item ID": "123", "Product Name": "Coffee Table", "Product Category": "Furniture"},
        **{"Lifecycle Status": lifecycle, "Publish Status": published, "Price": "179.0", "Currency": "USD"},
        **{"Fulfillment Type": "Seller Fulfilled", "Brand": "Oak", "Searchable?": "Yes"},
        **cells,
    }


def zipped(report: str, name: str = "item_report.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, report)
    return packed.getvalue()


def test_an_item_report_in_its_archive_tells_listings_states_repricer_bounds_and_stars(shop: Shop) -> None:
    assert len(ITEM.split(",")) == 47
    report = sheet(
        ITEM,
        item(
            "SELLS",
            **{"Minimum Seller Allowed Price": "150.00", "Maximum Seller Allowed Price": "199.00"},
            **{"Reviews Count": "1206", "Average Rating": "4.3"},
        ),
        item("HELD", "SYSTEM_PROBLEM", **{"Status Change Reason": "Primary image is missing", "Price": "98.9"}),
        item("OFF", "UNPUBLISHED", **{"Status Change Reason": "Offer end date has passed"}),
        item("RETIRED", "SYSTEM_PROBLEM", "ARCHIVED", **{"Status Change Reason": "Issue"}),
        item("NEW", "READY_TO_PUBLISH", **{"Reviews Count": "0", "Average Rating": "0"}),
        item(
            "WFS",
            **{
                "Fulfillment Type": "Walmart Fulfilled",
                "Searchable?": "No",
                "Reviews Count": "12",
                "Average Rating": "n/a",
            },
        ),
    )
    results = shop.load(shop.put("walmart-US/ItemReport_2026-11-20.zip", zipped(report)))
    assert [(r.report, r.channel, r.rows, r.rejected) for r in results] == [
        ("walmart_item", "walmart:US", 6, 0),
        ("walmart_item_status", "walmart:US", 6, 0),
        ("walmart_item_price_rules", "walmart:US", 1, 0),
        ("walmart_item_ratings", "walmart:US", 1, 0),
    ]
    assert shop.rows("listings", "sku", "item_id", "status", "fulfillment", "price_minor", "brand") == [
        ("HELD", "123", "inactive", "merchant", 9890, "Oak"),
        ("NEW", "123", "incomplete", "merchant", 17900, "Oak"),
        ("OFF", "123", "inactive", "merchant", 17900, "Oak"),
        ("RETIRED", "123", "inactive", "merchant", 17900, "Oak"),
        ("SELLS", "123", "active", "merchant", 17900, "Oak"),
        ("WFS", "123", "active", "marketplace", 17900, "Oak"),
    ]
    assert shop.rows("listing_status", "sku", "buyable", "discoverable", "action", "issue_text") == [
        ("HELD", False, True, "SYSTEM_PROBLEM", "Primary image is missing"),
        ("NEW", False, True, None, None),
        ("OFF", False, True, "UNPUBLISHED", "Offer end date has passed"),
        ("RETIRED", False, True, None, "Issue"),
        ("SELLS", True, True, None, None),
        ("WFS", True, False, None, None),
    ]
    assert shop.rows("price_rules", "sku", "min_minor", "max_minor") == [("SELLS", 15000, 19900)]
    assert shop.rows("item_ratings", "sku", "stars", "ratings") == [("SELLS", 4.3, 1206)]


def test_a_row_without_sku_or_with_an_impossible_price_is_refused_and_told_once_a_table(shop: Shop) -> None:
    good = [item(f"S{n}") for n in range(60)]
    report = sheet(ITEM, *good, item(""), item("BAD", Price="about 20"))
    results = shop.load(shop.put("item.csv", report), channel="walmart:US", day=DAY)
    assert [(r.report, r.rows, r.rejected) for r in results] == [
        ("walmart_item", 60, 2),
        ("walmart_item_status", 60, 1),
        ("walmart_item_price_rules", 0, 0),
        ("walmart_item_ratings", 0, 0),
    ]
    assert set(shop.rejects()) == {("62", "SKU", "", "empty"), ("63", "Price", "about 20", "cannot be read")}


def test_a_date_or_flag_written_in_an_unknown_way_refuses_no_item(shop: Shop) -> None:
    odd = item("A", **{"Item Creation Date": "3rd of May", "Searchable?": "perhaps"})
    known = item("B", **{"Item Creation Date": "05/03/2024"})
    results = shop.load(shop.put("item.csv", sheet(ITEM, odd, known)), channel="walmart:US", day=DAY)
    assert [r.rejected for r in results] == [0, 0, 0, 0]
    assert shop.rows("listings", "sku", "opened_on") == [("A", None), ("B", date(2024, 5, 3))]
    assert shop.rows("listing_status", "sku", "discoverable") == [("A", None), ("B", True)]


def test_a_missing_column_is_named_and_a_new_one_does_no_harm(shop: Shop) -> None:
    without = sheet(ITEM.replace("Publish Status,", ""), {k: v for k, v in item("A").items() if k != "Publish Status"})
    refused = shop.load_text("item.csv", without, channel="walmart:US", day=DAY)
    assert (refused.code, "Walmart Item report v4 (missing: Publish Status)" in str(refused.error)) == (
        "unknown_layout",
        True,
    )
    more = sheet("Ad Rank," + ITEM, item("A", **{"Ad Rank": "1"}))
    assert [r.status for r in shop.load(shop.put("more.csv", more), channel="walmart:US", day=DAY)] == ["loaded"] * 4


def test_bounds_that_were_lifted_bind_no_more(shop: Shop) -> None:
    bound = item("A", **{"Minimum Seller Allowed Price": "150.00"})
    shop.load(shop.put("item-1.csv", sheet(ITEM, bound)), channel="walmart:US", day=date(2026, 11, 19))
    assert shop.seen("price_rules_current", "sku") == [("A",)]
    shop.load(shop.put("item-2.csv", sheet(ITEM, item("A"))), channel="walmart:US", day=DAY)
    assert shop.seen("price_rules_current", "sku") == []


@pytest.mark.parametrize(("header", "report"), [
    (ITEM, "walmart_item"), (BUYBOX, "walmart_buybox"), (INVENTORY, "walmart_inventory"),
    (ORDERS, "shopify_orders"), (PRODUCTS, "shopify_products"), (PRODUCTS_2025, "shopify_products"),
    (SHOPIFY_INVENTORY, "shopify_inventory"), (INVENTORY_BEFORE, "shopify_inventory"),
], ids=lambda value: value[:20])  # fmt: skip
def test_a_report_is_known_by_its_header_in_any_order_case_and_with_new_columns(header: str, report: str) -> None:
    names = ["Brand New Column", *reversed(header.split(",")), "another one"]
    layout = seen(",".join(f" {n.upper()} " for n in names) + "\n")
    assert (layout.reader.report, layout.columns[0], layout.columns[-1]) == (report, "", "")


def test_a_broken_archive_is_refused_whole(shop: Shop) -> None:
    packed = zipped(sheet(ITEM, *(item(f"S{n}") for n in range(200))))
    result = shop.load_text("item.zip", packed[: len(packed) // 2], channel="walmart:US", day=DAY)
    assert (result.status, result.code) == ("refused", "unreadable_file")
    assert shop.files() == []


def offer(sku: str, won: str, price: str, ship: str = "0.0") -> dict[str, object]:
    return {
        **{"SKU": sku, "Item ID": "123", "Seller Item Price": "20.0", "isSellerBuyBoxWinner": won},
        **{"BuyBox Item Price": price, "BuyBox Ship Price": ship},
    }


def test_the_buy_box_is_ours_another_sellers_or_nobodys(shop: Shop) -> None:
    report = sheet(BUYBOX, offer("OURS", "Yes", "20.0"), offer("LOST", "No", "18.5", "1.25"), offer("NONE", "No", ""))
    result = shop.load_text("buybox.csv", report, channel="walmart:US", day=DAY)
    assert (result.report, result.rows, result.rejected) == ("walmart_buybox", 3, 0)
    assert shop.rows("offers", "sku", "featured_by", "featured_price_minor", "item_id") == [
        ("LOST", "other", 1975, "123"),
        ("NONE", "none", None, "123"),
        ("OURS", "us", 2000, "123"),
    ]


def test_the_other_spelling_of_the_buy_box_headings_is_the_same_report(shop: Shop) -> None:
    other = BUYBOX.replace("SKU", "Sku").replace("isSeller", "IsSeller").replace("BuyBox ", "Buybox ")
    report = sheet(other, {"Sku": "A", "IsSellerBuyBoxWinner": "YES", "Buybox Item Price": "$1,020.00"})
    result = shop.load_text("buybox.csv", report, channel="walmart:US", day=DAY)
    assert (result.report, shop.rows("offers", "featured_price_minor")) == ("walmart_buybox", [(102000,)])


def test_a_winner_that_is_neither_yes_nor_no_refuses_its_row(shop: Shop) -> None:
    report = sheet(BUYBOX, *(offer(f"S{n}", "Yes", "1") for n in range(30)), offer("X", "maybe", "1"))
    result = shop.load_text("buybox.csv", report, channel="walmart:US", day=DAY)
    assert (result.rows, shop.rejects()) == (30, [("32", "isSellerBuyBoxWinner", "maybe", "cannot be read")])


def test_stock_is_summed_over_the_ship_nodes(shop: Shop) -> None:
    rows: list[dict[str, object]] = [
        {"SKU": "A", "Ship Node ID": "1", "Input Quantity": 100, "AvailToSell Quantity": 95},
        {"SKU": "A", "Ship Node ID": "2", "Input Quantity": 200, "AvailToSell Quantity": 198},
        {"SKU": "B", "Ship Node ID": "1", "Input Quantity": 0, "AvailToSell Quantity": ""},
    ]
    result = shop.load_text("inventory.csv", sheet(INVENTORY, *rows), channel="walmart:US", day=DAY)
    assert (result.report, result.rows, result.rejected) == ("walmart_inventory", 2, 0)
    assert shop.rows("stock", "sku", "sellable_units", "reserved_units") == [("A", 293, 7), ("B", 0, 0)]


def test_the_inventory_api_answers_the_same(shop: Shop) -> None:
    def node(held: int, free: int) -> dict[str, object]:
        return {"shipNode": "N", "inputQty": {"unit": "EACH", "amount": held}, "availToSellQty": {"amount": free}}

    inventories = [{"sku": "A", "nodes": [node(100, 95), node(200, 198)]}, {"sku": "B", "nodes": [node(3, 3)]}]
    answer = json.dumps({"meta": {"totalCount": 2}, "elements": {"inventories": inventories}})
    result = shop.load_text("inventories.json", answer, channel="walmart:US", day=DAY)
    assert (result.report, result.rows, result.rejected) == ("walmart_inventories", 2, 0)
    assert shop.rows("stock", "sku", "sellable_units", "reserved_units") == [("A", 293, 7), ("B", 3, 0)]

"""Shopify's exports: orders whose facts stand on their first line, variants among pictures, stock by location."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest

from ..loading import Shop

DAY = date(2026, 11, 20)
ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
PRODUCTS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,Variant Weight Unit,Variant Tax Code,"
    "Cost per item,Included / United States,Price / United States,Compare At Price / United States,Status"
)
PRODUCTS_2025 = (
    "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
    "Option1 name,Option1 value,Price,Compare-at price,Cost per item,Charge tax,Inventory tracker,Inventory quantity,"
    "Continue selling when out of stock,Requires shipping,Product image URL,Image position,Gift card"
)
INVENTORY = (
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,COO,"
    "Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),"
    "Available (not editable),On hand (current),On hand (new)"
)
INVENTORY_BEFORE = INVENTORY.replace(" (not editable)", "").replace("On hand (current),On hand (new)", "On hand")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def sheet(header: str, *rows: dict[str, object]) -> str:
    """A comma file as Shopify writes it, quotes where a cell needs them; rows name only the cells that matter."""
    names = header.split(",")
    assert all(key in names for row in rows for key in row), [k for row in rows for k in row if k not in names]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def first(name: str, sku: str, **cells: object) -> dict[str, object]:
    """The first line of an order: what is true of the whole stands here."""
    return {
        **{"Name": name, "Email": "jane@example.com", "Financial Status": "paid", "Currency": "USD"},
        **{"Created at": "2026-11-18 10:00:00 +0100", "Paid at": "2026-11-18 10:00:05 +0100"},
        **{"Fulfillment Status": "unfulfilled", "Billing Name": "Jane Doe", "Billing Phone": "+12065550100"},
        **{"Shipping Zip": "'98101", "Notes": "=HYPERLINK(evil)"},
        **line(name, sku),
        **cells,
    }


def line(name: str, sku: str, **cells: object) -> dict[str, object]:
    """Any further line: the order's name, the buyer's e-mail, and one thing bought."""
    return {
        **{"Name": name, "Email": "jane@example.com", "Lineitem sku": sku, "Lineitem quantity": 1},
        **{"Lineitem price": "20.00", "Lineitem requires shipping": "true", "Lineitem taxable": "true"},
        **{"Lineitem fulfillment status": "pending"},
        **cells,
    }


def test_what_stands_on_the_first_line_of_an_order_holds_for_all_its_lines(shop: Shop) -> None:
    report = sheet(
        ORDERS,
        first(
            "#1001", "A", **{"Lineitem fulfillment status": "fulfilled", "Fulfilled at": "2026-11-19 09:00:00 +0100"}
        ),
        line("#1001", "B", **{"Lineitem quantity": 3}),
        first("#1002", "A", **{"Created at": "2026-11-18 23:30:00 -0500", "Paid at": ""}),
    )
    result = shop.load_text("orders.csv", report, channel="shopify:main", day=DAY)
    assert (result.report, result.status, result.rows, result.rejected) == ("shopify_orders", "loaded", 3, 0)
    assert shop.rows("orders", "sku", "day", "at", "updated_at", "status", "units", "line_minor", "external") == [
        ("A", date(2026, 11, 18), *moments("2026-11-18 09:00:00", "2026-11-19 08:00:00"), "shipped", 1, 2000, False),
        ("A", date(2026, 11, 19), *moments("2026-11-19 04:30:00", "2026-11-19 04:30:00"), "open", 1, 2000, False),
        ("B", date(2026, 11, 18), *moments("2026-11-18 09:00:00", "2026-11-19 08:00:00"), "open", 3, 6000, False),
    ]


def moments(*texts: str) -> list[datetime]:
    return [datetime.fromisoformat(t) for t in texts]


def test_the_discount_and_taxes_of_an_order_are_parted_over_its_lines_to_the_cent(shop: Shop) -> None:
    whole = {"Subtotal": "50.00", "Discount Amount": "10.00", "Shipping": "5.00", "Taxes": "5.50"}
    report = sheet(ORDERS, first("#1", "A", **whole), line("#1", "B"), line("#1", "C"))
    shop.load_text("orders.csv", report, channel="shopify:main", day=DAY)
    assert shop.rows("orders", "sku", "promotion_minor", "tax_minor") == [
        ("A", 333, 167),
        ("B", 334, 166),
        ("C", 333, 167),
    ]  # 10.00 off three times 20.00; 10 % of 50.00, and 0.50 of the taxes are on the shipping


def test_free_shipping_takes_nothing_off_the_goods(shop: Shop) -> None:
    free = {"Subtotal": "40.00", "Discount Amount": "5.00", "Shipping": "5.00"}
    off = {"Subtotal": "35.00", "Discount Amount": "5.00"}
    own = {"Subtotal": "33.00", "Discount Amount": "5.00", "Lineitem discount": "2.00"}
    both = {"Subtotal": "33.00", "Discount Amount": "7.00", "Lineitem discount": "2.00"}
    report = sheet(
        ORDERS,
        *(
            row
            for name, cells in (("free", free), ("off", off), ("own", own), ("both", both))
            for row in (first(name, f"{name}-1", **cells), line(name, f"{name}-2"))
        ),
    )
    shop.load_text("orders.csv", report, channel="shopify:main", day=DAY)
    told = dict(shop.rows("orders", "sku", "promotion_minor"))
    assert {n: told[f"{n}-1"] + told[f"{n}-2"] for n in ("free", "off", "own", "both")} == {
        "free": 0,
        "off": 500,
        "own": 700,
        "both": 700,
    }


@pytest.mark.parametrize(("cells", "status"), [
    ({}, "open"),
    ({"Financial Status": "pending"}, "pending"),
    ({"Financial Status": "authorized"}, "open"),
    ({"Lineitem fulfillment status": "fulfilled", "Financial Status": "refunded"}, "shipped"),
    ({"Cancelled at": "2026-11-18 11:00:00 +0100"}, "cancelled"),
    ({"Financial Status": "voided"}, "cancelled"),
])  # fmt: skip
def test_the_state_of_a_line_follows_from_payment_shipping_and_cancelling(
    shop: Shop, cells: dict[str, object], status: str
) -> None:
    shop.load_text("orders.csv", sheet(ORDERS, first("#1", "A", **cells)), channel="shopify:main", day=DAY)
    assert shop.rows("orders", "status") == [(status,)]


def test_tips_are_no_sale_and_goods_without_a_sku_are_refused_by_line(shop: Shop) -> None:
    report = sheet(
        ORDERS,
        first("#1", "A"),
        line("#1", "", **{"Lineitem name": "Tip", "Lineitem requires shipping": "false"}),
        line("#1", "", **{"Lineitem name": "Hand-made mug"}),
        line("#2", "B", **{"Lineitem name": "its first line is in another file"}),
        *(first(f"#{n}", "A") for n in range(3, 60)),
    )
    result = shop.load_text("orders.csv", report, channel="shopify:main", day=DAY)
    assert (result.rows, result.rejected) == (58, 2)
    assert shop.rejects() == [
        ("4", "Lineitem sku", "", "empty"),
        ("5", "Created at", "", "empty on every line of the order"),
    ]


def test_a_quantity_that_is_none_refuses_its_line_only(shop: Shop) -> None:
    rows = [first(f"#{n}", "A") for n in range(30)]
    report = sheet(ORDERS, *rows, first("#99", "A", **{"Lineitem quantity": "two"}))
    result = shop.load_text("orders.csv", report, channel="shopify:main", day=DAY)
    assert (result.rows, shop.rejects()) == (30, [("32", "Lineitem quantity", "two", "cannot be read")])


def test_nothing_of_a_buyer_is_kept_anywhere(shop: Shop) -> None:
    rows = [first(f"#{n}", "A", Id="5512345678901", **{"Payment Reference": "c123"}) for n in range(30)]
    bad = first("#98", "A", **{"Created at": "Jane Doe, jane@example.com"})
    shop.load_text("orders.csv", sheet(ORDERS, *rows, bad), channel="shopify:main", day=DAY)
    kept = shop.bytes_at_rest()
    for private in (b"jane@", b"2065550100", b"98101", b"HYPERLINK", b"#12", b"5512345678901", b"c123"):
        assert private not in kept
    assert b"cannot be read" in kept


def test_an_order_exported_again_is_a_new_version_of_the_same_lines(shop: Shop) -> None:
    shop.load_text("orders-1.csv", sheet(ORDERS, first("#1", "A")), channel="shopify:main", day=DAY)
    later = first(
        "#1", "A", **{"Lineitem fulfillment status": "fulfilled", "Fulfilled at": "2026-11-19 12:00:00 +0100"}
    )
    shop.load_text("orders-2.csv", sheet(ORDERS, later), channel="shopify:main", day=DAY)
    assert len(set(shop.rows("orders", "order_hash", "line"))) == 1
    assert shop.rows("orders", "status") == [("open",), ("shipped",)]


def variant(sku: str, **cells: object) -> dict[str, object]:
    return {"Handle": "mug", "Variant SKU": sku, "Variant Price": "19.90", **cells}


PRODUCT = {
    **{"Title": "Mug", "Vendor": "Clay & Co", "Type": "Mugs", "Published": "TRUE", "Status": "active"},
    "Gift Card": "FALSE",
}
TRACKED = {"Variant Inventory Tracker": "shopify", "Variant Inventory Policy": "deny"}


def test_variants_take_title_and_state_from_the_first_line_and_pictures_are_no_variants(shop: Shop) -> None:
    report = sheet(
        PRODUCTS,
        variant("BLU", **PRODUCT, **TRACKED, **{"Variant Inventory Qty": 7, "Cost per item": "6.25"}),
        variant("GRN", **TRACKED, **{"Variant Inventory Qty": -2, "Variant Price": "21.00"}),
        {"Handle": "mug", "Image Src": "https://cdn/1.png", "Image Position": 2},
        variant("RED", **(TRACKED | {"Variant Inventory Policy": "continue"}), **{"Variant Inventory Qty": 0}),
        variant("OWN", **{"Variant Inventory Qty": 0}),
    )
    results = shop.load(shop.put("shopify-main/products-2026-11-20.csv", report))
    assert [(r.report, r.table, r.rows, r.rejected) for r in results] == [
        ("shopify_products", "listings", 4, 0),
        ("shopify_product_costs", "costs", 1, 0),
    ]
    assert shop.rows("listings", "sku", "title", "brand", "category", "status", "price_minor", "quantity_units") == [
        ("BLU", "Mug", "Clay & Co", "Mugs", "active", 1990, 7),
        ("GRN", "Mug", "Clay & Co", "Mugs", "active", 2100, -2),
        ("OWN", "Mug", "Clay & Co", "Mugs", "active", 1990, None),
        ("RED", "Mug", "Clay & Co", "Mugs", "active", 1990, None),
    ]
    assert shop.rows("costs", "sku", "unit_cost_minor") == [("BLU", 625)]


@pytest.mark.parametrize(("status", "published", "expected"), [
    ("active", "TRUE", "active"),
    ("active", "FALSE", "inactive"),
    ("draft", "FALSE", "incomplete"),
    ("archived", "TRUE", "inactive"),
    ("", "TRUE", "active"),
    ("", "FALSE", "inactive"),
])  # fmt: skip
def test_a_product_is_active_only_if_shoppers_find_it(shop: Shop, status: str, published: str, expected: str) -> None:
    row = variant("A", **(PRODUCT | {"Status": status, "Published": published}))
    shop.load(shop.put("products.csv", sheet(PRODUCTS, row)), channel="shopify:main", day=DAY)
    assert shop.rows("listings", "status") == [(expected,)]


def test_the_headings_of_2025_are_the_same_export(shop: Shop) -> None:
    row = {"URL handle": "mug", "Title": "Mug", "SKU": "A", "Price": "1,250.00", "Status": "Active"}
    row |= {"Published on online store": "TRUE", "Inventory tracker": "shopify", "Inventory quantity": "3"}
    row |= {"Continue selling when out of stock": "DENY", "Cost per item": "400"}
    results = shop.load(shop.put("products.csv", sheet(PRODUCTS_2025, row)), channel="shopify:main", day=DAY)
    assert [(r.report, r.rows) for r in results] == [("shopify_products", 1), ("shopify_product_costs", 1)]
    assert shop.rows("listings", "sku", "price_minor", "quantity_units", "status") == [("A", 125000, 3, "active")]


def test_a_variant_without_sku_is_refused_once_and_a_gift_card_is_left_out(shop: Shop) -> None:
    report = sheet(
        PRODUCTS,
        *(variant(f"S{n}", **PRODUCT) for n in range(30)),
        variant("", **{"Cost per item": "5"}),
        {"Handle": "card", "Title": "Gift card", "Variant Price": "50", "Gift Card": "TRUE", "Status": "active"},
    )
    results = shop.load(shop.put("products.csv", report), channel="shopify:main", day=DAY)
    assert [(r.report, r.rows, r.rejected) for r in results] == [("shopify_products", 30, 1)]
    assert shop.rejects() == [("32", "SKU", "", "empty")]


def stocked(sku: str, location: str, available: object, **cells: object) -> dict[str, object]:
    return {"Handle": "mug", "SKU": sku, "Location": location, "Available (not editable)": available, **cells}


def test_stock_is_the_sum_of_all_places_that_hold_a_variant(shop: Shop) -> None:
    on_way, kept = "Incoming (not editable)", "Committed (not editable)"
    report = sheet(
        INVENTORY,
        stocked("BLU", "Lyon", 5, **{on_way: 10, kept: 1}),
        stocked("BLU", "Nice", 3, **{on_way: 0, kept: 2}),
        stocked("BLU", "Shop", "not stocked", **{on_way: "not stocked", kept: "not stocked"}),
        stocked("GRN", "Lyon", -1, **{on_way: 0, kept: 4}),
        stocked("RED", "Shop", "not stocked"),
    )
    result = shop.load_text("inventory.csv", report, channel="shopify:main", day=DAY)
    assert (result.report, result.status, result.rows, result.rejected) == ("shopify_inventory", "loaded", 2, 0)
    assert shop.rows("stock", "sku", "sellable_units", "reserved_units", "inbound_shipped_units", "fulfillment") == [
        ("BLU", 8, 3, 10, "merchant"),
        ("GRN", -1, 4, 0, "merchant"),
    ]


def test_the_inventory_headings_of_before_are_the_same_export(shop: Shop) -> None:
    row = {"SKU": "A", "Location": "Lyon", "Available": "1,250", "Incoming": 0}
    result = shop.load_text("inventory.csv", sheet(INVENTORY_BEFORE, row), channel="shopify:main", day=DAY)
    assert (result.report, shop.rows("stock", "sku", "sellable_units")) == ("shopify_inventory", [("A", 1250)])


def test_a_bad_place_is_refused_and_a_variant_without_sku_too(shop: Shop) -> None:
    good = [stocked(f"S{n}", "Lyon", n) for n in range(40)]
    report = sheet(INVENTORY, *good, stocked("BAD", "Lyon", "many"), stocked("", "Lyon", 2))
    result = shop.load_text("inventory.csv", report, channel="shopify:main", day=DAY)
    assert (result.rows, result.rejected) == (40, 2)
    assert shop.rejects() == [("42", "Available (not editable)", "many", "cannot be read"), ("43", "SKU", "", "empty")]


def test_the_export_with_a_column_for_each_place_is_refused_with_what_it_lacks(shop: Shop) -> None:
    report = "Handle,Title,Option1 Name,SKU,HS Code,COO,Lyon,Nice\nmug,Mug,Title,A,,,5,3\n"
    result = shop.load_text("inventory.csv", report, channel="shopify:main", day=DAY)
    assert (result.status, result.code) == ("refused", "unknown_layout")
    assert "Shopify Inventory by location (missing: Location, Available (not editable))" in str(result.error)


def test_a_file_cut_short_inside_a_quoted_cell_is_refused_whole(shop: Shop) -> None:
    report = sheet(ORDERS, first("#1", "A"), line("#1", "B", **{"Lineitem name": "Mug,\nblue"}))
    result = shop.load_text("orders.csv", report[: report.rindex("blue")], channel="shopify:main", day=DAY)
    assert (result.status, result.code) == ("refused", "unreadable_file")
    assert shop.rows("orders", "sku") == []


def test_a_spreadsheet_that_saved_the_export_in_its_own_encoding_changes_no_letter(shop: Shop) -> None:
    row = variant("A", **(PRODUCT | {"Title": "Café-Tasse"}))
    shop.load(shop.put("products.csv", sheet(PRODUCTS, row).encode("cp1252")), channel="shopify:main", day=DAY)
    assert shop.rows("listings", "title") == [("Café-Tasse",)]


def test_a_formula_in_a_title_stays_text(shop: Shop) -> None:
    row = variant("A", **(PRODUCT | {"Title": '=HYPERLINK("http://x","y")'}))
    shop.load(shop.put("products.csv", sheet(PRODUCTS, row)), channel="shopify:main", day=DAY)
    assert shop.rows("listings", "title") == [('=HYPERLINK("http://x","y")',)]

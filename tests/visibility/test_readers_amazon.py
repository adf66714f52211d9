"""Amazon's reports as sellers really get them: which cells become which facts, and which rows say nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ..loading import (
    ACTIVE_LISTINGS,
    ALL_LISTINGS,
    FBA_2018,
    FBA_2026,
    INACTIVE_LISTINGS,
    ORDERS_29,
    ORDERS_32,
    ORDERS_33,
    RESTOCK,
    STRANDED,
    SUPPRESSED,
    Shop,
    tab,
    table,
)

DAY = date(2026, 11, 20)
LISTING = {"item-name": "Mug", "listing-id": "0711ZJ", "item-condition": "11", "asin1": "B01", "status": "Active"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def listing(sku: str, **cells: object) -> dict[str, object]:
    return {**LISTING, "seller-sku": sku, "fulfillment-channel": "AMAZON_NA", **cells}


def test_all_listings_tell_status_price_and_quantity_but_no_fba_stock(shop: Shop) -> None:
    report = table(
        ALL_LISTINGS,
        listing("FBA", price="19.99", **{"open-date": "2025-11-12 00:11:56 PST"}),
        listing("OWN", price="10", quantity="7", status="Inactive", **{"fulfillment-channel": "DEFAULT"}),
        listing("DRAFT", status="Incomplete", quantity="3", **{"item-condition": "2"}),
    )
    result = shop.load_text("all.tsv", "\ufeff" + report, channel="amazon:US", day=DAY)
    assert (result.status, result.report, result.rows, result.rejected) == ("loaded", "amazon_all_listings", 3, 0)
    columns = ("sku", "status", "fulfillment", "price_minor", "currency", "quantity_units", "condition", "opened_on")
    assert shop.rows("listings", *columns) == [
        ("DRAFT", "incomplete", "marketplace", None, "USD", None, "2", None),
        ("FBA", "active", "marketplace", 1999, "USD", None, "new", date(2025, 11, 12)),
        ("OWN", "inactive", "merchant", 1000, "USD", 7, "new", None),
    ]


def test_a_british_file_has_two_more_columns_and_writes_the_day_first(shop: Shop) -> None:
    header = ALL_LISTINGS.replace(",status", ",Minimum order quantity,Sell remainder,status")
    report = table(
        header,
        listing("ATV2", price="10", quantity="1", status="Inactive", **{"open-date": "24/03/2011 09:29:39 GMT"}),
        listing("ATV3", price="11", status="Active", **{"open-date": "08/07/2016 10:12:40 BST"}),
    )
    shop.load_text("amazon-UK/all.tsv", report, day=DAY)
    assert shop.rows("listings", "channel", "sku", "opened_on", "currency") == [
        ("amazon:UK", "ATV2", date(2011, 3, 24), "GBP"),
        ("amazon:UK", "ATV3", date(2016, 7, 8), "GBP"),
    ]


def test_inactive_and_active_listings_say_their_status_by_being_in_the_file(shop: Shop) -> None:
    off = {k: v for k, v in listing("OFF", price="9").items() if k != "status"}
    on = {k: v for k, v in listing("ON", price="8", **{"Business Price": "on request"}).items() if k != "status"}
    shop.load_text("inactive.tsv", table(INACTIVE_LISTINGS, off), channel="amazon:US", day=DAY)
    shop.load_text("active.tsv", table(ACTIVE_LISTINGS, on), channel="amazon:US", day=DAY)
    assert len(ACTIVE_LISTINGS.split(",")) == 47
    assert shop.rows("listings", "sku", "status") == [("OFF", "inactive"), ("ON", "active")]
    assert shop.deliveries("report") == [("amazon_inactive_listings",), ("amazon_active_listings",)]


def test_a_suppressed_listing_is_hidden_or_held_back_as_its_status_says(shop: Shop) -> None:
    report = tab(
        SUPPRESSED,
        [
            ["Search Suppressed", "Missing info", "G3", "B0", "Box", "11", "2022-07-29", "'[brand]' is required."],
            ["Detail Page Removed", "Compliance", "H4", "B1", "Jar", "11", "2022-07-11", "Documents."],
        ],
    )
    shop.load_text("suppressed.tsv", report, channel="amazon:US", day=DAY)
    assert shop.rows("suppressions", "sku", "state", "reason", "since_day", "issue_text") == [
        ("G3", "search_suppressed", "Missing info", date(2022, 7, 29), "'[brand]' is required."),
        ("H4", "suppressed", "Compliance", date(2022, 7, 11), "Documents."),
    ]


def test_fba_inventory_keeps_bare_quotes_and_leaves_out_skus_without_an_fba_offer(shop: Shop) -> None:
    cells = {"fnsku": "X0", "asin": "B07", "condition": "New", "afn-listing-exists": "Yes"}
    report = table(
        FBA_2018,
        {**cells, "sku": "BEADS", "product-name": '10pcs 5.9"x 4.7" é', "afn-inbound-shipped-quantity": "8"},
        {**cells, "sku": "MUG", "product-name": "Mug", "afn-fulfillable-quantity": "277"},
        {"sku": "OURS", "fnsku": "X1", "asin": "B08", "afn-listing-exists": "No", "afn-fulfillable-quantity": ""},
    )
    result = shop.load_text("amazon-DE/fba.tsv", report.encode("cp1252"), day=DAY)
    assert (result.report, result.rows, result.rejected) == ("amazon_fba_inventory", 2, 0)
    assert shop.rows("stock", "sku", "sellable_units", "inbound_shipped_units", "fulfillment") == [
        ("BEADS", 0, 8, "marketplace"),
        ("MUG", 277, None, "marketplace"),
    ]


def test_the_22_columns_of_2026_are_the_same_report(shop: Shop) -> None:
    row = {"sku": "MUG", "fnsku": "X0", "afn-fulfillable-quantity": "-2", "afn-reserved-quantity": "6"}
    result = shop.load_text("fba.tsv", table(FBA_2026, row), channel="amazon:US", day=DAY)
    assert len(FBA_2026.split(",")) == 22
    assert (result.report, result.status) == ("amazon_fba_inventory", "loaded")
    assert shop.rows("stock", "sku", "sellable_units", "reserved_units") == [("MUG", -2, 6)]


def test_restock_names_its_country_and_its_words_for_numbers_refuse_no_row(shop: Shop) -> None:
    days = "Total Days of Supply (including units from open shipments)"
    cells = {"Fulfilled by": "Amazon", "Recommended ship date": "none", "Unit storage size": "0.0356 ft3"}
    report = table(
        RESTOCK,
        {
            **cells,
            "Country": "US",
            "Merchant SKU": "A",
            "FNSKU": "X0",
            "Available": "5",
            "FC transfer": "2",
            days: "365+",
        },
        {**cells, "Country": "GB", "Merchant SKU": "A", "FNSKU": "X0", "Available": "1", "Customer Order": "3"},
        {
            **cells,
            "Country": "US",
            "Merchant SKU": "B",
            "Available": "1,250",
            "FC Processing": "4",
            "Product Name": "Café",
        },
    )
    results = shop.load(shop.put("restock.tsv", report.encode("cp1252")), day=DAY)
    assert sorted((r.channel, r.rows, r.rejected) for r in results) == [("amazon:UK", 1, 0), ("amazon:US", 2, 0)]
    assert shop.rows("stock", "channel", "sku", "sellable_units", "transfer_units", "reserved_units") == [
        ("amazon:UK", "A", 1, None, 3),
        ("amazon:US", "A", 5, 2, 0),
        ("amazon:US", "B", 1250, None, 4),
    ]


def order(sku: str, **cells: object) -> dict[str, object]:
    return {
        "amazon-order-id": f"114-{sku}",
        "purchase-date": "2026-11-18T23:36:26+00:00",
        "last-updated-date": "2026-11-19T01:00:00+00:00",
        "order-status": "Shipped",
        "fulfillment-channel": "Amazon",
        "sales-channel": "Amazon.com",
        "sku": sku,
        "quantity": "1",
        **cells,
    }


@pytest.mark.parametrize("header", [ORDERS_29, ORDERS_32, ORDERS_33])
def test_order_files_of_every_age_load_even_where_rows_are_shorter_than_the_header(shop: Shop, header: str) -> None:
    assert len(header.split(",")) in (29, 32, 33)
    full = order("LONG", currency="USD", **{"item-price": "20.00", "promotion-ids": "P"})
    whole = table(header, full, order("SHORT", currency="USD", **{"item-price": "5.50"}))
    lines = whole.split("\r\n")
    lines[2] = "\t".join(lines[2].split("\t")[:22])
    result = shop.load_text("orders.tsv", "\r\n".join(lines))
    assert (result.status, result.rows, result.rejected) == ("loaded", 2, 0)
    assert shop.rows("orders", "channel", "sku", "line_minor", "currency") == [
        ("amazon:US", "LONG", 2000, "USD"),
        ("amazon:US", "SHORT", 550, "USD"),
    ]


def test_orders_of_other_channels_take_stock_but_are_no_sale_here(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("HERE", currency="USD", **{"item-price": "20.00"}),
        order("MCF", **{"sales-channel": "Non-Amazon", "item-price": "", "currency": ""}),
        order("MCF-US", **{"sales-channel": "Non-Amazon US"}),
        order("UNSAID", **{"sales-channel": ""}),
    )
    shop.load_text("orders.tsv", report)
    assert shop.rows("orders", "sku", "external", "channel") == [
        ("HERE", False, "amazon:US"),
        ("MCF", True, "amazon:US"),
        ("MCF-US", True, "amazon:US"),
        ("UNSAID", False, "amazon:US"),
    ]


def test_pending_and_cancelled_lines_have_no_price_and_keep_their_state(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("PAID", currency="USD", quantity="2", **{"item-price": "40.00", "item-promotion-discount": "4.00"}),
        order("PENDING", currency="", **{"order-status": "Pending", "item-price": ""}),
        order("DROPPED", quantity="0", **{"order-status": "Cancelled"}),
        order("LINE", currency="USD", **{"item-status": "Cancelled", "item-price": "9.00"}),
        order("NEW", currency="USD", **{"order-status": "Some Word Of 2027", "item-price": "1.00"}),
    )
    shop.load_text("orders.tsv", report)
    assert shop.rows("orders", "sku", "status", "units", "line_minor", "promotion_minor") == [
        ("DROPPED", "cancelled", 0, None, None),
        ("LINE", "cancelled", 1, 900, None),
        ("NEW", "open", 1, 100, None),
        ("PAID", "shipped", 2, 4000, 400),
        ("PENDING", "pending", 1, None, None),
    ]


def test_an_order_belongs_to_the_day_of_its_own_marketplace(shop: Shop) -> None:
    late = {"purchase-date": "2026-11-18T23:30:00+00:00"}
    report = table(
        ORDERS_33,
        order("US", **late),
        order("UK", **late, **{"sales-channel": "Amazon.co.uk"}),
        order("DE", **late, **{"sales-channel": "Amazon.de"}),
        order("JP", **late, **{"sales-channel": "Amazon.co.jp"}),
    )
    shop.load(shop.put("orders.tsv", report))
    assert shop.rows("orders", "sku", "channel", "day") == [
        ("DE", "amazon:DE", date(2026, 11, 19)),
        ("JP", "amazon:JP", date(2026, 11, 19)),
        ("UK", "amazon:UK", date(2026, 11, 18)),
        ("US", "amazon:US", date(2026, 11, 18)),
    ]


def test_european_prices_keep_their_tax_beside_them_and_yen_have_no_cents(shop: Shop) -> None:
    report = table(
        ORDERS_33,
        order("VAT", currency="EUR", **{"sales-channel": "Amazon.de", "item-price": "23.80", "item-tax": "3.80"}),
        order("YEN", currency="JPY", **{"sales-channel": "Amazon.co.jp", "item-price": "1980", "item-tax": "180"}),
        order("ABROAD", currency="JPY", **{"sales-channel": "Amazon.de", "item-price": "500"}),
    )
    shop.load(shop.put("orders.tsv", report))
    assert shop.rows("orders", "sku", "line_minor", "tax_minor", "currency") == [
        ("ABROAD", 500, None, "JPY"),
        ("VAT", 2380, 380, "EUR"),
        ("YEN", 1980, 180, "JPY"),
    ]


def test_two_lines_of_one_sku_in_one_order_stay_two_whatever_their_order_in_the_file(shop: Shop) -> None:
    same = {"amazon-order-id": "114-1", "currency": "USD"}
    one = order("A", **same, quantity="1", **{"item-price": "5.00"})
    two = order("A", **same, quantity="3", **{"item-price": "15.00"})
    shop.load_text("orders-a.tsv", table(ORDERS_33, one, two))
    shop.load_text("orders-b.tsv", table(ORDERS_33, two, one))
    assert shop.rows("orders", "line", "units") == [(1, 1), (1, 1), (2, 3), (2, 3)]


def test_stranded_stock_tells_since_when_why_and_until_when(shop: Shop) -> None:
    report = table(
        STRANDED,
        {
            "sku": "A",
            "date-stranded": "2026-11-02",
            "Date-to-take-auto-removal": "2026-12-31",
            "stranded-reason": "Listing closed",
            "fulfillable-qty": "12",
            "your-price": "9.99",
        },
        {"sku": "B", "date-stranded": "2026-11-03", "fulfillable-qty": ""},
    )
    shop.load_text("stranded.tsv", report, channel="amazon:US", day=DAY)
    assert shop.rows("stranded", "sku", "stranded_day", "sellable_units", "price_minor", "auto_removal_day") == [
        ("A", date(2026, 11, 2), 12, 999, date(2026, 12, 31)),
        ("B", date(2026, 11, 3), 0, None, None),
    ]


BUSINESS = (
    "(Parent) ASIN,(Child) ASIN,Title,Sessions – Total,Page Views – Total,Featured Offer (Buy Box) Percentage,"
    "Units Ordered,Unit Session Percentage,Ordered Product Sales,Total Order Items"
)


def test_a_business_report_reads_as_spreadsheets_write_it(shop: Shop) -> None:
    report = (
        f"\ufeff{BUSINESS}\r\n"
        'P1,C1,"Mug, blue, ""large""","1,250","2,000",98.5%,"1,001",8.33%,"$1,234.56",12\r\n'
        "P1,C2,Bowl,10,20,0.00%,0,0.00%,$0.00,0\r\n"
    )
    between = (date(2026, 10, 20), date(2026, 11, 18))
    result = shop.load_text("BusinessReport-11-20-26.csv", report, channel="amazon:US", between=between)
    assert (result.status, result.rejected, result.days) == ("loaded", 0, between)
    columns = ("item_id", "sessions", "page_views", "featured_view_hundredths", "units", "sales_minor", "level")
    assert shop.rows("traffic", *columns) == [
        ("C1", 1250, 2000, 197000, 1001, 123456, "child"),
        ("C2", 10, 20, 0, 0, 0, "child"),
    ]
    assert shop.rows("traffic", "from_day", "to_day") == [between, between]


def test_a_german_business_report_writes_commas_for_points(shop: Shop) -> None:
    report = f'{BUSINESS}\nP1,C1,Tasse,"1.250",20,"98,5 %",1,"8,33 %","1.234,56\u00a0€",1\n'
    shop.load_text("amazon-DE/2026-11-01_2026-11-07.csv", report)
    assert shop.rows("traffic", "sessions", "sales_minor", "featured_view_hundredths") == [(1250, 123456, 1970)]


def test_the_days_of_a_business_report_come_from_its_name_where_the_command_is_silent(shop: Shop) -> None:
    report = f"{BUSINESS}\nP1,C1,Mug,10,20,100.00%,1,10.00%,$5.00,1\n"
    named = shop.load_text("amazon-US/business 2026-11-01 to 2026-11-07.csv", report)
    unnamed = shop.load_text("amazon-US/BusinessReport-11-20-26.csv", report)
    assert (named.status, named.days) == ("loaded", (date(2026, 11, 1), date(2026, 11, 7)))
    assert (unnamed.status, unnamed.code) == ("refused", "bad_days")
    assert "--from" in str(unnamed.error)


def traffic(*rows: dict[str, Any], day: str = "2026-11-18", last: str = "", cut: str = "CHILD") -> str:
    by_date = {
        "date": day,
        "salesByDate": {"unitsOrdered": 7, "orderedProductSales": {"amount": 70.07, "currencyCode": "USD"}},
        "trafficByDate": {"sessions": 30, "pageViews": 40},
    }
    document = {
        "reportSpecification": {
            "reportOptions": {"dateGranularity": "DAY", "asinGranularity": cut},
            "dataStartTime": day,
            "dataEndTime": last or day,
            "marketplaceIds": ["ATVPDKIKX0DER"],
        },
        "salesAndTrafficByDate": [by_date],
        "salesAndTrafficByAsin": list(rows),
    }
    return json.dumps(document)


def item(child: str | None, units: int, *, share: float = 100.0, sku: str | None = None) -> dict[str, Any]:
    row = {
        "parentAsin": "P1",
        "salesByAsin": {"unitsOrdered": units, "orderedProductSales": {"amount": units * 10.01, "currencyCode": "USD"}},
        "trafficByAsin": {"sessions": 52, "pageViews": 76, "buyBoxPercentage": share, "unitSessionPercentage": 7.69},
    }
    return row | ({"childAsin": child} if child else {}) | ({"sku": sku} if sku else {})


def test_sales_and_traffic_fill_items_and_totals_and_percentages_run_to_a_hundred(shop: Shop) -> None:
    results = shop.load(shop.put("st.json", traffic(item("C1", 5), item("C2", 2, share=97.692307692307693))))
    assert [(r.table, r.rows, r.channel) for r in results] == [
        ("traffic", 2, "amazon:US"),
        ("channel_sales", 1, "amazon:US"),
    ]
    assert shop.rows("traffic", "item_id", "level", "units", "sales_minor", "featured_view_hundredths") == [
        ("C1", "child", 5, 5005, 7600),
        ("C2", "child", 2, 2002, 7425),
    ]
    assert shop.rows("channel_sales", "from_day", "to_day", "units", "sales_minor") == [
        (date(2026, 11, 18), date(2026, 11, 18), 7, 7007)
    ]


@pytest.mark.parametrize(("cut", "row", "level"), [
    ("SKU", item("C1", 1, sku="S1"), "sku"),
    ("PARENT", item(None, 1), "parent"),
    ("CHILD", item("C1", 1), "child"),
])  # fmt: skip
def test_what_a_traffic_row_counts_is_kept_with_it(shop: Shop, cut: str, row: dict[str, Any], level: str) -> None:
    shop.load(shop.put("st.json", traffic(row, cut=cut)))
    assert shop.rows("traffic", "level") == [(level,)]


def test_json_writes_points_even_where_people_write_commas(shop: Shop) -> None:
    document = traffic(item("C1", 1)).replace("ATVPDKIKX0DER", "A1PA6795UKMFR9").replace("10.01", "19.999")
    shop.load(shop.put("st.json", document))
    assert shop.rows("traffic", "channel", "sales_minor") == [("amazon:DE", 2000)]


def test_a_day_without_any_item_still_tells_the_totals(shop: Shop) -> None:
    (result,) = shop.load(shop.put("st.json", traffic()))
    assert (result.status, result.table) == ("loaded", "channel_sales")


def items_page(*rows: dict[str, Any]) -> str:
    return json.dumps({"numberOfResults": len(rows), "items": list(rows)})


def api_item(sku: str, *, status: list[str], issues: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    summary = {
        "marketplaceId": "ATVPDKIKX0DER",
        "asin": "B01",
        "productType": "MUG",
        "conditionType": "new_new",
        "status": status,
        "itemName": "Mug",
        "lastUpdatedDate": "2026-11-18T00:00:00Z",
    }
    return {"sku": sku, "summaries": [summary], "offers": [], "issues": issues or []}


def enforced(action: str, exemption: str = "NOT_EXEMPT", until: str | None = None) -> dict[str, Any]:
    return {
        "code": "90220",
        "message": "brand is required",
        "severity": "ERROR",
        "categories": ["MISSING_ATTRIBUTE"],
        "enforcements": {
            "actions": [{"action": action}],
            "exemption": {"status": exemption, **({"expiryDate": until} if until else {})},
        },
    }


def test_an_exempt_enforcement_is_listed_but_does_not_take_the_listing_down(shop: Shop) -> None:
    both = ["BUYABLE", "DISCOVERABLE"]
    page = items_page(
        api_item("FINE", status=both),
        api_item("DOWN", status=both, issues=[enforced("LISTING_SUPPRESSED")]),
        api_item("HIDDEN", status=both, issues=[enforced("SEARCH_SUPPRESSED")]),
        api_item(
            "EXEMPT", status=both, issues=[enforced("LISTING_SUPPRESSED", "EXEMPT_UNTIL_EXPIRY_DATE", "2026-12-24")]
        ),
        api_item("OFF", status=[]),
    )
    result = shop.load_text("page.json", page, day=DAY)
    assert (result.rows, result.rejected, result.channel) == (5, 0, "amazon:US")
    columns = ("sku", "buyable", "discoverable", "action", "exempt_action", "exempt_until")
    assert shop.rows("listing_status", *columns) == [
        ("DOWN", False, True, "LISTING_SUPPRESSED", None, None),
        ("EXEMPT", True, True, None, "LISTING_SUPPRESSED", date(2026, 12, 24)),
        ("FINE", True, True, None, None, None),
        ("HIDDEN", True, False, "SEARCH_SUPPRESSED", None, None),
        ("OFF", False, False, None, None, None),
    ]
    assert str(shop.rows("listing_status", "updated_at")[0][0]) == "2026-11-18 00:00:00"

"""Amazon's reports on FBA stock and money: ageing, ledger, reserved, inbound, reimbursements, removals, fees."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from ..loading import FBA_2026, Shop, table
from .samples import (
    FEES_EU,
    FEES_US,
    INBOUND_PERFORMANCE,
    LEDGER_DETAIL,
    LEDGER_DETAIL_GERMAN,
    LEDGER_SUMMARY,
    PLANNING_97,
    PLANNING_99,
    PLANNING_2023,
    PLANNING_ROW,
    REIMBURSEMENTS,
    REMOVALS,
    RESERVED,
)

DAY = date(2026, 11, 20)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


# Inventory planning


def test_old_stock_tells_its_age_its_surcharge_and_its_storage_fee(shop: Shop) -> None:
    old = {
        "sku": "OLD",
        "inv-age-271-to-365-days": "5",
        "inv-age-366-to-455-days": "3",
        "inv-age-456-plus-days": "4",
        "quantity-to-be-charged-ais-331-365-days": "5",
        "estimated-ais-331-365-days": "3.75",
        "quantity-to-be-charged-ais-456-plus-days": "4",
        "estimated-ais-456-plus-days": "27.60",
        "estimated-storage-cost-next-month": "1.234",
        "estimated-excess-quantity": "8",
    }
    results = shop.load(shop.put("planning.tsv", "\ufeff" + table(PLANNING_97, PLANNING_ROW, {**PLANNING_ROW, **old})))
    assert [(r.status, r.table, r.channel, r.rows, r.rejected) for r in results] == [
        ("loaded", "stock_health", "amazon:US", 2, 0),
        ("loaded", "stock", "amazon:US", 2, 0),
    ]
    columns = ("sku", "day", "age_271_365_units", "age_366_plus_units", "aged_fee_units", "aged_fee_minor")
    assert shop.rows("stock_health", *columns, "storage_minor", "excess_units") == [
        ("MUG", DAY, None, None, 19, 950, None, None),
        ("OLD", DAY, 5, 7, 28, 4085, 123, 8),
    ]


def test_a_healthy_item_tells_its_rank_its_cover_and_the_featured_price(shop: Shop) -> None:
    row = {
        **PLANNING_ROW,
        "sales-rank": "1,250",
        "days-of-supply": "365+",
        "historical-days-of-supply": "41.5",
        "fba-minimum-inventory-level": "35",
        "fba-inventory-level-health-status": "Healthy",
        "Exempted from Low-Inventory-Level fee?": "No",
        "Low-Inventory-Level fee applied in current week?": "Yes",
        "Recommended ship-in quantity": "60",
        "Recommended ship-in date": "2026-12-04",
    }
    never = {
        **PLANNING_ROW,
        "sku": "NEW",
        "Recommended ship-in date": "none",
        "sales-rank": "--",
        "sell-through": "N/A",
    }
    shop.load(shop.put("planning.tsv", table(PLANNING_97, row, never)))
    assert shop.rejects() == []
    columns = ("sku", "sales_rank", "cover_days", "history_cover_days", "minimum_units", "level_status")
    assert shop.rows("stock_health", *columns) == [
        ("MUG", 1250, 365.0, 41.5, 35, "Healthy"),
        ("NEW", None, 274.0, None, None, None),
    ]
    columns = ("sku", "low_level_exempt", "low_level_charged", "ship_in_units", "ship_in_day", "featured_price_minor")
    assert shop.rows("stock_health", *columns) == [
        ("MUG", False, True, 60, date(2026, 12, 4), 2500),
        ("NEW", None, None, None, None, 2500),
    ]


@pytest.mark.parametrize(
    ("header", "cells", "reserved", "transfer"),
    [
        (
            PLANNING_97,
            {"Total Reserved Quantity": "9", "Reserved FC Transfer": "4", "Reserved Customer Order": "5"},
            5,
            4,
        ),
        (PLANNING_99, {"fc-transfer": "4", "Reserved FC Processing": "2", "Reserved Staging": "1"}, 3, 4),
        (PLANNING_2023, {"reserved-quantity": "9"}, 9, None),
    ],
    ids=["97 columns", "99 columns", "2023"],
)
def test_the_planning_report_of_every_age_tells_stock_and_its_age(
    shop: Shop, header: str, cells: dict[str, object], reserved: int, transfer: int | None
) -> None:
    row = {k: v for k, v in PLANNING_ROW.items() if k in header.split(",")}
    shop.load(shop.put("planning.tsv", table(header, {**row, **cells, "unfulfillable-quantity": "2"})))
    assert shop.rejects() == []
    columns = ("sku", "day", "sellable_units", "reserved_units", "transfer_units", "inbound_shipped_units")
    assert shop.rows("stock", *columns, "unsellable_units", "fulfillment") == [
        ("MUG", DAY, 219, reserved, transfer, 40, 2, "marketplace")
    ]
    assert shop.rows("stock_health", "available_units", "age_0_90_units", "aged_fee_minor") == [(219, 200, 950)]


def test_the_planning_headers_are_as_long_as_on_record() -> None:
    assert (len(PLANNING_97.split(",")), len(PLANNING_99.split(","))) == (97, 99)


def test_fba_inventory_is_believed_before_planning_and_each_marketplace_is_kept_apart(shop: Shop) -> None:
    planning = table(PLANNING_97, PLANNING_ROW, {**PLANNING_ROW, "marketplace": "GB", "currency": "GBP"})
    shop.load(shop.put("planning.tsv", planning))
    fba = table(FBA_2026, {"sku": "MUG", "fnsku": "X0", "afn-fulfillable-quantity": "200"})
    shop.load_text("amazon-US/fba.tsv", fba, day=DAY)
    assert shop.rows("stock_health", "channel", "sku", "currency") == [
        ("amazon:UK", "MUG", "GBP"),
        ("amazon:US", "MUG", "USD"),
    ]
    latest = shop.seen("arrivals", "channel", "report", "precedence")
    assert ("amazon:US", "amazon_fba_inventory", 10) in latest
    assert ("amazon:US", "amazon_inventory_planning_stock", 20) in latest


def test_a_planning_file_of_another_day_than_the_command_says_is_refused(shop: Shop) -> None:
    result = shop.load_text("planning.tsv", table(PLANNING_97, PLANNING_ROW), day=date(2026, 11, 21))
    assert (result.status, result.code) == ("refused", "bad_days")


# Reserved


def test_reserved_stock_tells_what_is_stuck_apart_from_what_is_sold(shop: Shop) -> None:
    report = table(
        RESERVED,
        {
            "sku": "STUCK",
            "reserved_qty": "9",
            "reserved_customerorders": "1",
            "reserved_fc-transfers": "2",
            "reserved_fc-processing": "6",
        },
        {"sku": "SOLD", "reserved_qty": "1", "reserved_customerorders": "1", "reserved_fc-processing": "0"},
    )
    shop.load_text("reserved.tsv", report, channel="amazon:US", day=DAY)
    columns = ("sku", "reserved_units", "customer_units", "transfer_units", "processing_units")
    assert shop.rows("reserved", *columns) == [("SOLD", 1, 1, None, 0), ("STUCK", 9, 1, 2, 6)]


# Inventory Ledger


def day_row(day: str, ending: str, **cells: object) -> dict[str, object]:
    return {"Date": day, "MSKU": "A", "Disposition": "SELLABLE", "Ending Warehouse Balance": ending, **cells}


def test_the_ledger_tells_on_which_days_an_item_could_be_bought(shop: Shop) -> None:
    report = table(
        LEDGER_SUMMARY,
        day_row("11/11/2026", "1", **{"Customer Shipments": "-3", "Location": "US"}),
        day_row("11/12/2026", "0", **{"Customer Shipments": "-1", "Location": "US"}),
        day_row("11/13/2026", "40", **{"Receipts": "40", "Lost": "-1", "Found": "1", "Location": "US"}),
        day_row("11/13/2026", "2", Disposition="CUSTOMER_DAMAGED", Location="US"),
    )
    result = shop.load_text("amazon-US/ledger 2026-11-20.tsv", report)
    assert (result.status, result.report, result.rejected) == ("loaded", "amazon_ledger_summary", 0)
    assert result.days == (date(2026, 11, 11), date(2026, 11, 13))
    columns = ("from_day", "to_day", "disposition", "ending_units", "received_units", "shipped_units", "lost_units")
    days = [date(2026, 11, n) for n in (11, 12, 13)]
    assert shop.rows("stock_ledger", *columns) == [
        (days[0], days[0], "sellable", 1, None, -3, None),
        (days[1], days[1], "sellable", 0, None, -1, None),
        (days[2], days[2], "customer_damaged", 2, None, None, None),
        (days[2], days[2], "sellable", 40, 40, None, -1),
    ]


def test_the_ledger_writes_the_month_first_even_in_britain(shop: Shop) -> None:
    shop.load_text("amazon-UK/ledger.tsv", table(LEDGER_SUMMARY, day_row("11/12/2026", "3", Location="GB")))
    assert shop.rows("stock_ledger", "channel", "from_day") == [("amazon:UK", date(2026, 11, 12))]


def test_a_newer_ledger_replaces_the_days_it_holds_and_no_others(shop: Shop) -> None:
    first = table(LEDGER_SUMMARY, day_row("11/12/2026", "3"), day_row("11/13/2026", "9"))
    second = table(LEDGER_SUMMARY, day_row("11/13/2026", "7"), day_row("11/14/2026", "6"))
    shop.load_text("amazon-US/ledger-2026-11-14.tsv", first)
    shop.load_text("amazon-US/ledger-2026-11-15.tsv", second)
    days = [date(2026, 11, n) for n in (12, 13, 14)]
    assert shop.seen("stock_ledger", "from_day", "ending_units") == [(days[0], 3), (days[1], 7), (days[2], 6)]


def test_a_ledger_by_month_is_refused_because_it_tells_no_day(shop: Shop) -> None:
    result = shop.load_text("amazon-US/ledger.tsv", table(LEDGER_SUMMARY, day_row("11/2026", "3")))
    assert result.status == "refused"
    assert "'Date'" in str(result.error)


def movement(event: str, units: str, **cells: object) -> dict[str, object]:
    return {"Date": "11/13/2026", "MSKU": "A", "Event Type": event, "Quantity": units, **cells}


def test_movements_that_look_alike_are_all_counted_and_no_customer_is_kept(shop: Shop) -> None:
    report = table(
        LEDGER_DETAIL,
        movement("Receipts", "40", **{"Reference ID": "FBA15", "Date and Time": "2026-11-13T01:00:00-0800"}),
        movement("Shipments", "-1", **{"Fulfillment Center": "LEX1"}),
        movement("Shipments", "-1", **{"Fulfillment Center": "LEX1"}),
        movement("CustomerReturns", "1", **{"Reference ID": "114-2962899-5762619"}),
        movement("Adjustments", "-2", Reason="M", **{"Reference ID": "11231", "Unreconciled Quantity": "2"}),
        movement("Brand New Event", "5"),
    )
    result = shop.load_text("amazon-US/detail.tsv", report)
    assert (result.report, result.rows, result.rejected) == ("amazon_ledger_detail", 6, 0)
    columns = ("event", "line", "units", "reference", "reason", "unreconciled_units", "at")
    assert shop.rows("stock_movements", *columns) == [
        ("adjustment", 1, -2, "11231", "M", 2, None),
        ("brand new event", 1, 5, None, None, None, None),
        ("customer_return", 1, 1, None, None, None, None),
        ("receipt", 1, 40, "FBA15", None, None, datetime(2026, 11, 13, 9)),
        ("shipment", 1, -1, None, None, None, None),
        ("shipment", 2, -1, None, None, None, None),
    ]
    assert b"5762619" not in shop.bytes_at_rest()


def test_a_german_ledger_with_german_headings_is_the_same_report(shop: Shop) -> None:
    row = {"Datum": "11/13/2026", "MSKU": "A", "Ereignistyp": "Adjustments", "Menge": "-1", "Grund": "E", "Land": "DE"}
    result = shop.load_text("amazon-DE/detail.tsv", table(LEDGER_DETAIL_GERMAN, row))
    assert (result.status, result.report) == ("loaded", "amazon_ledger_detail")
    assert shop.rows("stock_movements", "event", "units", "reason", "country") == [("adjustment", -1, "E", "DE")]


# Inbound


def test_what_was_sent_and_what_was_received_stand_beside_each_other(shop: Shop) -> None:
    one = {"ShipmentId": "FBA15", "SellerSKU": "A", "QuantityShipped": 50, "QuantityReceived": 47}
    other = {"ShipmentId": "FBA15", "SellerSKU": "B", "QuantityShipped": 10}
    page = json.dumps({"payload": {"ItemData": [one, other], "NextToken": "next"}})
    result = shop.load_text("amazon-US/items.json", page, day=DAY)
    assert (result.report, result.rows) == ("amazon_shipment_items", 2)
    columns = ("shipment_id", "sku", "day", "expected_units", "received_units")
    assert shop.rows("inbound_shipments", *columns) == [("FBA15", "A", DAY, 50, 47), ("FBA15", "B", DAY, 10, 0)]


def test_a_problem_with_a_shipment_tells_its_units_and_its_fee(shop: Shop) -> None:
    report = table(
        INBOUND_PERFORMANCE,
        {
            "issue-reported-date": "2026-11-10",
            "shipment-creation-date": "2026-11-01",
            "fba-shipment-id": "FBA15",
            "sku": "A",
            "problem-type": "Quantity discrepancy",
            "problem-quantity": "3",
            "expected-quantity": "50",
            "received-quantity": "47",
            "fee-type": "Unplanned Service",
            "currency": "USD",
            "fee-total": "4.50",
            "problem-level": "Product",
            "alert-status": "Open",
        },
        {
            "issue-reported-date": "2026-11-11",
            "fba-shipment-id": "FBA16",
            "problem-type": "Label missing",
            "problem-quantity": "--",
            "fee-total": "--",
            "currency": "--",
        },
    )
    shop.load_text("amazon-US/inbound.tsv", report)
    assert shop.rejects() == []
    columns = ("shipment_id", "day", "what", "problem_units", "received_units", "level", "fee_minor", "currency")
    assert shop.rows("inbound_problems", *columns) == [
        ("FBA15", date(2026, 11, 10), "Quantity discrepancy", 3, 47, "product", 450, "USD"),
        ("FBA16", date(2026, 11, 11), "Label missing", None, None, None, None, None),
    ]


# Money back


def test_reimbursements_tell_cash_stock_and_what_was_taken_back(shop: Shop) -> None:
    def row(number: str, amount: str, **cells: object) -> dict[str, object]:
        moment = {"approval-date": "2026-11-12T02:00:00+00:00", "reason": "Lost_Warehouse", "sku": "A"}
        return {**moment, "reimbursement-id": number, "amount-total": amount, "currency-unit": "USD", **cells}

    report = table(
        REIMBURSEMENTS,
        row("R1", "24.68", **{"quantity-reimbursed-cash": "2", "amazon-order-id": "114-2962899-5762619"}),
        row("R2", "0.00", **{"quantity-reimbursed-inventory": "1", "case-id": "17001"}),
        row("R3", "-12.34", **{"original-reimbursement-id": "R1", "reason": "CompensatedClawback"}),
        row("R4", "1980", **{"currency-unit": "JPY"}),
    )
    shop.load_text("amazon-US/reimbursements.tsv", report)
    columns = ("reimbursement_id", "day", "amount_minor", "currency", "cash_units", "stock_units", "case_id")
    day = date(2026, 11, 11)  # still the eleventh in Los Angeles
    assert shop.rows("reimbursements", *columns, "original_id") == [
        ("R1", day, 2468, "USD", 2, None, None, None),
        ("R2", day, 0, "USD", None, 1, "17001", None),
        ("R3", day, -1234, "USD", None, None, None, "R1"),
        ("R4", day, 1980, "JPY", None, None, None, None),
    ]
    assert b"5762619" not in shop.bytes_at_rest()


def test_a_removal_order_keeps_every_state_it_went_through(shop: Shop) -> None:
    def row(updated: str, **cells: object) -> dict[str, object]:
        start = {"request-date": "2026-11-01T12:00:00+00:00", "order-id": "RM1", "sku": "A", "order-type": "Disposal"}
        return {**start, "last-updated-date": updated, "requested-quantity": "3", "order-status": "Pending", **cells}

    shop.load_text("amazon-US/removals-1.tsv", table(REMOVALS, row("2026-11-02T00:00:00+00:00")))
    done = {"order-status": "Completed", "disposed-quantity": "2", "cancelled-quantity": "1", "removal-fee": "1,50"}
    report = table(REMOVALS, row("2026-11-09T00:00:00+00:00", **done))
    shop.load_text("amazon-US/removals-2.tsv", report)
    columns = ("removal_id", "type", "status", "requested_units", "disposed_units", "fee_minor", "updated_at")
    assert shop.rows("removals", *columns) == [
        ("RM1", "disposal", "Completed", 3, 2, 150, datetime(2026, 11, 9)),
        ("RM1", "disposal", "Pending", 3, None, None, datetime(2026, 11, 2)),
    ]


def test_fees_read_alike_in_america_and_in_europe_and_dashes_are_no_fee(shop: Shop) -> None:
    us = {
        "sku": "A",
        "asin": "B01",
        "your-price": "20.00",
        "product-size-tier": "UsLargeStandardSize",
        "longest-side": "6.50",
        "unit-of-dimension": "inches",
        "item-package-weight": "0.81",
        "currency": "USD",
        "estimated-fee-total": "6.86",
        "estimated-referral-fee-per-unit": "3.00",
        "estimated-pick-pack-fee-per-unit": "--",
        "expected-fulfillment-fee-per-unit": "3.86",
    }
    unknown = {"sku": "B", "your-price": "--", "estimated-fee-total": "--", "longest-side": "--", "currency": "--"}
    shop.load_text("amazon-US/fees.tsv", table(FEES_US, us, unknown), day=DAY)
    eu = {
        "sku": "A",
        "amazon-store": "DE",
        "product-size-weight-band": "Standard parcel 0-400 g",
        "currency": "EUR",
        "estimated-fee-total": "5,44",
        "estimated-referral-fee-per-unit": "2,25",
        "expected-domestic-fulfilment-fee-per-unit": "3,19",
        "expected-efn-fulfilment-fee-per-unit-fr": "--",
    }
    result = shop.load_text("fees-eu.tsv", table(FEES_EU, eu).encode("cp1252"), day=DAY)
    assert (result.channel, result.report) == ("amazon:DE", "amazon_fee_preview")
    assert shop.rejects() == []
    columns = ("channel", "sku", "total_minor", "referral_minor", "fulfillment_minor", "size_tier", "longest_side")
    assert shop.rows("fees", *columns) == [
        ("amazon:DE", "A", 544, 225, 319, "Standard parcel 0-400 g", None),
        ("amazon:US", "A", 686, 300, 386, "UsLargeStandardSize", 6.5),
        ("amazon:US", "B", None, None, None, None, None),
    ]

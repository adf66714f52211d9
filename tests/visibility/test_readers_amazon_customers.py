"""Amazon's reports in which a customer stands behind each row: orders to ship, returns, ratings."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from ..loading import ORDERS_33, Shop, table
from .samples import FBA_RETURNS, FEEDBACK, FEEDBACK_GERMAN, MERCHANT_RETURNS, UNSHIPPED

DAY = date(2026, 11, 20)
ORDER = "114-2962899-5762619"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def returned(**cells: object) -> dict[str, object]:
    return {
        "return-date": "2026-11-05T03:31:40+00:00",
        "order-id": ORDER,
        "sku": "A",
        "quantity": "1",
        "detailed-disposition": "CUSTOMER_DAMAGED",
        "reason": "NOT_COMPATIBLE",
        "status": "Reimbursed",
        "license-plate-number": "LPN1",
        "customer-comments": "my name is Anna Gross, call 0171 2345678",
        **cells,
    }


def test_two_units_of_one_order_are_two_returns_and_the_customer_stays_at_the_door(shop: Shop) -> None:
    report = table(FBA_RETURNS, returned(**{"license-plate-number": "LPN2"}), returned())
    result = shop.load_text("amazon-US/returns.tsv", report)
    assert (result.report, result.rows, result.rejected) == ("amazon_fba_returns", 2, 0)
    columns = ("sku", "day", "line", "units", "disposition", "reason", "unit_label", "fulfillment")
    day = date(2026, 11, 4)  # the fifth in UTC is the evening of the fourth in Los Angeles
    assert shop.rows("returns", *columns) == [
        ("A", day, 1, 1, "customer_damaged", "NOT_COMPATIBLE", "LPN1", "marketplace"),
        ("A", day, 2, 1, "customer_damaged", "NOT_COMPATIBLE", "LPN2", "marketplace"),
    ]
    kept = shop.bytes_at_rest()
    assert all(word not in kept for word in (b"5762619", b"Anna", b"2345678"))


def test_a_return_joins_its_order_without_anyone_knowing_its_number(shop: Shop) -> None:
    order = {"amazon-order-id": ORDER, "purchase-date": "2026-10-18T23:36:26+00:00", "sku": "A", "quantity": "1"}
    shop.load_text("amazon-US/orders.tsv", table(ORDERS_33, order))
    shop.load_text("amazon-US/returns.tsv", table(FBA_RETURNS, returned(), returned(**{"order-id": "other"})))
    ((bought,),) = shop.rows("orders", "order_hash")
    assert [bought == h for (h,) in shop.rows("returns", "order_hash")].count(True) == 1


def test_merchant_returns_write_their_months_in_letters(shop: Shop) -> None:
    start = {"Order ID": ORDER, "Return request date": "14-Jul-2025", "Return request status": "Approved"}
    report = table(
        MERCHANT_RETURNS,
        {
            **start,
            "Merchant SKU": "A",
            "Label cost": "4.14",
            "Currency code": "USD",
            "Return quantity": "2",
            "Return Reason": "AMZ-PG-WJ-TOO-SMALL",
            "A-to-Z Claim": "N",
            "In policy": "Y",
            "Resolution": "StandardRefund",
            "Return delivery date": "20-Jul-2025",
            "Refunded Amount": "21.38",
        },
        {**start, "Merchant SKU": "B", "Return quantity": "1"},
    )
    shop.load_text("amazon-US/returns.tsv", report)
    assert shop.rejects() == []
    columns = ("sku", "day", "units", "fulfillment", "label_minor", "refund_minor", "claimed", "in_policy")
    assert shop.rows("returns", *columns, "delivered_day") == [
        ("A", date(2025, 7, 14), 2, "merchant", 414, 2138, False, True, date(2025, 7, 20)),
        ("B", date(2025, 7, 14), 1, "merchant", None, None, None, None, None),
    ]
    assert shop.rows("returns", "at")[0] == (datetime(2025, 7, 14, 7),)


FEEDBACK_DAYS = [
    ("amazon-US", "11/9/26"),
    ("amazon-UK", "9/11/26"),
    ("amazon-CA", "09/11/26"),
    ("amazon-MX", "9/11/26"),
    ("amazon-DE", "9.11.26"),
    ("amazon-SE", "2026-11-09"),
    ("amazon-JP", "26/11/9"),
]


@pytest.mark.parametrize(("folder", "written"), FEEDBACK_DAYS, ids=[f[0] for f in FEEDBACK_DAYS])
def test_feedback_is_dated_as_each_marketplace_writes_it(shop: Shop, folder: str, written: str) -> None:
    row = {
        "Date": written,
        "Rating": "2",
        "Comments": "came squashed",
        "Order ID": ORDER,
        "Rater Email": "anna@example.org",
    }
    good = {"Date": written, "Rating": "5", "Your Response": "thank you", "Order ID": "114-2"}
    result = shop.load_text(f"{folder}/feedback.tsv", table(FEEDBACK, row, good))
    assert (result.status, result.rejected) == ("loaded", 0)
    assert shop.rows("feedback", "day", "rating", "commented", "answered") == [
        (date(2026, 11, 9), 2, True, False),
        (date(2026, 11, 9), 5, False, True),
    ]
    kept = shop.bytes_at_rest()
    assert all(word not in kept for word in (b"anna@", b"squashed", b"thank", b"5762619"))


def test_german_feedback_has_german_headings(shop: Shop) -> None:
    row = {"Datum": "18.11.26", "Bewertung": "1", "Kommentare": "kaputt", "Bestellnummer": ORDER}
    result = shop.load_text("amazon-DE/feedback.tsv", table(FEEDBACK_GERMAN, row).encode("cp1252"))
    assert (result.status, result.report) == ("loaded", "amazon_feedback")
    assert shop.rows("feedback", "day", "rating", "commented") == [(date(2026, 11, 18), 1, True)]


def test_a_refused_rating_keeps_neither_comment_nor_order(shop: Shop) -> None:
    bad = {"Date": "11/18/26", "Rating": "0", "Comments": "Anna Gross", "Order ID": ORDER, "Rater Email": "a@b.c"}
    lost = {"Date": "18/40/26", "Rating": "1", "Comments": "Anna Gross", "Order ID": ORDER}
    fine = {"Date": "11/18/26", "Rating": "4", "Order ID": "114-2"}
    result = shop.load_text("amazon-US/feedback.tsv", table(FEEDBACK, bad, lost, fine))
    assert (result.rows, result.rejected) == (1, 2)
    assert shop.rejects() == [("2", "Rating", "0", "below 1"), ("3", "Date", "18/40/26", "cannot be read")]
    assert b"Anna" not in shop.bytes_at_rest()


def unshipped(order: str, **cells: object) -> dict[str, object]:
    return {
        "order-id": order,
        "purchase-date": "2026-11-18T23:36:26+00:00",
        "promise-date": "2026-11-23T07:59:59+00:00",
        "days-past-promise": "-3",
        "buyer-name": "Anna Gross",
        "buyer-email": "anna@marketplace.example",
        "recipient-name": "Anna Gross",
        "ship-address-1": "Main Street 7",
        "ship-postal-code": "90210",
        "sku": "A",
        "quantity-purchased": "2",
        "quantity-shipped": "0",
        "quantity-to-ship": "2",
        "verge-of-lateShipment": "false",
        **cells,
    }


def test_orders_to_ship_tell_their_hour_and_nothing_of_the_buyer(shop: Shop) -> None:
    report = table(
        UNSHIPPED,
        unshipped("114-1"),
        unshipped("114-2", **{"promise-date": "2026-11-19T07:59:59+00:00", "days-past-promise": "1"}),
        unshipped("114-3", **{"quantity-shipped": "1", "quantity-to-ship": "", "verge-of-cancellation": "true"}),
        unshipped("114-4", **{"quantity-shipped": "2", "quantity-to-ship": "0"}),
    )
    result = shop.load_text("amazon-US/unshipped.tsv", report, day=DAY)
    assert (result.report, result.rows, result.rejected) == ("amazon_open_orders", 3, 0)
    columns = ("ship_by_at", "late_days", "units", "open_units", "near_cancellation", "near_late")
    assert shop.rows("open_orders", *columns) == [
        (datetime(2026, 11, 19, 7, 59, 59), 1, 2, 2, None, False),
        (datetime(2026, 11, 23, 7, 59, 59), -3, 2, 1, True, False),
        (datetime(2026, 11, 23, 7, 59, 59), -3, 2, 2, None, False),
    ]
    kept = shop.bytes_at_rest()
    assert all(word not in kept for word in (b"Anna", b"anna@", b"Main Street", b"90210", b"114-1"))


def test_an_empty_list_of_orders_to_ship_is_good_news(shop: Shop) -> None:
    shop.load_text("amazon-US/unshipped-2026-11-19.tsv", table(UNSHIPPED, unshipped("114-1")))
    result = shop.load_text("amazon-US/unshipped-2026-11-20.tsv", table(UNSHIPPED))
    assert (result.status, result.rows, result.notes) == ("loaded", 0, [])
    assert shop.seen("open_orders_current", "order_hash") == []


def test_an_unshipped_file_is_no_order_file_and_an_order_file_is_no_list_of_work(shop: Shop) -> None:
    open_ = shop.load_text("amazon-US/a.tsv", table(UNSHIPPED, unshipped("114-1")), day=DAY)
    order = {"amazon-order-id": "114-1", "purchase-date": "2026-11-18T23:36:26+00:00", "sku": "A", "quantity": "1"}
    orders = shop.load_text("amazon-US/b.tsv", table(ORDERS_33, order), day=DAY)
    assert (open_.report, orders.report) == ("amazon_open_orders", "amazon_orders")

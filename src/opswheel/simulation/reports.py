"""Writes sheets as the report files sellers get: tab files, JSON of the API, and the team's own CSV lists."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..core.identity import EVERYWHERE
from ..core.marketplaces import find_marketplace
from .sheets import Sheet

Row = dict[str, Any]

_LISTINGS = (
    "item-name item-description listing-id seller-sku price quantity open-date image-url item-is-marketplace "
    "product-id-type zshop-shipping-fee item-note item-condition zshop-category1 zshop-browse-path "
    "zshop-storefront-feature asin1 asin2 asin3 will-ship-internationally expedited-shipping zshop-boldface "
    "product-id bid-for-featured-placement add-delete pending-quantity fulfillment-channel merchant-shipping-group "
    "status"
).split()
_STOCK = (
    "sku fnsku asin product-name condition your-price mfn-listing-exists mfn-fulfillable-quantity afn-listing-exists "
    "afn-warehouse-quantity afn-fulfillable-quantity afn-unsellable-quantity afn-reserved-quantity afn-total-quantity "
    "per-unit-volume afn-inbound-working-quantity afn-inbound-shipped-quantity afn-inbound-receiving-quantity"
).split()
_SUPPRESSED = "Status,Reason,SKU,ASIN,Product name,Condition,Status Change Date,Issue Description".split(",")
_STRANDED = (
    "primary-action date-stranded Date-to-take-auto-removal status-primary status-secondary error-message "
    "stranded-reason asin sku fnsku product-name condition fulfilled-by fulfillable-qty your-price unfulfillable-qty "
    "reserved-quantity inbound-shipped-qty"
).split()
_ORDERS = (
    "amazon-order-id merchant-order-id purchase-date last-updated-date order-status fulfillment-channel sales-channel "
    "order-channel ship-service-level product-name sku asin item-status quantity currency item-price item-tax "
    "shipping-price shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount ship-promotion-discount "
    "ship-city ship-state ship-postal-code ship-country promotion-ids"
).split()


def write_sheets(sheets: Sequence[Sheet], folder: Path) -> list[Path]:
    """Write one file per sheet below `folder`, in a folder of its channel; returns the files.

    Traffic and the channel's totals of a day are one file, as the API gives them. An order file without an order is
    not written: the marketplace gives none.
    """
    totals = {(s.channel, s.of_day): s for s in sheets if s.report == "amazon_sales_and_traffic_by_date"}
    written = []
    for sheet in sheets:
        if sheet.report == "amazon_sales_and_traffic_by_date" or (sheet.report == "amazon_orders" and not len(sheet)):
            continue
        name, text = _file(sheet, totals.get((sheet.channel, sheet.of_day)))
        place = folder if sheet.channel == EVERYWHERE else folder / sheet.channel.replace(":", "-")
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    return written


def _file(sheet: Sheet, totals: Sheet | None) -> tuple[str, str]:
    if sheet.report == "amazon_sales_and_traffic":
        return f"sales-and-traffic-{sheet.day}.json", _traffic(sheet, totals)
    if sheet.report == "amazon_listings_items":
        return f"listings-items-{sheet.day}.json", _items(sheet)
    if sheet.report in _TABS:
        header, row, name = _TABS[sheet.report]
        return f"{name}-{sheet.day}.txt", _tab(header, [row(r, sheet) for r in _rows(sheet)])
    return f"{sheet.report.removesuffix('_csv')}-{sheet.day}.csv", _comma(sheet)


def _rows(sheet: Sheet) -> list[Row]:
    names = list(sheet.columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*_plain(sheet), strict=True)]


def _plain(sheet: Sheet) -> list[list[Any]]:
    """The columns as lists of Python's own values."""
    return [list(c) if isinstance(c, list) else c.tolist() for c in sheet.columns.values()]


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}+00:00"


def _listing(row: Row, _sheet: Sheet) -> Row:
    return {
        "item-name": row["title"],
        "listing-id": f"L{row['sku']}",
        "seller-sku": row["sku"],
        "price": _money(row["price_minor"]),
        "open-date": f"{row['opened_on']} 08:00:00 GMT",
        "item-condition": "11",
        "asin1": row["item_id"],
        "product-id": row["item_id"],
        "fulfillment-channel": "AMAZON_NA",
        "status": row["status"].capitalize(),
    }


def _stock(row: Row, _sheet: Sheet) -> Row:
    units = str(row["sellable_units"])
    return {
        "sku": row["sku"],
        "fnsku": row["fnsku"],
        "asin": row["item_id"],
        "condition": "New",
        "mfn-listing-exists": "No",
        "afn-listing-exists": "Yes",
        "afn-warehouse-quantity": units,
        "afn-fulfillable-quantity": units,
        "afn-unsellable-quantity": "0",
        "afn-reserved-quantity": "0",
        "afn-total-quantity": units,
        "afn-inbound-working-quantity": "0",
        "afn-inbound-shipped-quantity": str(row["inbound_shipped_units"]),
        "afn-inbound-receiving-quantity": "0",
    }


def _suppressed(row: Row, _sheet: Sheet) -> Row:
    return {
        "Status": "Search Suppressed" if row["state"] == "search_suppressed" else "Suppressed",
        "Reason": row["reason"],
        "SKU": row["sku"],
        "ASIN": row["item_id"],
        "Product name": row["title"],
        "Condition": "11",
        "Status Change Date": str(row["since_day"]),
        "Issue Description": row["issue_text"],
    }


def _stranded(row: Row, _sheet: Sheet) -> Row:
    return {
        "date-stranded": str(row["stranded_day"]),
        "Date-to-take-auto-removal": str(row["auto_removal_day"]),
        "stranded-reason": row["reason"],
        "asin": row["item_id"],
        "sku": row["sku"],
        "fnsku": row["fnsku"],
        "product-name": row["title"],
        "fulfillable-qty": str(row["sellable_units"]),
        "your-price": _money(row["price_minor"]),
    }


def _order(row: Row, sheet: Sheet) -> Row:
    known = find_marketplace(sheet.channel)
    return {
        "amazon-order-id": row["order"],
        "purchase-date": _moment(row["at"]),
        "last-updated-date": _moment(row["at"]),
        "order-status": "Shipped",
        "item-status": "Shipped",
        "fulfillment-channel": "Amazon",
        "sales-channel": known.domain.capitalize() if known else sheet.channel,
        "sku": row["sku"],
        "asin": row["item_id"],
        "quantity": str(row["units"]),
        "currency": row["currency"],
        "item-price": _money(row["line_minor"]),
    }


_TABS: dict[str, tuple[list[str], Callable[[Row, Sheet], Row], str]] = {
    "amazon_all_listings": (_LISTINGS, _listing, "all-listings"),
    "amazon_fba_inventory": (_STOCK, _stock, "fba-inventory"),
    "amazon_suppressed_listings": (_SUPPRESSED, _suppressed, "suppressed"),
    "amazon_stranded": (_STRANDED, _stranded, "stranded"),
    "amazon_orders": (_ORDERS, _order, "all-orders"),
}


def _tab(header: Sequence[str], rows: Sequence[Row]) -> str:
    lines = ["\t".join(header), *("\t".join(row.get(name, "") for name in header) for row in rows)]
    return "\r\n".join(lines) + "\r\n"


def _traffic(sheet: Sheet, totals: Sheet | None) -> str:
    known = find_marketplace(sheet.channel)
    by_item = [
        {
            "parentAsin": None,
            "childAsin": r["item_id"],
            "salesByAsin": {"unitsOrdered": r["units"], "orderedProductSales": _amount(r)},
            "trafficByAsin": {
                "sessions": r["sessions"],
                "pageViews": r["page_views"],
                "buyBoxPercentage": r["featured_percent"],
            },
        }
        for r in _rows(sheet)
    ]
    by_date = [
        {
            "date": str(sheet.of_day),
            "salesByDate": {
                "unitsOrdered": r["units"],
                "orderedProductSales": _amount(r),
                "unitsRefunded": r["refunded_units"],
            },
            "trafficByDate": {"sessions": r["sessions"], "pageViews": r["page_views"]},
        }
        for r in (_rows(totals) if totals else [])
    ]
    specification = {
        "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
        "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
        "dataStartTime": str(sheet.of_day),
        "dataEndTime": str(sheet.of_day),
        "marketplaceIds": [known.marketplace_id if known else sheet.channel],
    }
    whole = {"reportSpecification": specification, "salesAndTrafficByDate": by_date, "salesAndTrafficByAsin": by_item}
    return json.dumps(whole)


def _amount(row: Row) -> Row:
    return {"amount": row["sales_minor"] / 100, "currencyCode": row["currency"]}


def _items(sheet: Sheet) -> str:
    known = find_marketplace(sheet.channel)
    place = known.marketplace_id if known else sheet.channel
    found = []
    for r in _rows(sheet):
        issues = []
        if r["action"]:
            told = {"actions": [{"action": r["action"]}], "exemption": {"status": "NOT_EXEMPT"}}
            issues = [{"code": "removed", "message": "Removed.", "severity": "ERROR", "enforcements": told}]
        found.append(
            {
                "sku": r["sku"],
                "summaries": [
                    {
                        "marketplaceId": place,
                        "asin": r["item_id"],
                        "conditionType": "new_new",
                        "status": ["BUYABLE", "DISCOVERABLE"] if r["buyable"] else [],
                        "itemName": r["title"],
                    }
                ],
                "offers": [
                    {
                        "marketplaceId": place,
                        "offerType": "B2C",
                        "price": {"currencyCode": r["currency"], "amount": _money(r["price_minor"])},
                    }
                ],
                "issues": issues,
            }
        )
    return json.dumps({"numberOfResults": len(found), "items": found})


_HEADERS = {
    "from_day": {"promotions_csv": "promotion_from"},
    "to_day": {"promotions_csv": "promotion_to"},
}


def _comma(sheet: Sheet) -> str:
    """One of the team's own lists; column names are those of the fact table but for a few."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_HEADERS.get(name, {}).get(sheet.report, name) for name in sheet.columns])
    for values in zip(*_plain(sheet), strict=True):
        writer.writerow([str(v) if isinstance(v, date) else v for v in values])
    return out.getvalue()

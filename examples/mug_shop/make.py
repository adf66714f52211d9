"""Writes reports/: what the shop in shop.py would have exported by the morning of 22 November 2026.

    python examples/mug_shop/make.py

Brand, items, orders and money are invented. Plain Python, no chance: every run writes the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shop import (
    AMERICA,
    BRITAIN,
    MORNINGS,
    ONE,
    ORDER_DAYS,
    TODAY,
    US,
    WEEKDAY,
    Listing,
    Market,
    latest,
    noise,
    nov,
    team_files,
)

TRAFFIC_DAYS, TRAFFIC_LAG = 27, 2
STATUS_PAGES = [MORNINGS[4], MORNINGS[5], MORNINGS[7]]
STATES = ("CA", "TX", "NY", "WA", "OH", "FL", "IL", "CO")

LISTINGS = (
    "item-name,item-description,listing-id,seller-sku,price,quantity,open-date,image-url,item-is-marketplace,"
    "product-id-type,zshop-shipping-fee,item-note,item-condition,zshop-category1,zshop-browse-path,"
    "zshop-storefront-feature,asin1,asin2,asin3,will-ship-internationally,expedited-shipping,zshop-boldface,product-id,"
    "bid-for-featured-placement,add-delete,pending-quantity,fulfillment-channel,merchant-shipping-group,status"
)
INVENTORY = (
    "sku,fnsku,asin,product-name,condition,your-price,mfn-listing-exists,mfn-fulfillable-quantity,afn-listing-exists,"
    "afn-warehouse-quantity,afn-fulfillable-quantity,afn-unsellable-quantity,afn-reserved-quantity,afn-total-quantity,"
    "per-unit-volume,afn-inbound-working-quantity,afn-inbound-shipped-quantity,afn-inbound-receiving-quantity,"
    "afn-researching-quantity,afn-reserved-future-supply,afn-future-supply-buyable,store"
)
SUPPRESSED = "Status,Reason,SKU,ASIN,Product name,Condition,Status Change Date,Issue Description"
STRANDED = (
    "primary-action,date-stranded,Date-to-take-auto-removal,status-primary,status-secondary,error-message,"
    "stranded-reason,asin,sku,fnsku,product-name,condition,fulfilled-by,fulfillable-qty,your-price,unfulfillable-qty,"
    "reserved-quantity,inbound-shipped-qty"
)
RESTOCK = (
    "Country,Product Name,FNSKU,Merchant SKU,ASIN,Condition,Supplier,Supplier part no.,Currency code,Price,"
    "Sales last 30 days,Units Sold Last 30 Days,Total Units,Inbound,Available,FC transfer,FC Processing,Customer Order,"
    "Unfulfillable,Working,Shipped,Receiving,Fulfilled by,Total Days of Supply (including units from open shipments),"
    "Days of Supply at Amazon Fulfillment Network,Alert,Recommended replenishment qty,Recommended ship date,"
    "Recommended action,Unit storage size"
)
ORDERS = (
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,sales-channel,"
    "order-channel,ship-service-level,product-name,sku,asin,item-status,quantity,currency,item-price,item-tax,"
    "shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,ship-promotion-discount,"
    "ship-city,ship-state,ship-postal-code,ship-country,promotion-ids,cpf,is-business-order,purchase-order-number,"
    "price-designation,signature-confirmation-recommended"
)

Row = dict[str, object]


def listings_report(market: Market, day: date) -> Iterable[Row]:
    for x in market.listings:
        opened = f"{x.opened} 08:15:00 " + ("PST" if x.opened.month in (11, 12, 1, 2) else "PDT")
        yield {
            "item-name": x.title, "listing-id": f"0304Z{int(noise(x.sku, 'id') * 1e6):06d}", "seller-sku": x.sku,
            "price": f"{x.price_on(day):.2f}", "quantity": x.held_on(day) if x.merchant else "",
            "open-date": f"{x.opened:%d/%m/%Y} 08:15:00 GMT" if market.vat else opened, "item-is-marketplace": "y",
            "product-id-type": 1, "item-condition": 11, "asin1": x.item, "product-id": x.item,
            "pending-quantity": 0 if x.merchant else "",
            "fulfillment-channel": "DEFAULT" if x.merchant else market.fulfilment,
            "merchant-shipping-group": "Migrated Template", "status": x.status_on(day),
        }  # fmt: skip


def inventory_report(market: Market, day: date) -> Iterable[Row]:
    for x in (x for x in market.listings if not x.merchant):
        held, reserved, coming = x.held_on(day), int(x.pace * 1.5), x.shipped if day > nov(10) else 0
        yield {
            "sku": x.sku, "fnsku": x.fnsku, "asin": x.item, "product-name": x.title, "condition": "New",
            "your-price": f"{x.price_on(day):.2f}", "mfn-listing-exists": "No", "afn-listing-exists": "Yes",
            "afn-warehouse-quantity": held + reserved, "afn-fulfillable-quantity": held, "afn-unsellable-quantity": 0,
            "afn-reserved-quantity": reserved, "afn-total-quantity": held + reserved + coming, "per-unit-volume": 0.06,
            "afn-inbound-working-quantity": 0, "afn-inbound-shipped-quantity": coming,
            "afn-inbound-receiving-quantity": 0, "afn-researching-quantity": 0, "afn-reserved-future-supply": 0,
            "afn-future-supply-buyable": 0,
        }  # fmt: skip


def suppressed_report(market: Market, day: date) -> Iterable[Row]:
    for x in market.listings:
        if x.suppressed_since and x.suppressed_since < day:
            yield {
                "Status": "Search Suppressed", "Reason": x.suppressed[0], "SKU": x.sku, "ASIN": x.item,
                "Product name": x.title, "Condition": 11, "Status Change Date": x.suppressed_since,
                "Issue Description": x.suppressed[1],
            }  # fmt: skip


def stranded_report() -> Iterable[Row]:
    x = next(x for x in US if x.sku == "TPT-08-SLT")
    yield {
        "primary-action": "Relist", "date-stranded": nov(4), "Date-to-take-auto-removal": date(2026, 12, 4),
        "status-primary": "Not Listed", "status-secondary": "Closed", "stranded-reason": "Listing closed",
        "asin": x.item, "sku": x.sku, "fnsku": x.fnsku, "product-name": x.title, "condition": "New",
        "fulfilled-by": "Amazon", "fulfillable-qty": x.stock, "your-price": f"{x.price:.2f}", "unfulfillable-qty": 0,
        "reserved-quantity": 0, "inbound-shipped-qty": 0,
    }  # fmt: skip


def restock_report(market: Market) -> Iterable[Row]:
    for x in (x for x in market.listings if not x.merchant):
        sold = sum(x.units_on(TODAY - n * ONE) for n in range(1, 31))
        held = x.held_on(TODAY)
        cover = [round(units * 30 / sold) if sold else None for units in (held + x.shipped, held)]
        told = ["" if c is None else "365+" if c > 365 else c for c in cover]
        yield {
            "Country": market.country, "Product Name": x.title, "FNSKU": x.fnsku, "Merchant SKU": x.sku,
            "ASIN": x.item, "Condition": "New", "Supplier": "unassigned", "Currency code": market.currency,
            "Price": f"{x.price_on(TODAY):.2f}", "Sales last 30 days": round(sold * x.price, 2),
            "Units Sold Last 30 Days": sold, "Total Units": held + x.shipped, "Inbound": x.shipped, "Available": held,
            "FC transfer": 0, "FC Processing": 0, "Customer Order": 0, "Unfulfillable": 0, "Working": 0,
            "Shipped": x.shipped, "Receiving": 0, "Fulfilled by": "Amazon",
            "Total Days of Supply (including units from open shipments)": told[0],
            "Days of Supply at Amazon Fulfillment Network": told[1], "Alert": "" if held else "out_of_stock",
            "Recommended replenishment qty": 0, "Recommended ship date": "none",
            "Recommended action": "No action required", "Unit storage size": "0.0600 ft3",
        }  # fmt: skip


def orders_report(market: Market, days: int) -> Iterable[Row]:
    rows = []
    for n in range(days, 0, -1):
        day = TODAY - n * ONE
        for x in market.listings:
            left, line = x.units_on(day), 0
            while left > 0:
                size = noise(market.folder, x.sku, day, line, "size")
                units = min(left, 1 + sum(size > cut for cut in (0.36, 0.72, 0.90)) + (x.price < 16))
                rows.append(order_line(market, x, day, line, units))
                left, line = left - units, line + 1
            if x.pace and noise(market.folder, x.sku, day, "cancelled") > 0.985:
                rows.append(order_line(market, x, day, 90, 0))
            if x.sku == "MUG-12-ASH" and not market.vat and day.weekday() == 2:
                rows.append(order_line(market, x, day, 91, 1) | {"sales-channel": "Non-Amazon", "currency": "",
                                                                 "item-price": "", "item-tax": ""})  # fmt: skip
    return sorted(rows, key=lambda r: (str(r["purchase-date"]), str(r["amazon-order-id"])))


def order_line(market: Market, x: Listing, day: date, line: int, units: int) -> Row:
    key = (market.folder, x.sku, day, line)
    local = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    local += timedelta(seconds=int(noise(*key, "time") * 17 * 3600))
    bought = local + timedelta(hours=behind_utc(market, day))
    age = (TODAY - day).days
    status = "Cancelled" if not units else "Pending" if age == 1 else "Shipping" if age == 2 else "Shipped"
    told = status not in ("Cancelled", "Pending")
    amount = round(units * x.price_on(day), 2)
    tax = amount - amount / 1.2 if market.vat else amount * 0.0725
    updated = bought + (timedelta(hours=26) if status == "Shipped" else timedelta(minutes=31))
    digits = f"{int(noise(*key, 'order') * 1e14):014d}"
    return {
        "amazon-order-id": f"11{1 + int(digits[0]) % 4}-{digits[:7]}-{digits[7:]}",
        "purchase-date": f"{bought:%Y-%m-%dT%H:%M:%S}+00:00", "last-updated-date": f"{updated:%Y-%m-%dT%H:%M:%S}+00:00",
        "order-status": status, "fulfillment-channel": "Merchant" if x.merchant else "Amazon",
        "sales-channel": market.domain, "order-channel": "WebsiteOrderChannel",
        "ship-service-level": "Standard" if x.merchant else "Expedited", "product-name": x.title, "sku": x.sku,
        "asin": x.item, "item-status": {"Cancelled": "Cancelled", "Shipped": "Shipped"}.get(status, "Unshipped"),
        "quantity": units, "currency": market.currency if told else "", "item-price": f"{amount:.2f}" if told else "",
        "item-tax": f"{tax:.2f}" if told else "", "ship-city": "REDACTED",
        "ship-state": "" if market.vat else STATES[int(noise(*key, "state") * len(STATES))],
        "ship-postal-code": "REDACTED", "ship-country": market.country, "is-business-order": "false",
        "signature-confirmation-recommended": "false",
    }  # fmt: skip


def behind_utc(market: Market, day: date) -> int:
    """Hours from the marketplace's clock to UTC; both countries end summer time in these months."""
    return (-1 if day < date(2026, 10, 25) else 0) if market.vat else 7 if day < nov(1) else 8


def traffic_report(market: Market, day: date) -> str:
    items: dict[str, list[Listing]] = {}
    for x in market.listings:
        items.setdefault(x.item, []).append(x)
    rows = [traffic_row(offers, day) for offers in items.values() if any(x.pace for x in offers)]
    units = sum(r["salesByAsin"]["unitsOrdered"] for r in rows)
    sales = round(sum(r["salesByAsin"]["orderedProductSales"]["amount"] for r in rows), 2)
    told = {
        "reportSpecification": {
            "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
            "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
            "dataStartTime": str(day), "dataEndTime": str(day), "marketplaceIds": ["ATVPDKIKX0DER"],
        },
        "salesAndTrafficByDate": [{
            "date": str(day),
            "salesByDate": {"orderedProductSales": {"amount": sales, "currencyCode": market.currency},
                            "unitsOrdered": units, "unitsRefunded": 0},
            "trafficByDate": {k: sum(r["trafficByAsin"][k] for r in rows) for k in ("pageViews", "sessions")},
        }],
        "salesAndTrafficByAsin": rows,
    }  # fmt: skip
    return json.dumps(told, indent=1) + "\n"


def traffic_row(offers: list[Listing], day: date) -> dict:
    first, units = offers[0], sum(x.units_on(day) for x in offers)
    seen = sum(x.pace for x in offers) / first.conversion * WEEKDAY[day.weekday()]
    live = any(x.status_on(day) == "Active" for x in offers)
    hidden = any(x.suppressed_since and day >= x.suppressed_since for x in offers)
    seen *= (0.94 + 0.12 * noise(first.item, day, "seen")) * (0.4 if hidden else 1.0 if live else 0.1)
    sessions, views = round(seen), round(seen * 1.3)
    share = latest(first.share_steps, day, first.share) + noise(first.item, day, "share") * 2 - 1
    amount = round(sum(x.units_on(day) * x.price_on(day) for x in offers), 2)
    return {
        "parentAsin": first.item, "childAsin": first.item,
        "salesByAsin": {"unitsOrdered": units, "orderedProductSales": {"amount": amount, "currencyCode": "USD"}},
        "trafficByAsin": {"sessions": sessions, "pageViews": views,
                          "buyBoxPercentage": round(min(share, 100.0), 2) if live else 0.0,
                          "unitSessionPercentage": round(100 * units / sessions, 2) if sessions else 0.0},
    }  # fmt: skip


def status_report(day: date) -> str:
    """A page of the Listings Items search: one removed, one exempt, one exempt for some days, one healthy."""
    wanted = ("KET-12-RED", "KET-12-ASH", "CUP-08-TEA", "MUG-12-ASH")
    found = [x for x in US if x.sku in wanted]
    return json.dumps({"numberOfResults": len(found), "items": [status_item(x, day) for x in found]}, indent=1) + "\n"


def status_item(x: Listing, day: date) -> dict:
    down = x.status_on(day) != "Active"
    words = {
        "KET-12-RED": ("18742", "Restricted Products Policy Violation", "ERROR", []),
        "KET-12-ASH": ("18027", "The main image shows a logo that is not on the product.", "ERROR", ["INVALID_IMAGE"]),
        "CUP-08-TEA": ("90220", "'lead_free_statement' is required but not supplied.", "ERROR", ["MISSING_ATTRIBUTE"]),
    }
    enforced = {
        "KET-12-RED": ("CATALOG_ITEM_REMOVED", {"status": "NOT_EXEMPT"}),
        "KET-12-ASH": ("SEARCH_SUPPRESSED", {"status": "EXEMPT"}),
        "CUP-08-TEA": (
            "SEARCH_SUPPRESSED",
            {"status": "EXEMPT_UNTIL_EXPIRY_DATE", "expiryDate": "2026-12-01T00:00:00.000Z"},
        ),
    }
    issues = []
    if x.sku in words and (down or x.sku != "KET-12-RED"):
        code, message, severity, categories = words[x.sku]
        action, exemption = enforced[x.sku]
        issues = [{
            "code": code, "message": message, "severity": severity, "categories": categories,
            "enforcements": {"actions": [{"action": action}], "exemption": exemption},
            "marketplaceIds": ["ATVPDKIKX0DER"],
        }]  # fmt: skip
    return {
        "sku": x.sku,
        "summaries": [{
            "marketplaceId": "ATVPDKIKX0DER", "asin": x.item, "productType": "KITCHEN", "conditionType": "new_new",
            "status": [] if down else ["BUYABLE", "DISCOVERABLE"], "itemName": x.title,
            "createdDate": f"{x.opened}T16:15:00Z", "lastUpdatedDate": f"{day}T06:00:00Z",
        }],
        "offers": [{"marketplaceId": "ATVPDKIKX0DER", "offerType": "B2C",
                    "price": {"currencyCode": "USD", "amount": f"{x.price_on(day):.2f}"}}],
        "issues": issues,
    }  # fmt: skip


def tabbed(header: str, rows: Iterable[Row]) -> str:
    """Tab separated as Amazon writes it: no quoting, lines end with CR LF."""
    names = header.split(",")
    lines = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    return "".join("\t".join(line) + "\r\n" for line in lines)


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def make(target: Path) -> None:
    """Write every report into `target`, in place of what was there."""
    shutil.rmtree(target, ignore_errors=True)
    for day in MORNINGS:
        folder = target / AMERICA.folder
        write(folder / f"all-listings-{day}.txt", tabbed(LISTINGS, listings_report(AMERICA, day)), "utf-8-sig")
        write(folder / f"fba-inventory-{day}.txt", tabbed(INVENTORY, inventory_report(AMERICA, day)), "cp1252")
        write(folder / f"suppressed-listings-{day}.txt", tabbed(SUPPRESSED, suppressed_report(AMERICA, day)))
    for day in STATUS_PAGES:
        write(folder / f"listings-items-{day}.json", status_report(day))
    write(folder / f"stranded-inventory-{TODAY}.txt", tabbed(STRANDED, stranded_report()))
    write(folder / f"restock-{TODAY}.txt", tabbed(RESTOCK, restock_report(AMERICA)), "cp1252")
    write(folder / f"all-orders-{TODAY}.txt", tabbed(ORDERS, orders_report(AMERICA, ORDER_DAYS)), "utf-8-sig")
    for n in range(TRAFFIC_LAG, TRAFFIC_LAG + TRAFFIC_DAYS):
        write(folder / f"sales-and-traffic-{TODAY - n * ONE}.json", traffic_report(AMERICA, TODAY - n * ONE))
    folder = target / BRITAIN.folder
    header = LISTINGS + ",Minimum order quantity,Sell remainder"
    write(folder / f"all-listings-{TODAY}.txt", tabbed(header, listings_report(BRITAIN, TODAY)), "cp1252")
    write(folder / f"fba-inventory-{TODAY}.txt", tabbed(INVENTORY, inventory_report(BRITAIN, TODAY)), "cp1252")
    write(folder / f"all-orders-{TODAY}.txt", tabbed(ORDERS, orders_report(BRITAIN, 42)), "utf-8-sig")
    for name, text in team_files().items():
        write(target / "team" / f"{name}-{TODAY}.csv", text)


if __name__ == "__main__":
    reports = Path(__file__).resolve().parent / "reports"
    make(reports)
    files = [p for p in reports.rglob("*") if p.is_file()]
    print(f"{len(files)} files, {sum(p.stat().st_size for p in files):,} bytes in {reports}")

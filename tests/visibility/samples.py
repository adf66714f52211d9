"""Header lines of Amazon's reports as sellers get them, and one small healthy file of each, with true-looking rows.

Columns as of 2026 unless a name says otherwise; values are made up in the form real files have them.
"""

from __future__ import annotations

import json

from ..loading import tab, table

_AIS = ("181-210", "211-240", "241-270", "271-300", "301-330", "331-365")
_AIS_97 = (*_AIS, "366-455", "456-plus")


def _surcharges(bands: tuple[str, ...]) -> str:
    return ",".join(f"quantity-to-be-charged-ais-{b}-days,estimated-ais-{b}-days" for b in bands)


PLANNING_97 = (
    "snapshot-date,sku,fnsku,asin,product-name,condition,available,pending-removal-quantity,inv-age-0-to-90-days,"
    "inv-age-91-to-180-days,inv-age-181-to-270-days,inv-age-271-to-365-days,inv-age-366-to-455-days,"
    "inv-age-456-plus-days,currency,units-shipped-t7,units-shipped-t30,units-shipped-t60,units-shipped-t90,alert,"
    "your-price,sales-price,lowest-price-new-plus-shipping,lowest-price-used,recommended-action,"
    "DEPRECATED healthy-inventory-level,recommended-sales-price,recommended-sale-duration-days,"
    "recommended-removal-quantity,estimated-cost-savings-of-recommended-actions,sell-through,item-volume,"
    "volume-unit-measurement,storage-type,storage-volume,marketplace,product-group,sales-rank,days-of-supply,"
    "estimated-excess-quantity,weeks-of-cover-t30,weeks-of-cover-t90,featuredoffer-price,"
    "sales-shipped-last-7-days,sales-shipped-last-30-days,sales-shipped-last-60-days,sales-shipped-last-90-days,"
    "inv-age-0-to-30-days,inv-age-31-to-60-days,inv-age-61-to-90-days,inv-age-181-to-330-days,"
    "inv-age-331-to-365-days,estimated-storage-cost-next-month,inbound-quantity,inbound-working,inbound-shipped,"
    "inbound-received,no-sale-last-6-months,Total Reserved Quantity,unfulfillable-quantity,"
    + _surcharges(_AIS_97)
    + ",historical-days-of-supply,fba-minimum-inventory-level,fba-inventory-level-health-status,"
    "Recommended ship-in quantity,Recommended ship-in date,Last updated date for Historical Days of Supply,"
    "Exempted from Low-Inventory-Level fee?,Low-Inventory-Level fee applied in current week?,"
    "Short term historical days of supply,Long term historical days of supply,Inventory age snapshot date,"
    "Inventory Supply at FBA,Reserved FC Transfer,Reserved FC Processing,Reserved Customer Order,"
    "Total Days of Supply (including units from open shipments),supplier,is-seasonal-in-next-3-months,season-name,"
    "season-start-date,season-end-date"
)
PLANNING_99 = (
    PLANNING_97.replace(",available,", ",available,fc-transfer,").replace(",Reserved FC Transfer", "")
    + ",Fulfillment Service and Programs"
).replace("Reserved Customer Order,", "Reserved Customer Order,Reserved Staging,")
PLANNING_2023 = (
    "snapshot-date,sku,fnsku,asin,product-name,condition,available,pending-removal-quantity,inv-age-0-to-90-days,"
    "inv-age-91-to-180-days,inv-age-181-to-270-days,inv-age-271-to-365-days,inv-age-365-plus-days,currency,"
    "qty-to-be-charged-ltsf-9-mo,projected-ltsf-9-mo,qty-to-be-charged-ltsf-12-mo,estimated-ltsf-next-charge,"
    "units-shipped-t7,units-shipped-t30,units-shipped-t60,units-shipped-t90,alert,your-price,sales-price,"
    "lowest-price-new-plus-shipping,lowest-price-used,recommended-action,healthy-inventory-level,"
    "recommended-sales-price,recommended-sale-duration-days,recommended-removal-quantity,"
    "estimated-cost-savings-of-recommended-actions,sell-through,item-volume,volume-unit-measurement,storage-type,"
    "storage-volume,marketplace,product-group,sales-rank,days-of-supply,estimated-excess-quantity,"
    "weeks-of-cover-t30,weeks-of-cover-t90,featuredoffer-price,sales-shipped-last-7-days,"
    "sales-shipped-last-30-days,sales-shipped-last-60-days,sales-shipped-last-90-days,"
    "estimated-storage-cost-next-month,inbound-quantity,inbound-working,inbound-shipped,inbound-received,"
    "no-sale-last-6-months,reserved-quantity,unfulfillable-quantity,estimated-ais-181-210-days,"
    "quantity-to-be-charged-ais-181-210-days,estimated-ais-365-plus-days,quantity-to-be-charged-ais-365-plus-days"
)
RESERVED = (
    "sku,fnsku,asin,product-name,reserved_qty,reserved_customerorders,reserved_fc-transfers,reserved_fc-processing,"
    "program"
)
LEDGER_SUMMARY = (
    "Date,FNSKU,ASIN,MSKU,Title,Disposition,Starting Warehouse Balance,In Transit Between Warehouses,Receipts,"
    "Customer Shipments,Customer Returns,Vendor Returns,Warehouse Transfer In/Out,Found,Lost,Damaged,Disposed,"
    "Other Events,Ending Warehouse Balance,Unknown Events,Location"
)
LEDGER_DETAIL = (
    "Date,FNSKU,ASIN,MSKU,Title,Event Type,Reference ID,Quantity,Fulfillment Center,Disposition,Reason,Country,"
    "Reconciled Quantity,Unreconciled Quantity,Date and Time"
)
LEDGER_DETAIL_GERMAN = "Datum,FNSKU,ASIN,MSKU,Titel,Ereignistyp,Referenz-ID,Menge,Versandzentrum,Disposition,Grund,Land"
FBA_RETURNS = (
    "return-date,order-id,sku,asin,fnsku,product-name,quantity,fulfillment-center-id,detailed-disposition,reason,"
    "status,license-plate-number,customer-comments"
)
MERCHANT_RETURNS = (
    "Order ID,Order date,Return request date,Return request status,Amazon RMA ID,Merchant RMA ID,Label type,"
    "Label cost,Currency code,Return carrier,Tracking ID,Label to be paid by,A-to-Z Claim,Is prime,ASIN,"
    "Merchant SKU,Item Name,Return quantity,Return Reason,In policy,Return type,Resolution,Invoice number,"
    "Return delivery date,Order Amount,Order quantity,SafeT Action reason,SafeT claim id,SafeT claim state,"
    "SafeT claim creation time,SafeT claim reimbursement amount,Refunded Amount"
)
FEEDBACK = "Date,Rating,Comments,Your Response,Order ID,Rater Email"
FEEDBACK_GERMAN = "Datum,Bewertung,Kommentare,Ihre Antwort,Bestellnummer,E-Mail-Adresse des Bewerters"
UNSHIPPED = (
    "order-id,order-item-id,purchase-date,payments-date,reporting-date,promise-date,days-past-promise,buyer-email,"
    "buyer-name,payment-method-details,buyer-phone-number,sku,number-of-items,product-name,quantity-purchased,"
    "quantity-shipped,quantity-to-ship,ship-service-level,recipient-name,ship-address-1,ship-address-2,"
    "ship-address-3,ship-city,ship-state,ship-postal-code,ship-country,is-business-order,purchase-order-number,"
    "price-designation,verge-of-cancellation,verge-of-lateShipment"
)
INBOUND_PERFORMANCE = (
    "issue-reported-date,shipment-creation-date,fba-shipment-id,fba-carton-id,fulfillment-center-id,sku,fnsku,asin,"
    "product-name,problem-type,problem-quantity,expected-quantity,received-quantity,performance-measurement-unit,"
    "coaching-level,fee-type,currency,fee-total,problem-level,alert-status"
)
REIMBURSEMENTS = (
    "approval-date,reimbursement-id,case-id,amazon-order-id,reason,sku,fnsku,asin,product-name,condition,"
    "currency-unit,amount-per-unit,amount-total,quantity-reimbursed-cash,quantity-reimbursed-inventory,"
    "quantity-reimbursed-total,original-reimbursement-id,original-reimbursement-type"
)
REMOVALS = (
    "request-date,order-id,order-source,order-type,order-status,last-updated-date,sku,fnsku,disposition,"
    "requested-quantity,cancelled-quantity,disposed-quantity,shipped-quantity,in-process-quantity,removal-fee,currency"
)
_FEE_START = (
    "product-name,product-group,brand,fulfilled-by,your-price,sales-price,longest-side,median-side,shortest-side,"
    "length-and-girth,unit-of-dimension,item-package-weight,unit-of-weight,"
)
FEES_US = (
    f"sku,fnsku,asin,amazon-store,{_FEE_START}product-size-tier,currency,estimated-fee-total,"
    "estimated-referral-fee-per-unit,estimated-variable-closing-fee,estimated-order-handling-fee-per-order,"
    "estimated-pick-pack-fee-per-unit,estimated-weight-handling-fee-per-unit,expected-fulfillment-fee-per-unit"
)
FEES_EU = (
    f"sku,fnsku,asin,amazon-store,{_FEE_START}product-size-weight-band,currency,estimated-fee-total,"
    "estimated-referral-fee-per-unit,estimated-variable-closing-fee,expected-domestic-fulfilment-fee-per-unit,"
    + ",".join(f"expected-efn-fulfilment-fee-per-unit-{c}" for c in ("uk", "de", "fr", "it", "es", "se"))
)
_RATES = (
    "Click-Thru Rate (CTR),Cost Per Click (CPC),Spend,7 Day Total Sales ,Total Advertising Cost of Sales (ACOS) ,"
    "Total Return on Advertising Spend (ROAS),7 Day Total Orders (#),7 Day Total Units (#),7 Day Conversion Rate,"
    "7 Day Advertised SKU Units (#),7 Day Other SKU Units (#),7 Day Advertised SKU Sales ,7 Day Other SKU Sales "
)
ADS_PRODUCTS = (
    "Date,Portfolio name,Currency,Campaign Name,Ad Group Name,Country,Advertised SKU,Advertised ASIN,Impressions,"
    f"Clicks,{_RATES}"
)
ADS_TERMS = (
    "Start Date,End Date,Portfolio name,Currency,Campaign Name,Ad Group Name,Retailer,Country,Targeting,Match Type,"
    f"Customer Search Term,Impressions,Clicks,{_RATES}"
)
ADS_PRODUCTS_2026 = (
    "Date,Budget currency,Advertised product marketplace,Campaign ID,Campaign name,Ad group ID,Ad group name,"
    "Advertised product ID,Advertised product SKU,Impressions,Clicks,CTR,Total cost,Purchases,Sales,Units sold,"
    "Sales (promoted)"
)
ADS_TERMS_2026 = (
    "Budget currency,Date range,Campaign ID,Campaign name,Ad group ID,Ad group name,Search term,Impressions,Clicks,"
    "CTR,Total cost,Purchases,Sales,Units sold"
)

PLANNING_ROW: dict[str, object] = {
    "snapshot-date": "2026-11-20",
    "sku": "MUG",
    "fnsku": "X0",
    "asin": "B01",
    "product-name": 'Mug 5"',
    "available": "219",
    "inv-age-0-to-90-days": "200",
    "inv-age-181-to-270-days": "19",
    "currency": "USD",
    "units-shipped-t7": "3",
    "units-shipped-t90": "96",
    "alert": "Low traffic",
    "your-price": "26.00",
    "marketplace": "US",
    "days-of-supply": "274",
    "featuredoffer-price": "25.0",
    "sell-through": "0.36",
    "inbound-shipped": "40",
    "quantity-to-be-charged-ais-181-210-days": "19",
    "estimated-ais-181-210-days": "9.50",
}


def comma(header: str, *rows: dict[str, object]) -> str:
    """A comma file whose rows name only the columns that matter; quotes are put where a value holds a comma."""
    names = header.split(",")
    assert all(key in names for row in rows for key in row), [k for row in rows for k in row if k not in names]
    lines = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    return "".join(",".join(_quoted(cell) for cell in line) + "\n" for line in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell


def ad(**cells: object) -> dict[str, object]:
    """A row of the API's advertised product report."""
    return {
        "date": "2026-11-10",
        "campaignName": "Mugs exact",
        "campaignId": 550669026247354,
        "campaignStatus": "ENABLED",
        "campaignBudgetAmount": 25.0,
        "campaignBudgetType": "DAILY_BUDGET",
        "campaignBudgetCurrencyCode": "USD",
        "adGroupName": "Mugs",
        "advertisedSku": "MUG",
        "advertisedAsin": "B01",
        "impressions": 400,
        "clicks": 12,
        "cost": 4.44,
        "sales7d": 27.98,
        "attributedSalesSameSku7d": 13.99,
        "purchases7d": 2,
        "unitsSoldClicks7d": 2,
        **cells,
    }


def term(**cells: object) -> dict[str, object]:
    """A row of the API's search term report."""
    row = {k: v for k, v in ad().items() if not k.startswith("advertised")}
    return {**row, "searchTerm": "blue mug", "targeting": "mug", "matchType": "EXACT", **cells}


SAMPLES: dict[str, str] = {
    "planning.tsv": "\ufeff" + table(PLANNING_97, PLANNING_ROW),
    "reserved.tsv": table(RESERVED, {"sku": "A", "reserved_qty": "7", "reserved_fc-processing": "4"}),
    "ledger-summary.tsv": table(
        LEDGER_SUMMARY,
        {"Date": "11/13/2026", "MSKU": "A", "Disposition": "SELLABLE", "Ending Warehouse Balance": "9"},
        {"Date": "11/14/2026", "MSKU": "A", "Disposition": "SELLABLE", "Ending Warehouse Balance": "0"},
    ),
    "ledger-detail.tsv": table(
        LEDGER_DETAIL,
        {"Date": "11/13/2026", "MSKU": "A", "Event Type": "Receipts", "Reference ID": "FBA15", "Quantity": "40"},
        {"Date": "11/13/2026", "MSKU": "A", "Event Type": "Shipments", "Quantity": "-1"},
    ),
    "fba-returns.tsv": table(
        FBA_RETURNS,
        {
            "return-date": "2026-11-05T15:31:40+00:00",
            "order-id": "114-2962899-5762619",
            "sku": "A",
            "quantity": "1",
            "detailed-disposition": "CUSTOMER_DAMAGED",
            "reason": "NOT_COMPATIBLE",
            "license-plate-number": "LPNNC5N165ZVR",
        },
    ),
    "merchant-returns.tsv": table(
        MERCHANT_RETURNS,
        {
            "Order ID": "113-6277818-6289068",
            "Order date": "10-Nov-2026",
            "Return request date": "14-Nov-2026",
            "Return request status": "Approved",
            "Label cost": "4.14",
            "Currency code": "USD",
            "Merchant SKU": "A",
            "Return quantity": "2",
        },
    ),
    "feedback.tsv": table(
        FEEDBACK, {"Date": "11/18/26", "Rating": "2", "Comments": "late", "Order ID": "114-1", "Rater Email": "a@b.c"}
    ),
    "unshipped.tsv": table(
        UNSHIPPED,
        {
            "order-id": "114-1",
            "purchase-date": "2026-11-18T23:36:26+00:00",
            "promise-date": "2026-11-21T07:59:59+00:00",
            "days-past-promise": "-1",
            "sku": "A",
            "quantity-purchased": "2",
            "quantity-shipped": "0",
            "quantity-to-ship": "2",
        },
    ),
    "inbound-performance.tsv": table(
        INBOUND_PERFORMANCE,
        {
            "issue-reported-date": "2026-11-10",
            "shipment-creation-date": "2026-11-01",
            "fba-shipment-id": "FBA15",
            "problem-type": "Quantity discrepancy",
            "problem-quantity": "3",
        },
    ),
    "shipment-items.json": json.dumps(
        {
            "payload": {
                "ItemData": [
                    {
                        "ShipmentId": "FBA15",
                        "SellerSKU": "A",
                        "FulfillmentNetworkSKU": "X0",
                        "QuantityShipped": 50,
                        "QuantityReceived": 47,
                        "QuantityInCase": 0,
                    }
                ]
            }
        }
    ),
    "reimbursements.tsv": table(
        REIMBURSEMENTS,
        {
            "approval-date": "2026-11-12T09:59:13+00:00",
            "reimbursement-id": "R1",
            "reason": "Lost_Warehouse",
            "sku": "A",
            "currency-unit": "USD",
            "amount-per-unit": "12.34",
            "amount-total": "24.68",
            "quantity-reimbursed-cash": "2",
        },
    ),
    "removals.tsv": table(
        REMOVALS,
        {
            "request-date": "2026-11-01T00:00:00+00:00",
            "order-id": "R1",
            "order-type": "Return",
            "order-status": "Completed",
            "last-updated-date": "2026-11-12T00:00:00+00:00",
            "sku": "A",
            "requested-quantity": "3",
            "shipped-quantity": "3",
        },
    ),
    "fees.tsv": table(
        FEES_US,
        {
            "sku": "A",
            "your-price": "20.00",
            "currency": "USD",
            "estimated-fee-total": "6.86",
            "estimated-referral-fee-per-unit": "3.00",
            "expected-fulfillment-fee-per-unit": "3.86",
        },
    ),
    "2026-11-10_2026-11-10_ads.csv": comma(
        ADS_PRODUCTS,
        {
            "Date": "Nov 10, 2026",
            "Currency": "USD",
            "Campaign Name": "Mugs, exact",
            "Ad Group Name": "Mugs",
            "Advertised SKU": "MUG",
            "Advertised ASIN": "B01",
            "Impressions": "1,200",
            "Clicks": "22",
            "Spend": "$28.50",
            "7 Day Total Sales ": "$130.00",
            "7 Day Total Orders (#)": "4",
        },
    ),
    "2026-11-09_2026-11-15_terms.csv": comma(
        ADS_TERMS,
        {
            "Start Date": "2026-11-09",
            "End Date": "2026-11-15",
            "Currency": "USD",
            "Campaign Name": "Mugs",
            "Ad Group Name": "Mugs",
            "Targeting": "mug",
            "Match Type": "EXACT",
            "Customer Search Term": "blue mug",
            "Impressions": "900",
            "Clicks": "14",
            "Spend": "19",
            "7 Day Total Sales ": "100.00",
        },
    ),
    "ads-products-api.json": json.dumps([ad(), ad(advertisedSku="CUP", advertisedAsin="B02", sales7d=None)]),
    "ads-terms-api.json": json.dumps([term(), term(searchTerm="*", sales7d=None)]),
}
"""One healthy file of each of these reports, by the name it is loaded under."""

__all__ = ["SAMPLES", "ad", "comma", "tab", "table", "term"]

"""`stock_movements`: every single movement in the marketplace's books: receipts, shipments, losses, finds."""

from .base import day, fact, integer, moment, text

STOCK_MOVEMENTS = fact(
    "stock_movements",
    "period",
    "one row per movement of a day; a newer file of the same day replaces the whole day, because equal rows are "
    "different movements",
    ("account", "channel", "sku", "event", "from_day", "to_day", "line"),
    (
        text("sku", "our SKU", required=True),
        text("fnsku", "the marketplace's stock label"),
        text("item_id", "the marketplace's item id"),
        text(
            "event",
            "`receipt`, `shipment`, `customer_return`, `removal`, `transfer`, `adjustment`, else the report's word",
            required=True,
        ),
        day("from_day", "the day", required=True),
        day("to_day", "the day", required=True),
        moment("at", "when it was booked"),
        integer("line", "1, 2 … among the movements of one SKU, event and day", required=True),
        integer("units", "units that came (positive) or went (negative)", unit="units", required=True),
        text("disposition", "condition of the units"),
        text("reason", "the report's reason code of an adjustment"),
        text("location", "fulfilment centre"),
        text("country", "country of the fulfilment centre"),
        text("reference", "shipment, removal order or adjustment; empty where a customer is behind it"),
        integer("reconciled_units", "units the marketplace has since accounted for", unit="units"),
        integer("unreconciled_units", "units it has not: what a claim may ask for", unit="units"),
    ),
)

"""`inbound`: shipments and purchase orders on their way, with the day they arrive."""

from .base import day, fact, integer, text

INBOUND = fact(
    "inbound",
    "snapshot",
    "one row per open shipment or purchase order line",
    ("account", "channel", "sku", "reference", "eta"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        integer("units", "units on the way", unit="units", required=True),
        day("eta", "day the units arrive", required=True),
        text("reference", "shipment or purchase order number"),
    ),
)

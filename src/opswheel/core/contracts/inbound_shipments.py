"""`inbound_shipments`: what we sent in, and what the marketplace says it received."""

from .base import day, fact, integer, text

INBOUND_SHIPMENTS = fact(
    "inbound_shipments",
    "snapshot",
    "one row per shipment, listing and snapshot day",
    ("account", "channel", "shipment_id", "sku", "day"),
    (
        text("shipment_id", "the marketplace's shipment id", required=True),
        text("sku", "our SKU", required=True),
        day("day", "the morning of the list", required=True),
        text("fnsku", "the marketplace's stock label"),
        text("status", "`working`, `shipped`, `receiving`, `closed`, `cancelled`; empty where it is not told"),
        text("location", "fulfilment centre it goes to"),
        integer("expected_units", "units we sent", unit="units", required=True),
        integer("received_units", "units received so far", unit="units", required=True),
        day("sent_day", "day we sent it"),
        day("closed_day", "day the marketplace closed it"),
    ),
)

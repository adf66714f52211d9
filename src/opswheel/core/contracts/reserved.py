"""`reserved`: units the marketplace holds back, and for what."""

from .base import day, fact, integer, text

RESERVED = fact(
    "reserved",
    "snapshot",
    "one row per listing with reserved units and snapshot day",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label"),
        integer("reserved_units", "units reserved in all", unit="units", required=True),
        integer("customer_units", "of these, units for customers' orders", unit="units"),
        integer("transfer_units", "of these, units between fulfilment centres: buyable at a later date", unit="units"),
        integer("processing_units", "of these, units held for processing: they can get stuck", unit="units"),
    ),
)

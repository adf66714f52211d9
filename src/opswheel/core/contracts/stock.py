"""`stock`: units by listing, as an inventory report of one morning shows them."""

from .base import day, fact, integer, text

STOCK = fact(
    "stock",
    "snapshot",
    "one row per listing and snapshot day",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label: listings that share it share the units"),
        text("fulfillment", "`marketplace` or `merchant`"),
        integer("sellable_units", "units that can be sold now; negative when oversold", unit="units", required=True),
        integer("transfer_units", "units moving between fulfilment centres, sold with a later date", unit="units"),
        integer("reserved_units", "units held for orders or processing", unit="units"),
        integer("unsellable_units", "damaged or otherwise unfulfillable units", unit="units"),
        integer("inbound_working_units", "units on drafted shipments; a draft, not a promise", unit="units"),
        integer("inbound_shipped_units", "units on their way", unit="units"),
        integer("inbound_receiving_units", "units being received", unit="units"),
    ),
)

"""`listings`: what we have on sale, as a listings report of one morning shows it."""

from .base import day, fact, integer, text

LISTINGS = fact(
    "listings",
    "snapshot",
    "one row per listing and snapshot day",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's id of what shoppers buy (ASIN, Walmart item id)"),
        text("title", "title shoppers see"),
        text("brand", "brand"),
        text("category", "the business's or the marketplace's product category"),
        text("condition", "`new` or the marketplace's other condition"),
        text("status", "`active`, `inactive` or `incomplete`", required=True),
        text("fulfillment", "`marketplace` (FBA, WFS) or `merchant`"),
        integer("price_minor", "price shoppers are asked", unit="minor units"),
        text("currency", "ISO 4217 code of the price"),
        integer("quantity_units", "units offered by us; empty where the marketplace fulfils", unit="units"),
        day("opened_on", "day the listing was first opened"),
    ),
)

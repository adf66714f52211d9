"""`orders`: order lines, every version of each, without anything personal."""

from .base import day, fact, flag, integer, moment, text

ORDERS = fact(
    "orders",
    "event",
    "one row per version of an order line; the current one has the greatest `updated_at`",
    ("account", "channel", "order_hash", "sku", "line", "updated_at"),
    (
        text("order_hash", "keyed hash of the order id; the id itself is not kept", required=True),
        integer("line", "1, 2 … where one order lists the same SKU more than once", required=True),
        text("sku", "our SKU", required=True),
        text("item_id", "the marketplace's item id"),
        day("day", "day of purchase in the channel's zone", required=True),
        moment("at", "moment of purchase", required=True),
        moment("updated_at", "when the marketplace last changed the line", required=True),
        text("status", "`pending`, `open`, `shipped` or `cancelled`", required=True),
        integer("units", "units ordered", unit="units", required=True),
        text("currency", "ISO 4217 code; empty while unpriced"),
        integer("line_minor", "price of the whole line as reported", unit="minor units"),
        integer("tax_minor", "tax of the line", unit="minor units"),
        integer("promotion_minor", "promotion discount of the line", unit="minor units"),
        flag("external", "fulfilled for another sales channel: takes stock, is no sale here", required=True),
        text("fulfillment", "`marketplace` or `merchant`"),
    ),
)

"""`open_orders`: order lines we still have to ship ourselves, and by when."""

from .base import day, fact, flag, integer, moment, text

OPEN_ORDERS = fact(
    "open_orders",
    "snapshot",
    "one row per order line that waits to be shipped and snapshot day; a line that is shipped has no row",
    ("account", "channel", "order_hash", "sku", "line", "day"),
    (
        text("order_hash", "keyed hash of the order id: joins `orders.order_hash`", required=True),
        text("sku", "our SKU", required=True),
        integer("line", "1, 2 … where one order lists the same SKU more than once", required=True),
        day("day", "the morning of the list", required=True),
        moment("at", "when it was bought", required=True),
        moment("ship_by_at", "until when it must have been shipped"),
        integer("late_days", "days past that, as the marketplace counts", unit="days"),
        integer("units", "units ordered", unit="units", required=True),
        integer("open_units", "units still to ship", unit="units", required=True),
        text("service", "the promised shipping service"),
        flag("near_cancellation", "the marketplace will soon cancel it"),
        flag("near_late", "it will soon count as shipped late"),
        integer("line_minor", "price of the line, where the list tells it", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

"""`customer_experience`: what customers lived through with each listing, as the marketplace judges and counts it."""

from .base import day, fact, integer, text

CUSTOMER_EXPERIENCE = fact(
    "customer_experience",
    "snapshot",
    "one row per listing and day it was read on",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day it was read off the screen", required=True),
        text("health", "the marketplace's word: `excellent`, `good`, `fair`, `poor` or `very_poor`"),
        integer("orders", "orders looked at", unit="orders"),
        integer(
            "negative_orders",
            "of them, those with a negative customer experience (NCX): told, or the rate times the orders, rounded",
            unit="orders",
        ),
    ),
)

"""`attributes`: what listings carry, attribute by attribute, from a list of our own."""

from .base import day, fact, text

ATTRIBUTES = fact(
    "attributes",
    "snapshot",
    "one row per listing, snapshot day and attribute",
    ("account", "channel", "sku", "day", "attribute"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        text("attribute", "its name, as the marketplace writes it", required=True),
        text("value", "what it says; empty where it is not filled in"),
    ),
)

"""`price_rules`: the price a listing should have and the bounds it must keep."""

from .base import day, fact, integer, text

PRICE_RULES = fact(
    "price_rules",
    "snapshot",
    "one row per SKU",
    ("account", "channel", "sku"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        integer("right_minor", "the price it should have", unit="minor units"),
        integer("min_minor", "lowest price allowed", unit="minor units"),
        integer("max_minor", "highest price allowed", unit="minor units"),
        integer("map_minor", "minimum advertised price agreed with the brand", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

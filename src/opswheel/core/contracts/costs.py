"""`costs`: what a unit costs, from which the contribution margin follows."""

from .base import day, fact, integer, text

COSTS = fact(
    "costs",
    "snapshot",
    "one row per SKU",
    ("account", "channel", "sku"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        integer("unit_cost_minor", "landed cost of one unit", unit="minor units", required=True),
        integer("unit_fees_minor", "marketplace and fulfilment fees of one unit", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

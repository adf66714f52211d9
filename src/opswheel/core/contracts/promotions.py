"""`promotions`: days on which sales were not usual because of a deal of ours."""

from .base import day, fact, text

PROMOTIONS = fact(
    "promotions",
    "snapshot",
    "one row per SKU and promotion",
    ("account", "channel", "sku", "from_day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        day("from_day", "first day of the promotion", required=True),
        day("to_day", "last day of the promotion", required=True),
        text("name", "what it is called"),
    ),
)

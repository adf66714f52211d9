"""`intent`: whether a listing is meant to sell at all."""

from .base import day, fact, text

INTENT = fact(
    "intent",
    "snapshot",
    "one row per SKU",
    ("account", "channel", "sku"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        text("intent", "`sell`, `sell_through`, `seasonal`, `discontinued`, `not_ours` or `unknown`", required=True),
        day("from_day", "first day of the season"),
        day("to_day", "last day of the season"),
    ),
)

"""`stranded`: stock at the marketplace that no live offer of ours can sell."""

from .base import day, fact, integer, text

STRANDED = fact(
    "stranded",
    "snapshot",
    "one row per stranded listing and snapshot day; a listing that is not stranded has no row",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label"),
        text("title", "title"),
        day("stranded_day", "day the stock became stranded"),
        text("reason", "why, in the report's words"),
        text("error_text", "the report's error message"),
        text("primary_action", "what the marketplace suggests"),
        integer("sellable_units", "units that could be sold if an offer were live", unit="units"),
        integer("price_minor", "our price in the report", unit="minor units"),
        day("auto_removal_day", "day the marketplace will remove the stock by itself"),
    ),
)

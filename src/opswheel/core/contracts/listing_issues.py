"""`listing_issues`: what the marketplace says is wrong with a listing, and which attribute it names."""

from .base import day, fact, flag, text

LISTING_ISSUES = fact(
    "listing_issues",
    "snapshot",
    "one row per listing, snapshot day, code and attribute named, for listings asked of the API",
    ("account", "channel", "sku", "day", "code", "attribute"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("category", "product type"),
        text("code", "the marketplace's code", required=True),
        text("attribute", "the attribute the message names", required=True),
        text("severity", "`ERROR`, `WARNING` or `INFO`"),
        flag("held", "an enforcement of the message is applied: the listing, its search or the attribute is held back"),
    ),
)

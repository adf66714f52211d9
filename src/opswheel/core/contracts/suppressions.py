"""`suppressions`: listings the marketplace holds back, from the suppressed-listings export."""

from .base import day, fact, text

SUPPRESSIONS = fact(
    "suppressions",
    "snapshot",
    "one row per suppressed listing and snapshot day; a listing that is not suppressed has no row",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("title", "title shoppers see"),
        text("state", "`search_suppressed`, or `suppressed` where the report says no more", required=True),
        text("reason", "the report's reason group, such as `Missing info`"),
        text("issue_text", "the report's own sentence"),
        day("since_day", "day the marketplace says the status changed"),
    ),
)

"""`offers`: who holds the featured offer of an item, where somebody looked."""

from .base import day, fact, flag, integer, text

OFFERS = fact(
    "offers",
    "snapshot",
    "one row per listing and snapshot day",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning it was looked at", required=True),
        text("item_id", "the marketplace's item id"),
        text("featured_by", "`us`, `other` or `none`", required=True),
        flag("eligible", "our offer may be featured at all"),
        integer("featured_price_minor", "landed price of the featured offer", unit="minor units"),
        integer("offer_count", "offers on the item", unit="offers"),
    ),
)

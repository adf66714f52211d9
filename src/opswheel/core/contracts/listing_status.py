"""`listing_status`: buyable and discoverable as the Listings Items API answers, with enforcements."""

from .base import day, fact, flag, integer, moment, text

LISTING_STATUS = fact(
    "listing_status",
    "snapshot",
    "one row per listing and snapshot day, for listings asked of the API",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("title", "title shoppers see"),
        text("category", "product type"),
        text("condition", "`new` or the marketplace's other condition"),
        flag("buyable", "shoppers can buy it (`BUYABLE` in the summary's status)", required=True),
        flag("discoverable", "shoppers can find it (`DISCOVERABLE`, or no applied search suppression)"),
        text("action", "the gravest enforcement that is applied, such as `LISTING_SUPPRESSED`"),
        text("exempt_action", "the gravest enforcement that is listed but exempt today"),
        day("exempt_until", "first day the exemption no longer holds; empty where it has no end"),
        text("issue_code", "code of the issue behind the action, else of the gravest error"),
        text("issue_text", "the marketplace's sentence for that code"),
        text("issue_category", "the issue's category, such as `MISSING_ATTRIBUTE`"),
        integer("price_minor", "price of our offer to consumers", unit="minor units"),
        text("currency", "ISO 4217 code of the price"),
        moment("updated_at", "when the marketplace last changed the listing"),
    ),
)

"""`offer_changes`: the moments at which the offers of an item changed, as the marketplace told them.

They name the item, never our SKU, and only the lowest twenty offers: where none of those is said to be featured
nobody knows by whom it is, unless there is no featured price either. `offers` holds what somebody saw of a listing.
"""

from .base import day, fact, flag, integer, moment, text

OFFER_CHANGES = fact(
    "offer_changes",
    "event",
    "one row per item, condition and message",
    ("account", "channel", "item_id", "condition", "told", "at"),
    (
        text("item_id", "the marketplace's item id", required=True),
        text("condition", "`new`, `used` …", required=True),
        text("told", "what the message speaks of: `offers` or `pricing_health`", required=True),
        moment("at", "when it happened", required=True),
        day("day", "that day in the channel's zone", required=True),
        moment("updated_at", "the same moment: a message is never corrected", required=True),
        text("cause", "why our offer is not featured, in the marketplace's word; of `pricing_health` only"),
        text("featured_by", "`us`, `other` or `none`; empty where the message does not say"),
        flag("eligible", "our offer may be featured; empty where the message does not say"),
        text("sellers", "ids of the other sellers told of, sorted, with blanks between"),
        integer("offer_count", "offers of that condition", unit="offers"),
        integer("our_price_minor", "landed price of our offer", unit="minor units"),
        integer("featured_price_minor", "landed price of the featured offer", unit="minor units"),
        integer("lowest_price_minor", "lowest landed price", unit="minor units"),
        integer("competitive_price_minor", "price above which no offer is featured", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

"""`featured`: our featured-offer share of an item before and now, where there are views enough to tell."""

from ..base import PLACE, Contract, day, flag, integer, number, text

FEATURED = Contract(
    name="featured",
    kind="prepared",
    grain="one row per item whose share fell by more than the loose floor",
    writer="visibility",
    key=("account", "channel", "item_id"),
    columns=(
        *PLACE,
        text("item_id", "the item", required=True),
        number("share_before", "share in the 28 days before it fell, clean days only", unit="0…1", required=True),
        number(
            "share_now",
            "share since it fell: the newest 3 days, or as many as hold 100 views",
            unit="0…1",
            required=True,
        ),
        integer("views_before", "page views behind `share_before`", required=True),
        integer("views_now", "page views behind `share_now`", required=True),
        number(
            "evidence",
            "how far beyond chance the fall is: the chance of one so deep is at most e to the minus this",
            required=True,
        ),
        day("onset_day", "first low day", required=True),
        day("last_good_day", "last day that was not low"),
        day("seen_day", "last settled day looked at", required=True),
        text("featured_by", "who was seen holding it: `us`, `other`, `none`; empty where nobody looked"),
        flag("eligible", "whether our offer may be featured; empty where nobody looked"),
        integer("featured_price_minor", "price of the featured offer, where seen", unit="minor units"),
    ),
)

"""`promotion_results`: what each coupon and deal of ours sold and cost, by item, as the marketplace counts it.

A report holds the promotions that began in the days it was asked for, so it speaks only of its own rows. Figures grow
until the promotion is over: of two snapshots of one promotion the later counts.
"""

from .base import day, fact, integer, text

PROMOTION_RESULTS = fact(
    "promotion_results",
    "snapshot",
    "one row per promotion, item and snapshot day; totals of a promotion repeat in its rows",
    ("account", "channel", "promotion_id", "item_id", "day"),
    (
        text("promotion_id", "the marketplace's id of the promotion", required=True),
        text("item_id", "the marketplace's item id", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("kind", "`coupon`, or the marketplace's word for the deal, lower case", required=True),
        text("name", "what it is called"),
        text("state", "the marketplace's word, lower case; empty for coupons"),
        day("from_day", "first day", required=True),
        day("to_day", "last day", required=True),
        integer("views", "page views of the item while it ran; empty for coupons", unit="page views"),
        integer("units", "units of the item sold in it; empty for coupons", unit="units"),
        integer("sales_minor", "sales of the item in it; empty for coupons", unit="minor units"),
        integer("clips", "times the coupon was clipped, over all its items", unit="clips"),
        integer("redemptions", "times the coupon was used, over all its items", unit="orders"),
        integer("total_sales_minor", "sales of the promotion over all its items", unit="minor units"),
        integer("budget_minor", "budget of the coupon", unit="minor units"),
        integer("spent_minor", "what of the budget is spent, fees included", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

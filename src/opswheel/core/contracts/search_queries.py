"""`search_queries`: how an item fares in the search results of a query, beside all items shown for it.

A report holds the items it was asked for, so it speaks only of its own rows. Shares are not stored: they are the
item's count over the total's.
"""

from .base import day, fact, integer, text

SEARCH_QUERIES = fact(
    "search_queries",
    "snapshot",
    "one row per item, search query, period and snapshot day",
    ("account", "channel", "item_id", "query", "from_day", "to_day", "day"),
    (
        text("item_id", "the marketplace's item id", required=True),
        text("query", "what shoppers typed", required=True),
        day("day", "the morning the report was taken", required=True),
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        integer("rank", "place of the query among the item's queries, 1 the best"),
        integer("searches", "times shoppers searched for it", unit="searches"),
        integer("total_impressions", "items shown", unit="impressions"),
        integer("impressions", "times the item was shown", unit="impressions"),
        integer("total_clicks", "clicks on any item", unit="clicks"),
        integer("clicks", "clicks on the item", unit="clicks"),
        integer("total_cart_adds", "times any item was put into the cart", unit="cart adds"),
        integer("cart_adds", "times the item was", unit="cart adds"),
        integer("total_purchases", "purchases of any item", unit="purchases"),
        integer("purchases", "purchases of the item", unit="purchases"),
        integer("total_price_minor", "median price of what was clicked", unit="minor units"),
        integer("price_minor", "median price of the item when clicked", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

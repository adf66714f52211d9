"""`repeat_purchases`: how many customers of an item bought it again, counted by the marketplace."""

from .base import day, fact, integer, number, text

REPEAT_PURCHASES = fact(
    "repeat_purchases",
    "period",
    "one row per item and week, month or quarter",
    ("account", "channel", "item_id", "from_day", "to_day"),
    (
        text("item_id", "the marketplace's item id", required=True),
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        integer("orders", "orders that hold the item", unit="orders"),
        integer("customers", "customers who ordered it", unit="customers"),
        number("repeat_customer_share", "share of them who had bought it before", unit="0…1"),
        integer("repeat_sales_minor", "ordered sales to them", unit="minor units"),
        number("repeat_sales_share", "share of the item's sales that is", unit="0…1"),
        text("currency", "ISO 4217 code"),
    ),
)

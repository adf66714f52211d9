"""`feedback`: what customers say of us as a seller; never a rating of a product."""

from .base import day, fact, flag, integer, moment, text

FEEDBACK = fact(
    "feedback",
    "event",
    "one row per rated order and version; the current one was known last",
    ("account", "channel", "order_hash", "day", "updated_at"),
    (
        text("order_hash", "keyed hash of the order id: joins `orders.order_hash`", required=True),
        day("day", "day of the rating", required=True),
        moment("updated_at", "the start of that day: no report tells the hour", required=True),
        integer("rating", "1 to 5; 1 and 2 count as negative", required=True),
        flag("commented", "the customer wrote a comment; the text itself is not kept", required=True),
        flag("answered", "we answered it", required=True),
    ),
)

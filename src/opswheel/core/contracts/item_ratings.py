"""`item_ratings`: the stars shoppers see on a listing's page; no rating of us as a seller."""

from .base import day, fact, integer, number, text

ITEM_RATINGS = fact(
    "item_ratings",
    "snapshot",
    "one row per listing and day it was read on",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day it was read off the page", required=True),
        number("stars", "average of all ratings as it is shown, rounded; empty without ratings", unit="1…5"),
        integer("ratings", "number of ratings behind it, of all time", unit="ratings", required=True),
    ),
)

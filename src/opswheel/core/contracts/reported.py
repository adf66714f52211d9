"""`reported`: problems people wrote down: a team's present spreadsheet."""

from .base import day, fact, number, text

REPORTED = fact(
    "reported",
    "snapshot",
    "one row per problem a person wrote down",
    ("account", "channel", "sku", "what"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        text("what", "what is wrong, in the team's words", required=True),
        text("kind", "one of Opswheel's kinds, where the team knows it"),
        text("owner", "who works on it"),
        day("since_day", "day it began"),
        number("share_lost", "share of the listing's sales it prevents", unit="0…1"),
        text("reference", "the row's id in the team's own list"),
    ),
)

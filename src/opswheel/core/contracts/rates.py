"""`rates`: exchange rates by day; a missing one is told, never assumed."""

from .base import day, fact, number, text

RATES = fact(
    "rates",
    "event",
    "one row per currency pair and day",
    ("day", "currency", "to_currency"),
    (
        day("day", "day the rate holds for", required=True),
        text("currency", "ISO 4217 code of what is converted", required=True),
        text("to_currency", "ISO 4217 code it is converted to", required=True),
        number("rate", "units of `to_currency` for one unit of `currency`", required=True),
    ),
)

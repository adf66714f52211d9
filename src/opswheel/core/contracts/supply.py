"""`supply`: how long new stock takes, by way of supply; no marketplace report tells it."""

from .base import day, fact, integer, text

SUPPLY = fact(
    "supply",
    "snapshot",
    "one row per SKU and way of supplying it",
    ("account", "channel", "sku", "mode"),
    (
        text("sku", "our SKU", required=True),
        day("day", "day the list was exported", required=True),
        text("mode", "way of supply, such as `sea` or `express`; empty where there is one"),
        integer("lead_time_days", "days from order to arrival at the warehouse", unit="days", required=True),
        integer("receive_days", "days from arrival until the units can be sold", unit="days"),
        integer("moq_units", "smallest order", unit="units"),
    ),
)

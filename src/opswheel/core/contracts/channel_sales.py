"""`channel_sales`: the marketplace's own totals for a channel, which our sums are matched with."""

from .base import day, fact, integer, text

CHANNEL_SALES = fact(
    "channel_sales",
    "period",
    "one row per channel and period",
    ("account", "channel", "from_day", "to_day"),
    (
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        integer("units", "units ordered", unit="units"),
        integer("sales_minor", "ordered product sales", unit="minor units"),
        text("currency", "ISO 4217 code"),
        integer("sessions", "visits", unit="sessions"),
        integer("page_views", "page views", unit="page views"),
        integer("refunded_units", "units refunded", unit="units"),
    ),
)

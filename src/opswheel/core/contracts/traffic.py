"""`traffic`: sessions, page views, featured-offer share and units of an item over a period."""

from .base import day, fact, integer, text

TRAFFIC = fact(
    "traffic",
    "period",
    "one row per item and period; daily detectors read one-day rows, longer rows feed baselines",
    ("account", "channel", "item_id", "sku", "level", "from_day", "to_day"),
    (
        text("item_id", "the marketplace's item id", required=True),
        text("sku", "our SKU where the report is cut by SKU"),
        text("parent_id", "the variation family's id"),
        text("level", "`child`, `sku` or `parent`: what one row counts", required=True),
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        integer("sessions", "visits", unit="sessions"),
        integer("page_views", "page views", unit="page views"),
        integer(
            "featured_view_hundredths",
            "page views on which our offer was featured, in hundredths so that sums stay exact",
            unit="1/100 page view",
        ),
        integer("units", "units ordered", unit="units"),
        integer("sales_minor", "ordered product sales", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

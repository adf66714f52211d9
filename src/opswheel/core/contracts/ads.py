"""`ads`: what advertising a listing cost and brought, by campaign and day."""

from .base import day, fact, integer, text

ADS = fact(
    "ads",
    "period",
    "one row per campaign, ad group, advertised listing and period",
    ("account", "channel", "campaign", "ad_group", "item_id", "sku", "from_day", "to_day"),
    (
        text("campaign", "the campaign's name", required=True),
        text("campaign_id", "the campaign's id, where the report tells it"),
        text("ad_group", "the ad group's name"),
        text("portfolio", "the portfolio's name or id"),
        text("campaign_status", "`enabled`, `paused` or `archived`"),
        text("sku", "our SKU"),
        text("item_id", "the marketplace's item id"),
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        text("currency", "ISO 4217 code"),
        integer("impressions", "times the ad was shown", required=True),
        integer("clicks", "clicks", required=True),
        integer("spend_minor", "what the clicks cost", unit="minor units", required=True),
        integer("sales_minor", "sales within 7 days of a click, of any of our listings", unit="minor units"),
        integer("own_sales_minor", "of these, sales of the advertised listing itself", unit="minor units"),
        integer("orders", "orders within 7 days of a click", unit="orders"),
        integer("units", "units within 7 days of a click", unit="units"),
        integer("budget_minor", "the campaign's budget", unit="minor units"),
        text("budget_type", "`daily` or `lifetime`"),
    ),
)

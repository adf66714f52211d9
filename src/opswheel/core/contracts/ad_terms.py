"""`ad_terms`: what shoppers searched for when they clicked on an ad of ours."""

from .base import day, fact, integer, text

AD_TERMS = fact(
    "ad_terms",
    "period",
    "one row per campaign, ad group, target, search term and period; terms without a click have no row",
    ("account", "channel", "campaign", "ad_group", "target", "match_type", "term", "from_day", "to_day"),
    (
        text("campaign", "the campaign's name", required=True),
        text("campaign_id", "the campaign's id, where the report tells it"),
        text("ad_group", "the ad group's name"),
        text("portfolio", "the portfolio's name or id"),
        text("target", "the keyword or product targeted"),
        text("match_type", "`exact`, `phrase`, `broad`, or the report's word for product targets"),
        text("term", "what the shopper typed, or the item looked at; `*` where it is not told", required=True),
        day("from_day", "first day of the period", required=True),
        day("to_day", "last day of the period", required=True),
        text("currency", "ISO 4217 code"),
        integer("impressions", "times the ad was shown", required=True),
        integer("clicks", "clicks", required=True),
        integer("spend_minor", "what the clicks cost", unit="minor units", required=True),
        integer("sales_minor", "sales within 7 days of a click", unit="minor units"),
        integer("orders", "orders within 7 days of a click", unit="orders"),
        integer("units", "units within 7 days of a click", unit="units"),
    ),
)

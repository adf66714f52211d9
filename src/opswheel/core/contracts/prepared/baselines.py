"""`focus_days`, `season` and `baselines`: what listings sell when healthy."""

from ..base import PLACE, Contract, day, flag, integer, number, text

FOCUS_DAYS = Contract(
    name="focus_days",
    kind="prepared",
    grain="one row per listing in focus and day with facts; a settled day without a row sold nothing",
    writer="visibility",
    key=("account", "channel", "sku", "day"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        text("item_id", "the listing's item", required=True),
        day("day", "the day", required=True),
        number("units", "units sold here", unit="units", required=True),
        number("priced_units", "of them with a known price", unit="units", required=True),
        number("net_minor", "what those brought, net of tax and promotion", unit="minor units", required=True),
        integer("page_views", "page views of the item", unit="page views"),
        integer("featured_view_hundredths", "of them with our offer featured", unit="1/100 page view"),
    ),
)

SEASON = Contract(
    name="season",
    kind="prepared",
    grain="one row per channel, category and settled day",
    writer="visibility",
    key=("account", "channel", "category", "day"),
    columns=(
        *PLACE,
        text("category", "category", required=True),
        day("day", "the day", required=True),
        number("level", "sales of the category's healthy best sellers against their usual day", required=True),
    ),
)

BASELINES = Contract(
    name="baselines",
    kind="prepared",
    grain="one row per listing",
    writer="visibility",
    key=("account", "channel", "sku"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        text("item_id", "the listing's item", required=True),
        text("category", "category", required=True),
        text("title", "title"),
        integer("tier", "1, 2 or 3", required=True),
        text("intent", "`sell`, `sell_through`, `off` (not meant to sell now), `dead` or `unknown`", required=True),
        text("intent_source", "who or what says so", required=True),
        day("anchor_day", "the day its sales stopped being healthy, else the day after the last settled one"),
        number("clean_units", "units on clean days before the anchor", unit="units", required=True),
        integer("clean_days", "clean days before the anchor", unit="days", required=True),
        integer("window_days", "how far back the clean days were taken from", unit="days", required=True),
        text("velocity_source", "what the velocity rests on, in words", required=True),
        number("season_factor", "the category's level now against the level of those days", required=True),
        number("usual_level", "the category's level on those days", required=True),
        flag("stock_known", "whether stock history could be checked for those days", required=True),
        number("shape", "Gamma shape of the velocity", required=True),
        number("rate", "Gamma rate of the velocity, season included", unit="days", required=True),
        number("dead", "probability that it would not sell at all", unit="0…1", required=True),
        number("velocity", "units per day when healthy (mean)", unit="units/day", required=True),
        number("price", "net price of a unit", unit="reporting currency"),
        text("price_source", "what the price rests on, in words"),
        day("last_sale_day", "last day with a sale"),
        number("revenue_per_day", "velocity · price", unit="reporting currency/day"),
    ),
)

"""`forecasts` and `forecast_items`: demand expected of each listing, and what is known of it."""

from .base import PLACE, Contract, day, integer, moment, number, text

FORECASTS = Contract(
    name="forecasts",
    kind="ledger",
    grain="one row per listing and day to come, of the last forecast",
    writer="planning",
    key=("account", "channel", "sku", "day"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        day("day", "the day", required=True),
        moment("made_at", "as_of of the forecast", required=True),
        number("mean", "units expected if one can buy all day", unit="units/day", required=True),
        number("p10", "units that 1 day in 10 stays within", unit="units", required=True),
        number("p50", "units that half the days stay within", unit="units", required=True),
        number("p90", "units that 9 days in 10 stay within", unit="units", required=True),
    ),
)

FORECAST_ITEMS = Contract(
    name="forecast_items",
    kind="ledger",
    grain="one row per listing and forecast: what was known of it and what was expected of 28 days; kept 400 days",
    writer="planning",
    key=("account", "channel", "sku", "made_at"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        moment("made_at", "as_of of the forecast", required=True),
        day("from_day", "first day forecast", required=True),
        text("segment", "`fast`, `steady`, `slow`, `rare`, `new` or `silent`", required=True),
        integer("known_days", "days since its first sale", unit="days", required=True),
        integer("clean_days", "of them days that tell its demand", unit="days", required=True),
        integer("censored_days", "days it could not be bought, or ran out on", unit="days", required=True),
        integer("sold_units", "units sold on the known days", unit="units", required=True),
        text("models", "the heaviest models of its segment, in words", required=True),
        number("per_day", "units a day expected over 28 days", unit="units/day", required=True),
        number("total_p10", "units that 1 stretch of 28 days in 10 stays within", unit="units", required=True),
        number("total_p50", "units that half of them stay within", unit="units", required=True),
        number("total_p90", "units that 9 in 10 stay within", unit="units", required=True),
        text("former_sku", "the SKU it was sold under before, whose history counts"),
    ),
    indexes=(("made_at",),),
)

"""`forecast_models` and `forecast_accuracy`: which models were chosen on which evidence, and what came of it."""

from .base import PLACE, Contract, integer, moment, number, text

FORECAST_MODELS = Contract(
    name="forecast_models",
    kind="ledger",
    grain="one row per channel, segment of its listings and choice; forecasts go by the one put in force last",
    writer="planning",
    key=("account", "channel", "segment", "chosen_at"),
    columns=(
        *PLACE,
        text("segment", "`fast`, `steady`, `slow`, `rare`, `new` or `silent`", required=True),
        moment("chosen_at", "as_of of the back-test", required=True),
        text("models", "the heaviest models, in words", required=True),
        text("weights", "weight of every model, and the spread of each stretch of days, JSON", required=True),
        integer("items", "listings of the segment in the back-test", required=True),
        integer("origins", "how often the past was cut in the back-test", required=True),
        number("error", "weighted RMSSE of the choice in the back-test"),
        number("best_alone", "that of the best single model there"),
        number("bias", "units forecast ÷ units sold − 1 in the back-test"),
        text("evidence", "error of every model alone, JSON", required=True),
        text("source", "`back-test`, or why there was none", required=True),
        moment("in_force_at", "since when forecasts go by it; empty while it is proposed, rejected or rolled back"),
    ),
)

FORECAST_ACCURACY = Contract(
    name="forecast_accuracy",
    kind="ledger",
    grain="one row per channel, segment and forecast: what came of it on days since then that tell demand",
    writer="planning",
    key=("account", "channel", "segment", "made_at"),
    columns=(
        *PLACE,
        text("segment", "the segment; `all` for the whole channel", required=True),
        moment("made_at", "as_of of the forecast", required=True),
        moment("measured_at", "as_of of the last measurement", required=True),
        integer("items", "listings compared", required=True),
        integer("item_days", "their days on which one could buy", required=True),
        number("forecast_units", "units forecast for them", unit="units", required=True),
        number("sold_units", "units sold", unit="units", required=True),
        number("wape", "Σ |sold − forecast| ÷ Σ sold, by listing over the stretch"),
        number("bias", "units forecast ÷ units sold − 1"),
        number("inside", "share of listings whose total lay within the 80 % interval, where 28 days are over"),
    ),
)

"""`proposals`: changes the wheel suggests, with their back-test, until a person decides."""

from .base import Contract, integer, moment, number, text

PROPOSALS = Contract(
    name="proposals",
    kind="ledger",
    grain="one row per suggested change",
    writer="decisions",
    key=("id",),
    columns=(
        integer("id", "number people use", required=True),
        text(
            "kind",
            "`threshold`, `route`, `prevention`, `forecast_model`, `catalog_rule` or `price_path`",
            required=True,
        ),
        text("subject", "what would change", required=True),
        text("status", "`open`, `refused`, `accepted`, `edited`, `rejected` or `replaced`", required=True),
        moment("made_at", "as_of of the run that made it", required=True),
        integer("position", "1 is the one to look at first this week", required=True),
        text("from_value", "as it is now, JSON", required=True),
        text("to_value", "as it would be, JSON", required=True),
        text("backtest", "what stored observations say of both, JSON", required=True),
        text("why", "in words; for a refused one, the reason", required=True),
        number("gain_a_year", "expected gain", unit="reporting currency/year"),
        moment("decided_at", "when a person decided"),
        text("decided_by", "who"),
    ),
    indexes=(("status", "made_at"),),
)

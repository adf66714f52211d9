"""`matches`: how our sums agreed with the marketplace's own figures, each time somebody looked."""

from .base import PLACE, Contract, day, moment, number, text

MATCHES = Contract(
    name="matches",
    kind="ledger",
    grain="one row per channel and check",
    writer="visibility",
    key=("account", "channel", "at"),
    columns=(
        *PLACE,
        moment("at", "when it was checked", required=True),
        day("from_day", "first day compared", required=True),
        day("to_day", "last day compared", required=True),
        number("agreement", "smaller ÷ larger of the worst figure; empty where nothing was compared", unit="0…1"),
        text("detail", "ours and theirs, JSON", required=True),
    ),
)

"""`intents`: what people said in Opswheel about whether a listing is meant to sell."""

from .base import PLACE, Contract, day, integer, moment, text

INTENTS = Contract(
    name="intents",
    kind="ledger",
    grain="one row per listing and time somebody settled it",
    writer="resolution",
    key=("account", "channel", "sku", "at", "after_run"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        moment("at", "when it was said", required=True),
        integer("after_run", "the last finished run when it was said: that run's replay leaves it out", required=True),
        text("intent", "what it is meant for", required=True),
        day("from_day", "first day of the season"),
        day("to_day", "last day of the season"),
        text("by", "who said it", required=True),
        text("why", "why"),
    ),
)

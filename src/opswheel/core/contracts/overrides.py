"""`maturity_overrides`: levels a person set in the place of what the evidence gives, for a while."""

from .base import Contract, day, integer, moment, text

MATURITY_OVERRIDES = Contract(
    name="maturity_overrides",
    kind="ledger",
    grain="one row per time somebody set a workflow's level; the newest counts until it ends",
    writer="performance",
    key=("workflow", "at"),
    columns=(
        text("workflow", "the workflow", required=True),
        moment("at", "when it was set", required=True),
        integer("level", "1 to 6; 0 takes an earlier one back", required=True),
        text("note", "why", required=True),
        day("until_day", "last day it holds", required=True),
        text("by", "who set it", required=True),
    ),
)

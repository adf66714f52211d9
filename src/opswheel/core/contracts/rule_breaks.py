"""`rule_breaks`: listings that break a catalog rule in force, as of the last run."""

from .base import PLACE, Contract, integer, moment, text

RULE_BREAKS = Contract(
    name="rule_breaks",
    kind="ledger",
    grain="one row per catalog rule in force and listing that breaks it in the last run",
    writer="decisions",
    key=("decision_id", "account", "channel", "sku"),
    columns=(
        integer("decision_id", "the decision that put the rule into force", required=True),
        *PLACE,
        text("sku", "the listing", required=True),
        text("attribute", "the attribute it lacks, or carries otherwise", required=True),
        text("value", "what it carries; empty where nothing or where no list tells"),
        text("seen_in", "`attributes`, or `marketplace` where its message names the attribute", required=True),
        moment("known_at", "as_of of the run", required=True),
    ),
    indexes=(("account", "channel", "sku"),),
)

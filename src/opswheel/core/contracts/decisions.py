"""`decisions`: what was decided, on what evidence, what it was to bring, and what it brought."""

from .base import Contract, integer, moment, text

DECISIONS = Contract(
    name="decisions",
    kind="ledger",
    grain="one row per decision; a roll-back is a decision of its own",
    writer="decisions",
    key=("id",),
    columns=(
        integer("id", "number people use", required=True),
        integer("proposal_id", "the proposal it answers; empty for a roll-back and for a cut line moved by hand"),
        integer("undoes", "the decision it rolls back"),
        text(
            "kind",
            "`threshold`, `route`, `prevention`, `forecast_model`, `catalog_rule` or `price_path`",
            required=True,
        ),
        text("subject", "what it changes", required=True),
        text("verdict", "`accepted`, `edited`, `rejected`, `rolled_back` or `automatic`", required=True),
        text("from_value", "as it was, JSON", required=True),
        text("to_value", "as it is from then on, JSON", required=True),
        text("evidence", "the back-test it rests on, JSON", required=True),
        text("expected", "the effect expected, JSON", required=True),
        text("by", "who", required=True),
        moment("at", "when", required=True),
        text("why", "in words", required=True),
        text("measured", "effect measured so far, JSON; `observational`"),
        moment("judged_90_at", "when it was judged after 90 days"),
        moment("judged_180_at", "when it was judged after 180 days"),
    ),
    indexes=(("at",),),
)

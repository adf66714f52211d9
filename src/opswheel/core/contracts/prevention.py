"""`prevention`: causes the team decided to remove."""

from .base import Contract, integer, moment, number, text

PREVENTION = Contract(
    name="prevention",
    kind="ledger",
    grain="one row per cause the team decided to remove",
    writer="decisions",
    key=("decision_id",),
    columns=(
        integer("decision_id", "the decision", required=True),
        text("root_cause", "the cause", required=True),
        text("kind", "the kind of issue it brings", required=True),
        text("dimension", "`all`, `brand`, `category`, `channel` or `item`", required=True),
        text("value", "which one; empty for all", required=True),
        text("owner", "who removes it"),
        number("cost", "what removing it costs", unit="reporting currency", required=True),
        moment("planned_at", "when it was decided", required=True),
        moment("done_at", "when it was removed; empty while it is planned"),
    ),
)

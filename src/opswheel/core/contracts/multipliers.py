"""`multipliers`: what a loss sets off beyond itself, by kind and age: the axle between the two wheels."""

from .base import Contract, integer, moment, number, text

MULTIPLIERS = Contract(
    name="multipliers",
    kind="ledger",
    grain="one row per kind and age, and per time they were told; the newest told of a kind count",
    writer="growth",
    key=("kind", "age_days", "known_at"),
    columns=(
        text("kind", "the detector's kind", required=True),
        integer("age_days", "days the loss has gone on", unit="days", required=True),
        moment("known_at", "when it was told", required=True),
        number("mean", "follow-on days: days of the same loss that come after it ends", unit="days", required=True),
        number("p10", "10th percentile", unit="days", required=True),
        number("p90", "90th percentile", unit="days", required=True),
        text("source", "`literature`, or what was calibrated", required=True),
    ),
)

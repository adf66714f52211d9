"""`habits` and `removed_handoffs`: what a team keeps doing, and the hand-offs it has done away with."""

from .base import Contract, day, integer, moment, text

HABITS = Contract(
    name="habits",
    kind="ledger",
    grain="one row per habit, the team's day it was done on, and person",
    writer="performance",
    key=("habit", "day", "by"),
    columns=(
        text("habit", "`morning`, `midday`, `close_of_day`, `weekly`, `monthly` or `quarterly`", required=True),
        day("day", "the team's day", required=True),
        text("by", "who did it", required=True),
        moment("at", "when it was recorded", required=True),
        text("note", "what came of it"),
    ),
    indexes=(("day",),),
)

REMOVED_HANDOFFS = Contract(
    name="removed_handoffs",
    kind="ledger",
    grain="one row per hand-off a team did away with",
    writer="performance",
    key=("id",),
    columns=(
        integer("id", "number of the entry", required=True),
        text("workflow", "the workflow it was in", required=True),
        text("what", "who no longer waits for whom, in words", required=True),
        day("since_day", "first day without it", required=True),
        text("by", "who says so", required=True),
        moment("at", "when it was said", required=True),
    ),
)

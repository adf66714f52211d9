"""`labels` and `root_causes`: whether an alarm was right, and the words closes may give as their cause."""

from .base import PLACE, Contract, moment, number, text

LABELS = Contract(
    name="labels",
    kind="ledger",
    grain="one row per answer of a person about something a rule saw, whether it was flagged or not",
    writer="learning",
    key=("kind", "account", "channel", "subject_key", "seen_at"),
    columns=(
        text("kind", "the detector's kind", required=True),
        *PLACE,
        text("subject_key", "the subject that was looked at", required=True),
        moment("seen_at", "as_of of the run that put it up for a look", required=True),
        text("sku", "the listing, where there is one"),
        number("observed", "what was observed then"),
        number("loss_per_day", "rough loss then", unit="reporting currency/day"),
        text("verdict", "`right`, `wrong` or `cannot_tell`; empty while nobody has looked"),
        text("why", "in the words of the person"),
        text("by", "who"),
        moment("at", "when they said so"),
    ),
    indexes=(("at",),),
)

ROOT_CAUSE_WORDS = Contract(
    name="root_causes",
    kind="ledger",
    grain="one row per root cause a workspace added, or merged into another",
    writer="learning",
    key=("code",),
    columns=(
        text("code", "the word a close names", required=True),
        text("words", "what it means", required=True),
        text("merged_into", "the cause that counts in its place; empty where it stands for itself"),
        text("by", "who", required=True),
        moment("at", "when", required=True),
    ),
)

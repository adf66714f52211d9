"""`thresholds`: the versions of every cut line."""

from .base import Contract, moment, number, text

THRESHOLDS = Contract(
    name="thresholds",
    kind="ledger",
    grain="one row per version of a cut line in a segment",
    writer="decisions",
    key=("id",),
    columns=(
        text("id", "kind.name, the segment if any, and a version number", required=True),
        text("kind", "the detector's kind", required=True),
        text("name", "the cut line's name", required=True),
        text("account", "segment; empty for all", required=True),
        text("channel", "segment; empty for all", required=True),
        text("category", "segment; empty for all", required=True),
        text("tier", "segment; empty for all", required=True),
        number("value", "the cut", required=True),
        number("release", "where an issue lets go, if it differs"),
        moment("since", "from when it holds", required=True),
        text("source", "`default` or the decision that set it", required=True),
        text("why", "why", required=True),
    ),
)

"""`routes` and `absences`: who owns what, and who is away."""

from .base import Contract, day, integer, moment, text

ROUTES = Contract(
    name="routes",
    kind="ledger",
    grain="one row per version of the list and place in it; the newest version counts",
    writer="decisions",
    key=("version", "position"),
    columns=(
        integer("version", "number of the list", required=True),
        integer("position", "1 is asked first", required=True),
        text("owner", "the person", required=True),
        text("backup", "who stands in, in this order, parted by `;`", required=True),
        text("kind", "kind of issue; empty matches everything, here and below", required=True),
        text("account", "seller account", required=True),
        text("channel", "channel", required=True),
        text("brand", "brand", required=True),
        text("category", "category", required=True),
        integer("tier", "1, 2 or 3; 0 matches every tier", required=True),
        integer("capacity", "open issues the owner may hold before a backup is asked; 0: no limit", required=True),
        moment("at", "when the list was loaded", required=True),
        text("by", "who loaded it", required=True),
    ),
)

ABSENCES = Contract(
    name="absences",
    kind="ledger",
    grain="one row per person and first day away",
    writer="decisions",
    key=("person", "from_day"),
    columns=(
        text("person", "who", required=True),
        day("from_day", "first day away", required=True),
        day("to_day", "last day away", required=True),
        moment("at", "when it was said", required=True),
        text("by", "who said it", required=True),
    ),
)

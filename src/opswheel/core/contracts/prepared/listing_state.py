"""`listing_state`: listings that cannot be bought or found, or soon cannot, with cause and onset."""

from ..base import PLACE, Contract, day, flag, text

LISTING_STATE = Contract(
    name="listing_state",
    kind="prepared",
    grain="one row per listing and state that is not healthy",
    writer="visibility",
    key=("account", "channel", "sku", "state"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        text("state", "`removed`, `suppressed`, `hidden`, `stranded` or `inactive`", required=True),
        text("cause", "code or reason group of the marketplace"),
        text("detail", "the marketplace's own sentence"),
        text("source", "the report that says so", required=True),
        day("seen_day", "day of the snapshot that says so", required=True),
        day("onset_day", "first day known to be bad", required=True),
        day("last_good_day", "last day known to be good; empty where it is older than loaded history"),
        day("starts_day", "first day it takes effect, where an exemption still holds"),
        flag("stated", "whether a report states the onset; else it lies between two of our snapshots", required=True),
    ),
)

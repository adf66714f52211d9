"""`stock_now`: units by listing and pool this morning, from the best report that tells."""

from ..base import PLACE, Contract, day, flag, integer, text

STOCK_NOW = Contract(
    name="stock_now",
    kind="prepared",
    grain="one row per listing with known stock",
    writer="visibility",
    key=("account", "channel", "sku"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        text("pool", "the stock pool: listings of one pool share the units", required=True),
        text("source", "the report", required=True),
        day("day", "morning of the snapshot", required=True),
        integer("sellable_units", "units that can be sold now, 0 where oversold", unit="units", required=True),
        integer("transfer_units", "units sold with a later date", unit="units", required=True),
        integer("inbound_working_units", "units on drafted shipments", unit="units", required=True),
        integer("inbound_shipped_units", "units on their way", unit="units", required=True),
        integer("inbound_receiving_units", "units being received", unit="units", required=True),
        flag("oversold", "the report shows a negative quantity", required=True),
        text("state", "`in`, `transfer_only` or `out`", required=True),
        day("onset_day", "first day known to be out"),
        day("last_good_day", "last day known to be in stock"),
    ),
)

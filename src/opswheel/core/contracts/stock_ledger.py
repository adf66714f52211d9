"""`stock_ledger`: the marketplace's daily books of its stock: what lay there, came in, went out and got lost."""

from .base import day, fact, integer, text

STOCK_LEDGER = fact(
    "stock_ledger",
    "period",
    "one row per stock label, condition, place and day; a label without a row on a loaded day had no stock to tell of",
    ("account", "channel", "sku", "fnsku", "disposition", "location", "from_day", "to_day"),
    (
        text("sku", "our SKU", required=True),
        text("fnsku", "the marketplace's stock label"),
        text("item_id", "the marketplace's item id"),
        text("disposition", "condition of the units: `sellable`, `defective`, `customer_damaged` …", required=True),
        text("location", "country or fulfilment centre, as the report was cut"),
        day("from_day", "the day", required=True),
        day("to_day", "the day", required=True),
        integer("starting_units", "units at the start of the day", unit="units"),
        integer("transit_units", "units between fulfilment centres", unit="units"),
        integer("received_units", "units received from us", unit="units"),
        integer("shipped_units", "units shipped to customers; negative", unit="units"),
        integer("returned_units", "units customers sent back", unit="units"),
        integer("removed_units", "units sent back to us; negative", unit="units"),
        integer("transferred_units", "units moved in less units moved out", unit="units"),
        integer("found_units", "units found", unit="units"),
        integer("lost_units", "units lost; negative", unit="units"),
        integer("damaged_units", "units damaged; negative", unit="units"),
        integer("disposed_units", "units disposed of; negative", unit="units"),
        integer("other_units", "units changed by other named events", unit="units"),
        integer("unknown_units", "units changed by events the report cannot name", unit="units"),
        integer("ending_units", "units at the end of the day", unit="units", required=True),
    ),
)

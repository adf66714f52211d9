"""`removals`: orders to send stock back to us, or to have it disposed of, and how far they are."""

from .base import day, fact, integer, moment, text

REMOVALS = fact(
    "removals",
    "event",
    "one row per version of a removal order's line; the current one has the greatest `updated_at`",
    ("account", "channel", "removal_id", "sku", "fnsku", "disposition", "updated_at"),
    (
        text("removal_id", "number of the removal order: ours, no customer's", required=True),
        text("sku", "our SKU", required=True),
        text("fnsku", "the marketplace's stock label"),
        text("disposition", "condition of the units: `sellable` or `unsellable`"),
        day("day", "day it was asked for, in the channel's zone", required=True),
        moment("at", "when", required=True),
        moment("updated_at", "when the marketplace last changed the line", required=True),
        text("source", "who asked for it: us, or the marketplace by itself"),
        text("type", "`return`, `disposal` or `liquidation`, else the report's word", required=True),
        text("status", "the report's status", required=True),
        integer("requested_units", "units asked for", unit="units", required=True),
        integer("cancelled_units", "units cancelled", unit="units"),
        integer("disposed_units", "units disposed of", unit="units"),
        integer("shipped_units", "units sent to us", unit="units"),
        integer("open_units", "units still in process", unit="units"),
        integer("fee_minor", "what it costs", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

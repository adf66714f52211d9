"""`reimbursements`: what the marketplace paid or gave back for units it lost or damaged."""

from .base import day, fact, integer, moment, text

REIMBURSEMENTS = fact(
    "reimbursements",
    "event",
    "one row per reimbursed listing of a reimbursement and version; the current one was known last",
    ("account", "channel", "reimbursement_id", "sku", "line", "updated_at"),
    (
        text("reimbursement_id", "the marketplace's number", required=True),
        integer("line", "1, 2 … where one reimbursement names a SKU more than once", required=True),
        text("sku", "our SKU, where it names one"),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label"),
        day("day", "day it was approved, in the channel's zone", required=True),
        moment("at", "when", required=True),
        moment("updated_at", "the same: a correction is a row of its own", required=True),
        text("case_id", "the case that asked for it; empty where it came by itself"),
        text("order_hash", "keyed hash of the order id, where one is behind it"),
        text("reason", "the report's reason", required=True),
        text("condition", "condition of the units"),
        text("currency", "ISO 4217 code"),
        integer("unit_minor", "amount per unit", unit="minor units"),
        integer("amount_minor", "amount in all; negative where money was taken back", unit="minor units"),
        integer("cash_units", "units paid in money", unit="units"),
        integer("stock_units", "units given back as stock", unit="units"),
        text("original_id", "the reimbursement this one corrects"),
        text("original_reason", "that one's type"),
    ),
)

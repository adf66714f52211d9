"""`returns`: units customers sent back, why, and in which condition they arrived."""

from .base import day, fact, flag, integer, moment, text

RETURNS = fact(
    "returns",
    "event",
    "one row per returned unit or return request and version; the current one has the greatest `updated_at`",
    ("account", "channel", "order_hash", "sku", "at", "line", "updated_at"),
    (
        text("order_hash", "keyed hash of the order id: joins `orders.order_hash`", required=True),
        text("sku", "our SKU", required=True),
        integer("line", "1, 2 … where one order sends several units of a SKU back at once", required=True),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label"),
        day("day", "day of the return, or of its request, in the channel's zone", required=True),
        moment("at", "when", required=True),
        moment("updated_at", "when the marketplace last changed the row; the return itself where it does not say"),
        integer("units", "units sent back", unit="units", required=True),
        text("reason", "the report's reason code"),
        text("disposition", "condition on arrival, such as `sellable` or `customer_damaged`"),
        text("status", "the report's status"),
        text("fulfillment", "`marketplace` or `merchant`", required=True),
        text("location", "fulfilment centre that received it"),
        text("unit_label", "the marketplace's label of the very unit, which a claim names"),
        day("delivered_day", "day it came back to us"),
        text("resolution", "how the marketplace settled it, in the report's words"),
        flag("in_policy", "within the return policy"),
        flag("claimed", "the customer claimed under the marketplace's guarantee"),
        text("claim_state", "state of our own claim for reimbursement, in the report's words"),
        integer("claim_minor", "what that claim was paid", unit="minor units"),
        integer("refund_minor", "what the customer was paid back", unit="minor units"),
        integer("label_minor", "cost of the return label", unit="minor units"),
        text("currency", "ISO 4217 code of the amounts"),
    ),
)

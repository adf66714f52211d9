"""`inbound_problems`: what the marketplace found wrong with a shipment of ours, and what it charges for it."""

from .base import day, fact, integer, moment, text

INBOUND_PROBLEMS = fact(
    "inbound_problems",
    "event",
    "one row per problem found in a shipment and version; the current one was known last",
    ("account", "channel", "shipment_id", "carton_id", "sku", "what", "day", "updated_at"),
    (
        text("shipment_id", "the marketplace's shipment id", required=True),
        text("carton_id", "the carton, where it is one"),
        text("sku", "our SKU, where the problem is one of a product"),
        text("fnsku", "the marketplace's stock label"),
        text("item_id", "the marketplace's item id"),
        day("day", "day it was reported", required=True),
        moment("updated_at", "when it was reported", required=True),
        day("created_day", "day the shipment was created"),
        text("location", "fulfilment centre"),
        text("what", "the report's type of problem", required=True),
        text("level", "`shipment`, `carton` or `product`"),
        integer("problem_units", "units, cartons or shipments concerned", unit="as `measure` says"),
        integer("expected_units", "units expected on this line", unit="units"),
        integer("received_units", "units received on this line", unit="units"),
        text("measure", "what `problem_units` counts, in the report's words"),
        text("coaching", "how far warnings have gone, in the report's words"),
        text("fee_type", "what is charged for it"),
        integer("fee_minor", "what it cost", unit="minor units"),
        text("currency", "ISO 4217 code"),
        text("status", "whether the alert is open, in the report's words"),
    ),
)

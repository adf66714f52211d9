"""`listing_now`: each listing of ours this morning, and what it is meant for."""

from ..base import PLACE, Contract, day, integer, text

LISTING_NOW = Contract(
    name="listing_now",
    kind="prepared",
    grain="one row per listing in the current listings reports",
    writer="visibility",
    key=("account", "channel", "sku"),
    columns=(
        *PLACE,
        text("sku", "our SKU", required=True),
        text("item_id", "the marketplace's item id; the SKU where none is known", required=True),
        text("title", "title shoppers see"),
        text("brand", "brand"),
        text("category", "category; `` where none is known", required=True),
        text("condition", "condition"),
        text("status", "`active`, `inactive` or `incomplete`", required=True),
        text("fulfillment", "`marketplace` or `merchant`"),
        integer("price_minor", "price asked", unit="minor units"),
        integer("quantity_units", "units offered where we ship ourselves", unit="units"),
        day("opened_on", "day it was first opened"),
        day("day", "morning of the snapshot", required=True),
        text("said_intent", "what somebody said it is meant for; empty where nobody did"),
        integer("own_offers", "our listings on the same item", required=True),
    ),
)

"""`fees`: what the marketplace expects to charge for each unit sold, and the size it charges by."""

from .base import day, fact, integer, number, text

FEES = fact(
    "fees",
    "snapshot",
    "one row per listing and snapshot day",
    ("account", "channel", "sku", "day"),
    (
        text("sku", "our SKU", required=True),
        day("day", "the morning the snapshot was taken", required=True),
        text("item_id", "the marketplace's item id"),
        text("fnsku", "the marketplace's stock label"),
        text("brand", "brand"),
        text("category", "the marketplace's product group"),
        text("currency", "ISO 4217 code"),
        integer("price_minor", "our price", unit="minor units"),
        integer("sale_price_minor", "the price the fees were estimated at", unit="minor units"),
        integer("total_minor", "all fees of one unit", unit="minor units"),
        integer("referral_minor", "referral fee of one unit", unit="minor units"),
        integer("closing_minor", "variable closing fee of one unit", unit="minor units"),
        integer("fulfillment_minor", "fulfilment fee of one unit", unit="minor units"),
        text("size_tier", "size tier the fulfilment fee follows: a jump may be a wrong measurement"),
        number("longest_side", "longest side", unit="as `length_unit` says"),
        number("median_side", "median side", unit="as `length_unit` says"),
        number("shortest_side", "shortest side", unit="as `length_unit` says"),
        text("length_unit", "unit of the sides"),
        number("weight", "weight of the packed unit", unit="as `weight_unit` says"),
        text("weight_unit", "unit of the weight"),
    ),
)

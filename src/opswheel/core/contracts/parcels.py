"""`parcels`: what left for customers, with whom, when it was promised and when it came."""

from .base import day, fact, integer, moment, text

PARCELS = fact(
    "parcels",
    "event",
    "one row per parcel sent and version; the current one has the greatest `updated_at`",
    ("account", "channel", "order_hash", "parcel", "updated_at"),
    (
        text("order_hash", "keyed hash of the order id: joins `orders.order_hash`", required=True),
        text("parcel", "keyed hash of the parcel's number; the order's where it has none", required=True),
        day("day", "day it left, in the channel's zone", required=True),
        moment("at", "when it left", required=True),
        moment("updated_at", "when the list last changed the row; delivery or departure where it does not say"),
        text("carrier", "who carries it"),
        text("path", "its way, as the team names it: a service, or from where to where"),
        moment("ship_by_at", "until when it had to leave"),
        moment("promised_at", "until when the customer was promised it", required=True),
        day("promised_day", "the same as a day, in the channel's zone", required=True),
        moment("delivered_at", "when it was delivered; empty while it is on its way"),
        day("delivered_day", "the same as a day, in the channel's zone"),
        text("sku", "our SKU, where the parcel holds one"),
        integer("units", "units in it", unit="units"),
        integer("value_minor", "price of what is in it", unit="minor units"),
        text("currency", "ISO 4217 code"),
    ),
)

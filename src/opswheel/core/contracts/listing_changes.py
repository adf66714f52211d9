"""`listing_changes`: the moments at which the marketplace said that a listing's state had changed.

A state at a moment is the latest value that is not empty of each column up to it: one kind of message tells whether a
listing can be bought and found, the other which enforcement holds, and neither repeats what the other said. A
snapshot of `listing_status` is true until a later row here; the onset of a state is the moment of the row itself.
"""

from .base import day, fact, flag, moment, text

LISTING_CHANGES = fact(
    "listing_changes",
    "event",
    "one row per listing and message; the state is what the latest ones say",
    ("account", "channel", "sku", "told", "at"),
    (
        text("sku", "our SKU", required=True),
        text("item_id", "the marketplace's item id"),
        text("told", "what the message speaks of: `status` or `issues`", required=True),
        moment("at", "when it happened", required=True),
        day("day", "that day in the channel's zone", required=True),
        moment("updated_at", "the same moment: a message is never corrected", required=True),
        flag("buyable", "shoppers can buy it; empty where the message does not say"),
        flag("discoverable", "shoppers can find it; empty where the message does not say"),
        text("action", "the gravest enforcement taken, `NONE` where issues remain without one; of `issues` only"),
        text("severity", "the gravest severity of its issues: `ERROR`, `WARNING`, `INFO` or `NONE`; of `issues` only"),
    ),
)

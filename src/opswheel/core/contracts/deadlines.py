"""`deadlines`: dates after which money, a right or a listing is lost, where no report tells them."""

from .base import day, fact, integer, text

DEADLINES = fact(
    "deadlines",
    "snapshot",
    "one row per thing that must be done by a day",
    ("account", "channel", "sku", "kind", "what", "due_day"),
    (
        text("sku", "our SKU; empty where it concerns the whole account"),
        day("day", "day the list was exported", required=True),
        text(
            "kind",
            "`document`, `claim`, `appeal`, `guarantee_claim`, `lot_expiry`, `offer_end`, `contract` or `other`",
            required=True,
        ),
        text("what", "what must be done, in the team's words", required=True),
        day("due_day", "last day on which it can be done", required=True),
        integer("units", "units it concerns", unit="units"),
        integer("amount_minor", "cash that is lost with it", unit="minor units"),
        text("currency", "ISO 4217 code"),
        text("reference", "number of the document, claim or case"),
        text("owner", "who does it"),
    ),
)

"""Amazon's notification PRICING_HEALTH."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import OFFER_CHANGES
from ...core.reader import Cell, Context, JsonShape
from .amazon_notifications import offer_columns
from .base import JsonReport
from .parsing import channel_hint, currency, integer, moment, money, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MONEY = "struct<amount: string, currencyCode: string>"
_COLUMNS = {
    "issueType": "string",
    "offerChangeTrigger": "struct<marketplaceId: string, asin: string, itemCondition: string, "
    "timeOfOfferChange: string>",
    "merchantOffer": f"struct<landedPrice: {_MONEY}>",
    "summary": "struct<numberOfOffers: array<struct<condition: string, offerCount: string>>, "
    f"buyBoxPrices: array<struct<condition: string, landedPrice: {_MONEY}>>, "
    f"referencePrice: struct<competitivePriceThreshold: {_MONEY}>>",
}


def messages(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per message."""
    trigger, summary = documents.offerChangeTrigger, documents.summary
    condition = trigger["itemCondition"].lower()
    featured = summary["buyBoxPrices"].filter(lambda p: p["condition"].lower() == condition)[0]
    counts = summary["numberOfOffers"].filter(lambda n: n["condition"].lower() == condition)
    return documents.select(
        hint=trigger["marketplaceId"],
        item_id=trigger["asin"],
        condition=condition,
        at=trigger["timeOfOfferChange"],
        cause=documents.issueType,
        offer_count=counts.map(lambda n: n["offerCount"].try_cast("int64")).sums().cast("string"),
        our_price_minor=documents.merchantOffer["landedPrice"]["amount"],
        featured_price_minor=featured["landedPrice"]["amount"],
        competitive_price_minor=summary["referencePrice"]["competitivePriceThreshold"]["amount"],
        currency=documents.merchantOffer["landedPrice"]["currencyCode"],
    )


class AmazonPricingHealth(JsonReport):
    """Offers of ours that may not be featured because of their price, with the prices they are measured against.

    API: notification PRICING_HEALTH, one JSON object on a line or in a list, in a file without others: it is spelled
    in another way. No message says that all is well again; a later ANY_OFFER_CHANGED or report does.
    """

    report: ClassVar[str] = "amazon_pricing_health"
    title: ClassVar[str] = "Amazon notification PRICING_HEALTH (JSON)"
    table = OFFER_CHANGES
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    shape = JsonShape(
        marks=(frozenset({"issueType", "offerChangeTrigger", "merchantOffer"}),), columns=_COLUMNS, rows=messages
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceId",), channel_hint),
        Cell("item_id", ("asin",), text, required=True),
        Cell("condition", ("itemCondition",), text, required=True),
        Cell("at", ("timeOfOfferChange",), moment, required=True),
        Cell("cause", ("issueType",), text, required=True),
        Cell("offer_count", ("numberOfOffers",), integer),
        Cell("our_price_minor", ("merchantOffer",), money()),
        Cell("featured_price_minor", ("buyBoxPrices",), money()),
        Cell("competitive_price_minor", ("competitivePriceThreshold",), money()),
        Cell("currency", ("currencyCode",), currency),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Not eligible, whatever the cause."""
        rows = offer_columns(rows, context)
        return rows.mutate(told=ibis.literal("pricing_health"), eligible=ibis.literal(False))

"""Amazon's notifications about listings and offers, as they come from the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import LISTING_CHANGES, OFFER_CHANGES
from ...core.reader import Cell, Context, JsonShape
from .amazon_listings_items import ACTIONS
from .base import JsonReport
from .parsing import channel_day, channel_hint, currency, integer, moment, money, rescale, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MONEY = "struct<Amount: string, CurrencyCode: string>"
_PRICES = f"array<struct<Condition: string, LandedPrice: {_MONEY}>>"
_OFFERS = (
    "struct<SellerId: string, OfferChangeTrigger: struct<MarketplaceId: string, ASIN: string, ItemCondition: string, "
    "TimeOfOfferChange: string>, Summary: struct<NumberOfOffers: array<struct<Condition: string, OfferCount: string>>, "
    f"LowestPrices: {_PRICES}, BuyBoxPrices: {_PRICES}, CompetitivePriceThreshold: {_MONEY}>, "
    f"Offers: array<struct<SellerId: string, ListingPrice: {_MONEY}, Shipping: {_MONEY}, IsBuyBoxWinner: string, "
    "IsFeaturedMerchant: string>>>"
)
_COLUMNS = {
    "NotificationType": "string",
    "EventTime": "string",
    "Payload": "struct<MarketplaceId: string, Asin: string, Sku: string, Status: array<string>, "
    f"Severities: array<string>, EnforcementActions: array<string>, AnyOfferChangedNotification: {_OFFERS}>",
}
_MARKS = (frozenset({"NotificationType", "Payload"}),)
_SEVERITIES = ("ERROR", "WARNING", "INFO")


def listing_messages(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per message about a listing; one without a type is kept to be refused, other types are left out."""
    kind = documents.NotificationType
    told = ibis.cases(
        (kind.startswith("LISTINGS_ITEM_STATUS_CHANGE"), "status"), (kind == "LISTINGS_ITEM_ISSUES_CHANGE", "issues")
    )
    rows = documents.mutate(told=told).filter(told.notnull() | kind.isnull())
    payload = rows.Payload
    status, issues = rows.told == "status", rows.told == "issues"
    return rows.select(
        hint=payload["MarketplaceId"],
        sku=payload["Sku"],
        item_id=payload["Asin"],
        told=rows.told,
        at=rows.EventTime,
        buyable=_holds(payload["Status"], "BUYABLE", status),
        discoverable=_holds(payload["Status"], "DISCOVERABLE", status),
        action=_gravest(payload["EnforcementActions"], ACTIONS, issues),
        severity=_gravest(payload["Severities"], _SEVERITIES, issues),
    )


def _holds(words: ir.ArrayValue, word: str, where: ir.BooleanValue) -> ir.StringValue:
    said = words.contains(word).fill_null(False).ifelse("true", "false")
    return where.ifelse(said, ibis.null().cast("string"))


def _gravest(words: ir.ArrayValue, ranked: tuple[str, ...], where: ir.BooleanValue) -> ir.StringValue:
    found = ibis.cases(*((words.contains(w).fill_null(False), w) for w in ranked), else_="NONE")
    return where.ifelse(found, ibis.null().cast("string"))


def offer_messages(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per message about an item's offers, of the condition that changed."""
    rows = documents.filter(documents.NotificationType == "ANY_OFFER_CHANGED")
    rows = rows.select(at=rows.EventTime, told=rows.Payload["AnyOfferChangedNotification"])
    trigger, summary, offers = rows.told["OfferChangeTrigger"], rows.told["Summary"], rows.told["Offers"]
    condition, us = trigger["ItemCondition"].lower(), rows.told["SellerId"]
    ours = offers.filter(lambda o: o["SellerId"] == us)[0]
    others = offers.filter(lambda o: o["SellerId"] != us).map(lambda o: o["SellerId"])
    winner = offers.filter(lambda o: o["IsBuyBoxWinner"] == "true")[0]
    featured, lowest = _of(summary["BuyBoxPrices"], condition), _of(summary["LowestPrices"], condition)
    counts = _of(summary["NumberOfOffers"], condition).map(lambda n: n["OfferCount"].try_cast("int64"))
    landed = lowest.map(lambda p: p["LandedPrice"]["Amount"].try_cast("float64"))
    return rows.select(
        hint=trigger["MarketplaceId"],
        item_id=trigger["ASIN"],
        condition=condition,
        at=ibis.coalesce(trigger["TimeOfOfferChange"], rows.at),
        featured_by=ibis.cases(
            (winner["SellerId"] == us, "us"), (winner["SellerId"].notnull(), "other"), (featured.length() == 0, "none")
        ),
        eligible=ours["IsFeaturedMerchant"],
        sellers=others.unique().sort().join(" "),
        offer_count=counts.sums().cast("string"),
        our_price_minor=ours["ListingPrice"]["Amount"],
        our_shipping_minor=ours["Shipping"]["Amount"],
        featured_price_minor=featured[0]["LandedPrice"]["Amount"],
        lowest_price_minor=landed.mins().cast("string"),
        competitive_price_minor=summary["CompetitivePriceThreshold"]["Amount"],
        currency=ibis.coalesce(
            featured[0]["LandedPrice"]["CurrencyCode"],
            lowest[0]["LandedPrice"]["CurrencyCode"],
            offers[0]["ListingPrice"]["CurrencyCode"],
        ),
    )


def _of(prices: ir.ArrayValue, condition: ir.StringValue) -> ir.ArrayValue:
    """Those of a condition; none where the message leaves the list out."""
    return prices.filter(lambda p: p["Condition"].lower() == condition).fill_null(ibis.literal([], type=prices.type()))


class AmazonListingNotifications(JsonReport):
    """The moments at which a listing became buyable or not, and at which enforcements were taken or lifted.

    API: notifications LISTINGS_ITEM_STATUS_CHANGE and LISTINGS_ITEM_ISSUES_CHANGE (payloads 1.0 and 2023-12-13), one
    JSON object on a line or in a list, as they were taken from the queue; ANY_OFFER_CHANGED may lie in the same file.
    Other notifications in it are left out. A notification can be lost or come twice: the next answer of the listings
    API, or report, says what holds.
    """

    report: ClassVar[str] = "amazon_listing_notifications"
    title: ClassVar[str] = "Amazon notifications about listings (JSON)"
    table = LISTING_CHANGES
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    also: ClassVar[tuple[str, ...]] = ("amazon_offer_notifications",)
    shape = JsonShape(marks=_MARKS, columns=_COLUMNS, rows=listing_messages)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("MarketplaceId",), channel_hint),
        Cell("told", ("NotificationType",), text, required=True),
        Cell("sku", ("Sku",), text, required=True),
        Cell("item_id", ("Asin",), text),
        Cell("at", ("EventTime",), moment, required=True),
        Cell("buyable", ("Status",), yes_no),
        Cell("discoverable", ("Status",), yes_no),
        Cell("action", ("EnforcementActions",), text),
        Cell("severity", ("Severities",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day."""
        return rows.mutate(day=channel_day(rows.at, context), updated_at=rows.at)


class AmazonOfferNotifications(JsonReport):
    """The moments at which an item's offers changed: who is featured, at which price, and who else sells it.

    API: notification ANY_OFFER_CHANGED, in a file of its own or among the others. It tells the twenty lowest offers:
    where it marks none of them as featured and yet tells a featured price, nobody knows whose that is. Sellers are
    kept by their public ids; their ratings and places are not.
    """

    report: ClassVar[str] = "amazon_offer_notifications"
    title: ClassVar[str] = "Amazon notifications about offers (JSON)"
    table = OFFER_CHANGES
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    shape = JsonShape(marks=(), columns=_COLUMNS, rows=offer_messages)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("MarketplaceId",), channel_hint),
        Cell("item_id", ("ASIN",), text, required=True),
        Cell("condition", ("ItemCondition",), text, required=True),
        Cell("at", ("TimeOfOfferChange",), moment, required=True),
        Cell("featured_by", ("IsBuyBoxWinner",), text),
        Cell("eligible", ("IsFeaturedMerchant",), yes_no),
        Cell("sellers", ("Offers",), text),
        Cell("offer_count", ("NumberOfOffers",), integer),
        Cell("our_price_minor", ("ListingPrice",), money()),
        Cell("our_shipping_minor", ("Shipping",), money()),
        Cell("featured_price_minor", ("BuyBoxPrices",), money()),
        Cell("lowest_price_minor", ("LowestPrices",), money()),
        Cell("competitive_price_minor", ("CompetitivePriceThreshold",), money()),
        Cell("currency", ("CurrencyCode",), currency),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day, our landed price, and money in the row's own currency."""
        rows = rows.mutate(our_price_minor=rows.our_price_minor + rows.our_shipping_minor.fill_null(0))
        return offer_columns(rows, context).mutate(told=ibis.literal("offers"))


def offer_columns(rows: ir.Table, context: Context) -> ir.Table:
    """What every message about offers needs beyond its cells."""
    code = rows.currency.fill_null(context.currency)
    names = [c for c in rows.columns if c.endswith("_price_minor")]
    return rows.mutate(
        day=channel_day(rows.at, context),
        updated_at=rows.at,
        currency=code,
        **{n: rescale(rows[n], code, context) for n in names},
    )

"""Our own CSV layouts for what happens around a sale: shipping, returns, ratings, fees, refunds of ours, ads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import AD_TERMS, ADS, FEEDBACK, FEES, OPEN_ORDERS, PARCELS, REIMBURSEMENTS, RETURNS
from ...core.reader import Cell, Context
from .amazon_fba_returns import numbered_returns
from .amazon_open_orders import numbered_open_lines
from .amazon_reimbursements import numbered_reimbursements
from .own_facts import OwnFacts
from .own_layouts import CHANNEL, CURRENCY, DAY, SKU, texts, units, words
from .parsing import channel_day, day, day_start, integer, key, moment, money, number, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

ORDER = Cell("order_hash", ("order_id",), key, required=True, personal=True)
PERIOD: tuple[Cell, ...] = (
    Cell("from_day", ("from_day", "day", "date"), day, required=True),
    Cell("to_day", ("to_day",), day),
)
CLICKS: tuple[Cell, ...] = (
    Cell("impressions", ("impressions",), integer, required=True, minimum=0),
    Cell("clicks", ("clicks",), integer, required=True, minimum=0),
    Cell("spend_minor", ("spend",), money(), required=True, minimum=0),
    Cell("sales_minor", ("sales",), money()),
    Cell("orders", ("orders",), integer),
    Cell("units", ("units",), integer),
)


def _one_day(rows: ir.Table) -> ir.Table:
    """A row without `to_day` is one day."""
    return rows.mutate(to_day=rows.to_day.fill_null(rows.from_day))


class OwnOpenOrders(OwnFacts):
    """Order lines you still have to ship, from anywhere: a shop system or a warehouse; order ids are hashed."""

    report: ClassVar[str] = "open_orders_csv"
    title: ClassVar[str] = "open_orders.csv"
    table = OPEN_ORDERS
    lists_everything: ClassVar[bool] = False
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        ORDER,
        SKU,
        Cell("at", ("purchased_at",), moment, required=True),
        Cell("ship_by_at", ("ship_by",), moment, required=True, ahead=True),
        Cell("open_units", ("open",), integer, required=True, minimum=0),
        CHANNEL,
        DAY,
        Cell("units", ("units",), integer, minimum=0),
        *texts("service"),
        Cell("line_minor", ("line_price",), money()),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """All that is open where the whole is not told, and the line's number."""
        return rows.mutate(units=rows.units.fill_null(rows.open_units), line=numbered_open_lines(rows))


class OwnParcels(OwnFacts):
    """Parcels on their way and delivered, from anywhere: a carrier's or shipping tool's list; numbers are hashed.

    No marketplace report tells carrier, promise and delivery of each parcel. `path` is how you tell ways apart: a
    service, or from where to where. Load a parcel again once it has arrived.
    """

    report: ClassVar[str] = "parcels_csv"
    title: ClassVar[str] = "parcels.csv"
    table = PARCELS
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        ORDER,
        Cell("at", ("shipped_at",), moment, required=True),
        Cell("promised_at", ("promised_by",), moment, required=True, ahead=True),
        Cell("delivered_at", ("delivered_at",), moment, in_header=True),
        CHANNEL,
        Cell("parcel", ("parcel", "tracking_id"), key, personal=True),
        *texts("carrier", "path"),
        Cell("ship_by_at", ("ship_by",), moment, ahead=True),
        Cell("sku", ("sku",), text),
        Cell("units", ("units",), integer, minimum=0),
        Cell("value_minor", ("value",), money()),
        CURRENCY,
        Cell("updated_at", ("updated_at",), moment),
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's days, and what stands for a number or a time that is not told."""
        return rows.mutate(
            day=channel_day(rows.at, context),
            promised_day=channel_day(rows.promised_at, context),
            delivered_day=channel_day(rows.delivered_at, context),
            parcel=rows.parcel.fill_null(rows.order_hash),
            updated_at=ibis.coalesce(rows.updated_at, rows.delivered_at, rows.at),
        )


class OwnReturns(OwnFacts):
    """Units customers sent back, from anywhere: a shop system, a returns desk; order ids are hashed."""

    report: ClassVar[str] = "returns_csv"
    title: ClassVar[str] = "returns.csv"
    table = RETURNS
    cells: ClassVar[tuple[Cell, ...]] = (
        ORDER,
        SKU,
        Cell("at", ("returned_at",), moment, required=True),
        CHANNEL,
        Cell("units", ("units",), integer, empty=1, minimum=0),
        Cell("updated_at", ("updated_at",), moment),
        *texts("item_id", "reason", "disposition", "status", "unit_label", "resolution"),
        Cell("fulfillment", ("fulfillment",), words("marketplace", "merchant"), empty="merchant"),
        Cell("refund_minor", ("refund",), money()),
        Cell("label_minor", ("label_cost",), money()),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day and the line's number."""
        rows = rows.mutate(day=channel_day(rows.at, context), updated_at=rows.updated_at.fill_null(rows.at))
        return rows.mutate(line=numbered_returns(rows))


class OwnFeedback(OwnFacts):
    """How customers rate you as a seller, from anywhere; order ids are hashed, comments are not read."""

    report: ClassVar[str] = "feedback_csv"
    title: ClassVar[str] = "feedback.csv"
    table = FEEDBACK
    cells: ClassVar[tuple[Cell, ...]] = (
        ORDER,
        Cell("day", ("day", "date"), day, required=True),
        Cell("rating", ("rating",), integer, required=True, minimum=1),
        CHANNEL,
        Cell("commented", ("commented",), yes_no, empty=False),
        Cell("answered", ("answered",), yes_no, empty=False),
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The start of the day."""
        return rows.mutate(updated_at=day_start(rows.day, context))


class OwnReimbursements(OwnFacts):
    """What a marketplace or a carrier paid for lost and damaged units, from anywhere; order ids are hashed."""

    report: ClassVar[str] = "reimbursements_csv"
    title: ClassVar[str] = "reimbursements.csv"
    table = REIMBURSEMENTS
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("reimbursement_id", ("reimbursement_id",), text, required=True),
        Cell("at", ("approved_at",), moment, required=True),
        Cell("amount_minor", ("amount",), money(), required=True),
        CHANNEL,
        *texts("sku", "fnsku", "item_id", "condition", "case_id", "original_id"),
        Cell("reason", ("reason",), text, empty="unknown"),
        Cell("order_hash", ("order_id",), key, personal=True),
        *units("cash", "stock"),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day and the line's number."""
        rows = rows.mutate(day=channel_day(rows.at, context), updated_at=rows.at)
        return rows.mutate(line=numbered_reimbursements(rows))


class OwnFees(OwnFacts):
    """What a marketplace or a warehouse charges for each unit sold, from anywhere."""

    report: ClassVar[str] = "fees_csv"
    title: ClassVar[str] = "fees.csv"
    table = FEES
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        SKU,
        Cell("fulfillment_minor", ("fulfillment_fee",), money(), required=True),
        CHANNEL,
        DAY,
        Cell("referral_minor", ("referral_fee",), money()),
        Cell("closing_minor", ("closing_fee",), money()),
        Cell("total_minor", ("total_fee",), money()),
        Cell("price_minor", ("price",), money()),
        *texts("item_id", "fnsku", "brand", "category", "size_tier", "length_unit", "weight_unit"),
        *(Cell(n, (n,), number) for n in ("longest_side", "median_side", "shortest_side", "weight")),
        CURRENCY,
    )


class OwnAds(OwnFacts):
    """What advertising a listing cost and sold, by campaign, from any advertising system."""

    report: ClassVar[str] = "ads_csv"
    title: ClassVar[str] = "ads.csv"
    table = ADS
    settles_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("campaign", ("campaign",), text, required=True),
        Cell("sku", ("sku",), text, in_header=True),
        *PERIOD,
        *CLICKS,
        CHANNEL,
        *texts("item_id", "campaign_id", "ad_group", "portfolio"),
        Cell("campaign_status", ("campaign_status",), words("enabled", "paused", "archived")),
        Cell("own_sales_minor", ("own_sales",), money()),
        Cell("budget_minor", ("budget",), money()),
        Cell("budget_type", ("budget_type",), words("daily", "lifetime")),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """A row without `to_day` is one day."""
        return _one_day(rows)


class OwnAdTerms(OwnFacts):
    """What shoppers searched for when they clicked on an ad, from any advertising system."""

    report: ClassVar[str] = "ad_terms_csv"
    title: ClassVar[str] = "ad_terms.csv"
    table = AD_TERMS
    settles_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("campaign", ("campaign",), text, required=True),
        Cell("term", ("term",), text, required=True),
        *PERIOD,
        *CLICKS,
        CHANNEL,
        *texts("campaign_id", "ad_group", "portfolio", "target", "match_type"),
        CURRENCY,
    )

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """A row without `to_day` is one day."""
        return _one_day(rows)


OWN_OPERATIONS: tuple[Any, ...] = (
    OwnOpenOrders(),
    OwnParcels(),
    OwnReturns(),
    OwnFeedback(),
    OwnReimbursements(),
    OwnFees(),
    OwnAds(),
    OwnAdTerms(),
)
"""In the order docs list them."""

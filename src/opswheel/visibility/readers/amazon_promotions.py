"""Amazon's coupon and promotion performance reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import PROMOTION_RESULTS
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_day, channel_hint, currency, integer, moment, money, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COUPONS = (
    "array<struct<couponId: string, marketplaceId: string, currencyCode: string, name: string, startDateTime: string, "
    "endDateTime: string, clips: string, redemptions: string, budget: string, budgetSpent: string, sales: string, "
    "asins: array<struct<asin: string>>>>"
)
_PROMOTIONS = (
    "array<struct<promotionId: string, promotionName: string, marketplaceId: string, type: string, status: string, "
    "startDateTime: string, endDateTime: string, revenue: string, revenueCurrencyCode: string, "
    "includedProducts: array<struct<asin: string, productGlanceViews: string, productUnitsSold: string, "
    "productRevenue: string>>>>"
)


def coupons(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per coupon and item."""
    rows = documents.select(row=documents.coupons.unnest())
    rows = rows.select(row=rows.row, item=rows.row["asins"].unnest())
    return rows.select(
        hint=rows.row["marketplaceId"],
        promotion_id=rows.row["couponId"],
        item_id=rows.item["asin"],
        kind=ibis.literal("coupon"),
        name=rows.row["name"],
        starts_at=rows.row["startDateTime"],
        ends_at=rows.row["endDateTime"],
        clips=rows.row["clips"],
        redemptions=rows.row["redemptions"],
        total_sales_minor=rows.row["sales"],
        budget_minor=rows.row["budget"],
        spent_minor=rows.row["budgetSpent"],
        currency=rows.row["currencyCode"],
    )


def deals(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per deal and item."""
    rows = documents.select(row=documents.promotions.unnest())
    rows = rows.select(row=rows.row, item=rows.row["includedProducts"].unnest())
    return rows.select(
        hint=rows.row["marketplaceId"],
        promotion_id=rows.row["promotionId"],
        item_id=rows.item["asin"],
        kind=rows.row["type"],
        name=rows.row["promotionName"],
        state=rows.row["status"],
        starts_at=rows.row["startDateTime"],
        ends_at=rows.row["endDateTime"],
        views=rows.item["productGlanceViews"],
        units=rows.item["productUnitsSold"],
        sales_minor=rows.item["productRevenue"],
        total_sales_minor=rows.row["revenue"],
        currency=rows.row["revenueCurrencyCode"],
    )


class _Promotions(JsonReport):
    """What both reports share."""

    table = PROMOTION_RESULTS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    expected_days: ClassVar[int] = 0

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Days in the channel's zone, words in lower case, money in the row's own currency."""
        code = rows.currency.fill_null(context.currency)
        amounts = [c for c in rows.columns if c.endswith("_minor")]
        return rows.mutate(
            from_day=channel_day(rows.starts_at, context),
            to_day=channel_day(rows.ends_at, context),
            currency=code,
            **{n: rows[n].lower() for n in ("kind", "state") if n in rows.columns},
            **{n: rescale(rows[n], code, context) for n in amounts},
        )


_CELLS = (
    Cell("hint", ("marketplaceId",), channel_hint),
    Cell("starts_at", ("startDateTime",), moment, required=True, ahead=True),
    Cell("ends_at", ("endDateTime",), moment, required=True, ahead=True),
)


class AmazonCoupons(_Promotions):
    """Coupons of ours: how often clipped and used, what they sold and cost, and the items they were for.

    API: GET_COUPON_PERFORMANCE_REPORT; on the screen Advertising → Coupons shows the same. Figures are of the whole
    coupon, returns and cancellations included; how much of it each item sold is not told.
    """

    report: ClassVar[str] = "amazon_coupons"
    title: ClassVar[str] = "Amazon Coupon Performance (JSON)"
    shape = JsonShape(marks=(frozenset({"coupons.couponId"}),), columns={"coupons": _COUPONS}, rows=coupons)
    cells: ClassVar[tuple[Cell, ...]] = (
        *_CELLS,
        Cell("promotion_id", ("couponId",), text, required=True),
        Cell("item_id", ("asin",), text, required=True),
        Cell("kind", ("reportType",), text),
        Cell("name", ("name",), text),
        Cell("clips", ("clips",), integer, minimum=0),
        Cell("redemptions", ("redemptions",), integer, minimum=0),
        Cell("total_sales_minor", ("sales",), money()),
        Cell("budget_minor", ("budget",), money()),
        Cell("spent_minor", ("budgetSpent",), money()),
        Cell("currency", ("currencyCode",), currency),
    )


class AmazonDeals(_Promotions):
    """Deals and price discounts of ours: views, units and sales of each item while they ran.

    API: GET_PROMOTION_PERFORMANCE_REPORT; on the screen Advertising → Deals shows the same. A deal that is not over,
    or not approved yet, is in it too: its `state` and its last day say so.
    """

    report: ClassVar[str] = "amazon_deals"
    title: ClassVar[str] = "Amazon Promotion Performance (JSON)"
    shape = JsonShape(marks=(frozenset({"promotions.promotionId"}),), columns={"promotions": _PROMOTIONS}, rows=deals)
    cells: ClassVar[tuple[Cell, ...]] = (
        *_CELLS,
        Cell("promotion_id", ("promotionId",), text, required=True),
        Cell("item_id", ("asin",), text, required=True),
        Cell("kind", ("type",), text, required=True),
        Cell("name", ("promotionName",), text),
        Cell("state", ("status",), text),
        Cell("views", ("productGlanceViews",), integer, minimum=0),
        Cell("units", ("productUnitsSold",), integer, minimum=0),
        Cell("sales_minor", ("productRevenue",), money()),
        Cell("total_sales_minor", ("revenue",), money()),
        Cell("currency", ("revenueCurrencyCode",), currency),
    )

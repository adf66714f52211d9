"""Amazon's Repeat Purchase Behavior report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import REPEAT_PURCHASES
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, currency, day, integer, money, number, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ITEMS = (
    "array<struct<startDate: string, endDate: string, asin: string, orders: string, uniqueCustomers: string, "
    "repeatCustomersPctTotal: string, repeatPurchaseRevenue: struct<amount: string, currencyCode: string>, "
    "repeatPurchaseRevenuePctTotal: string>>"
)


def items(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per item and period."""
    rows = documents.select(place=documents.reportSpecification["marketplaceIds"][0], row=documents.dataByAsin.unnest())
    return rows.select(
        hint=rows.place,
        from_day=rows.row["startDate"],
        to_day=rows.row["endDate"],
        item_id=rows.row["asin"],
        orders=rows.row["orders"],
        customers=rows.row["uniqueCustomers"],
        repeat_customer_share=rows.row["repeatCustomersPctTotal"],
        repeat_sales_minor=rows.row["repeatPurchaseRevenue"]["amount"],
        repeat_sales_share=rows.row["repeatPurchaseRevenuePctTotal"],
        currency=rows.row["repeatPurchaseRevenue"]["currencyCode"],
    )


class AmazonRepeatPurchase(JsonReport):
    """How many customers of each item had bought it before, by week, month or quarter. For brand owners.

    Seller Central: Brands → Brand Analytics → Consumer Behavior → Repeat Purchase Behavior shows it. API:
    GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT. Shares run from 0 to 1, whatever their names say; returns are not
    taken off. A week is published a few days after it ends.
    """

    report: ClassVar[str] = "amazon_repeat_purchase"
    title: ClassVar[str] = "Amazon Repeat Purchase Behavior (JSON)"
    table = REPEAT_PURCHASES
    settles_days: ClassVar[int] = 3
    expected_days: ClassVar[int] = 7
    shape = JsonShape(
        marks=(frozenset({"dataByAsin.uniqueCustomers"}),),
        columns={"reportSpecification": "struct<marketplaceIds: array<string>>", "dataByAsin": _ITEMS},
        rows=items,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceIds",), channel_hint),
        Cell("item_id", ("asin",), text, required=True),
        Cell("from_day", ("startDate",), day, required=True),
        Cell("to_day", ("endDate",), day, required=True),
        Cell("orders", ("orders",), integer, minimum=0),
        Cell("customers", ("uniqueCustomers",), integer, minimum=0),
        Cell("repeat_customer_share", ("repeatCustomersPctTotal",), number, minimum=0),
        Cell("repeat_sales_minor", ("repeatPurchaseRevenue",), money()),
        Cell("repeat_sales_share", ("repeatPurchaseRevenuePctTotal",), number, minimum=0),
        Cell("currency", ("currencyCode",), currency),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Money in the row's own currency."""
        code = rows.currency.fill_null(context.currency)
        return rows.mutate(repeat_sales_minor=rescale(rows.repeat_sales_minor, code, context))

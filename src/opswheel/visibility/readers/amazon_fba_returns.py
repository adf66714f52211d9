"""Amazon's FBA Customer Returns report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import RETURNS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import channel_day, integer, key, moment, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


def numbered_returns(rows: ir.Table) -> ir.IntegerValue:
    """1, 2 … where several units of a SKU come back from one order at once; the same in any order of lines."""
    same = ibis.window(
        group_by=[rows.order_hash, rows.sku, rows.at], order_by=[rows.unit_label, rows.disposition, rows.reason]
    )
    return ibis.row_number().over(same) + 1


class AmazonFbaReturns(TabReport):
    """Units customers sent back to Amazon's warehouses: why, and in which condition they arrived.

    Seller Central: Reports → Fulfilment → Customer Concessions → FBA customer returns. API:
    GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA. A return comes weeks after its order: of the orders of a day the
    returns are complete after 30 days and more, which is for whoever counts a return rate to mind. Moments are UTC.
    The order id is hashed; the customer's comments are not read.
    """

    report: ClassVar[str] = "amazon_fba_returns"
    title: ClassVar[str] = "Amazon FBA Customer Returns"
    table = RETURNS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    settles_days: ClassVar[int] = 1
    expected_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("at", ("return-date",), moment, required=True),
        Cell("order_hash", ("order-id",), key, required=True, personal=True),
        Cell("sku", ("sku",), text, required=True),
        Cell("item_id", ("asin",), text),
        Cell("fnsku", ("fnsku",), text),
        Cell("units", ("quantity",), integer, in_header=True, empty=1, minimum=0),
        Cell("location", ("fulfillment-center-id",), text),
        Cell("disposition_text", ("detailed-disposition",), text, in_header=True),
        Cell("reason", ("reason",), text, in_header=True),
        Cell("status", ("status",), text),
        Cell("unit_label", ("license-plate-number",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day, and a line number for units that came back together."""
        rows = rows.mutate(
            day=channel_day(rows.at, context),
            updated_at=rows.at,
            disposition=rows.disposition_text.lower(),
            fulfillment=ibis.literal("marketplace"),
        )
        return rows.mutate(line=numbered_returns(rows))

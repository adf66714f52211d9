"""Amazon's Unshipped Orders report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import OPEN_ORDERS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import country_channel, currency, integer, key, moment, money, rescale, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir


def numbered_open_lines(rows: ir.Table) -> ir.IntegerValue:
    """1, 2 … where an order lists a SKU more than once."""
    same = ibis.window(group_by=[rows.order_hash, rows.sku], order_by=[rows.at, rows.units, rows.open_units])
    return ibis.row_number().over(same) + 1


class AmazonOpenOrders(TabReport):
    """Order lines we have not shipped yet, and the hour by which each must leave.

    Seller Central: Orders → Order Reports → Unshipped Orders. API: GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING;
    the order reports with `latest-ship-date` are read the same way. Only orders we ship ourselves are in it. An
    empty file is good news. Moments are UTC. The order id is hashed; names, addresses, e-mail and phone of the
    buyer are not read.
    """

    report: ClassVar[str] = "amazon_open_orders"
    title: ClassVar[str] = "Amazon Unshipped Orders"
    table = OPEN_ORDERS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    lists_everything: ClassVar[bool] = False
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("order_hash", ("order-id",), key, required=True, personal=True),
        Cell("at", ("purchase-date",), moment, required=True),
        Cell("ship_by_at", ("promise-date", "latest-ship-date"), moment, in_header=True, ahead=True),
        Cell("late_days", ("days-past-promise",), integer),
        Cell("sku", ("sku",), text, required=True),
        Cell("units", ("quantity-purchased",), integer, in_header=True, empty=0, minimum=0),
        Cell("shipped_units", ("quantity-shipped",), integer, empty=0, minimum=0),
        Cell("to_ship_units", ("quantity-to-ship",), integer, minimum=0),
        Cell("service", ("ship-service-level",), text),
        Cell("near_cancellation", ("verge-of-cancellation",), yes_no, nothing=("--",)),
        Cell("near_late", ("verge-of-lateShipment",), yes_no, nothing=("--",)),
        Cell("line_minor", ("item-price",), money()),
        Cell("currency", ("currency",), currency),
        Cell("place", ("sales-channel",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """What is left to ship; lines that are shipped in full are gone."""
        code = rows.currency.fill_null(context.currency)
        left = ibis.coalesce(rows.to_ship_units, rows.units - rows.shipped_units)
        rows = rows.mutate(
            hint=country_channel(rows.place),
            open_units=left,
            currency=rows.line_minor.isnull().ifelse(rows.currency, code),
            line_minor=rescale(rows.line_minor, code, context),
        )
        rows = rows.filter((rows.open_units > 0).fill_null(True) | rows.problem.notnull())
        return rows.mutate(line=numbered_open_lines(rows))

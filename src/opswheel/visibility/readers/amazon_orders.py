"""Amazon's All Orders reports, by order date or by last update."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import ORDERS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import channel_day, currency, integer, key, moment, money, rescale, sales_channel, text, word

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATUS = {
    "Pending": "pending",
    "Pending - Waiting for Pick Up": "pending",
    "PendingAvailability": "pending",
    "Unshipped": "open",
    "Shipping": "open",
    "PartiallyShipped": "open",
    "InvoiceUnconfirmed": "open",
    "Shipped": "shipped",
    "Complete": "shipped",
    "Shipped - Delivered to Buyer": "shipped",
    "Cancelled": "cancelled",
    "Canceled": "cancelled",
    "Unfulfillable": "cancelled",
}


def numbered_lines(rows: ir.Table) -> ir.IntegerValue:
    """1, 2 … where an order lists a SKU more than once; the same whatever the order of lines in the file."""
    same = ibis.window(
        group_by=[rows.order_hash, rows.sku, rows.updated_at], order_by=[rows.at, rows.units, rows.line_minor]
    )
    return ibis.row_number().over(same) + 1


class AmazonOrders(TabReport):
    """Order lines: what was bought, when, for how much. Buyers stay at the door; the order id is hashed.

    Seller Central: Reports → Fulfilment → Sales → All Orders. API: GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL
    and …_BY_LAST_UPDATE_GENERAL. `item-price` is the price of the whole line; pending lines have none. Lines of
    the sales channel Non-Amazon take stock but are no sales of this channel.
    """

    report: ClassVar[str] = "amazon_orders"
    title: ClassVar[str] = "Amazon All Orders"
    table = ORDERS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("order_hash", ("amazon-order-id", "order-id"), key, required=True, personal=True),
        Cell("sku", ("sku",), text, required=True),
        Cell("item_id", ("asin",), text),
        Cell("at", ("purchase-date",), moment, required=True),
        Cell("updated_at", ("last-updated-date",), moment, in_header=True),
        Cell("status_text", ("order-status",), text, in_header=True),
        Cell("item_status", ("item-status",), text),
        Cell("units", ("quantity",), integer, in_header=True, empty=0, minimum=0),
        Cell("currency", ("currency",), currency),
        Cell("line_minor", ("item-price",), money(), in_header=True),
        Cell("tax_minor", ("item-tax",), money()),
        Cell("promotion_minor", ("item-promotion-discount",), money()),
        Cell("fulfillment_text", ("fulfillment-channel",), text),
        Cell("hint", ("sales-channel",), sales_channel),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day, the line's number within its order, and money in the row's own currency."""
        status = word(STATUS, otherwise="open")
        rows = rows.mutate(updated_at=rows.updated_at.fill_null(rows.at))
        return rows.mutate(
            day=channel_day(rows.at, context),
            line=numbered_lines(rows),
            status=(rows.item_status.lower().isin(["cancelled", "canceled"]))
            .fill_null(False)
            .ifelse("cancelled", status(rows.status_text.fill_null(""), context)),
            external=(rows.hint == "").fill_null(False),
            fulfillment=rows.fulfillment_text.lower().startswith("amazon").ifelse("marketplace", "merchant"),
            **{
                name: rescale(rows[name], rows.currency.fill_null(context.currency), context)
                for name in ("line_minor", "tax_minor", "promotion_minor")
            },
        )

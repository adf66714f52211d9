"""Shopify's orders export."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import ORDERS
from ...core.reader import Cell, Context, refusal
from .amazon_orders import numbered_lines
from .base import CommaReport
from .parsing import channel_day, currency, integer, key, moment, money, rescale, text, whole, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

_CANCELLED = ("voided", "expired")
_UNPAID = ("pending", "unpaid")
_OF_THE_ORDER = (
    *("at", "paid_at", "fulfilled_at", "cancelled_at", "paid", "delivered", "currency"),
    *("subtotal_minor", "discount_minor", "shipping_minor", "taxes_minor"),
)


class ShopifyOrders(CommaReport):
    """Order lines of a Shopify shop: what was bought, when, for how much. Buyers stay at the door.

    Shopify admin: Orders → Export → Export orders, as CSV. An order has one line for each thing bought; what is true
    of the whole order stands on the first only. `Lineitem price` is the price of one unit; the order's discount and
    taxes are parted over its lines by value, the discount only as far as it lowered the subtotal, so that free
    shipping takes nothing off the goods. Lines without SKU that need no shipping (gift cards, tips) are left out.
    Refunds are only told in money, not by line: they are not read. The order's name is hashed; e-mail, names,
    addresses, phone numbers, notes and payment references are not read.
    """

    report: ClassVar[str] = "shopify_orders"
    title: ClassVar[str] = "Shopify Orders"
    table = ORDERS
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("order_hash", ("Name",), key, required=True, personal=True),
        Cell("sku", ("Lineitem sku",), text, in_header=True),
        Cell("units", ("Lineitem quantity",), integer, required=True, minimum=0),
        Cell("unit_minor", ("Lineitem price",), money(), in_header=True),
        Cell("line_discount_minor", ("Lineitem discount",), money(), empty=0),
        Cell("line_delivered", ("Lineitem fulfillment status",), text),
        Cell("ships", ("Lineitem requires shipping",), yes_no, empty=True),
        Cell("taxable", ("Lineitem taxable",), yes_no, empty=True),
        Cell("at", ("Created at",), moment, in_header=True),
        Cell("paid_at", ("Paid at",), moment),
        Cell("fulfilled_at", ("Fulfilled at",), moment),
        Cell("cancelled_at", ("Cancelled at",), moment),
        Cell("paid", ("Financial Status",), text, in_header=True),
        Cell("delivered", ("Fulfillment Status",), text),
        Cell("currency", ("Currency",), currency),
        Cell("subtotal_minor", ("Subtotal",), money()),
        Cell("discount_minor", ("Discount Amount",), money()),
        Cell("shipping_minor", ("Shipping",), money()),
        Cell("taxes_minor", ("Taxes",), money()),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """What the first line says holds for all lines of an order; its discount and taxes are parted over them."""
        rows = _parted(_whole_order(rows))
        code = rows.currency.fill_null(context.currency)
        moved = [rows[n].fill_null(rows.at) for n in ("paid_at", "fulfilled_at", "cancelled_at")]
        rows = rows.mutate(
            day=channel_day(rows.at, context),
            updated_at=ibis.greatest(rows.at, *moved),
            status=_status(rows),
            currency=code,
            external=ibis.literal(False),
            fulfillment=ibis.literal("merchant"),
            line_minor=rescale(rows.unit_minor * rows.units, code, context),
            promotion_minor=rescale(rows.promotion_minor, code, context),
            tax_minor=rescale(rows.tax_minor, code, context),
            problem=ibis.coalesce(rows.problem, _why_not(rows)),
        )
        rows = rows.filter(rows.sku.notnull() | rows.problem.notnull())
        return rows.mutate(line=numbered_lines(rows))


def _whole_order(rows: ir.Table) -> ir.Table:
    """What the first line says on every line, and the sums of the order's lines."""
    order = ibis.window(group_by=rows.order_hash)
    value = (rows.unit_minor * rows.units).fill_null(0)
    taxed = rows.taxable.ifelse(1, 0)
    return rows.mutate(
        **{n: rows[n].max().over(order) for n in _OF_THE_ORDER},
        value=value,
        total=value.sum().over(order),
        off=rows.line_discount_minor.sum().over(order),
        taxed_total=(value * taxed).sum().over(order),
        taxed_off=(rows.line_discount_minor * taxed).sum().over(order),
    )


def _parted(rows: ir.Table) -> ir.Table:
    """`promotion_minor` and `tax_minor`: a line's own discount and its parts of the order's, which add up to the cent.

    Some of an order's taxes are on its shipping. A part is what its lines so far take less what those before it took.
    """
    off = rows.discount_minor.fill_null(0)
    lowered = (rows.total - rows.subtotal_minor - rows.off).fill_null(off)
    shared = ibis.greatest(ibis.least(off, lowered), 0)
    rows = rows.mutate(rate=(shared / rows.total.nullif(0)).fill_null(0.0))
    rows = rows.mutate(net=rows.taxable.ifelse(rows.value * (1.0 - rows.rate) - rows.line_discount_minor, 0.0))
    base = rows.taxed_total * (1.0 - rows.rate) - rows.taxed_off + rows.shipping_minor.fill_null(0)
    tax_rate = (rows.taxes_minor / base.nullif(0.0)).fill_null(0.0)
    order = [rows.sku, rows.units, rows.value]
    lines = ibis.window(group_by=rows.order_hash, order_by=order, rows=(None, 0))

    def part(weight: ir.NumericValue, rate: ir.NumericValue) -> ir.IntegerValue:
        until = weight.sum().over(lines)
        return whole(until * rate) - whole((until - weight) * rate)

    return rows.mutate(
        promotion_minor=rows.line_discount_minor + part(rows.value, rows.rate), tax_minor=part(rows.net, tax_rate)
    )


def _status(rows: ir.Table) -> ir.StringValue:
    delivered = ibis.coalesce(rows.line_delivered, rows.delivered).lower() == "fulfilled"
    return ibis.cases(
        (rows.cancelled_at.notnull() | rows.paid.lower().isin(_CANCELLED), "cancelled"),
        (delivered, "shipped"),
        (rows.paid.lower().isin(_UNPAID), "pending"),
        else_="open",
    )


def _why_not(rows: ir.Table) -> ir.StringValue:
    return ibis.cases(
        (rows["at"].isnull(), refusal("Created at", "empty on every line of the order")),
        (rows.sku.isnull() & rows.ships, refusal("Lineitem sku", "empty")),
        else_=ibis.null().cast("string"),
    )

"""Amazon's Reimbursements report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import REIMBURSEMENTS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import channel_day, currency, integer, key, moment, money, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


def numbered_reimbursements(rows: ir.Table) -> ir.IntegerValue:
    """1, 2 … where one reimbursement names a SKU more than once."""
    same = ibis.window(
        group_by=[rows.reimbursement_id, rows.sku], order_by=[rows.at, rows.condition, rows.amount_minor]
    )
    return ibis.row_number().over(same) + 1


class AmazonReimbursements(TabReport):
    """Money and units Amazon gave us for what it lost, damaged or charged wrongly.

    Seller Central: Reports → Fulfilment → Payments → Reimbursements. API: GET_FBA_REIMBURSEMENTS_DATA. What was lost
    (Inventory Ledger) and is not in here may still be claimed, for 60 days. Money taken back is a row with a
    negative amount and the number of the reimbursement it corrects. Moments are UTC. The order id is hashed.
    """

    report: ClassVar[str] = "amazon_reimbursements"
    title: ClassVar[str] = "Amazon FBA Reimbursements"
    table = REIMBURSEMENTS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    expected_days: ClassVar[int] = 0
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("at", ("approval-date",), moment, required=True),
        Cell("reimbursement_id", ("reimbursement-id",), text, required=True),
        Cell("case_id", ("case-id",), text),
        Cell("order_hash", ("amazon-order-id",), key, personal=True),
        Cell("reason", ("reason",), text, required=True),
        Cell("sku", ("sku",), text),
        Cell("fnsku", ("fnsku",), text),
        Cell("item_id", ("asin",), text),
        Cell("condition", ("condition",), text),
        Cell("currency", ("currency-unit",), currency),
        Cell("unit_minor", ("amount-per-unit",), money()),
        Cell("amount_minor", ("amount-total",), money(), in_header=True),
        Cell("cash_units", ("quantity-reimbursed-cash",), integer),
        Cell("stock_units", ("quantity-reimbursed-inventory",), integer),
        Cell("original_id", ("original-reimbursement-id",), text),
        Cell("original_reason", ("original-reimbursement-type",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day, money in the row's own currency, a line number."""
        code = rows.currency.fill_null(context.currency)
        rows = rows.mutate(
            day=channel_day(rows.at, context),
            updated_at=rows.at,
            currency=code,
            **{n: rescale(rows[n], code, context) for n in ("unit_minor", "amount_minor")},
        )
        return rows.mutate(line=numbered_reimbursements(rows))

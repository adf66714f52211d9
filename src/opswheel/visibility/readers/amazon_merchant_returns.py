"""Amazon's returns report for orders we ship ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import RETURNS
from ...core.reader import Cell, Context
from .amazon_fba_returns import numbered_returns
from .base import TabReport
from .parsing import currency, day_start, integer, key, money, rescale, text, written_day, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = ("--", "-", "n/a")


class AmazonMerchantReturns(TabReport):
    """Returns of orders we ship ourselves: what customers ask for, what it costs, and our claims against it.

    Seller Central: Orders → Manage Returns → Return reports. API: GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE. Days
    are the marketplace's and written `10-Jul-2025`. A request changes for weeks; the file known last counts. The
    order id is hashed; tracking, invoice and authorisation numbers are not read.
    """

    report: ClassVar[str] = "amazon_merchant_returns"
    title: ClassVar[str] = "Amazon Returns of merchant orders"
    table = RETURNS
    settles_days: ClassVar[int] = 1
    expected_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("order_hash", ("Order ID",), key, required=True, personal=True),
        Cell("day", ("Return request date",), written_day, required=True),
        Cell("status", ("Return request status",), text, in_header=True),
        Cell("label_minor", ("Label cost",), money(), nothing=NOTHING),
        Cell("currency", ("Currency code",), currency),
        Cell("claimed", ("A-to-Z Claim",), yes_no, nothing=NOTHING),
        Cell("item_id", ("ASIN",), text),
        Cell("sku", ("Merchant SKU",), text, required=True),
        Cell("units", ("Return quantity",), integer, in_header=True, empty=1, minimum=0),
        Cell("reason", ("Return Reason",), text),
        Cell("in_policy", ("In policy",), yes_no, nothing=NOTHING),
        Cell("resolution", ("Resolution",), text),
        Cell("delivered_day", ("Return delivery date",), written_day, nothing=NOTHING),
        Cell("claim_state", ("SafeT claim state",), text),
        Cell("claim_minor", ("SafeT claim reimbursement amount",), money(), nothing=NOTHING),
        Cell("refund_minor", ("Refunded Amount",), money(), nothing=NOTHING),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The moment is the start of the day: the report tells no hour."""
        code, nothing = rows.currency.fill_null(context.currency), ibis.null().cast("string")
        began = day_start(rows.day, context)
        rows = rows.mutate(
            at=began,
            updated_at=began,
            currency=code,
            unit_label=nothing,
            disposition=nothing,
            fulfillment=ibis.literal("merchant"),
            **{n: rescale(rows[n], code, context) for n in ("label_minor", "claim_minor", "refund_minor")},
        )
        return rows.mutate(line=numbered_returns(rows))

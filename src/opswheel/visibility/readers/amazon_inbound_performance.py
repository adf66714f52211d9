"""Amazon's FBA Inbound Performance report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import INBOUND_PROBLEMS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import currency, day_start, integer, money, rescale, text, written_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = ("--", "-", "n/a")


class AmazonInboundPerformance(TabReport):
    """What Amazon found wrong with shipments we sent in: short, over, mislabelled, unprepared; and its charge.

    Seller Central: Reports → Fulfilment → Inventory → Inbound Performance. API:
    GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA. Expected and received units are those of the line with the
    problem, never of the whole shipment. Days are the marketplace's. No personal columns.
    """

    report: ClassVar[str] = "amazon_inbound_performance"
    title: ClassVar[str] = "Amazon FBA Inbound Performance"
    table = INBOUND_PROBLEMS
    expected_days: ClassVar[int] = 0
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("day", ("issue-reported-date",), written_day, required=True),
        Cell("created_day", ("shipment-creation-date",), written_day, nothing=NOTHING),
        Cell("shipment_id", ("fba-shipment-id",), text, required=True),
        Cell("carton_id", ("fba-carton-id",), text, nothing=NOTHING),
        Cell("location", ("fulfillment-center-id",), text),
        Cell("sku", ("sku",), text, nothing=NOTHING),
        Cell("fnsku", ("fnsku",), text, nothing=NOTHING),
        Cell("item_id", ("asin",), text, nothing=NOTHING),
        Cell("what", ("problem-type",), text, required=True),
        Cell("problem_units", ("problem-quantity",), integer, nothing=NOTHING),
        Cell("expected_units", ("expected-quantity",), integer, nothing=NOTHING),
        Cell("received_units", ("received-quantity",), integer, nothing=NOTHING),
        Cell("measure", ("performance-measurement-unit",), text),
        Cell("coaching", ("coaching-level",), text),
        Cell("fee_type", ("fee-type",), text, nothing=NOTHING),
        Cell("currency", ("currency",), currency, nothing=NOTHING),
        Cell("fee_minor", ("fee-total",), money(), nothing=NOTHING),
        Cell("level_text", ("problem-level",), text),
        Cell("status", ("alert-status",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The level in lower case; the report tells no hour."""
        code = ibis.coalesce(rows.currency, ibis.literal(context.currency))
        return rows.mutate(
            updated_at=day_start(rows.day, context),
            level=rows.level_text.lower(),
            currency=rows.fee_minor.isnull().ifelse(rows.currency, code),
            fee_minor=rescale(rows.fee_minor, code, context),
        )

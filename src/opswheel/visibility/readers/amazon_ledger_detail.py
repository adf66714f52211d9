"""Amazon's Inventory Ledger, detailed view: every movement of our stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK_MOVEMENTS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import integer, moment, month_first, text, word

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVENTS = {
    "Receipts": "receipt",
    "Shipments": "shipment",
    "CustomerReturns": "customer_return",
    "VendorReturns": "removal",
    "WhseTransfers": "transfer",
    "Adjustments": "adjustment",
}
CUSTOMERS_EVENTS = ("shipment", "customer_return")
"""Behind these stands a customer: their reference is not kept."""


def numbered_movements(rows: ir.Table) -> ir.IntegerValue:
    """1, 2 … among the movements of one SKU, event and day; equal ones stay apart."""
    same = ibis.window(
        group_by=[rows.sku, rows.event, rows.from_day],
        order_by=[rows.at, rows.location, rows.disposition, rows.reason, rows.units, rows.reference],
    )
    return ibis.row_number().over(same) + 1


class AmazonLedgerDetail(TabReport):
    """Every movement of our units in Amazon's warehouses: received, shipped, returned, lost, found, disposed of.

    Seller Central: Reports → Fulfilment → Inventory → Inventory Ledger → Detailed view, all event types. API:
    GET_LEDGER_DETAIL_VIEW_DATA. Equal rows are different movements, so a newer file replaces whole days: do not
    load files of a single event type. Receipts name our shipment: how long receiving takes is learned from them.
    Dates are written month first in every country; settled after a day, claims may move for weeks. The reference
    of shipments and customer returns is dropped: a customer stands behind it.
    """

    report: ClassVar[str] = "amazon_ledger_detail"
    title: ClassVar[str] = "Amazon Inventory Ledger, detail by movement"
    table = STOCK_MOVEMENTS
    settles_days: ClassVar[int] = 1
    expected_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("from_day", ("Date", "Datum"), month_first, required=True),
        Cell("fnsku", ("FNSKU",), text),
        Cell("item_id", ("ASIN",), text),
        Cell("sku", ("MSKU",), text, required=True),
        Cell("event_text", ("Event Type", "Ereignistyp"), text, required=True),
        Cell("reference_text", ("Reference ID", "Referenz-ID"), text, personal=True),
        Cell("units", ("Quantity", "Menge"), integer, required=True),
        Cell("location", ("Fulfillment Center", "Versandzentrum"), text),
        Cell("disposition_text", ("Disposition",), text),
        Cell("reason", ("Reason", "Grund"), text),
        Cell("country", ("Country", "Land"), text),
        Cell("reconciled_units", ("Reconciled Quantity",), integer),
        Cell("unreconciled_units", ("Unreconciled Quantity",), integer),
        Cell("at", ("Date and Time",), moment),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The event in our words, a line number among equals, and no reference that leads to a customer."""
        known = word(EVENTS)(rows.event_text, context)
        rows = rows.mutate(
            to_day=rows.from_day,
            event=ibis.coalesce(known, rows.event_text.lower()),
            disposition=rows.disposition_text.lower(),
        )
        rows = rows.mutate(reference=rows.event.isin(CUSTOMERS_EVENTS).ifelse(_none(), rows.reference_text))
        return rows.mutate(line=numbered_movements(rows))


def _none() -> ir.StringScalar:
    nothing: ir.StringScalar = ibis.null().cast("string")
    return nothing

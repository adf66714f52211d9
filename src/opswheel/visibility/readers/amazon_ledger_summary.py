"""Amazon's Inventory Ledger, summary view: the books of its stock by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import STOCK_LEDGER
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import integer, month_first, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonLedgerSummary(TabReport):
    """What lay in Amazon's warehouses at the end of each day, and what came, went and was lost: 18 months back.

    Seller Central: Reports → Fulfilment → Inventory → Inventory Ledger → Summary view, by day, by country. API:
    GET_LEDGER_SUMMARY_VIEW_DATA with aggregatedByTimePeriod DAILY and aggregateByLocation COUNTRY. It tells on
    which past days an item could be bought at all. Ask for days: a file by week or month is refused. A newer file
    replaces the days it holds, the last one too, which may have been half over. Days end at midnight of the
    marketplace and are settled a day later. Dates are written month first in every country. Countries of one
    account's shared stock are kept beside each other, not as channels. No personal columns.
    """

    report: ClassVar[str] = "amazon_ledger_summary"
    title: ClassVar[str] = "Amazon Inventory Ledger, summary by day"
    table = STOCK_LEDGER
    settles_days: ClassVar[int] = 1
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("from_day", ("Date",), month_first, required=True),
        Cell("fnsku", ("FNSKU",), text),
        Cell("item_id", ("ASIN",), text),
        Cell("sku", ("MSKU",), text, required=True),
        Cell("disposition_text", ("Disposition",), text, in_header=True),
        Cell("location", ("Location",), text),
        Cell("starting_units", ("Starting Warehouse Balance",), integer, in_header=True),
        Cell("transit_units", ("In Transit Between Warehouses",), integer),
        Cell("received_units", ("Receipts",), integer),
        Cell("shipped_units", ("Customer Shipments",), integer),
        Cell("returned_units", ("Customer Returns",), integer),
        Cell("removed_units", ("Vendor Returns",), integer),
        Cell("transferred_units", ("Warehouse Transfer In/Out",), integer),
        Cell("found_units", ("Found",), integer),
        Cell("lost_units", ("Lost",), integer),
        Cell("damaged_units", ("Damaged",), integer),
        Cell("disposed_units", ("Disposed",), integer),
        Cell("other_units", ("Other Events",), integer),
        Cell("unknown_units", ("Unknown Events",), integer),
        Cell("ending_units", ("Ending Warehouse Balance",), integer, in_header=True, empty=0),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Each row is one day."""
        return rows.mutate(to_day=rows.from_day, disposition=rows.disposition_text.lower().fill_null("unknown"))

"""Amazon's Suppressed Listings Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import SUPPRESSIONS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import day, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonSuppressed(TabReport):
    """Listings hidden from search or held back, with the marketplace's reason and the day it changed.

    Seller Central: Inventory → Manage All Inventory → Search suppressed and inactive listings → Download. API:
    GET_MERCHANTS_LISTINGS_FYP_REPORT. The report names no enforcement action; a vanished row is mended or deleted.
    """

    report: ClassVar[str] = "amazon_suppressed_listings"
    title: ClassVar[str] = "Amazon Suppressed Listings Report"
    table = SUPPRESSIONS
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU",), text, required=True),
        Cell("status", ("Status",), text, in_header=True),
        Cell("reason", ("Reason",), text, in_header=True),
        Cell("item_id", ("ASIN",), text),
        Cell("title", ("Product name",), text),
        Cell("since_day", ("Status Change Date",), day, in_header=True),
        Cell("issue_text", ("Issue Description",), text),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """`search_suppressed` where the status says so; anything else holds the listing back altogether."""
        return rows.mutate(
            state=rows.status.lower().contains("search").fill_null(False).ifelse("search_suppressed", "suppressed")
        )

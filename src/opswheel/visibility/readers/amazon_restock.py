"""Amazon's Restock Inventory report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import integer, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonRestock(TabReport):
    """Stock by SKU as Amazon's restock advice sees it, with units in transfer between fulfilment centres.

    Seller Central: Inventory → FBA Inventory → Restock → Download report. API:
    GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT. Names its country, so it needs no --channel.
    """

    report: ClassVar[str] = "amazon_restock"
    title: ClassVar[str] = "Amazon Restock Inventory"
    table = STOCK
    precedence: ClassVar[int] = 30
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("country", ("Country",), text, in_header=True),
        Cell("sku", ("Merchant SKU",), text, required=True),
        Cell("fnsku", ("FNSKU",), text),
        Cell("item_id", ("ASIN",), text),
        Cell("sellable_units", ("Available",), integer, in_header=True, empty=0),
        Cell("transfer_units", ("FC transfer",), integer),
        Cell("processing_units", ("FC Processing",), integer),
        Cell("customer_units", ("Customer Order",), integer),
        Cell("unsellable_units", ("Unfulfillable",), integer),
        Cell("inbound_working_units", ("Working",), integer),
        Cell("inbound_shipped_units", ("Shipped",), integer),
        Cell("inbound_receiving_units", ("Receiving",), integer),
        Cell("fulfilled_by", ("Fulfilled by",), text),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """The channel from the country; reserved is what is processed or held for customers."""
        country = rows.country.upper()
        country = (country == "GB").ifelse("UK", country)
        return rows.mutate(
            hint=(ibis.literal("amazon:") + country),
            fulfillment=rows.fulfilled_by.lower().contains("amazon").fill_null(True).ifelse("marketplace", "merchant"),
            reserved_units=rows.processing_units.fill_null(0) + rows.customer_units.fill_null(0),
        )

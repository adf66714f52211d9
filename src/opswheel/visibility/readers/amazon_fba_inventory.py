"""Amazon's FBA inventory by SKU."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import integer, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonFbaInventory(TabReport):
    """What Amazon holds of each SKU: sellable, reserved, unsellable and inbound units.

    Seller Central: Reports → Fulfilment → Inventory → Manage FBA Inventory. API:
    GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA. Where `afn-fulfillable-quantity` is empty the SKU has no FBA offer.
    """

    report: ClassVar[str] = "amazon_fba_inventory"
    title: ClassVar[str] = "Amazon Manage FBA Inventory"
    table = STOCK
    precedence: ClassVar[int] = 10
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("sku",), text, required=True),
        Cell("fnsku", ("fnsku",), text, in_header=True),
        Cell("item_id", ("asin",), text),
        Cell("sellable_units", ("afn-fulfillable-quantity",), integer, in_header=True, empty=0),
        Cell("exists", ("afn-listing-exists",), yes_no),
        Cell("unsellable_units", ("afn-unsellable-quantity",), integer),
        Cell("reserved_units", ("afn-reserved-quantity",), integer),
        Cell("inbound_working_units", ("afn-inbound-working-quantity",), integer),
        Cell("inbound_shipped_units", ("afn-inbound-shipped-quantity",), integer),
        Cell("inbound_receiving_units", ("afn-inbound-receiving-quantity",), integer),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """All of it is fulfilled by the marketplace; rows of SKUs without an FBA offer say nothing about stock."""
        return rows.filter(rows.exists.fill_null(True)).mutate(fulfillment=ibis.literal("marketplace"))

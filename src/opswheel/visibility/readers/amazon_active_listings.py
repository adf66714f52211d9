"""Amazon's Active Listings Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import LISTINGS
from ...core.reader import Cell, Context
from .amazon_all_listings import LISTING_CELLS, listing_columns
from .base import TabReport
from .parsing import text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonActiveListings(TabReport):
    """The active listings only, with business prices.

    Seller Central: Inventory → Inventory Reports → Active Listings Report. API: GET_MERCHANT_LISTINGS_DATA.
    """

    report: ClassVar[str] = "amazon_active_listings"
    title: ClassVar[str] = "Amazon Active Listings Report"
    table = LISTINGS
    precedence: ClassVar[int] = 25
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        *LISTING_CELLS,
        Cell("business_price", ("Business Price",), text, in_header=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Every row is active."""
        return listing_columns(rows, context).mutate(status=ibis.literal("active"))

"""Amazon's Inactive Listings Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import LISTINGS
from ...core.reader import Cell, Context
from .amazon_all_listings import LISTING_CELLS, listing_columns
from .base import TabReport

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonInactiveListings(TabReport):
    """The inactive listings only: a listing that is not in it may be active or gone.

    Seller Central: Inventory → Inventory Reports → Inactive Listings Report. API:
    GET_MERCHANT_LISTINGS_INACTIVE_DATA.
    """

    report: ClassVar[str] = "amazon_inactive_listings"
    title: ClassVar[str] = "Amazon Inactive Listings Report"
    table = LISTINGS
    precedence: ClassVar[int] = 30
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = LISTING_CELLS

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Every row is inactive."""
        return listing_columns(rows, context).mutate(status=ibis.literal("inactive"))

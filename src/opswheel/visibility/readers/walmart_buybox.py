"""Walmart's Buy Box report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import OFFERS
from ...core.reader import Cell, Context
from .base import CommaReport
from .parsing import money, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir


class WalmartBuybox(CommaReport):
    """Who holds the Featured Offer (Buy Box) of each item, and at which price.

    Seller Center: Pricing → Buy Box report → Download. API: report type BUYBOX. Prices are landed: item and shipping.
    An item that we do not win and that has no price is featured by nobody.
    """

    report: ClassVar[str] = "walmart_buybox"
    title: ClassVar[str] = "Walmart Buy Box report"
    table = OFFERS
    precedence: ClassVar[int] = 10
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU",), text, required=True),
        Cell("item_id", ("Item ID",), text),
        Cell("won", ("isSellerBuyBoxWinner",), yes_no, required=True),
        Cell("item_minor", ("BuyBox Item Price",), money(), in_header=True, minimum=0),
        Cell("ship_minor", ("BuyBox Ship Price",), money(), minimum=0),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Us, another seller, or nobody."""
        price = rows.item_minor.nullif(0)
        return rows.mutate(
            featured_by=ibis.cases((rows.won, "us"), (price.notnull(), "other"), else_="none"),
            featured_price_minor=price + rows.ship_minor.fill_null(0),
        )

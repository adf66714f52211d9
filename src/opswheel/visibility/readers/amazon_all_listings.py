"""Amazon's All Listings Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import LISTINGS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import day, integer, money, text, word

if TYPE_CHECKING:
    import ibis.expr.types as ir

LISTING_CELLS: tuple[Cell, ...] = (
    Cell("sku", ("seller-sku",), text, required=True),
    Cell("listing_id", ("listing-id",), text, in_header=True),
    Cell("item_id", ("asin1", "product-id"), text),
    Cell("title", ("item-name",), text, in_header=True),
    Cell("condition_code", ("item-condition",), text),
    Cell("channel_code", ("fulfillment-channel",), text),
    Cell("price_minor", ("price",), money()),
    Cell("quantity_units", ("quantity",), integer, minimum=0),
    Cell("opened_on", ("open-date",), day),
)


def listing_columns(rows: ir.Table, context: Context) -> ir.Table:
    """What every Amazon listings report needs beyond its cells."""
    marketplace = rows.channel_code.upper().startswith("AMAZON")
    return rows.mutate(
        fulfillment=marketplace.ifelse("marketplace", "merchant"),
        condition=(rows.condition_code == "11").ifelse("new", rows.condition_code),
        currency=ibis.literal(context.currency),
        quantity_units=marketplace.ifelse(ibis.null().cast("int64"), rows.quantity_units),
    )


class AmazonAllListings(TabReport):
    """Every listing with its status, price and, where we ship ourselves, quantity.

    Seller Central: Inventory → Inventory Reports → All Listings Report. API: GET_MERCHANT_LISTINGS_ALL_DATA.
    Stock of FBA rows is not in this report, and "Inactive" comes without a reason.
    """

    report: ClassVar[str] = "amazon_all_listings"
    title: ClassVar[str] = "Amazon All Listings Report"
    table = LISTINGS
    precedence: ClassVar[int] = 10
    cells: ClassVar[tuple[Cell, ...]] = (
        *LISTING_CELLS,
        Cell(
            "status",
            ("status",),
            word({"Active": "active", "Inactive": "inactive", "Incomplete": "incomplete"}),
            required=True,
        ),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Fulfilment from the channel code; stock only for rows we ship ourselves."""
        return listing_columns(rows, context)

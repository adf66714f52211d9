"""Shopify's inventory export."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK
from ...core.reader import Cell, Context, refusal
from .base import CommaReport
from .parsing import integer, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOT_STOCKED = ("not stocked",)


def summed(rows: ir.Table) -> ir.Table:
    """One row for each SKU with the units of all its places; refused rows stay as they are."""
    good = rows.problem.isnull()
    places = ibis.window(group_by=[rows.sku, good])
    units = {n: rows[n].sum().over(places) for n in rows.columns if n.endswith("_units")}
    rows = rows.mutate(**units, _n=ibis.row_number().over(places))
    return rows.filter((rows["_n"] == 0) | rows.problem.notnull()).drop("_n")


class ShopifyInventory(CommaReport):
    """Units of each variant that a Shopify shop can sell, summed over its locations.

    Shopify admin: Products → Inventory → Export → All variants, all locations, all quantity types. One line for each
    variant and location; `not stocked` means that the location never holds it. Available may be negative: oversold.
    Headings with and without `(not editable)` are known; the export that has a column for each location is not:
    choose all quantity types.
    """

    report: ClassVar[str] = "shopify_inventory"
    title: ClassVar[str] = "Shopify Inventory by location"
    table = STOCK
    precedence: ClassVar[int] = 20
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU",), text, in_header=True),
        Cell("handle", ("Handle",), text, in_header=True),
        Cell("title", ("Title",), text, in_header=True),
        Cell("location", ("Location",), text, required=True),
        Cell("sellable_units", ("Available (not editable)", "Available"), integer, in_header=True, nothing=NOT_STOCKED),
        Cell("reserved_units", ("Committed (not editable)", "Committed"), integer, nothing=NOT_STOCKED),
        Cell("unsellable_units", ("Unavailable (not editable)", "Unavailable"), integer, nothing=NOT_STOCKED),
        Cell("inbound_shipped_units", ("Incoming (not editable)", "Incoming"), integer, nothing=NOT_STOCKED),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Lines of places that hold the variant; one without SKU cannot be given to a listing."""
        rows = rows.filter(rows.sellable_units.notnull() | rows.problem.notnull())
        why = ibis.cases((rows.sku.isnull(), refusal("SKU", "empty")), else_=ibis.null().cast("string"))
        rows = rows.mutate(problem=ibis.coalesce(rows.problem, why), fulfillment=ibis.literal("merchant"))
        return summed(rows)

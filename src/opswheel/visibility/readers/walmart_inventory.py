"""Walmart's inventory: the report, and the answer of the inventory API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import STOCK
from ...core.reader import Cell, Context, JsonShape
from .base import CommaReport, JsonReport
from .parsing import integer, text
from .shopify_inventory import summed

if TYPE_CHECKING:
    import ibis.expr.types as ir

_NODES = "array<struct<inputQty: struct<amount: string>, availToSellQty: struct<amount: string>>>"


def _sellable(rows: ir.Table) -> ir.Table:
    """What is held and not for sale is sold and not shipped yet."""
    rows = rows.mutate(reserved_units=ibis.greatest(rows.held_units - rows.sellable_units, 0))
    return summed(rows.mutate(fulfillment=ibis.literal("merchant")))


class WalmartInventory(CommaReport):
    """What a seller holds of each item for Walmart, summed over the seller's ship nodes.

    Seller Center: Analytics → Reports → Inventory report. API: report type INVENTORY, version v1. One line for each
    item and ship node; what is available to sell leaves out units sold and not shipped yet, the input quantity counts
    them. Canada's report calls the columns `Seller SKU` and `Inventory Count`. Headings as Walmart documents them.
    """

    report: ClassVar[str] = "walmart_inventory"
    title: ClassVar[str] = "Walmart Inventory report"
    table = STOCK
    precedence: ClassVar[int] = 20
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU", "Seller SKU"), text, required=True),
        Cell("node", ("Ship Node ID",), text, in_header=True),
        Cell(
            "sellable_units",
            ("AvailToSell Quantity", "Available To Sell Quantity", "Inventory Count"),
            integer,
            in_header=True,
            empty=0,
        ),
        Cell("item_id", ("Item ID",), text),
        Cell("held_units", ("Input Quantity",), integer),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """One row for each SKU."""
        return _sellable(rows)


def nodes(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per SKU and ship node."""
    rows = documents.select(row=documents.elements["inventories"].unnest())
    rows = rows.select(sku=rows.row["sku"], node=rows.row["nodes"].unnest())
    return rows.select(
        "sku",
        sellable_units=rows.node["availToSellQty"]["amount"],
        held_units=rows.node["inputQty"]["amount"],
    )


class WalmartInventories(JsonReport):
    """What a seller holds of each item for Walmart, as the inventory API answers.

    API: GET /v3/inventories, inventory of all items and ship nodes; an answer holds fifty items at most, so a catalog
    is many files, and each speaks only of its own items.
    """

    report: ClassVar[str] = "walmart_inventories"
    title: ClassVar[str] = "Walmart inventories (JSON)"
    table = STOCK
    precedence: ClassVar[int] = 20
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    shape = JsonShape(
        marks=(frozenset({"elements.inventories"}),),
        columns={"elements": f"struct<inventories: array<struct<sku: string, nodes: {_NODES}>>>"},
        rows=nodes,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("sku",), text, required=True),
        Cell("sellable_units", ("availToSellQty",), integer, empty=0),
        Cell("held_units", ("inputQty",), integer),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """One row for each SKU."""
        return _sellable(rows)

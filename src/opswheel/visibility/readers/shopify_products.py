"""Shopify's products export."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import COSTS, LISTINGS
from ...core.reader import Cell, Context, refusal
from .base import CommaReport
from .parsing import integer, money, text, word, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

_OF_THE_PRODUCT = ("title", "brand", "type", "product_category", "published", "said", "gift_card")
_COST = Cell("unit_cost_minor", ("Cost per item",), money(), minimum=0)


class ShopifyProducts(CommaReport):
    """Every variant of a Shopify shop with its product's state, its price and, where it is tracked, its quantity.

    Shopify admin: Products → Export → All products, as plain CSV. A product has one line for each variant and each
    picture; what is true of the product stands on the first only. Both headings are known, those of 2025 (`URL
    handle`, `SKU`, `Price`) and the older ones (`Handle`, `Variant SKU`, `Variant Price`). A product that is active but
    not published in the online store is inactive here. A variant that is not tracked, or sold on when none is left,
    has no quantity: it cannot run out. Costs per item are read, too, as costs. A variant without SKU is refused: sales
    and stock could not be told apart; gift cards are left out.
    """

    report: ClassVar[str] = "shopify_products"
    title: ClassVar[str] = "Shopify Products"
    table = LISTINGS
    precedence: ClassVar[int] = 10
    also: ClassVar[tuple[str, ...]] = ("shopify_product_costs",)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("handle", ("URL handle", "Handle"), text, required=True),
        Cell("sku", ("SKU", "Variant SKU"), text, in_header=True),
        Cell("price_minor", ("Price", "Variant Price"), money(), in_header=True, minimum=0),
        Cell("title", ("Title",), text, in_header=True),
        Cell("brand", ("Vendor",), text),
        Cell("type", ("Type",), text),
        Cell("product_category", ("Product category",), text),
        Cell("published", ("Published on online store", "Published"), yes_no),
        Cell("said", ("Status",), word({w: w for w in ("active", "draft", "archived", "unlisted")})),
        Cell("gift_card", ("Gift card",), yes_no),
        Cell("tracker", ("Inventory tracker", "Variant Inventory Tracker"), text),
        Cell("quantity_units", ("Inventory quantity", "Variant Inventory Qty"), integer),
        Cell("policy", ("Continue selling when out of stock", "Variant Inventory Policy"), text),
        _COST,
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """What the first line says holds for all variants; lines with pictures only are left out."""
        product = ibis.window(group_by=rows.handle)
        rows = rows.mutate(**{n: rows[n].max().over(product) for n in _OF_THE_PRODUCT})
        variant = (rows.sku.notnull() | rows.price_minor.notnull()) & ~rows.gift_card.fill_null(False)
        rows = rows.filter(variant | rows.problem.notnull())
        why = ibis.cases((rows.sku.isnull(), refusal("SKU", "empty")), else_=ibis.null().cast("string"))
        endless = rows.tracker.isnull() | rows.policy.lower().isin(["continue", "true"]).fill_null(False)
        return rows.mutate(
            status=_status(rows),
            category=ibis.coalesce(rows.type, rows.product_category),
            condition=ibis.literal("new"),
            fulfillment=ibis.literal("merchant"),
            currency=ibis.literal(context.currency),
            quantity_units=endless.ifelse(ibis.null().cast("int64"), rows.quantity_units),
            problem=ibis.coalesce(rows.problem, why),
        )


def _status(rows: ir.Table) -> ir.StringValue:
    return ibis.cases(
        (rows.said == "draft", "incomplete"),
        (rows.said == "archived", "inactive"),
        (~rows.published.fill_null(True), "inactive"),
        else_="active",
    )


class ShopifyProductCosts(CommaReport):
    """What a unit costs, from the products export of a Shopify shop.

    Shopify admin: Products → Export, column `Cost per item`; it needs the right to see costs. The same file as the
    products; variants without a cost say nothing.
    """

    report: ClassVar[str] = "shopify_product_costs"
    title: ClassVar[str] = "Shopify Products, costs"
    table = COSTS
    expected_days: ClassVar[int] = 0
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU", "Variant SKU"), text, in_header=True),
        Cell("unit_cost_minor", ("Cost per item",), money(), in_header=True, minimum=0),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Variants with a SKU and a cost."""
        rows = rows.filter(rows.sku.notnull() & (rows.unit_cost_minor.notnull() | rows.problem.notnull()))
        return rows.mutate(currency=ibis.literal(context.currency))

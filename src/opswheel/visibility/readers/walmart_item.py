"""Walmart's item report, version 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import ITEM_RATINGS, LISTING_STATUS, LISTINGS, PRICE_RULES
from ...core.reader import Cell, Context
from .base import CommaReport
from .own_experience import MOST_STARS
from .parsing import currency, day, integer, money, number, rescale, text, yes_no

if TYPE_CHECKING:
    import ibis.expr.types as ir

_UNFINISHED = ("READY_TO_PUBLISH", "IN_PROGRESS", "STAGE")
_HELD_BACK = ("UNPUBLISHED", "SYSTEM_PROBLEM")

_SKU = Cell("sku", ("SKU",), text, in_header=True)
_ITEM = Cell("item_id", ("Item ID",), text)
_TITLE = Cell("title", ("Product Name",), text)
_CATEGORY = Cell("category", ("Product Category",), text)
_LIFECYCLE = Cell("lifecycle", ("Lifecycle Status",), text, in_header=True)
_PUBLISHED = Cell("published", ("Publish Status",), text, in_header=True)
_REASON = Cell("issue_text", ("Status Change Reason",), text)
_SEARCHABLE = Cell("searchable_text", ("Searchable?",), text)
_PRICE = Cell("price_minor", ("Price",), money(), in_header=True, minimum=0)
_CURRENCY = Cell("currency", ("Currency",), currency)
_LOWEST = Cell("min_minor", ("Minimum Seller Allowed Price",), money(), minimum=0)
_STARS = Cell("stars_text", ("Average Rating",), text)
_RATINGS = Cell("ratings_text", ("Reviews Count",), text)
_HIGHEST = Cell("max_minor", ("Maximum Seller Allowed Price",), money(), minimum=0)


def _on_sale(rows: ir.Table) -> ir.BooleanValue:
    published, alive = rows.published.upper() == "PUBLISHED", rows.lifecycle.upper() == "ACTIVE"
    return (published & alive).fill_null(False)


def _priced(rows: ir.Table, context: Context) -> ir.Table:
    """Money in the row's own currency."""
    code = rows.currency.fill_null(context.currency)
    return rows.mutate(currency=code, **{n: rescale(rows[n], code, context) for n in rows.columns if "_minor" in n})


class WalmartItem(CommaReport):
    """Every item of a Walmart seller with its price, its state and who ships it.

    Seller Center: Analytics → Reports → Item report, or Catalog → Download. API: report type ITEM, version v4: a CSV
    file in a ZIP archive, which loads as it is. The same file also tells which items are held back and why, the bounds
    of Walmart's repricer, and the stars of each item.
    """

    report: ClassVar[str] = "walmart_item"
    title: ClassVar[str] = "Walmart Item report v4"
    table = LISTINGS
    precedence: ClassVar[int] = 10
    also: ClassVar[tuple[str, ...]] = ("walmart_item_status", "walmart_item_price_rules", "walmart_item_ratings")
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("SKU",), text, required=True),
        Cell("lifecycle", ("Lifecycle Status",), text, required=True),
        Cell("published", ("Publish Status",), text, required=True),
        *(_ITEM, _TITLE, _CATEGORY, _REASON, _SEARCHABLE, _PRICE, _CURRENCY, _LOWEST, _HIGHEST),
        *(_STARS, _RATINGS),
        Cell("brand", ("Brand",), text),
        Cell("fulfillment_text", ("Fulfillment Type",), text),
        Cell("created_text", ("Item Creation Date",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Active is what is published and not archived; shipped by Walmart where the fulfilment type says so."""
        by_walmart = rows.fulfillment_text.lower().re_search("^(walmart|wfs$)").fill_null(False)
        status = ibis.cases(
            (_on_sale(rows), "active"), (rows.published.upper().isin(_UNFINISHED), "incomplete"), else_="inactive"
        )
        return _priced(rows, context).mutate(
            status=status,
            condition=ibis.literal("new"),
            fulfillment=by_walmart.ifelse("marketplace", "merchant"),
            opened_on=day(rows.created_text, context),
        )


class WalmartItemStatus(CommaReport):
    """Which items Walmart keeps from being bought, in Walmart's own words: the item report once more.

    Seller Center: Analytics → Reports → Item report. An item that is neither published nor archived by its seller is
    held back, and `Status Change Reason` says why. One that the seller archived is off without an enforcement.
    """

    report: ClassVar[str] = "walmart_item_status"
    title: ClassVar[str] = "Walmart Item report v4, states"
    table = LISTING_STATUS
    precedence: ClassVar[int] = 10
    cells: ClassVar[tuple[Cell, ...]] = (
        *(_SKU, _ITEM, _TITLE, _CATEGORY, _LIFECYCLE, _PUBLISHED, _REASON, _SEARCHABLE, _PRICE, _CURRENCY),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Buyable where published and not archived; the publish status is the action that holds an item back."""
        rows = rows.filter(rows.sku.notnull() & rows.published.notnull() & rows.lifecycle.notnull())
        published = rows.published.upper()
        held = published.isin(_HELD_BACK) & (rows.lifecycle.upper() == "ACTIVE")
        action = held.ifelse(published, ibis.null().cast("string"))
        return _priced(rows, context).mutate(
            buyable=_on_sale(rows),
            discoverable=yes_no(rows.searchable_text, context),
            condition=ibis.literal("new"),
            action=action,
            issue_category=action,
        )


class WalmartItemPriceRules(CommaReport):
    """The lowest and highest price a seller allows Walmart's repricer: the item report once more.

    Seller Center: Pricing → Repricer. Items without such bounds say nothing; a list of the team's own goes before it.
    """

    report: ClassVar[str] = "walmart_item_price_rules"
    title: ClassVar[str] = "Walmart Item report v4, repricer bounds"
    table = PRICE_RULES
    precedence: ClassVar[int] = 60
    lists_everything: ClassVar[bool] = False
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        _SKU,
        Cell("min_minor", ("Minimum Seller Allowed Price",), money(), in_header=True, minimum=0),
        Cell("max_minor", ("Maximum Seller Allowed Price",), money(), in_header=True, minimum=0),
        _CURRENCY,
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Items with a bound."""
        bound = rows.min_minor.notnull() | rows.max_minor.notnull() | rows.problem.notnull()
        return _priced(rows.filter(rows.sku.notnull() & bound), context)


class WalmartItemRatings(CommaReport):
    """The stars of each item and how many reviews they come from: the item report once more.

    Seller Center: Analytics → Reports → Item report, columns `Average Rating` and `Reviews Count`. Items nobody
    reviewed say nothing, nor do stars that cannot be read; a list of the team's own goes before it.
    """

    report: ClassVar[str] = "walmart_item_ratings"
    title: ClassVar[str] = "Walmart Item report v4, stars"
    table = ITEM_RATINGS
    precedence: ClassVar[int] = 60
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    compared: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (_SKU, _STARS, _RATINGS)

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Items with stars from 1 to 5 and the number of reviews behind them."""
        rows = rows.mutate(stars=number(rows.stars_text, context), ratings=integer(rows.ratings_text, context))
        rated = rows.stars.between(1, MOST_STARS) & (rows.ratings > 0)
        return rows.filter(rows.sku.notnull() & rated.fill_null(False))

"""Amazon's Search Query Performance report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import SEARCH_QUERIES
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, currency, day, integer, money, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MONEY = "struct<amount: string, currencyCode: string>"
_ITEMS = (
    "array<struct<startDate: string, endDate: string, asin: string, "
    "searchQueryData: struct<searchQuery: string, searchQueryScore: string, searchQueryVolume: string>, "
    "impressionData: struct<totalQueryImpressionCount: string, asinImpressionCount: string>, "
    f"clickData: struct<totalClickCount: string, asinClickCount: string, totalMedianClickPrice: {_MONEY}, "
    f"asinMedianClickPrice: {_MONEY}>, "
    "cartAddData: struct<totalCartAddCount: string, asinCartAddCount: string>, "
    "purchaseData: struct<totalPurchaseCount: string, asinPurchaseCount: string>>>"
)


def queries(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per item, period and query."""
    rows = documents.select(place=documents.reportSpecification["marketplaceIds"][0], row=documents.dataByAsin.unnest())
    query, shown, clicked = rows.row["searchQueryData"], rows.row["impressionData"], rows.row["clickData"]
    added, bought = rows.row["cartAddData"], rows.row["purchaseData"]
    return rows.select(
        hint=rows.place,
        from_day=rows.row["startDate"],
        to_day=rows.row["endDate"],
        item_id=rows.row["asin"],
        query=query["searchQuery"],
        rank=query["searchQueryScore"],
        searches=query["searchQueryVolume"],
        total_impressions=shown["totalQueryImpressionCount"],
        impressions=shown["asinImpressionCount"],
        total_clicks=clicked["totalClickCount"],
        clicks=clicked["asinClickCount"],
        total_cart_adds=added["totalCartAddCount"],
        cart_adds=added["asinCartAddCount"],
        total_purchases=bought["totalPurchaseCount"],
        purchases=bought["asinPurchaseCount"],
        total_price_minor=clicked["totalMedianClickPrice"]["amount"],
        price_minor=clicked["asinMedianClickPrice"]["amount"],
        currency=clicked["totalMedianClickPrice"]["currencyCode"],
    )


_COUNTS = {
    "rank": "searchQueryScore",
    "searches": "searchQueryVolume",
    "total_impressions": "totalQueryImpressionCount",
    "impressions": "asinImpressionCount",
    "total_clicks": "totalClickCount",
    "clicks": "asinClickCount",
    "total_cart_adds": "totalCartAddCount",
    "cart_adds": "asinCartAddCount",
    "total_purchases": "totalPurchaseCount",
    "purchases": "asinPurchaseCount",
}


class AmazonSearchQueries(JsonReport):
    """Impressions, clicks, cart adds and purchases of each item for each search query, beside all items' together.

    Seller Central: Brands → Brand Analytics → Search Analytics → Search Query Performance shows it. API:
    GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT, for at most some fifteen items a request. For brand owners;
    by week, month or quarter, published a few days after it ends. Only what happened on the search page is counted.
    """

    report: ClassVar[str] = "amazon_search_queries"
    title: ClassVar[str] = "Amazon Search Query Performance (JSON)"
    table = SEARCH_QUERIES
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    settles_days: ClassVar[int] = 3
    expected_days: ClassVar[int] = 7
    shape = JsonShape(
        marks=(frozenset({"dataByAsin.searchQueryData"}),),
        columns={"reportSpecification": "struct<marketplaceIds: array<string>>", "dataByAsin": _ITEMS},
        rows=queries,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceIds",), channel_hint),
        Cell("item_id", ("asin",), text, required=True),
        Cell("query", ("searchQuery",), text, required=True),
        Cell("from_day", ("startDate",), day, required=True),
        Cell("to_day", ("endDate",), day, required=True),
        *(Cell(to, (header,), integer, minimum=0) for to, header in _COUNTS.items()),
        Cell("total_price_minor", ("totalMedianClickPrice",), money()),
        Cell("price_minor", ("asinMedianClickPrice",), money()),
        Cell("currency", ("currencyCode",), currency),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Money in the row's own currency."""
        code = rows.currency.fill_null(context.currency)
        names = ("total_price_minor", "price_minor")
        return rows.mutate(**{n: rescale(rows[n], code, context) for n in names})

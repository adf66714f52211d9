"""Sales and traffic from Amazon's Data Kiosk, one JSON object on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import CHANNEL_SALES, TRAFFIC
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, currency, day, integer, money, number, rescale, text, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SALES = (
    "unitsOrdered: string, unitsRefunded: string, orderedProductSales: struct<amount: string, currencyCode: string>"
)
_TRAFFIC = "sessions: string, pageViews: string, buyBoxPercentage: string"
_COLUMNS = {
    "marketplaceId": "string",
    "startDate": "string",
    "endDate": "string",
    "parentAsin": "string",
    "childAsin": "string",
    "sku": "string",
    "sales": f"struct<{_SALES}>",
    "traffic": f"struct<{_TRAFFIC}>",
}


def records(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per line."""
    sales, traffic = documents.sales, documents.traffic
    return documents.select(
        hint=documents.marketplaceId,
        from_day=documents.startDate,
        to_day=documents.endDate,
        parent_id=documents.parentAsin,
        item_id=ibis.coalesce(documents.childAsin, documents.parentAsin),
        child_id=documents.childAsin,
        sku=documents.sku,
        sessions=traffic["sessions"],
        page_views=traffic["pageViews"],
        featured_percent=traffic["buyBoxPercentage"],
        units=sales["unitsOrdered"],
        sales_minor=sales["orderedProductSales"]["amount"],
        currency=sales["orderedProductSales"]["currencyCode"],
        refunded_units=sales["unitsRefunded"],
    )


_CELLS = (
    Cell("hint", ("marketplaceId",), channel_hint),
    Cell("from_day", ("startDate",), day, required=True),
    Cell("to_day", ("endDate",), day, required=True),
    Cell("sessions", ("sessions",), integer, minimum=0),
    Cell("page_views", ("pageViews",), integer, minimum=0),
    Cell("units", ("unitsOrdered",), integer, minimum=0),
    Cell("sales_minor", ("orderedProductSales",), money()),
    Cell("currency", ("currencyCode",), currency),
)


class AmazonDataKiosk(JsonReport):
    """Sessions, page views, featured-offer share and units of each item, one line for each item and period.

    API: Data Kiosk, query analytics_salesAndTraffic_2024_04_24 → salesAndTrafficByAsin; ask for marketplaceId,
    startDate, endDate, childAsin, sales and traffic, one day at a time, aggregated by CHILD. A file may hold several
    periods and marketplaces. A query aggregated by SKU leaves out items without orders; one by PARENT cannot be given
    to a listing. `buyBoxPercentage` runs from 0 to 100; days are the marketplace's.
    """

    report: ClassVar[str] = "amazon_data_kiosk"
    title: ClassVar[str] = "Amazon Data Kiosk, Sales and Traffic by ASIN (JSON lines)"
    table = TRAFFIC
    settles_days: ClassVar[int] = 2
    shape = JsonShape(
        marks=(
            frozenset({"traffic", "childAsin"}),
            frozenset({"traffic", "parentAsin"}),
            frozenset({"traffic", "sku"}),
        ),
        columns=_COLUMNS,
        rows=records,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        *_CELLS,
        Cell("item_id", ("childAsin",), text, required=True),
        Cell("child_id", ("childAsin",), text),
        Cell("parent_id", ("parentAsin",), text),
        Cell("sku", ("sku",), text),
        Cell("featured_percent", ("buyBoxPercentage",), number, minimum=0),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The level a row counts, and featured page views so that shares can be summed."""
        level = ibis.cases((rows.sku.notnull(), "sku"), (rows.child_id.isnull(), "parent"), else_="child")
        return rows.mutate(
            level=level,
            featured_view_hundredths=whole(rows.page_views * rows.featured_percent),
            sales_minor=rescale(rows.sales_minor, rows.currency.fill_null(context.currency), context),
        )


class AmazonDataKioskByDate(JsonReport):
    """The channel's own totals by day: what our sums are matched with.

    API: Data Kiosk, query analytics_salesAndTraffic_2024_04_24 → salesAndTrafficByDate, aggregated by DAY. Totals of
    weeks and months are left out; a match compares days.
    """

    report: ClassVar[str] = "amazon_data_kiosk_by_date"
    title: ClassVar[str] = "Amazon Data Kiosk, Sales and Traffic by date (JSON lines)"
    table = CHANNEL_SALES
    settles_days: ClassVar[int] = 2
    shape = JsonShape(marks=(frozenset({"startDate", "sales", "traffic"}),), columns=_COLUMNS, rows=records)
    cells: ClassVar[tuple[Cell, ...]] = (*_CELLS, Cell("refunded_units", ("unitsRefunded",), integer))

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Days only."""
        daily = rows.filter((rows.from_day == rows.to_day) | rows.problem.notnull())
        return daily.mutate(sales_minor=rescale(daily.sales_minor, daily.currency.fill_null(context.currency), context))

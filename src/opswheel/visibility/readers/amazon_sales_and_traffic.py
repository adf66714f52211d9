"""Amazon's Sales and Traffic report as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import CHANNEL_SALES, TRAFFIC
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import channel_hint, currency, day, integer, money, number, text, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SALES = "unitsOrdered: string, orderedProductSales: struct<amount: string, currencyCode: string>"
_ASIN = (
    f"array<struct<parentAsin: string, childAsin: string, sku: string, salesByAsin: struct<{_SALES}>, "
    "trafficByAsin: struct<sessions: string, pageViews: string, buyBoxPercentage: string>>>"
)
_DATE = (
    f"array<struct<date: string, salesByDate: struct<{_SALES}, unitsRefunded: string>, "
    "trafficByDate: struct<sessions: string, pageViews: string>>>"
)
_SPECIFICATION = (
    "struct<reportOptions: struct<dateGranularity: string, asinGranularity: string>, dataStartTime: string, "
    "dataEndTime: string, marketplaceIds: array<string>>"
)
_MARKS = (frozenset({"reportSpecification", "salesAndTrafficByDate"}), frozenset({"salesAndTrafficByAsin"}))


def by_item(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per item of each document, with the document's period and marketplace."""
    rows = documents.select(spec=documents.reportSpecification, row=documents.salesAndTrafficByAsin.unnest())
    sales, traffic = rows.row["salesByAsin"], rows.row["trafficByAsin"]
    return rows.select(
        hint=rows.spec["marketplaceIds"][0],
        from_day=rows.spec["dataStartTime"],
        to_day=rows.spec["dataEndTime"],
        granularity=rows.spec["reportOptions"]["asinGranularity"].upper(),
        parent_id=rows.row["parentAsin"],
        item_id=ibis.coalesce(rows.row["childAsin"], rows.row["parentAsin"]),
        sku=rows.row["sku"],
        sessions=traffic["sessions"],
        page_views=traffic["pageViews"],
        featured_percent=traffic["buyBoxPercentage"],
        units=sales["unitsOrdered"],
        sales_minor=sales["orderedProductSales"]["amount"],
        currency=sales["orderedProductSales"]["currencyCode"],
    )


def by_date(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per period of each document: the marketplace's own totals."""
    rows = documents.select(spec=documents.reportSpecification, row=documents.salesAndTrafficByDate.unnest())
    sales, traffic = rows.row["salesByDate"], rows.row["trafficByDate"]
    return rows.select(
        hint=rows.spec["marketplaceIds"][0],
        from_day=rows.row["date"],
        granularity=rows.spec["reportOptions"]["dateGranularity"].upper(),
        units=sales["unitsOrdered"],
        sales_minor=sales["orderedProductSales"]["amount"],
        currency=sales["orderedProductSales"]["currencyCode"],
        sessions=traffic["sessions"],
        page_views=traffic["pageViews"],
        refunded_units=sales["unitsRefunded"],
    )


class AmazonSalesAndTraffic(JsonReport):
    """Sessions, page views, featured-offer share and units of each item over a period.

    API: GET_SALES_AND_TRAFFIC_REPORT; ask for one day and CHILD granularity for a daily series. Rows cut by SKU
    leave out items without orders, rows cut by PARENT cannot be given to a listing: both are kept, neither sets
    a velocity. `buyBoxPercentage` runs from 0 to 100.
    """

    report: ClassVar[str] = "amazon_sales_and_traffic"
    title: ClassVar[str] = "Amazon Sales and Traffic (JSON)"
    table = TRAFFIC
    settles_days: ClassVar[int] = 2
    shape = JsonShape(
        marks=_MARKS, columns={"reportSpecification": _SPECIFICATION, "salesAndTrafficByAsin": _ASIN}, rows=by_item
    )
    also: ClassVar[tuple[str, ...]] = ("amazon_sales_and_traffic_by_date",)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceIds",), channel_hint),
        Cell("from_day", ("dataStartTime",), day, required=True),
        Cell("to_day", ("dataEndTime",), day, required=True),
        Cell("granularity", ("asinGranularity",), text),
        Cell("parent_id", ("parentAsin",), text),
        Cell("item_id", ("childAsin",), text, required=True),
        Cell("sku", ("sku",), text),
        Cell("sessions", ("sessions",), integer, minimum=0),
        Cell("page_views", ("pageViews",), integer, minimum=0),
        Cell("featured_percent", ("buyBoxPercentage",), number, minimum=0),
        Cell("units", ("unitsOrdered",), integer, minimum=0),
        Cell("sales_minor", ("orderedProductSales",), money()),
        Cell("currency", ("currencyCode",), currency),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """The level a row counts, and featured page views so that shares can be summed."""
        level = ibis.cases(
            (rows.granularity == "SKU", "sku"),
            (rows.granularity == "PARENT", "parent"),
            (rows.sku.notnull(), "sku"),
            else_="child",
        )
        return rows.mutate(
            level=level,
            featured_view_hundredths=whole(rows.page_views * rows.featured_percent),
        )


class AmazonSalesAndTrafficByDate(JsonReport):
    """The channel's own totals by day, in the same file: what our sums are matched with.

    Weekly and monthly totals are left out; a match compares days.
    """

    report: ClassVar[str] = "amazon_sales_and_traffic_by_date"
    title: ClassVar[str] = "Amazon Sales and Traffic, totals (JSON)"
    table = CHANNEL_SALES
    settles_days: ClassVar[int] = 2
    shape = JsonShape(
        marks=(), columns={"reportSpecification": _SPECIFICATION, "salesAndTrafficByDate": _DATE}, rows=by_date
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("hint", ("marketplaceIds",), channel_hint),
        Cell("from_day", ("date",), day, required=True),
        Cell("granularity", ("dateGranularity",), text),
        Cell("units", ("unitsOrdered",), integer, minimum=0),
        Cell("sales_minor", ("orderedProductSales",), money()),
        Cell("currency", ("currencyCode",), currency),
        Cell("sessions", ("sessions",), integer, minimum=0),
        Cell("page_views", ("pageViews",), integer, minimum=0),
        Cell("refunded_units", ("unitsRefunded",), integer),
    )

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Days only: `date` is a week's or a month's first day otherwise."""
        daily = rows.filter(rows.granularity.isnull() | (rows.granularity == "DAY"))
        return daily.mutate(to_day=daily.from_day)

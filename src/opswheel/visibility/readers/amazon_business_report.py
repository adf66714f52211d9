"""Amazon's Business Report CSV, Detail Page Sales and Traffic by Child Item."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import TRAFFIC
from ...core.reader import Cell, Context
from .base import CommaReport
from .parsing import integer, money, number, text, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonBusinessReport(CommaReport):
    """Sessions, featured-offer share, units and sales of each child item over a range of days.

    Seller Central: Reports → Business Reports → Detail Page Sales and Traffic by Child Item → Download. The file
    holds one range without a daily split and no date: name it with both days, or say --from and --to. Nested
    ranges are taken apart (last 30 days − last 7 = the 23 before).
    """

    report: ClassVar[str] = "amazon_business_report"
    title: ClassVar[str] = "Amazon Business Report by Child Item (CSV)"
    table = TRAFFIC
    settles_days: ClassVar[int] = 2
    expected_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("parent_id", ("(Parent) ASIN",), text),
        Cell("item_id", ("(Child) ASIN",), text, required=True),
        Cell("sku", ("SKU",), text),
        Cell("sessions", ("Sessions - Total", "Sessions"), integer, minimum=0),
        Cell("page_views", ("Page Views - Total", "Page Views"), integer, minimum=0),
        Cell(
            "featured_percent",
            ("Featured Offer (Buy Box) Percentage", "Featured Offer Percentage", "Buy Box Percentage"),
            number,
            minimum=0,
        ),
        Cell("units", ("Units Ordered",), integer, in_header=True, minimum=0),
        Cell("sales_minor", ("Ordered Product Sales",), money(), in_header=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Child rows, or SKU rows where the export has a SKU column; featured page views for exact sums."""
        return rows.mutate(
            level=rows.sku.isnull().ifelse("child", "sku"),
            currency=ibis.literal(context.currency),
            featured_view_hundredths=whole(rows.page_views * rows.featured_percent),
        )

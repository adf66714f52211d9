"""Amazon's Sponsored Products advertised product report: the console's export and the API's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import ADS
from ...core.reader import Cell, Context, JsonShape
from .amazon_ads import API_CELLS, API_FIELDS, CONSOLE_CELLS, NOTHING, ad_columns, api_records
from .base import CommaReport, JsonReport
from .parsing import money, text, unwrapped

if TYPE_CHECKING:
    import ibis.expr.types as ir

_FIELDS = (
    *API_FIELDS,
    "advertisedSku",
    "advertisedAsin",
    "attributedSalesSameSku7d",
    "campaignStatus",
    "campaignBudgetAmount",
    "campaignBudgetType",
)


class AmazonAdsProducts(CommaReport):
    """What advertising each listing cost and sold, by campaign.

    Advertising console: Measurement & Reporting → Sponsored ads reports → Sponsored Products, Advertised product;
    time unit Daily, saved as CSV. A summary is taken as one period. Sales count within 7 days of a click, so the
    last week still grows. Both the columns of before 2026 (`7 Day Total Sales `) and those since (`Total cost`,
    `Advertised product ID`) are read. Days are the advertising account's, which are the marketplace's. No personal
    columns.
    """

    report: ClassVar[str] = "amazon_ads_products"
    title: ClassVar[str] = "Amazon Sponsored Products, advertised product (CSV)"
    table = ADS
    settles_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        *CONSOLE_CELLS,
        Cell("sku", ("Advertised SKU", "Advertised product SKU"), unwrapped, in_header=True, nothing=NOTHING),
        Cell("item_id", ("Advertised ASIN", "Advertised product ID"), unwrapped, required=True),
        Cell("own_sales_minor", ("7 Day Advertised SKU Sales", "Sales (promoted)"), money(), nothing=NOTHING),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The period and the currency."""
        return ad_columns(rows, context, "own_sales_minor")


def products(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per row of the report."""
    return documents.select(
        **api_records(documents),
        sku=documents.advertisedSku,
        item_id=documents.advertisedAsin,
        own_sales_minor=documents.attributedSalesSameSku7d,
        campaign_status_text=documents.campaignStatus,
        budget_minor=documents.campaignBudgetAmount,
        budget_type_text=documents.campaignBudgetType,
    )


class AmazonAdsProductsApi(JsonReport):
    """What advertising each listing cost and sold, by campaign, from the API.

    API only: Amazon Ads reporting v3, report type spAdvertisedProduct, time unit DAILY, as GZIP_JSON. Ask for date,
    campaignName, campaignId, campaignStatus, advertisedSku, advertisedAsin, impressions, clicks, cost, sales7d,
    purchases7d and unitsSoldClicks7d; 31 days a report, 95 days back. Sales count within 7 days of a click. The
    file names no marketplace. No personal columns.
    """

    report: ClassVar[str] = "amazon_ads_products_api"
    title: ClassVar[str] = "Amazon Sponsored Products, advertised product (API)"
    table = ADS
    settles_days: ClassVar[int] = 7
    shape = JsonShape(
        marks=(frozenset({"advertisedAsin", "impressions"}), frozenset({"advertisedSku", "impressions"})),
        columns=dict.fromkeys(_FIELDS, "string"),
        rows=products,
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        *API_CELLS,
        Cell("sku", ("advertisedSku",), text),
        Cell("item_id", ("advertisedAsin",), text),
        Cell("own_sales_minor", ("attributedSalesSameSku7d",), money()),
        Cell("campaign_status_text", ("campaignStatus",), text),
        Cell("budget_minor", ("campaignBudgetAmount",), money()),
        Cell("budget_type_text", ("campaignBudgetType",), text),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The period, the currency, and the campaign's state in one word."""
        rows = ad_columns(rows, context, "own_sales_minor", "budget_minor")
        kind = rows.budget_type_text.lower()
        return rows.mutate(
            campaign_status=rows.campaign_status_text.lower(),
            budget_type=ibis.cases(
                (kind.contains("daily"), "daily"), (kind.contains("lifetime"), "lifetime"), else_=kind
            ),
        )

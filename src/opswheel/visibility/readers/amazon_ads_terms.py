"""Amazon's Sponsored Products search term report: the console's export and the API's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import AD_TERMS
from ...core.reader import Cell, Context, JsonShape
from .amazon_ads import API_CELLS, API_FIELDS, CONSOLE_CELLS, NOTHING, ad_columns, api_records
from .base import CommaReport, JsonReport
from .parsing import text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_FIELDS = (*API_FIELDS, "searchTerm", "targeting", "keyword", "matchType")


class AmazonAdsTerms(CommaReport):
    """What shoppers searched for when they clicked on an ad of ours, and what it cost and sold.

    Advertising console: Measurement & Reporting → Sponsored ads reports → Sponsored Products, Search term; time
    unit Daily, saved as CSV. Terms without a click are not in it. Sales count within 7 days of a click. The columns
    of before 2026 and those since are read. Days are the advertising account's. No personal columns.
    """

    report: ClassVar[str] = "amazon_ads_terms"
    title: ClassVar[str] = "Amazon Sponsored Products, search term (CSV)"
    table = AD_TERMS
    settles_days: ClassVar[int] = 7
    cells: ClassVar[tuple[Cell, ...]] = (
        *CONSOLE_CELLS,
        Cell("target", ("Targeting", "Target value"), text, nothing=NOTHING),
        Cell("match_text", ("Match Type", "Target match type"), text, nothing=NOTHING),
        Cell("term", ("Customer Search Term", "Search term"), text, required=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The period, the currency, the match type in lower case."""
        return ad_columns(rows, context).mutate(match_type=rows.match_text.lower())


def terms(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per row of the report."""
    return documents.select(
        **api_records(documents),
        target=documents.targeting.coalesce(documents.keyword),
        match_text=documents.matchType,
        term=documents.searchTerm,
    )


class AmazonAdsTermsApi(JsonReport):
    """What shoppers searched for when they clicked on an ad of ours, from the API.

    API only: Amazon Ads reporting v3, report type spSearchTerm, time unit DAILY, as GZIP_JSON; 31 days a report, 65
    days back. Ask for date, campaignName, campaignId, adGroupName, targeting, matchType, searchTerm, impressions,
    clicks, cost, sales7d, purchases7d and unitsSoldClicks7d. The file names no marketplace. No personal columns.
    """

    report: ClassVar[str] = "amazon_ads_terms_api"
    title: ClassVar[str] = "Amazon Sponsored Products, search term (API)"
    table = AD_TERMS
    settles_days: ClassVar[int] = 7
    shape = JsonShape(
        marks=(frozenset({"searchTerm", "impressions"}),), columns=dict.fromkeys(_FIELDS, "string"), rows=terms
    )
    cells: ClassVar[tuple[Cell, ...]] = (
        *API_CELLS,
        Cell("target", ("targeting", "keyword"), text),
        Cell("match_text", ("matchType",), text),
        Cell("term", ("searchTerm",), text, required=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The period, the currency, the match type in lower case."""
        return ad_columns(rows, context).mutate(match_type=rows.match_text.lower())

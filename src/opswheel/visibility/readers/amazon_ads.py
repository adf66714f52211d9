"""What Amazon's advertising reports share: campaign, period, and the figures of a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.reader import Cell, Context
from .parsing import country_channel, currency, integer, money, rescale, text, unwrapped, written_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOTHING = ("--", "-", "n/a")

CONSOLE_CELLS: tuple[Cell, ...] = (
    Cell("from_day", ("Date", "Start Date"), written_day),
    Cell("last_day", ("End Date",), written_day),
    Cell("date_range", ("Date range",), text),
    Cell("currency", ("Currency", "Budget currency"), currency, nothing=NOTHING),
    Cell("portfolio", ("Portfolio name",), text, nothing=("no portfolio", *NOTHING)),
    Cell("campaign", ("Campaign Name",), text, required=True),
    Cell("campaign_id", ("Campaign ID",), unwrapped),
    Cell("ad_group", ("Ad Group Name",), text, in_header=True),
    Cell("place", ("Country", "Advertised product marketplace"), text),
    Cell("impressions", ("Impressions",), integer, in_header=True, empty=0, minimum=0),
    Cell("clicks", ("Clicks",), integer, in_header=True, empty=0, minimum=0, nothing=NOTHING),
    Cell("spend_minor", ("Spend", "Total cost"), money(), in_header=True, empty=0, minimum=0, nothing=NOTHING),
    Cell("sales_minor", ("7 Day Total Sales", "Sales"), money(), nothing=NOTHING),
    Cell("orders", ("7 Day Total Orders (#)", "Purchases"), integer, nothing=NOTHING),
    Cell("units", ("7 Day Total Units (#)", "Units sold"), integer, nothing=NOTHING),
)
"""Of the console's exports, of before and of since 2026. Names may end in blanks, ids come as formulas."""

API_FIELDS = (
    "date",
    "startDate",
    "endDate",
    "campaignName",
    "campaignId",
    "adGroupName",
    "portfolioId",
    "campaignBudgetCurrencyCode",
    "impressions",
    "clicks",
    "cost",
    "spend",
    "sales7d",
    "purchases7d",
    "unitsSoldClicks7d",
)

API_CELLS: tuple[Cell, ...] = (
    Cell("from_day", ("date", "startDate"), written_day),
    Cell("last_day", ("endDate",), written_day),
    Cell("currency", ("campaignBudgetCurrencyCode",), currency),
    Cell("portfolio", ("portfolioId",), text),
    Cell("campaign", ("campaignName",), text, required=True),
    Cell("campaign_id", ("campaignId",), text),
    Cell("ad_group", ("adGroupName",), text),
    Cell("impressions", ("impressions",), integer, empty=0, minimum=0),
    Cell("clicks", ("clicks",), integer, empty=0, minimum=0),
    Cell("spend_minor", ("cost", "spend"), money(), empty=0, minimum=0),
    Cell("sales_minor", ("sales7d",), money()),
    Cell("orders", ("purchases7d",), integer),
    Cell("units", ("unitsSoldClicks7d",), integer),
)


def api_records(documents: ir.Table) -> dict[str, Any]:
    """The columns that every report of the API has, by cell; a campaign without a name goes by its id."""
    d = documents
    return {
        "from_day": ibis.coalesce(d["date"], d["startDate"]),
        "last_day": d["endDate"],
        "currency": d["campaignBudgetCurrencyCode"],
        "portfolio": d["portfolioId"],
        "campaign": ibis.coalesce(d["campaignName"], d["campaignId"]),
        "campaign_id": d["campaignId"],
        "ad_group": d["adGroupName"],
        "impressions": d["impressions"],
        "clicks": d["clicks"],
        "spend_minor": ibis.coalesce(d["cost"], d["spend"]),
        "sales_minor": d["sales7d"],
        "orders": d["purchases7d"],
        "units": d["unitsSoldClicks7d"],
    }


def ad_columns(rows: ir.Table, context: Context, *amounts: str) -> ir.Table:
    """The period (one day, or from the first to the last), the channel where a row names it, the row's currency.

    A `Date range` reads `Aug 18, 2026 - Aug 24, 2026`; where nothing tells the days, the command or the file's
    name must.
    """
    first, last = rows.from_day, rows.last_day
    if "date_range" in rows.columns:
        ends = [rows.date_range.split(" - ")[i].strip() for i in (0, 1)]
        first = ibis.coalesce(first, written_day(ends[0], context))
        last = ibis.coalesce(last, written_day(ends[1], context))
    code = rows.currency.fill_null(context.currency)
    named = {"hint": country_channel(rows.place.re_replace("^AMAZON_", ""))} if "place" in rows.columns else {}
    return rows.mutate(
        from_day=first,
        to_day=ibis.coalesce(last, first),
        currency=code,
        **{n: rescale(rows[n], code, context) for n in ("spend_minor", "sales_minor", *amounts)},
        **named,
    )

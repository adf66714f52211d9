"""What facts tell of revenue, prices and stock by month and channel: filtered aggregates, on any engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import CHANNEL_SALES, HEADCOUNT, ORDERS
from ..core.contracts.prepared import LISTING_NOW

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACE = ["account", "channel"]
ITEM = [*PLACE, "item_id"]
LINE = [*PLACE, "order_hash", "sku", "line"]
STOCK_DAYS = 28


def _item_days() -> ir.Table:
    """Daily traffic of each item, one row per item and day, as `item_days` made it."""
    types = {**dict.fromkeys(ITEM, "string"), "day": "date", "units": "int64", "sales_minor": "int64"}
    return ibis.table(types, name="growth_item_days")


def _month(day: Any) -> Any:
    return day.truncate("M").cast("timestamp").cast("date")


def traffic_months() -> ir.Table:
    """Sales of each month by daily traffic."""
    rows = _item_days()
    rows = rows.mutate(month=_month(rows.day))
    return rows.group_by([*PLACE, "month"]).agg(days=rows.day.nunique(), minor=rows.sales_minor.sum().cast("float64"))


def total_months() -> ir.Table:
    """Sales of each month by the channel's own daily totals."""
    rows = CHANNEL_SALES.ibis_table()
    rows = rows.filter((rows.from_day == rows.to_day) & rows.sales_minor.notnull()).mutate(month=_month(rows.from_day))
    return rows.group_by([*PLACE, "month"]).agg(
        days=rows.from_day.nunique(), minor=rows.sales_minor.sum().cast("float64")
    )


def order_months() -> ir.Table:
    """Sales of each month by order lines, the current version of each, net of promotions."""
    rows = ORDERS.ibis_table()
    newest = ibis.row_number().over(
        group_by=LINE, order_by=[rows.updated_at.desc(), rows.known_at.desc(), rows.delivery_id]
    )
    rows = rows.mutate(_n=newest).filter(ibis._["_n"] == 0)
    rows = rows.filter((rows.status != "cancelled") & ~rows.external & (rows.line_minor > 0))
    rows = rows.mutate(month=_month(rows.day), net=rows.line_minor - rows.promotion_minor.fill_null(0))
    return rows.group_by([*PLACE, "month"]).agg(days=rows.day.nunique(), minor=rows.net.sum().cast("float64"))


def price_months() -> ir.Table:
    """Log price of the same items against their own mean, by month: a change of mix is no change of price."""
    rows = _item_days()
    rows = rows.filter((rows.units > 0) & (rows.sales_minor > 0)).mutate(month=_month(rows.day))
    rows = rows.group_by([*ITEM, "month"]).agg(units=rows.units.sum(), minor=rows.sales_minor.sum())
    rows = rows.mutate(log=(rows.minor / rows.units).ln())
    item = ibis.window(group_by=[rows.account, rows.channel, rows.item_id])
    rows = rows.mutate(apart=rows.log - rows.log.mean().over(item), weight=rows.units.sum().over(item))
    sums = rows.group_by([*PLACE, "month"]).agg(top=(rows.apart * rows.weight).sum(), weight=rows.weight.sum())
    return sums.select(*PLACE, "month", apart=sums.top / sums.weight)


def headcount() -> ir.Table:
    """Every row of every headcount list."""
    rows = HEADCOUNT.ibis_table()
    return rows.select("day", "team", "from_day", "operators")


def stock_out_days() -> ir.Table:
    """Listing-days out of stock and in all, for each channel, over the last settled days."""
    days = ibis.table({**dict.fromkeys(PLACE, "string"), "day": "date"}, name="growth_days")
    last = days.group_by(PLACE).agg(last=days.day.max())
    days = days.join(last, PLACE)
    days = days.filter(days.day > (days["last"] - ibis.interval(days=STOCK_DAYS))).select(*PLACE, "day")
    listings = LISTING_NOW.ibis_table().select(*PLACE, "sku").distinct()
    spans = ibis.table(
        {**dict.fromkeys([*PLACE, "sku"], "string"), "from_day": "date", "to_day": "date"}, name="out_days"
    ).semi_join(listings, [*PLACE, "sku"])
    same = [spans.account == days.account, spans.channel == days.channel]
    out = spans.join(days, [*same, days.day >= spans.from_day, days.day <= spans.to_day])
    out = out.select(*PLACE, "sku", "day").distinct().group_by([*PLACE, "day"]).agg(out=ibis._.count())
    whole = listings.group_by(PLACE).agg(listings=listings.count())
    rows = days.join(whole, PLACE).left_join(out, [*PLACE, "day"], rname="_r_{name}")
    return rows.select(*PLACE, "day", "listings", out=rows.out.fill_null(0))


QUESTIONS = {
    "traffic_months": traffic_months,
    "total_months": total_months,
    "order_months": order_months,
    "price_months": price_months,
    "headcount": headcount,
    "stock_out_days": stock_out_days,
}
"""What is asked of the engine once visibility's and the growth wheel's item days are made."""

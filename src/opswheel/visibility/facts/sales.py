"""Sales by day: order lines summed, one scan over everything, and a closer look at listings in focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import (
    LISTING_CHANGES,
    LISTING_STATUS,
    LISTINGS,
    ORDERS,
    PROMOTION_RESULTS,
    PROMOTIONS,
    REPORTED,
    STRANDED,
    SUPPRESSIONS,
    TRAFFIC,
)
from ...core.contracts.prepared import (
    ARRIVALS,
    CALENDAR,
    CHANNELS,
    FOCUS_DAYS,
    LISTING_NOW,
    LISTING_STATE,
    PIECES,
    SEASON,
    STOCK_NOW,
)
from ...core.detector import Facts
from .common import ITEM, KEY, PLACE, left, shaped, shift, step
from .prices import price_breaks
from .stock import out_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

PANEL_PER_CATEGORY = 40
"""Healthy best sellers per category whose common movement is taken for season."""
BELIEVED_DAYS = 7
"""An answer about a single listing is believed for so long."""
USUAL_DAYS = 28
"""A deal or coupon that runs as long as the window of a baseline is how the listing usually sells (assumed)."""
WEEK_DAYS, WEEKS_DAYS = 7, 56
"""The last settled week and the eight before it: as many of each weekday in one as in another."""
SHARE_FELL = 0.03
"""Loose floor of a fall in featured share that puts an item in focus, against its last eight weeks."""


def order_lines(facts: Facts) -> ir.Table:
    """The current version of each order line."""
    lines = facts.table(ORDERS)
    newest = ibis.row_number().over(
        group_by=["account", "channel", "order_hash", "sku", "line"],
        order_by=[lines.updated_at.desc(), lines.known_at.desc(), lines.delivery_id],
    )
    return lines.mutate(_n=newest).filter(ibis._["_n"] == 0)


def order_days(facts: Facts) -> ir.Table:
    """Units and net revenue per SKU and day from the current version of each order line."""
    lines = order_lines(facts).join(facts.table(CHANNELS).select(*PLACE, "tax_included"), PLACE)
    live = lines.status != "cancelled"
    here = live & ~lines.external
    priced = here & lines.line_minor.notnull() & (lines.status == "shipped") & (lines.units > 0)
    tax = lines.tax_included.fill_null(False).ifelse(lines.tax_minor.fill_null(0), 0)
    net = lines.line_minor - tax - lines.promotion_minor.fill_null(0)
    return lines.group_by([*KEY, "day"]).agg(
        units=lines.units.sum(where=here).fill_null(0),
        external_units=lines.units.sum(where=live & lines.external).fill_null(0),
        priced_units=lines.units.sum(where=priced).fill_null(0),
        net_minor=net.sum(where=priced).fill_null(0),
    )


def _weighted(facts: Facts, source: str) -> ir.Table:
    """The calendar with each of its flags as 1.0 or 0.0: `value * flag` summed is half the price of a filtered sum.

    The sums of `source` count only on days whose units it tells. Whole numbers below 2^53 stay exact and add up to
    the same in any order.
    """
    days = facts.table(CALENDAR)
    told = days.source == source
    age = days.day.max().over(ibis.window(group_by=[days.account, days.channel])).delta(days.day, unit="day")
    week, weeks = age < WEEK_DAYS, (age >= WEEK_DAYS) & (age < WEEK_DAYS + WEEKS_DAYS)
    seen = days.views_now | days.views_before
    flags = {
        "week": told & week,
        "weeks": told & weeks,
        "views_week": seen & week,
        "views_weeks": seen & weeks,
        "recent": told & days.recent,
        "wide": told & days.wide,
        "wide_before": told & days.wide_before,
        "shares_now": days.shares_now,
        "views_before": days.views_before,
        "weight": told,
    }
    weights = {name: flag.cast("float64") for name, flag in flags.items()}
    child = days.recent & (days.level == "child")
    return days.select(*PLACE, "day", "level", told=told, child=child, **weights)


def _daily_traffic(facts: Facts) -> ir.Table:
    rows, days = facts.table(TRAFFIC), _weighted(facts, "traffic")
    rows = rows.filter(rows.from_day == rows.to_day)
    return rows.join(
        days,
        [
            rows.account == days.account,
            rows.channel == days.channel,
            rows.from_day == days.day,
            rows.level == days.level,
        ],
    )


def traffic_scan(facts: Facts) -> ir.Table:
    """Everything the run needs per item from daily traffic, in one pass."""
    t = _daily_traffic(facts)
    views = {
        "views_now": (t.page_views * t.shares_now).sum(),
        "featured_now": (t.featured_view_hundredths * t.shares_now).sum(),
        "views_before": (t.page_views * t.views_before).sum(),
        "featured_before": (t.featured_view_hundredths * t.views_before).sum(),
        "views_week": (t.page_views * t.views_week).sum(),
        "views_weeks": (t.page_views * t.views_weeks).sum(),
    }
    parent = (t.child & t.parent_id.notnull()).ifelse(t.parent_id.hash(), ibis.null().cast("int64"))
    parents = {"parent_low": parent.min(), "parent_high": parent.max()}
    return t.group_by(ITEM).agg(**_sums(t, "units", "sales_minor", "units"), **views, **parents)


def _sums(t: ir.Table, units: str, revenue: str, priced: str) -> dict[str, Any]:
    return {
        "units_recent": (t[units] * t.recent).sum(),
        "units_wide": (t[units] * t.wide).sum(),
        "priced_wide": (t[priced] * t.wide).sum(),
        "revenue_wide": (t[revenue] * t.wide).sum(),
        "priced_recent": (t[priced] * t.recent).sum(),
        "revenue_recent": (t[revenue] * t.recent).sum(),
        "revenue_before": (t[revenue] * t.wide_before).sum(),
        "units_week": (t[units] * t.week).sum(),
        "units_weeks": (t[units] * t.weeks).sum(),
        "last_sale_day": t.day.max(where=t.told & (t[units] > 0)),
    }


def orders_scan(facts: Facts) -> ir.Table:
    """The same per SKU from orders."""
    days = _weighted(facts, "orders")
    t = step(order_days).join(days, [*PLACE, "day"])
    return t.group_by(KEY).agg(**_sums(t, "units", "net_minor", "priced_units"))


_SUM_COLUMNS = (
    "units_recent",
    "units_wide",
    "priced_wide",
    "revenue_wide",
    "priced_recent",
    "revenue_recent",
    "revenue_before",
    "units_week",
    "units_weeks",
)
_VIEW_COLUMNS = ("views_now", "featured_now", "views_before", "featured_before", "views_week", "views_weeks")


def scan(facts: Facts) -> ir.Table:
    """Both scans per listing; an item's units are split evenly over our listings where only traffic tells."""
    listing = facts.table(LISTING_NOW)
    traffic = step(traffic_scan)
    orders = step(orders_scan)
    listing = listing.select(*KEY, "item_id", "category", "own_offers", "said_intent")
    rows = left(listing, traffic, ITEM)
    rows = rows.left_join(orders, KEY, rname="o_{name}")
    split = split_of(rows)
    sums = {c: rows[c].fill_null(0) * split + rows["o_" + c].fill_null(0) for c in _SUM_COLUMNS}
    rows = rows.mutate(**sums, last_sale_day=_later(rows.last_sale_day, rows.o_last_sale_day))
    return rows.select(*KEY, "item_id", "category", *_SUM_COLUMNS, "last_sale_day", *_VIEW_COLUMNS)


def split_of(listing: ir.Table) -> Any:
    """A listing's part of its item's units: all alike, none for one that is not meant to sell."""
    return (listing.said_intent == "off").fill_null(False).ifelse(0.0, 1.0 / listing.own_offers)


def _later(a: Any, b: Any) -> Any:
    return ibis.coalesce(ibis.greatest(a, b), a, b)


def off_days(facts: Facts) -> ir.Table:
    """Intervals in which a listing was off, or had nothing left of what we ship ourselves."""
    rows = facts.table(LISTINGS)
    empty = (rows.fulfillment == "merchant") & (rows.quantity_units <= 0)
    return _lasting(facts, rows.filter((rows.status != "active") | empty.fill_null(False)))


def _lasting(facts: Facts, rows: ir.Table, since: str = "day") -> ir.Table:
    """What a snapshot says holds from the day it states, or its own, until the next one of its report."""
    rows = rows.join(facts.table(ARRIVALS).select("delivery_id", "next_day"), "delivery_id")
    start = ibis.coalesce(rows[since], rows.day)
    return rows.select(*KEY, from_day=start, to_day=shift(rows.next_day, -1))


def told_days(facts: Facts) -> ir.Table:
    """Intervals in which messages called a listing off or hidden, or a deal or coupon of ours made sales unusual."""
    told = facts.table(LISTING_CHANGES)
    told = told.filter(told.buyable.notnull())
    following = told.day.lead().over(ibis.window(group_by=[told[k] for k in KEY], order_by=[told["at"]]))
    told = told.mutate(to_day=ibis.coalesce(following, shift(told.day, BELIEVED_DAYS - 1)))
    told = told.filter(~told.buyable | ~told.discoverable.fill_null(True))
    return told.select(*KEY, "to_day", from_day="day").union(_dealt(facts).select(*KEY, "to_day", from_day="from_day"))


def _dealt(facts: Facts) -> ir.Table:
    """Days of each listing's deals and coupons, by the last that was said of them; what lasts for weeks is usual.

    A deal that was not approved ran only if it sold something.
    """
    rows = facts.table(PROMOTION_RESULTS)
    order = [rows.day.desc(), rows.known_at.desc(), rows.delivery_id.desc()]
    last = ibis.row_number().over(group_by=[*(rows[k] for k in ITEM), rows.promotion_id], order_by=order)
    rows = rows.mutate(_n=last).filter(ibis._["_n"] == 0)
    ran = (rows.state.fill_null("approved") == "approved") | (rows.units > 0).fill_null(False)
    rows = rows.filter(ran & (rows.to_day < shift(rows.from_day, USUAL_DAYS - 1)))
    return rows.join(facts.table(LISTING_NOW).select(*KEY, "item_id"), ITEM)


def focus_keys(facts: Facts) -> ir.Table:
    """Listings whose days are looked at one by one: anything unhealthy now or lately, and the season's panel."""
    scanned = step(scan)
    stock = facts.table(STOCK_NOW)
    bad = [
        facts.table(LISTING_STATE).select(*KEY),
        stock.filter(stock.state != "in").select(*KEY),
        step(out_days).select(*KEY),
        step(off_days).select(*KEY),
        step(told_days).select(*KEY),
        facts.table(SUPPRESSIONS).select(*KEY),
        facts.table(STRANDED).select(*KEY),
        facts.now(PROMOTIONS).select(*KEY),
        facts.now(REPORTED).select(*KEY),
        step(price_breaks).select(*KEY),
        scanned.filter(_share(scanned, "before") - _share(scanned, "now") >= SHARE_FELL).select(*KEY),
    ]
    unhealthy = bad[0]
    for part in bad[1:]:
        unhealthy = unhealthy.union(part)
    unhealthy = unhealthy.distinct().semi_join(scanned.select(*KEY), KEY)
    items = scanned.semi_join(unhealthy, KEY).select(*ITEM).distinct()
    unhealthy = scanned.semi_join(items, ITEM).select(*KEY)  # with our other offers of the same items
    healthy = scanned.filter(scanned.units_wide > 0).anti_join(unhealthy, KEY)
    best = ibis.row_number().over(
        group_by=[healthy.account, healthy.channel, healthy.category], order_by=[healthy.units_wide.desc(), healthy.sku]
    )
    panel = healthy.mutate(_n=best).filter(ibis._["_n"] < PANEL_PER_CATEGORY).select(*KEY)
    fell = ibis.table(dict.fromkeys(KEY, "string"), name="drop_screen")  # of the panel as well: all may have fallen
    more = fell.anti_join(unhealthy, KEY).anti_join(panel, KEY)
    panel = panel.mutate(panel=ibis.literal(True))
    return unhealthy.union(more).mutate(panel=ibis.literal(False)).union(panel)


def _share(t: ir.Table, when: str) -> Any:
    return t[f"featured_{when}"] / t[f"views_{when}"].nullif(0) / 100.0


def focus_days(facts: Facts) -> ir.Table:
    """The days of the listings in `focus_keys`."""
    keys = step(focus_keys)
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id", "own_offers", "said_intent").semi_join(keys, KEY)
    listing = listing.mutate(split=split_of(listing))
    t = _daily_traffic(facts)
    t = t.select(*ITEM, "day", "weight", "units", "sales_minor", "page_views", "featured_view_hundredths")
    t = t.join(listing, ITEM)
    part = t.split * t.weight
    traffic = t.select(
        *KEY,
        "item_id",
        "day",
        units=t.units * part,
        priced_units=t.units * part,
        net_minor=t.sales_minor * part,
        page_views=t.page_views,
        featured_view_hundredths=t.featured_view_hundredths,
    )
    o = step(order_days).join(facts.table(CALENDAR), [*PLACE, "day"])
    o = o.filter((o.source == "orders") & (o.units > 0)).join(listing, KEY)
    none = ibis.literal(0, type="int64")
    sums = {n: o[n].cast("float64") for n in ("units", "priced_units", "net_minor")}
    orders = o.select(*KEY, "item_id", "day", **sums, page_views=none, featured_view_hundredths=none)
    both = traffic.union(orders.select(*traffic.columns))
    sold = {name: both[name].sum().fill_null(0.0) for name in ("units", "priced_units", "net_minor")}
    seen = {name: both[name].sum() for name in ("page_views", "featured_view_hundredths")}
    return shaped(both.group_by([*KEY, "item_id", "day"]).agg(**sold, **seen), FOCUS_DAYS)


def bad_days(facts: Facts) -> ir.Table:
    """Days on which a listing in focus was not healthy: off, hidden, stranded, out of stock, or promoted."""
    keys = step(focus_keys)
    deals = facts.now(PROMOTIONS)
    parts = [
        step(off_days),
        step(told_days),
        _answered(facts),
        _lasting(facts, facts.table(SUPPRESSIONS), "since_day"),
        _lasting(facts, facts.table(STRANDED), "stranded_day"),
        step(out_days),
        deals.select(*KEY, "from_day", "to_day"),
    ]
    spans = parts[0]
    for part in parts[1:]:
        spans = spans.union(part)
    spans = spans.semi_join(keys, KEY)
    days = facts.table(CALENDAR).select(*PLACE, "day")
    joined = spans.join(
        days,
        [
            spans.account == days.account,
            spans.channel == days.channel,
            days.day >= spans.from_day,
            days.day <= spans.to_day,
        ],
    )
    return joined.select(*KEY, "day").distinct()


def _answered(facts: Facts) -> ir.Table:
    """Bad answers about single listings: each holds until the next about the same one, a week at most."""
    told = facts.table(LISTING_STATUS)
    following = told.day.lead().over(ibis.window(group_by=[told[k] for k in KEY], order_by=[told.day]))
    week = shift(told.day, BELIEVED_DAYS)
    told = told.mutate(until=ibis.least(ibis.coalesce(following, week), week))
    told = told.filter(~told.buyable | ~told.discoverable.fill_null(True))
    return told.select(*KEY, from_day=told.day, to_day=shift(told.until, -1))


SEASON_SHRINK_UNITS = 20.0
"""A category's day counts as if so many units had sold as usual: small panels say little about season."""


def season(facts: Facts) -> ir.Table:
    """How a category's healthy best sellers sold on each day against their own usual day."""
    keys = step(focus_keys).filter(ibis._.panel)
    days = facts.table(FOCUS_DAYS).semi_join(keys, KEY)
    listing = facts.table(LISTING_NOW).select(*KEY, "category")
    days = days.join(listing, KEY)
    sold = days.group_by([*PLACE, "category", "day"]).agg(units=days.units.sum())
    calendar = facts.table(CALENDAR).select(*PLACE, "day", "wide")
    categories = sold.select(*PLACE, "category").distinct()
    grid = categories.join(calendar, PLACE)
    grid = left(grid, sold, [*PLACE, "category", "day"])
    units = grid.units.fill_null(0.0)
    usual = units.mean(where=grid.wide).over(ibis.window(group_by=[grid.account, grid.channel, grid.category]))
    level = (units + SEASON_SHRINK_UNITS) / (usual + SEASON_SHRINK_UNITS)
    return shaped(grid.mutate(level=level), SEASON)


def range_sales(facts: Facts) -> ir.Table:
    """Units and sales per item and stretch of days that only ranges tell, nested ranges taken apart."""
    rows, parts = facts.table(TRAFFIC), facts.table(PIECES)
    joined = rows.join(
        parts,
        [
            rows.delivery_id == parts.delivery_id,
            rows.level == parts.level,
            rows.from_day == parts.report_from_day,
            rows.to_day == parts.report_to_day,
        ],
        rname="p_{name}",
    )
    sign = joined["sign"]
    keys = [*ITEM, "p_from_day", "p_to_day"]
    sums = joined.group_by(keys).agg(
        units=(joined.units.fill_null(0) * sign).sum(), sales_minor=(joined.sales_minor.fill_null(0) * sign).sum()
    )
    return sums.rename(from_day="p_from_day", to_day="p_to_day")

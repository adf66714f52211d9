"""What each listing sells when healthy: clean units over clean days before its trouble began.

The window ends the day before the *anchor*: the earliest onset of what is wrong with the listing now. It never
reaches into the outage, so a long outage looks no cheaper than a short one. The window is the last 28 settled
days, the last 84 where fewer than 14 of the 28 were clean, and ranges of days where nothing daily is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import INBOUND, REPORTED, STOCK
from ...core.contracts.prepared import (
    ARRIVALS,
    BASELINES,
    CALENDAR,
    CHANNELS,
    FEATURED,
    FOCUS_DAYS,
    LISTING_NOW,
    LISTING_STATE,
    PIECES,
    RATE_PRIORS,
    SEASON,
    STOCK_NOW,
    TIER_PINS,
)
from ...core.detector import Facts
from ..calendar import RECENT_DAYS, WIDE_DAYS
from .common import ITEM, KEY, NO_DAY, PLACE, left, shaped, shift, step
from .drops import drops
from .featured import low_days
from .prices import price_breaks
from .sales import bad_days, focus_keys, range_sales, scan, split_of
from .stock import ledger_kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENOUGH_CLEAN_DAYS = 14
DEAD_DAYS, ALIVE_DAYS, NEW_DAYS = 180, 90, 90
HISTORY_TO_CALL_DEAD = 28
DEAD_UNTIL_PROVEN = 0.95
"""A listing without a sale for so long most likely sells nothing even when mended (assumed)."""
TIER_1_SHARE, TIER_1_MOST, TIER_2_SHARE, TIERS = 0.5, 100, 0.8, 3
SEASON_BOUNDS = (0.25, 4.0)

_CLEAN_COLUMNS = (
    "account",
    "channel",
    "sku",
    "item_id",
    "category",
    "anchor_day",
    "clean_units",
    "clean_days",
    "window_days",
    "season_factor",
    "usual_level",
    "price",
    "price_source",
    "last_sale_day",
    "velocity_source",
    "revenue",
    "revenue_before",
    "tier",
    "intent",
    "intent_source",
)


def anchors(facts: Facts) -> ir.Table:
    """For each listing in focus: the day its trouble began, and how many settled days lie before it."""
    listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
    told = facts.now(REPORTED)
    told = told.filter((told.share_lost > 0) & told.since_day.notnull())
    parts = [
        facts.table(FEATURED).join(listing, ITEM).select(*KEY, "onset_day"),
        step(price_breaks).select(*KEY, "onset_day"),
        step(drops).select(*KEY, "onset_day"),
        told.select(*KEY, onset_day="since_day"),
    ]
    found = _went_off(facts)
    for part in parts:
        found = found.union(part)
    first = found.group_by(KEY).agg(onset_day=found.onset_day.min())
    keys = step(focus_keys).select(*KEY)
    rows = left(keys, first, KEY)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.select(*KEY, anchor_day=ibis.coalesce(rows.onset_day, rows.today))
    days = facts.table(CALENDAR).select(*PLACE, "day", "counted")
    moments = rows.select(*PLACE, "anchor_day").distinct()
    counted = left(moments, days, PLACE)  # where only ranges are loaded there is no day to count
    counted = counted.group_by([*PLACE, "anchor_day"]).agg(
        upto=counted.counted.max(where=counted.day < counted.anchor_day).fill_null(0)
    )
    return counted.join(rows, [*PLACE, "anchor_day"]).select(*KEY, "anchor_day", "upto")


def _went_off(facts: Facts) -> ir.Table:
    """The day from which a listing that is off, hidden or out of stock can no longer be called healthy.

    Where a report states the day, that day. Between two of our snapshots it may have been any day since the last
    good one: the day it went off is not a full day. A sale in between shows that it was still on, unless the
    trouble lets some shoppers buy.
    """
    state, stock = facts.table(LISTING_STATE), facts.table(STOCK_NOW)
    state = state.filter(state.starts_day.isnull())
    stock = stock.filter(stock.state != "in")
    columns = (*KEY, "onset_day", "last_good_day", "stated", "sells")
    rows = state.mutate(sells=state.state == "hidden").select(*columns)
    empty = stock.mutate(stated=ibis.literal(False), sells=stock.state == "transfer_only")
    rows = left(rows.union(empty.select(*columns)), step(scan).select(*KEY, "last_sale_day"), KEY)
    sale = rows.sells.ifelse(NO_DAY, rows.last_sale_day)
    latest = ibis.greatest(ibis.coalesce(sale, rows.last_good_day), ibis.coalesce(rows.last_good_day, sale))
    off = ibis.least(ibis.coalesce(latest, rows.onset_day), rows.onset_day)
    return rows.select(*KEY, onset_day=rows.stated.ifelse(rows.onset_day, off))


def focus_sums(facts: Facts) -> ir.Table:
    """Clean units, days and revenue of each listing in focus, in the window that has clean days enough."""
    anchor = step(anchors)
    days = facts.table(CALENDAR).select(*PLACE, "day", "counted")
    bad = step(bad_days).union(step(low_days)).distinct().join(days, [*PLACE, "day"])
    unclean = bad.join(anchor, KEY)
    back = unclean.upto - unclean.counted
    unclean = unclean.group_by(KEY).agg(
        bad_recent=((back >= 0) & (back < RECENT_DAYS)).sum(), bad_wide=((back >= 0) & (back < WIDE_DAYS)).sum()
    )
    sold = facts.table(FOCUS_DAYS).anti_join(bad, [*KEY, "day"]).join(days, [*PLACE, "day"]).join(anchor, KEY)
    back = sold.upto - sold.counted
    inside = {"recent": (back >= 0) & (back < RECENT_DAYS), "wide": (back >= 0) & (back < WIDE_DAYS)}
    sums = {f"{n}_{w}": sold[n].sum(where=inside[w]) for n in ("units", "priced_units", "net_minor") for w in inside}
    sold = sold.group_by(KEY).agg(**sums, f_last_sale=sold.day.max(where=sold.units > 0))
    rows = left(anchor, unclean, KEY)
    rows = left(rows, sold, KEY)
    days_recent = ibis.least(rows.upto, RECENT_DAYS) - rows.bad_recent.fill_null(0)
    days_wide = ibis.least(rows.upto, WIDE_DAYS) - rows.bad_wide.fill_null(0)
    few = days_recent < ENOUGH_CLEAN_DAYS
    return rows.select(
        *KEY,
        "anchor_day",
        "upto",
        f_units=few.ifelse(rows.units_wide, rows.units_recent).fill_null(0.0),
        f_days=few.ifelse(days_wide, days_recent),
        f_window=few.ifelse(WIDE_DAYS, RECENT_DAYS),
        f_price=rows.net_minor_recent / rows.priced_units_recent.nullif(0.0),
        f_price_wide=rows.net_minor_wide / rows.priced_units_wide.nullif(0.0),
        f_last_sale="f_last_sale",
    )


def season_factors(facts: Facts) -> ir.Table:
    """Per category and anchor: the category's level now against its level in the window before the anchor."""
    anchor = step(anchors)
    listing = facts.table(LISTING_NOW).select(*KEY, "category")
    places = anchor.join(listing, KEY).select(*PLACE, "category", "anchor_day", "upto").distinct()
    days = facts.table(CALENDAR).select(*PLACE, "day", "counted", "recent")
    level = facts.table(SEASON).join(days, [*PLACE, "day"])
    rows = places.join(level, [*PLACE, "category"])
    back = rows.upto - rows.counted
    now = rows.level.mean(where=rows.recent)
    then = rows.level.mean(where=(back >= 0) & (back < RECENT_DAYS))
    factor = ibis.coalesce(now / then.nullif(0.0), 1.0).clip(*SEASON_BOUNDS)
    return rows.group_by([*PLACE, "category", "anchor_day"]).agg(factor=factor, usual=ibis.coalesce(then, 1.0))


def clean(facts: Facts) -> ir.Table:
    """Per listing: clean units and days, price, intent; everything but the fitted velocity."""
    rows = _with_price(_from_ranges(step(windows), facts))
    return _with_tier(_with_intent(rows, facts), facts).select(*_CLEAN_COLUMNS)


def windows(facts: Facts) -> ir.Table:
    """Units and days of every listing in its window: the closer look where there is one, else the scan."""
    scanned = step(scan)
    days = facts.table(CALENDAR)
    have = days.group_by(PLACE).agg(
        have_recent=days.recent.sum(), have_wide=days.wide.sum(), last_settled=days.day.max(), loaded_days=days.count()
    )
    channels = facts.table(CHANNELS).select(*PLACE, "today", "unit_rate")
    listing = facts.table(LISTING_NOW)
    named = ("opened_on", "price_minor", "said_intent", "fulfillment", "status")
    listing = listing.select(*KEY, *named, split=split_of(listing))
    rows = scanned.join(listing, KEY).join(channels, PLACE)
    rows = left(rows, have, PLACE)
    rows = left(rows, step(focus_sums), KEY)
    rows = left(rows, step(season_factors), [*PLACE, "category", "anchor_day"])
    age = rows.today.delta(rows.opened_on, unit="day").fill_null(10_000).clip(lower=1)
    focus = rows.f_days.notnull()
    recent, wide = rows.have_recent.fill_null(0), rows.have_wide.fill_null(0)
    few = recent < ENOUGH_CLEAN_DAYS
    units = focus.ifelse(rows.f_units, few.ifelse(rows.units_wide, rows.units_recent).cast("float64"))
    all_days = focus.ifelse(rows.f_days, few.ifelse(wide, recent))
    return rows.select(
        *KEY,
        *("item_id", "category", "today", "unit_rate", "said_intent", "fulfillment", "status"),
        *("price_minor", "split", "revenue_before"),
        clean_units=units,
        clean_days=ibis.least(ibis.greatest(all_days, 0), age),
        window_days=focus.ifelse(rows.f_window, few.ifelse(WIDE_DAYS, RECENT_DAYS)),
        season_factor=rows.factor.fill_null(1.0),
        usual_level=rows.usual.fill_null(1.0),
        anchor_day=ibis.coalesce(rows.anchor_day, shift(rows.last_settled, 1)),
        last_sale_day=ibis.coalesce(
            ibis.greatest(rows.last_sale_day, rows.f_last_sale), rows.last_sale_day, rows.f_last_sale
        ),
        paid=focus.ifelse(rows.f_price, rows.revenue_recent / rows.priced_recent.nullif(0)),
        paid_before=rows.f_price_wide,
        ever=rows.revenue_wide / rows.priced_wide.nullif(0),
        loaded_days=rows.loaded_days.fill_null(0),
        age_days=age,
    )


def _from_ranges(rows: ir.Table, facts: Facts) -> ir.Table:
    """Where nothing daily is loaded before the anchor: rates from ranges that end before it.

    An item that a range does not name sold nothing in it.
    """
    stretches = facts.table(PIECES).select(*PLACE, "from_day", "to_day", "days").distinct()
    thin = rows.filter(rows.clean_days < ENOUGH_CLEAN_DAYS).select(*KEY, "item_id", "anchor_day", "split")
    told = thin.join(stretches, PLACE)
    told = left(told, step(range_sales), [*ITEM, "from_day", "to_day"])
    told = told.filter(told.anchor_day.isnull() | (told.to_day < told.anchor_day))
    told = told.group_by(KEY).agg(
        r_units=(told.units * told.split).sum().fill_null(0.0),
        r_days=told.days.cast("float64").sum().cast("int64"),  # a sum of whole numbers is wider than they are
        r_sales=(told.sales_minor * told.split).sum().fill_null(0.0),
        r_last=told.to_day.max(where=told.units > 0),
    )
    rows = left(rows, told, KEY)
    use = rows.r_days.fill_null(0) > rows.clean_days
    return rows.mutate(
        clean_units=use.ifelse(rows.r_units, rows.clean_units),
        clean_days=use.ifelse(rows.r_days, rows.clean_days),
        window_days=use.ifelse(rows.r_days, rows.window_days),
        last_sale_day=ibis.coalesce(rows.last_sale_day, rows.r_last),
        from_ranges=use,
    )


def _with_price(rows: ir.Table) -> ir.Table:
    ranged = rows.from_ranges.ifelse(rows.r_sales / rows.r_units.nullif(0), ibis.null().cast("float64"))
    wide = ibis.coalesce(rows.paid_before, ranged, rows.ever)
    minor = ibis.coalesce(rows.paid, wide, rows.price_minor.cast("float64"))
    source = ibis.cases(
        (rows.paid.notnull(), "net price of recent sales"),
        (rows.paid_before.notnull(), f"net price of sales in the {WIDE_DAYS} settled days before it began"),
        (ranged.notnull(), "sales ÷ units of the loaded ranges"),
        (rows.ever.notnull(), f"net price of sales in the last {WIDE_DAYS} settled days"),
        (rows.price_minor.notnull(), "price asked (no priced sale loaded)"),
        else_="no price known",
    )
    price = minor * rows.unit_rate
    days = rows.loaded_days.clip(lower=1)
    return rows.mutate(
        price=price,
        price_source=source,
        revenue=(rows.clean_units / rows.clean_days.nullif(0) * price).fill_null(0.0),
        revenue_before=(rows.revenue_before * rows.unit_rate / ibis.least(days, WIDE_DAYS)).fill_null(0.0),
        velocity_source=ibis.cases(
            (rows.from_ranges, "loaded ranges of days before it began"),
            (rows.clean_days == 0, "similar listings (no clean day of its own)"),
            (rows.window_days == WIDE_DAYS, f"clean days among the {WIDE_DAYS} settled ones before it began"),
            else_=f"clean days among the {RECENT_DAYS} settled ones before it began",
        ),
    ).drop("paid", "paid_before", "ever", "price_minor", "unit_rate", "split", "r_units", "r_days", "r_sales", "r_last")


def _with_intent(rows: ir.Table, facts: Facts) -> ir.Table:
    """Whether a listing is meant to sell: said, or inferred from sales, stock, orders on the way, or newness."""
    stock = facts.table(STOCK_NOW)
    held = stock.filter((stock.sellable_units > 0) | (stock.transfer_units > 0)).select(*KEY, held=ibis.literal(True))
    coming = facts.now(INBOUND).select(*KEY).distinct().mutate(coming=ibis.literal(True))
    state = facts.table(LISTING_STATE)
    empty = stock.filter((stock.state == "out") & stock.last_good_day.isnull()).select(*KEY)
    old = state.filter(state.last_good_day.isnull()).select(*KEY).union(empty).distinct().mutate(old=ibis.literal(True))
    for part in (held, coming, old):
        rows = left(rows, part, KEY)
    since_sale = rows.today.delta(rows.last_sale_day, unit="day").fill_null(10_000)
    own_units = (rows.held & (rows.fulfillment != "merchant").fill_null(True)).fill_null(False)
    on_shelf = (rows.held & (rows.status == "active")).fill_null(False)
    older = rows.old.fill_null(False) | (since_sale < 10_000)
    dead = (since_sale > DEAD_DAYS) & older & (rows.loaded_days >= HISTORY_TO_CALL_DEAD)
    cases = [
        (rows.said_intent == "off", "off", "said not to be sold"),
        (rows.said_intent.notnull(), rows.said_intent, "said"),
        (since_sale <= ALIVE_DAYS, "sell", f"sold in the last {ALIVE_DAYS} days"),
        (rows.coming.fill_null(False), "sell", "an order is on its way"),
        (dead, "dead", "no sale loaded, and the trouble is older than what is loaded"),
        (own_units | on_shelf, "sell", "stock is held for it"),
        (rows.age_days <= NEW_DAYS, "sell", f"opened in the last {NEW_DAYS} days"),
    ]
    return rows.mutate(
        intent=ibis.cases(*[(c.fill_null(False), v) for c, v, _ in cases], else_="unknown"),
        intent_source=ibis.cases(*[(c.fill_null(False), w) for c, _, w in cases], else_="nothing says it"),
    )


def _with_tier(rows: ir.Table, facts: Facts) -> ir.Table:
    """Tiers by cumulative share of revenue; a listing falls only where it had fallen a week ago as well."""

    earned = rows.select(*KEY, "revenue", "revenue_before")  # only what is sorted: rows are wide

    def tier(column: str) -> ir.Table:
        rows = earned.filter(earned[column] > 0)
        place = ibis.window(
            group_by=[rows.account, rows.channel], order_by=[rows[column].desc(), rows.sku], preceding=None, following=0
        )
        whole = rows[column].sum().over(ibis.window(group_by=[rows.account, rows.channel]))
        before = (rows[column].sum().over(place) - rows[column]) / whole.nullif(0.0)
        rank = ibis.row_number().over(group_by=[rows.account, rows.channel], order_by=[rows[column].desc(), rows.sku])
        found = ibis.cases(((before < TIER_1_SHARE) & (rank < TIER_1_MOST), 1), (before < TIER_2_SHARE, 2), else_=TIERS)
        return rows.select(*KEY, _tier=found)

    held = tier("revenue").union(tier("revenue_before")).group_by(KEY).agg(_held=ibis._["_tier"].min())
    rows = left(rows, held, KEY)
    pins = facts.table(TIER_PINS).select(*KEY, pinned="tier")
    rows = left(rows, pins, KEY)
    return rows.mutate(tier=ibis.coalesce(rows.pinned, rows["_held"], TIERS).cast("int64"))


def rate_groups(_facts: Facts) -> ir.Table:
    """Sufficient statistics of each group's units per day: counts and factorial moments, for the prior's fit."""
    rows = step(clean)
    rows = rows.filter((rows.clean_days > 0) & rows.intent.isin(["sell", "sell_through"]))
    x, t = rows.clean_units, rows.clean_days.cast("float64")
    return rows.group_by([*PLACE, "category", "tier"]).agg(
        n=rows.count(),
        units=x.sum(),
        days=t.sum(),
        silent=(x == 0).sum(),
        m1=(x / t).mean(),
        m2=((x * (x - 1)).clip(lower=0) / (t * t)).mean(),
        m3=((x * (x - 1) * (x - 2)).clip(lower=0) / (t * t * t)).mean(),
    )


def baselines(facts: Facts) -> ir.Table:
    """The velocity of each listing: Gamma–Poisson with a point mass at dead, its group as the prior."""
    rows = step(clean)
    prior = facts.table(RATE_PRIORS).select(*PLACE, "category", "tier", "shape", "rate", "dead")
    rows = left(rows, prior, [*PLACE, "category", "tier"])
    channels = facts.table(CHANNELS).select(*PLACE, "today")
    rows = rows.join(channels, PLACE)
    a, b = rows["shape"].fill_null(0.0), rows["rate"].fill_null(0.0)
    t = rows.clean_days.cast("float64")
    alive = (rows.today.delta(rows.last_sale_day, unit="day") <= ALIVE_DAYS).fill_null(False)
    silent = (b / (b + t).nullif(0.0)).fill_null(1.0) ** a
    dead = rows.dead.fill_null(0.0)
    dead_now = ((rows.clean_units > 0) | alive).ifelse(0.0, dead / (dead + (1 - dead) * silent).nullif(0.0))
    dead_now = (rows.intent == "dead").ifelse(DEAD_UNTIL_PROVEN, dead_now.fill_null(0.0))
    shape, rate = a + rows.clean_units, (b + t) / rows.season_factor
    velocity = ((1 - dead_now) * shape / rate.nullif(0.0)).fill_null(0.0)
    known = _stock_known(facts)
    titles = facts.table(LISTING_NOW).select(*KEY, "title")
    rows = rows.mutate(shape=shape, rate=rate, dead=dead_now, velocity=velocity)
    rows = rows.mutate(revenue_per_day=rows.velocity * rows.price)
    rows = left(rows, known, PLACE)
    rows = left(rows, titles, KEY)
    return shaped(rows.mutate(stock_known=rows.stock_known.fill_null(False)), BASELINES)


def _stock_known(facts: Facts) -> ir.Table:
    """Channels whose stock snapshots, or the marketplace's daily books, reach back at least two weeks."""
    arrivals, books = facts.table(ARRIVALS), step(ledger_kept)
    rows = arrivals.filter(arrivals.table_name == STOCK.name).select(*PLACE, "day")
    rows = rows.union(books.select(*PLACE, day="first_day")).union(books.select(*PLACE, day="last_day"))
    span = rows.group_by(PLACE).agg(span=rows.day.max().delta(rows.day.min(), unit="day"))
    return span.select(*PLACE, stock_known=span.span >= ENOUGH_CLEAN_DAYS)

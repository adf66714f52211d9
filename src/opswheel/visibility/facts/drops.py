"""Listings that sell or are seen less than before, though nothing is known to be wrong with them.

Counts are held against counts: units or page views since the drop began against those of the weeks before, at the
category's own movement. A count of expected `e` varies by about √e even where nothing happened, so the difference of
square roots is measured in standard errors; `COMMON` is what demand varies beyond chance, however much is sold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import LISTINGS
from ...core.contracts.prepared import CALENDAR, FOCUS_DAYS, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import Facts
from ..calendar import RECENT_DAYS
from .common import KEY, PLACE, left, step
from .sales import WEEK_DAYS, WEEKS_DAYS, bad_days, focus_keys, scan
from .surprise import too_few

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCREEN_ERRORS, SCREEN_SHARE, SCREEN_UNITS, SCREEN_VIEWS = 2.0, 0.2, 5.0, 100.0
"""Loose floors of the last week against the eight before: what is above them is looked at day by day."""
COMMON = 0.1
"""What a listing's sales of a week vary beyond chance, as a share of them (assumed)."""
CLUSTERED = {"sales": 1.3, "conversion": 1.3, "traffic": 3.0}
"""How much more than chance counts vary because they come in lumps: orders of several units, visits of several pages
(assumed)."""
FEWEST_AFTER, FEWEST_BEFORE = 3, 21
"""Settled days a drop must have lasted, and healthy ones that must lie before it. After four weeks, the window of a
baseline, it is no drop any more but how the listing sells."""
LOOSE_ERRORS, LOOSE_SHARE = 2.5, 0.2
ELASTICITY = 2.0
"""A price one per cent higher sells so many per cent less: assumed; published ones lie between 1 and 3."""
MOST_EXPLAINED = 0.25
"""A price is never taken to explain more than a fall to this share."""
STEADY_UNITS = 2.0
"""A category's day counts as if so many units had sold as usual: a few sales are no yardstick."""
OWN_PART = 0.5
"""The part of a fall in sales that visits, or conversion, must explain to be called its cause."""

_MEASURE = [*KEY, "measure"]
NEVER = 1e-9


def drop_screen(facts: Facts) -> ir.Table:
    """Live listings in stock that sold, or were seen, clearly less in the last settled week than in those before.

    Held against the channel's other listings, so that a listing that sells half of everything is no yardstick of its
    own.
    """
    listing = facts.table(LISTING_NOW)
    rows = step(scan).semi_join(listing.filter(listing.status == "active"), KEY)
    stock = facts.table(STOCK_NOW)
    rows = rows.anti_join(facts.table(LISTING_STATE), KEY).anti_join(stock.filter(stock.state != "in"), KEY)
    counts = [f"{count}_{span}" for count in ("units", "views") for span in ("week", "weeks")]
    rows = rows.select(*KEY, **{c: rows[c].fill_null(0) for c in counts})
    # Sums of the channel in a table of their own: a filter on windows is no SQL that every engine takes.
    rows = left(rows, rows.group_by(PLACE).agg(**{f"all_{c}": rows[c].sum() for c in counts}), PLACE)
    found = None
    for count, floor, kind in (("units", SCREEN_UNITS, "sales"), ("views", SCREEN_VIEWS, "traffic")):
        week, weeks = rows[f"{count}_week"], rows[f"{count}_weeks"]
        others = (rows[f"all_{count}_week"] - week, rows[f"all_{count}_weeks"] - weeks)
        usual = WEEK_DAYS / float(WEEKS_DAYS)
        level = (others[0] + floor * usual) / (others[1] + floor).cast("float64")
        expected = weeks * level
        far = too_few(week, expected, ratio=level, lumps=CLUSTERED[kind], wobble=COMMON * COMMON) >= SCREEN_ERRORS
        one = (expected >= floor) & (week <= expected * (1 - SCREEN_SHARE)) & far
        found = one if found is None else found | one
    return rows.filter(found).select(*KEY)


def drops(facts: Facts) -> ir.Table:
    """Per listing whose sales or visits fell: since when, how far, and whether visits or conversion are behind it.

    `cause` is `traffic` or `conversion` where that alone explains at least half of the fall, else `sales`. A drop
    that has lasted for four weeks is how the listing sells.
    """
    told = _since(_measured(facts))
    told = left(told, _dearer(facts, told), KEY)
    expected = told.expected * (told.measure != "traffic").ifelse(told.by_price.fill_null(1.0), 1.0)
    lumps = ibis.cases(*[(told.measure == m, v) for m, v in CLUSTERED.items()], else_=1.0)
    told = told.mutate(
        expected=expected,
        errors=too_few(told.seen, expected, ratio=told.ratio, lumps=lumps, wobble=told.wobble + COMMON * COMMON),
        fell=(1.0 - (told.seen + 1.0) / (expected + 1.0)).clip(0.0, 1.0),
    )
    told = told.mutate(sure=(told.errors >= LOOSE_ERRORS) & (told.fell >= LOOSE_SHARE))
    of = {m: told.measure == m for m in CLUSTERED}
    columns = ("expected", "seen", "errors", "fell", "onset_day", "last_good_day")
    wide = {f"{m}_{c}": told[c].max(where=of[m]) for m in CLUSTERED for c in columns}
    sure = {f"{m}_sure": told.sure.max(where=of[m]) for m in CLUSTERED}
    rows = told.group_by(KEY).agg(**wide, **sure)
    cause = _cause(rows)
    rows = rows.mutate(cause=cause).filter(ibis._.cause.notnull())
    chosen = {
        c: ibis.cases(*[(rows.cause == m, rows[f"{m}_{c}"]) for m in CLUSTERED], else_=ibis.null()) for c in columns
    }
    parts = ("sales_seen", "sales_expected", "traffic_seen", "traffic_expected")
    return rows.select(*KEY, "cause", *parts, **chosen)


def _cause(rows: ir.Table) -> Any:
    """Which of the three a drop is told as; null where none is sure."""

    def depth(measure: str) -> Any:
        return -(1.0 - rows[f"{measure}_fell"].fill_null(0.0)).clip(lower=NEVER).ln()

    whole = depth("sales")
    sure = {m: rows[f"{m}_sure"].fill_null(False) for m in CLUSTERED}
    return ibis.cases(
        (sure["traffic"] & (depth("traffic") >= OWN_PART * whole), "traffic"),
        (sure["sales"] & sure["conversion"] & (depth("conversion") >= OWN_PART * whole), "conversion"),
        (sure["sales"], "sales"),
    )


def _measured(facts: Facts) -> ir.Table:
    """Per listing, measure and healthy day: what was counted (`x`) over what it goes by (`w`)."""
    keys = step(drop_screen)
    listing = facts.table(LISTING_NOW).select(*KEY, "category").semi_join(keys, KEY)
    days = facts.table(CALENDAR)
    age = days.day.max().over(ibis.window(group_by=[days.account, days.channel])).delta(days.day, unit="day")
    days = days.mutate(seen_day=days.views_now | days.views_before, age=age)
    days = days.filter(days.age < WEEK_DAYS + WEEKS_DAYS).select(*PLACE, "day", "seen_day")
    sold = facts.table(FOCUS_DAYS).select(*KEY, "day", "units", "page_views")
    grid = left(listing.join(days, PLACE), sold, [*KEY, "day"])
    grid = _levelled(facts, grid, days).anti_join(step(bad_days), [*KEY, "day"])
    units, level = grid.units.fill_null(0.0), grid.level
    views = grid.page_views.fill_null(0).cast("float64")
    keep = (*KEY, "day")
    sales = grid.select(*keep, "others", measure=ibis.literal("sales"), x=units, w=level)
    seen = grid.filter(grid.seen_day & (grid.page_views > 0).fill_null(False))  # no row is not no visit
    traffic = seen.select(*keep, "others", measure=ibis.literal("traffic"), x=views, w=level)
    none = ibis.literal(0.0)  # visits are a yardstick of the listing's own
    conversion = seen.select(*keep, others=none, measure=ibis.literal("conversion"), x=units, w=views)
    conversion = conversion.select(*sales.columns)
    return sales.union(traffic).union(conversion)


def _levelled(facts: Facts, grid: ir.Table, days: ir.Table) -> ir.Table:
    """The days with what the other best sellers of the category sold on each against their usual day (`level`)."""
    panel = step(focus_keys).filter(ibis._.panel).select(*KEY)
    category = facts.table(LISTING_NOW).select(*KEY, "category")
    sold = facts.table(FOCUS_DAYS).semi_join(panel, KEY).join(category, KEY)
    sold = sold.group_by([*PLACE, "category", "day"]).agg(all_units=sold.units.sum())
    grid = left(grid, sold.semi_join(days, [*PLACE, "day"]), [*PLACE, "category", "day"])
    grid = left(grid, panel.mutate(own=ibis.literal(1.0)), KEY)
    others = grid.all_units.fill_null(0.0) - grid.own.fill_null(0.0) * grid.units.fill_null(0.0)
    grid = grid.mutate(others=others.cast("float64"))
    usual = grid.others.mean().over(ibis.window(group_by=[grid[k] for k in KEY]))
    return grid.mutate(level=(grid.others + STEADY_UNITS) / (usual + STEADY_UNITS))


def _since(days: ir.Table) -> ir.Table:
    """Per listing and measure: the day from which it runs lower, and the sums on both sides of it.

    The last good day is where the sum of what was counted above the usual pace stands highest.
    """
    whole = ibis.window(group_by=[days[k] for k in _MEASURE])
    pace = days.x.sum().over(whole) / days.w.sum().over(whole).nullif(0.0)
    days = days.mutate(above=days.x - days.w * pace)
    until = ibis.window(group_by=[days[k] for k in _MEASURE], order_by=[days.day], preceding=None, following=0)
    days = days.mutate(stands=days.above.sum().over(until).round(6))
    place = ibis.row_number().over(group_by=[days[k] for k in _MEASURE], order_by=[days.stands.desc(), days.day.desc()])
    days = days.mutate(_n=place)
    days = days.mutate(
        last_good_day=days.day.max(where=days["_n"] == 0).over(ibis.window(group_by=[days[k] for k in _MEASURE]))
    )
    after = days.day > days.last_good_day
    sums = days.group_by([*_MEASURE, "last_good_day"]).agg(
        onset_day=days.day.min(where=after),
        seen=days.x.sum(where=after),
        x_before=days.x.sum(where=~after),
        w_after=days.w.sum(where=after),
        w_before=days.w.sum(where=~after),
        others=days.others.sum(where=after),
        days_after=after.sum(),
        days_before=(~after).sum(),
    )
    recent = (sums.days_after >= FEWEST_AFTER) & (sums.days_after < RECENT_DAYS)
    sums = sums.filter(recent & (sums.days_before >= FEWEST_BEFORE))
    sums = sums.filter((sums.w_before > 0) & (sums.w_after > 0))
    ratio = sums.w_after / sums.w_before
    steady = sums.others + STEADY_UNITS * sums.days_after
    return sums.select(
        *_MEASURE,
        "last_good_day",
        "onset_day",
        "seen",
        ratio=ratio,
        expected=sums.x_before * ratio,
        wobble=sums.others / (steady * steady),
    )


def _dearer(facts: Facts, rows: ir.Table) -> ir.Table:
    """What a higher price than before the drop explains of it: 1 where the price did not rise."""
    began = rows.filter(rows.measure == "sales").select(*KEY, "last_good_day")
    asked = facts.table(LISTINGS).filter(lambda t: t.price_minor > 0).select(*KEY, "day", "price_minor")
    asked = asked.join(began, KEY)
    before = asked.group_by(KEY).agg(before=asked.price_minor.mean(where=asked.day <= asked.last_good_day))
    now = before.join(facts.table(LISTING_NOW).select(*KEY, "price_minor"), KEY)
    rise = ibis.greatest(now.price_minor / now.before, 1.0)
    return now.select(*KEY, by_price=(rise ** (-ELASTICITY)).clip(lower=MOST_EXPLAINED).fill_null(1.0))

"""A new listing does not get going."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, ORDERS, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, CALENDAR, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import ITEM, KEY, PLACE, left, step
from ..facts.sales import off_days, order_days
from ..facts.stock import out_days
from .amounts import CASH_FLOOR, evidence_of
from .base import Rule, meant_to_sell, sellable, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

YOUNGEST_DAYS, OLDEST_DAYS = 14, 60
SLOW, USUAL = 0.1, 0.5
"""The share of its category's launches a stuck one lies below, and the one whose sales it is held against."""
ENOUGH_LAUNCHES = 10
REACHED = 0.5
"""The part of the way to its category's middle launch that a stuck one may still go: assumed."""
HORIZON_DAYS = 30
SURE = 1.2816
"""Normal quantile of 90 %."""
_GROUP = [*PLACE, "category", "week"]


class LaunchStuck(Rule):
    """A new listing that can be bought is seen or bought less than the slowest tenth of its category's launches were.

    Why it costs money:
        A launch that nobody finds stays where it is: too few sales for a rank, no rank for more sales, and the stock
        bought for it ages. Mostly one thing is missing: a category, a keyword, a picture, ads, the featured offer.
    Source:
        listings.opened_on            Amazon GET_MERCHANT_LISTINGS_ALL_DATA `open-date`
        traffic.page_views            Amazon GET_SALES_AND_TRAFFIC_REPORT `pageViews`, CHILD
        orders.units, traffic.units   units a day
    Blind spots:
        The first whole weeks are compared, two to eight of them, with those of at least ten listings of its category
        opened in the 200 days a run looks back: fewer, and nothing is told. Launches since deleted are not among them.
        One that was off or sold out on any of those days is not judged, nor an item with several offers of ours. A
        new offer on an old item takes over its page views: only its sales can show it stuck.
    """

    kind: ClassVar[str] = "launch_stuck"
    title: ClassVar[str] = "Launch does not get going"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "traffic"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (TRAFFIC, ORDERS, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="most_of_slowest",
            value=0.8,
            unit="of its category's slowest tenth, at most",
            fires="at or below",
            measures="observed",
            release=1.0,
            why="one launch in ten is slower than nine: at the upper end of its interval it must lie clearly below",
        ),
        CASH_FLOOR,
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Launches of two to eight whole weeks, live and in stock, under the tenth percentile of their category's."""
        rows = _counted(facts)
        known = rows.filter(~rows.young).group_by(_GROUP)
        known = known.agg(
            launches=ibis._.count(),
            slow_units=ibis._.units.quantile(SLOW),
            slow_views=ibis._.views.quantile(SLOW),
            usual_units=ibis._.units.quantile(USUAL),
        )
        rows = rows.filter(rows.young).join(known.filter(ibis._.launches >= ENOUGH_LAUNCHES), _GROUP)
        rows = _told_whole(rows, facts)
        bought = _at_most(rows.units) / rows.slow_units.nullif(0.0)
        found = rows.views_whole.ifelse(_at_most(rows.views) / rows.slow_views.nullif(0.0), ibis.null().cast("float64"))
        rows = rows.mutate(found=found, part=ibis.coalesce(ibis.least(bought, found), bought, found))
        rows = rows.filter(rows.part <= 1.0)
        rows = meant_to_sell(sellable(rows, facts), facts)
        rows = left(rows, facts.table(BASELINES).select(*KEY, "price"), KEY)
        rows = with_channel(rows, facts, "unit_rate")
        price = ibis.coalesce(rows.price, rows.price_minor * rows.unit_rate)
        missing = (rows.usual_units - rows.units).clip(lower=0.0) / (7.0 * rows.week)
        unseen = (rows.found <= 1.0).fill_null(False)
        return observed(
            self.kind,
            rows,
            cause=unseen.ifelse("not_found", "not_bought"),
            onset_day=rows.opened_on,
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=rows.part.round(6),
            baseline=unseen.ifelse(rows.slow_views, rows.slow_units),
            amount_at_risk=(missing * price * HORIZON_DAYS * REACHED).fill_null(0.0),
            evidence=evidence(
                days=7 * rows.week,
                units=rows.units.round(0).cast("int64"),
                page_views=rows.views_whole.ifelse(rows.views.round(0).cast("int64"), ibis.null().cast("int64")),
                slowest_tenth_units=rows.slow_units.round(1),
                slowest_tenth_views=rows.slow_views.round(0).cast("int64"),
                middle_launch_units=rows.usual_units.round(1),
                compared_with=rows.launches,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        days, least = int(seen["days"]), f"its category's slowest tenth: {row['baseline']:,.0f}"
        if row["cause"] == "not_found":
            return f"{int(seen['page_views']):,} views in its first {days} days, {least}"
        return f"{int(seen['units']):,} sold in its first {days} days, {least}"


def _launches(facts: Facts) -> ir.Table:
    """Listings opened within the days a run sees, alone on their item, with their whole weeks of settled days."""
    seen = facts.table(CALENDAR).group_by(PLACE).agg(first_day=ibis._.day.min(), last_day=ibis._.day.max())
    columns = ("item_id", "category", "opened_on", "day", "price_minor")
    rows = facts.table(LISTING_NOW).filter(ibis._.own_offers == 1).select(*KEY, *columns)
    rows = rows.join(seen, PLACE).filter(lambda t: t.opened_on > t.first_day)
    age = rows.last_day.delta(rows.opened_on, unit="day") + 1
    rows = rows.mutate(young=age <= OLDEST_DAYS, week=(age / 7).floor().cast("int64"), age=age)
    return rows.filter(rows.age >= YOUNGEST_DAYS).drop("first_day", "last_day", "age")


def _counted(facts: Facts) -> ir.Table:
    """Units and page views of each young launch in its whole weeks, and of its category's older ones in as many.

    Older launches are only looked at where there is a young one to hold against them.
    """
    rows = _launches(facts)
    young = rows.filter(rows.young)
    asked = young.select(*_GROUP).distinct()
    older = rows.filter(~rows.young).drop("week").join(asked, [*PLACE, "category"])
    rows = young.union(older.select(*young.columns))
    rows = rows.mutate(until=(rows.opened_on + rows.week * ibis.interval(days=7)).cast("timestamp").cast("date"))
    rows = _never_off(rows)
    sums = _sold(rows, facts).group_by([*KEY, "week"])
    rows = left(rows, sums.agg(units=ibis._.units.sum(), views=ibis._.views.sum()), [*KEY, "week"])
    return rows.mutate(units=rows.units.fill_null(0.0), views=rows.views.fill_null(0.0))


def _never_off(rows: ir.Table) -> ir.Table:
    """Launches that were never seen off or out of stock in the weeks that are compared."""
    off = step(off_days).union(step(out_days).select(*KEY, "from_day", "to_day"))
    met = rows.select(*KEY, "week", "opened_on", "until").join(off, KEY)
    met = met.filter((met.from_day < met.until) & (met.to_day >= met.opened_on))
    return rows.anti_join(met, [*KEY, "week"])


def _sold(rows: ir.Table, facts: Facts) -> ir.Table:
    """The days of those weeks: units from where the calendar takes them, and page views."""
    spans = rows.select(*KEY, "item_id", "week", "opened_on", "until")
    days = facts.table(CALENDAR).select(*PLACE, "day", "source", "level")
    told = facts.table(TRAFFIC)
    told = told.filter(told.from_day == told.to_day).mutate(day=told.from_day)
    told = told.select(*ITEM, "day", "level", "units", "page_views").semi_join(spans, ITEM)
    told = told.join(days, [*PLACE, "day", "level"]).join(spans, ITEM)
    told = told.filter((told.day >= told.opened_on) & (told.day < told.until))
    units = (told.source == "traffic").ifelse(told.units, 0).fill_null(0).cast("float64")
    seen = told.select(*KEY, "week", units=units, views=told.page_views.fill_null(0).cast("float64"))
    sold = step(order_days).join(days.filter(days.source == "orders"), [*PLACE, "day"]).join(spans, KEY)
    sold = sold.filter((sold.day >= sold.opened_on) & (sold.day < sold.until))
    units = sold.units.cast("float64")
    return seen.union(sold.select(*KEY, "week", units=units, views=ibis.literal(0.0)))


def _told_whole(rows: ir.Table, facts: Facts) -> ir.Table:
    """Launches of whose weeks every day's sales are known, and whether every day's page views are."""
    days = facts.table(CALENDAR).select(*PLACE, "day", seen=ibis._.views_now | ibis._.views_before)
    told = rows.select(*KEY, "opened_on", "until").join(days, PLACE)
    told = told.filter((told.day >= told.opened_on) & (told.day < told.until))
    told = told.group_by(KEY).agg(days_told=told.count(), views_told=told.seen.sum())
    rows = rows.join(told, KEY)
    rows = rows.filter(rows.days_told == rows.week * 7)
    return rows.mutate(views_whole=rows.views_told == rows.week * 7)


def _at_most(count: Any) -> Any:
    """The upper end of the interval of a count."""
    return count + SURE * (count + 1.0).sqrt() + SURE * SURE / 2.0

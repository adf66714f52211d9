"""A listing's page sells far less of its visits than its category's better half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, ORDERS, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, CALENDAR, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import ITEM, KEY, PLACE, left, step
from ..facts.sales import WEEK_DAYS, WEEKS_DAYS, scan
from .base import Rule, meant_to_sell, sellable

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENOUGH_VIEWS = 300
ENOUGH_LISTINGS = 10
BEST = 0.75
"""The quartile of its category a listing is held against."""
REACHED = 0.5
"""The part of the way to its category's best a better page may go: assumed."""
HORIZON_DAYS = 30
SURE = 1.6449
"""Normal quantile of 95 %."""


class ListingQuality(Rule):
    """Of those who open the page far fewer buy than on the better pages of its category, week after week.

    Why it costs money:
        It is no loss that began one day but a chance: visits are there, and a better picture, title, price or review
        would turn more of them into sales.
    Source:
        traffic.page_views                 Amazon GET_SALES_AND_TRAFFIC_REPORT `pageViews`, CHILD
        traffic.featured_view_hundredths   the same, `buyBoxPercentage`: where it is told, only views that were ours
        orders.units, traffic.units        units a day
    Blind spots:
        A dear item sells to fewer of its visitors whatever its page looks like; categories of mixed things say little.
        Under ten listings with 300 views each a category has no best. No report tells of pictures or texts: what is
        poor is for a person to see. Off by default: `[detectors] on = ["listing_quality"]`.
    """

    kind: ClassVar[str] = "listing_quality"
    title: ClassVar[str] = "Page sells less than its category's best"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    lane: ClassVar[Lane] = "opportunities"
    off_by_default: ClassVar[bool] = True
    spoke: ClassVar[str] = "content"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (TRAFFIC, ORDERS, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="most_conversion",
            value=0.5,
            unit="of its category's best quarter, at most",
            fires="at or below",
            measures="observed",
            why="under half, at the upper end of its interval: what prices and tastes explain lies above (assumed)",
        ),
        Threshold(
            name="min_amount",
            value=60.0,
            unit="US dollars in 30 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="two dollars a day: a better page is hours of work",
        ),
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock with views enough, held against the best quarter of their category."""
        rows = _conversion(facts)
        best = rows.group_by([*PLACE, "category"]).agg(best=rows.rate.quantile(BEST), listings=rows.count())
        rows = rows.join(best, [*PLACE, "category"])
        rows = rows.filter((rows.listings >= ENOUGH_LISTINGS) & (rows.best > 0))
        at_most = rows.rate + (SURE * (rows.rate * rows.views + 1.0).sqrt() + SURE * SURE / 2.0) / rows.views
        rows = rows.mutate(part=at_most / rows.best).filter(ibis._.part <= 1.0)
        rows = meant_to_sell(sellable(rows, facts), facts)
        known = facts.table(BASELINES).select(*KEY, "item_id", "price")
        rows = left(rows, known, KEY)
        more = rows.views / rows.view_days * (rows.best - rows.rate) * REACHED
        return observed(
            self.kind,
            rows,
            cause="conversion",
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=rows.part.round(6),
            baseline=rows.best,
            amount_at_risk=(more * rows.price * HORIZON_DAYS).fill_null(0.0),
            evidence=evidence(
                views=rows.views.round(0).cast("int64"),
                buys_of_100_views=(rows.rate * 100).round(2),
                best_quarter_buys=(rows.best * 100).round(2),
                compared_with=rows.listings,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What could be won."""
        return f"Sells to {row['observed']:.0%} of the visits its category's best do, at most"


def _conversion(facts: Facts) -> ir.Table:
    """Units per page view of each listing in the eight weeks before the last, where there are views enough."""
    rows = step(scan).select(*KEY, "item_id", "category", units="units_weeks")
    rows = rows.join(_views(facts).filter(ibis._.views >= ENOUGH_VIEWS), ITEM).drop("item_id")
    listing = facts.table(LISTING_NOW).select(*KEY, "day")
    rows = rows.join(listing, KEY)
    rows = rows.join(_days(facts), PLACE)
    return rows.mutate(rate=rows.units.fill_null(0) / rows.unit_days / (rows.views / rows.view_days))


def _views(facts: Facts) -> ir.Table:
    """Page views of each item in those weeks, and of them only ours where our part of the featured offer is told.

    Who buys while another seller is featured buys his: it says nothing of the page.
    """
    days = _weeks(facts).filter(ibis._.seen).select(*PLACE, "level", from_day="day")
    told = facts.table(TRAFFIC)
    told = told.filter(told.from_day == told.to_day).join(days, [*PLACE, "level", "from_day"])
    ours = told.featured_view_hundredths.fill_null(told.page_views * 100).sum()
    return told.group_by(ITEM).agg(views=ours / 100.0)


def _weeks(facts: Facts) -> ir.Table:
    """The days of those eight weeks, and whether their views count."""
    days = facts.table(CALENDAR)
    age = days.day.max().over(ibis.window(group_by=[days.account, days.channel])).delta(days.day, unit="day")
    days = days.mutate(age=age, seen=days.views_now | days.views_before)
    return days.filter((days.age >= WEEK_DAYS) & (days.age < WEEK_DAYS + WEEKS_DAYS))


def _days(facts: Facts) -> ir.Table:
    """Per channel: how many days of those eight weeks tell of units, and how many of views."""
    days = _weeks(facts)
    return days.group_by(PLACE).agg(unit_days=days.count(), view_days=days.seen.sum()).filter(ibis._.view_days > 0)

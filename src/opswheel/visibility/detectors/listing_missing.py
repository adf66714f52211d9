"""A listing that was on sale is no longer in the list of all listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, ORDERS, TRAFFIC, Contract
from ...core.contracts.prepared import ARRIVALS, CALENDAR, CHANNELS, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import ITEM, KEY, PLACE, left, shift, step
from ..facts.listing import WHOLE_LISTS, said_intents, snapshots, unlisted
from ..facts.sales import orders_scan, traffic_scan
from .amounts import evidence_of
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

HORIZON_DAYS = 30
"""The product's policy horizon: a listing that is gone does not come back by itself."""
LOOK_BACK_DAYS = 60
"""After so long its place is taken, and putting it back is a new launch."""
RENAMED_DAYS = 3
"""Another SKU of ours on the same item that came so shortly before or after has taken its place."""


class ListingMissing(Rule):
    """The listing was active and sold, and is now in no list of all listings, although nobody here ended it.

    Why it costs money:
        A deleted listing sells nothing, and no report of troubled listings names it: it is simply not there. Its
        reviews and rank fade with every day.
    Source:
        listings.sku   Amazon GET_MERCHANT_LISTINGS_ALL_DATA, or our own list of listings: whole lists only
        orders.units, traffic.units   what it sold before
    Blind spots:
        A listing somebody deleted on purpose looks the same unless intent.csv says so. One that was inactive before it
        went is taken for cleared up. A SKU that was renamed is known by its item. Its loss is shown as one amount,
        30 days of its usual sales, because a listing that is gone has no daily figures of its own.
    """

    kind: ClassVar[str] = "listing_missing"
    title: ClassVar[str] = "Listing gone from the list"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "availability"
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS, ORDERS, TRAFFIC)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_pace",
            value=0.1,
            unit="units a day before",
            fires="at or above",
            measures="baseline",
            for_days=1,
            why="three units a month, and gone from a second morning's list as well: one list may be cut short",
        ),
        Threshold(
            name="min_loss",
            value=30.0,
            unit="US dollars in 30 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="a dollar a day, as for every listing that cannot be bought",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """SKUs an earlier whole list of the same report called active and that no report names today."""
        rows = _gone(facts)
        rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today", "unit_rate"), PLACE)
        rows = rows.filter(rows.onset_day >= shift(rows.today, -LOOK_BACK_DAYS))
        rows = left(rows, said_intents(facts), KEY)
        rows = rows.filter((rows.said_intent != "off").fill_null(True))
        rows = rows.join(_pace(facts, rows), KEY)
        return observed(
            self.kind,
            rows,
            cause="gone",
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            share_state="sales_at_once",
            observed=0.0,
            baseline=rows.pace,
            amount_at_risk=(rows.pace * rows.price * HORIZON_DAYS * rows.unit_rate).fill_null(0.0),
            evidence=evidence(last_listed=rows.last_good_day, units_a_day_before=rows.pace.round(2)),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        until = evidence_of(row)["last_listed"]
        return f"Gone from the list of listings: sold {row['baseline']:.1f} a day until {until}"


def _gone(facts: Facts) -> ir.Table:
    """Per SKU that is gone: the last morning it was listed, the first list without it, and the newest list."""
    lists = facts.table(ARRIVALS)
    lists = lists.filter((lists.table_name == LISTINGS.name) & lists.report.isin(WHOLE_LISTS))
    newest = lists.filter(lists.latest).group_by([*PLACE, "report"]).agg(seen_day=lists.day.max())
    recent = lists.join(newest, [*PLACE, "report"])
    recent = recent.filter(recent.day >= shift(recent.seen_day, -LOOK_BACK_DAYS))
    named = facts.table(LISTINGS).select(*KEY, "item_id", "status", "delivery_id", "price_minor")
    named = named.semi_join(step(unlisted), KEY)
    named = named.join(recent.select("delivery_id", "report", "day", "next_day", "seen_day"), "delivery_id")
    last = named.group_by([*KEY, "seen_day"]).agg(
        last_good_day=named.day.max(),
        onset_day=named.next_day.argmax(named.day),
        status=named.status.argmax(named.day),
        listed_as=named.item_id.argmax(named.day, where=named.item_id.notnull()),
    )
    last = last.filter((last.status == "active") & (last.onset_day <= last.seen_day))
    last = last.mutate(item_id=ibis.coalesce(last.listed_as, last.sku))
    return _not_renamed(facts, last)


def _not_renamed(facts: Facts, rows: ir.Table) -> ir.Table:
    """Rows whose item no SKU of ours took over about the day they went."""
    heirs = facts.table(LISTING_NOW).select(*KEY, "item_id").semi_join(rows, ITEM)
    heirs = heirs.join(step(snapshots), KEY).group_by(ITEM).agg(newest_heir=ibis._.first_day.max())
    rows = left(rows, heirs, ITEM)
    came = rows.newest_heir >= shift(rows.onset_day, -RENAMED_DAYS)
    return rows.filter(~came.fill_null(False))


def _pace(facts: Facts, rows: ir.Table) -> ir.Table:
    """Units a day and net price before it went: all it sold in twelve weeks fell on the days it was there."""
    days = facts.table(CALENDAR)
    spans = rows.select(*KEY, "item_id", "onset_day").join(days.filter(days.wide).select(*PLACE, "day"), PLACE)
    spans = spans.filter(spans.day < spans.onset_day).group_by([*KEY, "item_id"]).agg(there=ibis._.count())
    sums = ("units_wide", "priced_wide", "revenue_wide")
    orders = step(orders_scan).select(*KEY, **{f"o_{name}": name for name in sums})
    found = left(left(spans, step(traffic_scan).select(*ITEM, *sums), ITEM), orders, KEY)
    units, priced, revenue = (found[n].fill_null(0) + found[f"o_{n}"].fill_null(0) for n in sums)
    found = found.mutate(pace=units / found.there, price=revenue / priced.nullif(0))
    return found.filter(found.pace > 0).select(*KEY, "pace", "price")

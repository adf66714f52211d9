"""What happened to each signal's listing since its trouble began, and what our other offers took over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import SIGNALS
from ...core.contracts.prepared import (
    BASELINES,
    CALENDAR,
    CHANNELS,
    FEATURED,
    FOCUS_DAYS,
    LISTING_NOW,
    LISTING_STATE,
    SEASON,
    STOCK_NOW,
)
from ...core.detector import Facts
from .common import ITEM, KEY, PLACE, left, shift, step

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SIGNAL = [*KEY, "kind"]
FEATURED_HALF = 0.5
BEFORE_DAYS = 28


def signals_now(facts: Facts) -> ir.Table:
    """One row per kind and listing of this run's signals."""
    return facts.table(SIGNALS).select(*_SIGNAL, "onset_day", "item_id").distinct()


def missing_focus(facts: Facts) -> ir.Table:
    """Listings with a signal that began before today, whose days were not looked at yet."""
    rows = facts.table(SIGNALS).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.filter(rows.onset_day < rows.today).select(*KEY).distinct()
    known = ibis.table({**dict.fromkeys(KEY, "string"), "panel": "boolean"}, name="focus_keys")
    return rows.anti_join(known, KEY).mutate(panel=ibis.literal(False))


def since_onset(facts: Facts) -> ir.Table:
    """Per signal: units sold and days settled since onset, what a healthy listing would have sold, and the gap.

    The day it began is not a full day: it counts for the loss, not for the question whether it still sells.
    """
    rows = step(signals_now)
    known = facts.table(BASELINES).select(*KEY, "category", "velocity", "season_factor", "usual_level")
    rows = rows.join(known, KEY)
    days = facts.table(CALENDAR).select(*PLACE, "day")
    rows = rows.join(days, [rows.account == days.account, rows.channel == days.channel, days.day >= rows.onset_day])
    rows = left(rows, facts.table(SEASON), [*PLACE, "category", "day"])
    rows = left(rows, facts.table(FOCUS_DAYS).select(*KEY, "day", "units"), [*KEY, "day"])
    level = rows.level.fill_null(1.0) / rows.usual_level
    healthy = rows.velocity / rows.season_factor * level
    sold = rows.units.fill_null(0.0)
    after = rows.day > rows.onset_day
    return rows.group_by(_SIGNAL).agg(
        units_since=sold.sum(where=after).fill_null(0.0),
        days_since=after.sum().fill_null(0),
        healthy_since=healthy.sum(where=after).fill_null(0.0),
        lost_units=(healthy - sold).clip(lower=0.0).sum().fill_null(0.0),
        sold_whole=sold.sum().fill_null(0.0),
        days_whole=rows.count(),
    )


def siblings(facts: Facts) -> ir.Table:
    """Per signal: whether another offer of ours can be bought and is featured, and what those sold too much."""
    rows = step(signals_now)
    listing = facts.table(LISTING_NOW)
    listing = listing.filter((listing.own_offers > 1) & (listing.status == "active"))
    listing = listing.filter(listing.said_intent.isnull() | (listing.said_intent != "off"))
    state, stock = facts.table(LISTING_STATE), facts.table(STOCK_NOW)
    fine = listing.anti_join(state.filter(state.state != "hidden"), KEY)
    fine = fine.anti_join(stock.filter(stock.state != "in"), KEY)
    fine = fine.select(*ITEM, other="sku")
    pairs = rows.join(fine, ITEM).filter(ibis._.sku != ibis._.other)
    days = facts.table(CALENDAR).select(*PLACE, "day")
    spans = pairs.join(
        days,
        [
            pairs.account == days.account,
            pairs.channel == days.channel,
            days.day >= shift(pairs.onset_day, -BEFORE_DAYS),
        ],
    )
    sold = facts.table(FOCUS_DAYS).select(*PLACE, "day", "units", other="sku")
    spans = left(spans, sold, [*PLACE, "other", "day"])
    units, later = spans.units.fill_null(0.0), spans.day > spans.onset_day
    both = spans.group_by([*_SIGNAL, "other"]).agg(
        before=units.sum(where=spans.day < spans.onset_day) / (spans.day < spans.onset_day).sum().nullif(0),
        after=units.sum(where=later),
        days=later.sum(),
    )
    extra = both.group_by(_SIGNAL).agg(extra_units=(both.after - both.before * both.days).sum())
    found = pairs.group_by([*_SIGNAL, "item_id"]).agg(others=pairs.count())
    found = left(found, extra, _SIGNAL)
    lost = facts.table(FEATURED).select(*ITEM, share_now="share_now")
    found = left(found, lost, ITEM)
    return found.select(
        *_SIGNAL,
        "others",
        extra_units=found.extra_units.fill_null(0.0),
        others_featured=found.share_now.isnull() | (found.share_now >= FEATURED_HALF),
    )

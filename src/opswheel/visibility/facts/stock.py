"""`stock_now`: units by listing and pool this morning, from the best report that tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import LISTINGS, STOCK
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LISTING_NOW, STOCK_NOW
from ...core.detector import Facts
from .common import KEY, NO_DAY, PLACE, left, newest, shaped, shift

if TYPE_CHECKING:
    import ibis.expr.types as ir

STALE_DAYS = 3
"""A better report counts only if it is at most so many days older than the newest one."""
OFFERED_PRECEDENCE = 60
"""The quantity of a listing we ship ourselves gives way to any stock report."""
_UNITS = ("transfer_units", "inbound_working_units", "inbound_shipped_units", "inbound_receiving_units")


def _told(facts: Facts, *, current: bool) -> ir.Table:
    """Stock as any report tells it: inventory reports, and the quantity of rows we ship ourselves."""
    stock = facts.now(STOCK) if current else facts.table(STOCK)
    listings = facts.now(LISTINGS) if current else facts.table(LISTINGS)
    columns = (*KEY, "day", "delivery_id", "fnsku", "fulfillment", "sellable_units", *_UNITS)
    own = listings.filter((listings.fulfillment == "merchant") & listings.quantity_units.notnull())
    zero = ibis.literal(0, type="int64")
    own = own.select(
        *KEY,
        "day",
        "delivery_id",
        "fulfillment",
        fnsku=ibis.null().cast("string"),
        sellable_units=own.quantity_units,
        **dict.fromkeys(_UNITS, zero),
        offered=ibis.literal(True),
    )
    return stock.select(*columns, offered=ibis.literal(False)).union(own.select(*columns, "offered"))


def stock_now(facts: Facts) -> ir.Table:
    """The best current report per listing, its pool, and since when it has been out."""
    told = _told(facts, current=True).join(
        facts.table(ARRIVALS).select("delivery_id", "precedence", "report"), "delivery_id"
    )
    listing = facts.table(LISTING_NOW).select(*KEY, listed_as="fulfillment")
    told = left(told, listing, KEY)
    told = told.filter(told.listed_as.isnull() | told.fulfillment.isnull() | (told.listed_as == told.fulfillment))
    told = told.mutate(
        rank=told.offered.ifelse(OFFERED_PRECEDENCE, told.precedence),
        latest=told.day.max().over(ibis.window(group_by=KEY)),
    )
    told = told.filter(told.day >= shift(told.latest, -STALE_DAYS))
    told = told.mutate(transfer_units=told.transfer_units.max().over(ibis.window(group_by=KEY)))  # one report tells it
    best = newest(told, told["rank"], told.day.desc(), told.delivery_id.desc())
    best = best.join(facts.table(CHANNELS).select(*PLACE, "stock_pool"), PLACE)
    sellable, transfer = ibis.greatest(best.sellable_units, 0), best.transfer_units.fill_null(0)
    best = best.mutate(
        pool=best.stock_pool + "/" + ibis.coalesce(best.fnsku, best.sku),
        oversold=best.sellable_units < 0,
        state=ibis.cases((sellable > 0, "in"), (transfer > 0, "transfer_only"), else_="out"),
        source=best.report,
        sellable_units=sellable,
        **{name: best[name].fill_null(0) for name in _UNITS},
    )
    out = best.filter(best.state != "in").select(*KEY, best_day="day")
    best = left(best, _emptied(facts, out), KEY)
    bad = best.state != "in"
    best = best.mutate(
        onset_day=bad.ifelse(ibis.coalesce(best.first_bad, best.day), NO_DAY),
        last_good_day=bad.ifelse(best.last_good, NO_DAY),
    )
    return shaped(best, STOCK_NOW)


def _emptied(facts: Facts, out: ir.Table) -> ir.Table:
    """Per listing that is out: the last morning any report still had units, and the first without after it."""
    history = _told(facts, current=False).join(out, KEY)
    history = history.filter(history.day <= history.best_day)
    history = history.group_by([*KEY, "best_day", "day"]).agg(sellable=history.sellable_units.max())
    history = history.mutate(has=(history.sellable > 0) & (history.day < history.best_day))
    last = history.group_by(KEY).agg(last_good=history.day.max(where=history.has))
    both = history.join(last, KEY)
    after = both.last_good.isnull() | (both.day > both.last_good)
    return both.group_by([*KEY, "last_good"]).agg(first_bad=both.day.min(where=~both.has & after))


def out_days(facts: Facts) -> ir.Table:
    """Intervals in which a listing had nothing to sell at once: [day, day before the next snapshot]."""
    told = facts.table(STOCK)
    told = told.filter(told.sellable_units <= 0)
    rows = told.join(facts.table(ARRIVALS).select("delivery_id", "next_day"), "delivery_id")
    return rows.select(*KEY, from_day=rows.day, to_day=shift(rows.next_day, -1))

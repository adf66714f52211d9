"""`stock_now`: units by listing and pool this morning, from the best report that tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import LISTINGS, STOCK, STOCK_LEDGER, SUPPLY
from ...core.contracts.prepared import ARRIVALS, CHANNELS, LISTING_NOW, STOCK_NOW
from ...core.detector import Facts
from .common import KEY, NO_DAY, PLACE, left, newest, shaped, shift, step

if TYPE_CHECKING:
    import ibis.expr.types as ir

STALE_DAYS = 3
"""A better report counts only if it is at most so many days older than the newest one."""
OFFERED_PRECEDENCE = 60
"""The quantity of a listing we ship ourselves gives way to any stock report."""
APART_UNITS, APART_SHARE = 5, 0.1
"""How far two reports of the same stock may be apart before it is told."""
_POOL = ["account", "pool"]
_UNITS = ("transfer_units", "inbound_working_units", "inbound_shipped_units", "inbound_receiving_units")


def supply_days(facts: Facts) -> ir.Table:
    """Days from order to sellable (`days`) of every way of supply the team told."""
    told = left(facts.now(SUPPLY), facts.table(CHANNELS).select(*PLACE, "assumed_receive_days"), PLACE)
    receive = ibis.coalesce(told.receive_days, told.assumed_receive_days)
    return told.select(*KEY, days=told.lead_time_days + receive)


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
    told = _ours(told, facts)
    told = told.mutate(rank=told.offered.ifelse(OFFERED_PRECEDENCE, told.precedence))
    told = told.join(told.group_by(KEY).agg(latest=told.day.max()), KEY)
    told = told.filter(told.day >= shift(told.latest, -STALE_DAYS))
    moved = told.group_by(KEY).agg(transfer_units=told.transfer_units.max())  # one report tells it
    best = newest(told, told["rank"], told.day.desc(), told.delivery_id.desc()).drop("transfer_units").join(moved, KEY)
    best = best.join(facts.table(CHANNELS).select(*PLACE, "stock_pool"), PLACE)
    best = best.mutate(pool=best.stock_pool + "/" + ibis.coalesce(best.fnsku, best.sku))
    whole = best.group_by(_POOL).agg(held=best.sellable_units.max(), moving=best.transfer_units.max())
    best = best.join(whole, _POOL)
    best = best.mutate(
        oversold=best.sellable_units < 0,
        state=ibis.cases((best.held > 0, "in"), (best.moving > 0, "transfer_only"), else_="out"),  # one tells for all
        source=best.report,
        sellable_units=ibis.greatest(best.sellable_units, 0),
        **{name: best[name].fill_null(0) for name in _UNITS},
    )
    out = best.filter(best.state != "in").select(*KEY, "pool", best_day="day")
    best = left(best, _emptied(facts, out), _POOL)
    bad = best.state != "in"
    best = best.mutate(
        onset_day=bad.ifelse(ibis.coalesce(best.first_bad, best.day), NO_DAY),
        last_good_day=bad.ifelse(best.last_good, NO_DAY),
    )
    return shaped(best, STOCK_NOW)


def _ours(told: ir.Table, facts: Facts) -> ir.Table:
    """Rows of the way a listing is fulfilled now: units in our warehouse are not for sale through the marketplace's."""
    told = left(told, facts.table(LISTING_NOW).select(*KEY, listed_as="fulfillment"), KEY)
    return told.filter(told.listed_as.isnull() | told.fulfillment.isnull() | (told.listed_as == told.fulfillment))


def _emptied(facts: Facts, out: ir.Table) -> ir.Table:
    """Per pool that is out: the last morning any report still had units, and the first without after it."""
    history = _ours(_told(facts, current=False).semi_join(out, KEY), facts).join(out, KEY)
    latest = out.group_by(_POOL).agg(latest=out.best_day.max())
    history = history.join(latest, _POOL).filter(lambda t: t.day <= t.latest)
    history = history.group_by([*_POOL, "latest", "day"]).agg(sellable=history.sellable_units.max())
    history = history.mutate(has=(history.sellable > 0) & (history.day < history.latest))
    last = history.group_by(_POOL).agg(last_good=history.day.max(where=history.has))
    both = history.join(last, _POOL)
    after = both.last_good.isnull() | (both.day > both.last_good)
    return both.group_by([*_POOL, "last_good"]).agg(first_bad=both.day.min(where=~both.has & after))


def disagreements(facts: Facts) -> ir.Table:
    """Listings of which two current stock reports tell more than a tenth and five units apart: a finding about sources.

    The better report is believed all the same; which one is wrong is for a person to find out.
    """
    told = _ours(_told(facts, current=True).filter(lambda t: ~t.offered), facts)
    spread = told.group_by(KEY).agg(most=told.sellable_units.max(), least=told.sellable_units.min())
    apart = spread.most - spread.least
    return spread.filter((apart >= APART_UNITS) & (apart > APART_SHARE * spread.most))


def ledger_kept(facts: Facts) -> ir.Table:
    """The days for which the marketplace's own books tell of each listing it holds stock of: `first_day` to `last_day`.

    They tell nothing of units in our warehouse: a label of the marketplace's is left out where we ship ourselves.
    """
    rows = facts.table(STOCK_LEDGER)
    last = rows.group_by(PLACE).agg(last_day=rows.to_day.max())
    way = rows.fnsku.notnull().ifelse("marketplace", ibis.null().cast("string"))
    kept = _ours(rows.mutate(fulfillment=way), facts).group_by(KEY).agg(first_day=ibis._.from_day.min())
    return kept.join(last, PLACE)


def ledger_out(facts: Facts) -> ir.Table:
    """Days that ended without a sellable unit anywhere, by those books: where they have no row, there was nothing."""
    rows = facts.table(STOCK_LEDGER)
    rows = rows.filter(rows.from_day == rows.to_day)
    days = rows.select(*PLACE, from_day="to_day").distinct()
    days = step(ledger_kept).join(days, PLACE).filter(ibis._.from_day >= ibis._.first_day)
    full = rows.filter((rows.disposition == "sellable") & (rows.ending_units > 0)).select(*KEY, "from_day")
    out = days.anti_join(full, [*KEY, "from_day"])
    return out.select(*KEY, "from_day", to_day="from_day")


def out_days(facts: Facts) -> ir.Table:
    """Intervals in which a listing had nothing to sell: days the books tell, else [day, day before the next snapshot].

    Told by the report that is believed now, and by others for the days before that one was first loaded.
    """
    arrivals = facts.table(ARRIVALS)
    told = facts.table(STOCK)
    rows = _ours(told.filter(told.sellable_units <= 0), facts)
    rows = rows.join(arrivals.select("delivery_id", "report", "next_day"), "delivery_id")
    believed = facts.table(STOCK_NOW).select(*KEY, "source")
    first = arrivals.filter(arrivals.table_name == STOCK.name)
    first = first.group_by([*PLACE, "report"]).agg(since=first.day.min())
    believed = believed.join(first.rename(source="report"), [*PLACE, "source"])
    rows = left(rows, believed, KEY)
    rows = rows.filter(rows.source.isnull() | (rows.report == rows.source) | (rows.day < rows.since))
    rows = left(rows, step(ledger_kept), KEY)
    before = (rows.day < rows.first_day).fill_null(True)
    from_day = before.ifelse(rows.day, ibis.greatest(rows.day, shift(rows.last_day, 1)))
    last = shift(rows.next_day, -1)
    to_day = before.ifelse(ibis.least(last, ibis.coalesce(shift(rows.first_day, -1), last)), last)
    return rows.select(*KEY, from_day=from_day, to_day=to_day).union(step(ledger_out))

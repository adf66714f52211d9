"""More units offered than there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, STOCK, Contract
from ...core.contracts.prepared import ARRIVALS, BASELINES, CHANNELS, LISTING_NOW, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left
from .amounts import evidence_of
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNTED_BY = ("shopify_inventory", "stock_csv")
"""Reports of systems that count the units; what a marketplace shows of merchant stock is what it was told."""
RESYNC_DAYS = 7
"""Days until somebody notices and the systems agree again: assumed."""
_POOL = ["account", "pool"]


class Oversell(Rule):
    """One system offers more units of a shared stock than another, which counts them, holds.

    Why it costs money:
        Orders beyond the units held must be cancelled: the sale is lost, and each cancellation counts against the
        account. Where nothing is left every further order is one too many.
    Source:
        stock.sellable_units      Shopify inventory export `On hand` / `Available`; our own stock.csv: the units there
        listings.quantity_units   Amazon GET_MERCHANT_LISTINGS_ALL_DATA `quantity`; Walmart inventory: the units offered
    Blind spots:
        Systems share a stock only where `[channels] stock_pool` gives them one name and the SKUs are the same. A shop
        that sells below zero on purpose (pre-orders) looks the same. Stock at the marketplace's own warehouses
        cannot be oversold and is left out.
    """

    kind: ClassVar[str] = "oversell"
    title: ClassVar[str] = "Offered more than there is"
    precedence: ClassVar[int] = PRECEDENCE["stock"]
    lane: ClassVar[Lane] = "stop_selling"
    reads: ClassVar[tuple[Contract, ...]] = (STOCK, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_over",
            value=0.1,
            unit="of the units offered",
            fires="at or above",
            measures="observed",
            why="systems that are synchronised every hour differ by the orders of that hour: assumed",
        ),
        Threshold(
            name="min_amount",
            value=20.0,
            unit="US dollars of orders",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="about one order: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings that offer more than their pool holds, or whose pool is below zero; one issue for each pool."""
        stock = _merchant_stock(facts)
        held = _held(stock)
        rows = _offered(facts, stock).join(held, _POOL)
        rows = rows.mutate(over=(rows.offered - ibis.greatest(rows.held, 0)).clip(lower=0))
        rows = rows.filter((rows.over > 0) | (rows.held < 0))
        known = facts.table(BASELINES).select(*KEY, "item_id", "velocity", "price")
        rows = left(left(rows, known, KEY), _pace(facts), _POOL)
        pace, price = rows.velocity.fill_null(0.0), rows.price.fill_null(0.0)
        whole = rows.pace.fill_null(0.0) * RESYNC_DAYS
        beyond = (1 - ibis.greatest(rows.held, 0) / whole.nullif(0.0)).clip(lower=0.0).fill_null(0.0)
        coming = ibis.least(rows.over.cast("float64"), pace * RESYNC_DAYS * beyond)
        listings = rows.count().over(ibis.window(group_by=[rows.account, rows.pool]))
        taken = (-rows.held).clip(lower=0) / listings
        empty = rows.held <= 0
        return observed(
            self.kind,
            rows,
            subject_type="stock_pool",
            subject_key=rows.account + "|" + rows.pool,
            cause=(rows.held < 0).ifelse("below_zero", "offered_more"),
            onset_day=rows.day,
            seen_day=rows.day,
            share_state=empty.ifelse("oversold", "sales_at_once"),
            observed=(rows.held < 0).ifelse(1.0, rows.over / rows.offered.nullif(0)),
            baseline=rows.held.cast("float64"),
            amount_at_risk=(coming + taken) * price,
            evidence=evidence(
                offered=rows.offered,
                held=rows.held,
                sold_a_day_of_the_pool=rows.pace.round(2),
                orders_expected_beyond=(coming + taken).round(1),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        if row["cause"] == "below_zero":
            return f"Sold below zero: {-int(seen['held']):,} units are owed"
        return f"{int(seen['offered']):,} units offered, {int(seen['held']):,} held"


def _merchant_stock(facts: Facts) -> ir.Table:
    """Every current row of stock we ship ourselves, with its pool and whether its report counts units."""
    rows = facts.now(STOCK).filter(ibis._.fulfillment == "merchant")
    rows = rows.join(facts.table(ARRIVALS).select("delivery_id", "report"), "delivery_id")
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "stock_pool"), PLACE)
    pool = rows.stock_pool + "/" + ibis.coalesce(rows.fnsku, rows.sku)
    return rows.select(*KEY, "day", "sellable_units", pool=pool, counts=rows.report.isin(COUNTED_BY))


def _held(stock: ir.Table) -> ir.Table:
    """The units of each pool, by the system that counts them; the most where two do, of the same newest day."""
    rows = stock.filter(stock.counts)
    newest = rows.day.max().over(ibis.window(group_by=[rows.account, rows.pool]))
    rows = rows.mutate(newest=newest).filter(ibis._.day == ibis._.newest)
    return rows.group_by(_POOL).agg(held=rows.sellable_units.max(), day=rows.day.max())


def _offered(facts: Facts, stock: ir.Table) -> ir.Table:
    """What each listing offers of a pool: the quantity a marketplace shows, or 0 where only the counting system knows
    it."""
    listing = facts.table(LISTING_NOW)
    shown = listing.filter((listing.status == "active") & (listing.fulfillment == "merchant"))
    shown = shown.join(facts.table(CHANNELS).select(*PLACE, "stock_pool"), PLACE)
    shown = shown.select(*KEY, pool=shown.stock_pool + "/" + shown.sku, units=shown.quantity_units.fill_null(0))
    said = stock.filter(~stock.counts).select(*KEY, "pool", units="sellable_units")
    counted = stock.filter(stock.counts & (stock.sellable_units < 0))
    counted = counted.select(*KEY, "pool", units=ibis.literal(0, type="int64"))
    rows = shown.union(said).union(counted)
    return rows.group_by([*KEY, "pool"]).agg(offered=rows.units.max())


def _pace(facts: Facts) -> ir.Table:
    """Units a day that all listings of a pool sell together when healthy."""
    stock = facts.table(STOCK_NOW).select(*KEY, "pool")
    rows = stock.join(facts.table(BASELINES).select(*KEY, "velocity"), KEY)
    return rows.group_by(_POOL).agg(pace=rows.velocity.sum())

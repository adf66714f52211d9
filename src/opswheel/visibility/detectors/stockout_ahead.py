"""Stock that will run out before more can arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import INBOUND, LISTINGS, STOCK, SUPPLY, Contract
from ...core.contracts.prepared import BASELINES, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, left
from ..facts.stock import supply_days
from .amounts import days_later, evidence_of
from .base import LOSS_FLOOR, Rule, with_channel
from .planned import POOL, orders, recommended

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ASSUMED = (
    "review_days",
    "assumed_lead_days",
    "assumed_receive_days",
    "shipped_arrives_days",
    "receiving_arrives_days",
)
_REPORTED = ("inbound_shipped_units", "inbound_receiving_units", "transfer_units")


class StockoutAhead(Rule):
    """The stock runs out before an order placed at the next review could arrive: at its healthy pace, or by the plan.

    Why it costs money:
        Today it loses nothing; from the day it runs out it loses everything until stock arrives. Acting while
        an order still arrives in time costs minutes.
    Source:
        stock.sellable_units, transfer_units, inbound_*   FBA inventory, restock and our own stock lists
        supply.lead_time_days, receive_days               our own list, else 45 + 5 days (assumed)
        inbound.units, eta                                our own list, else shipped 14 and receiving 5 days (assumed)
        planned.units, by_day                             Opswheel's own stock plan, where planning is on
    Blind spots:
        Drafted shipments (inbound working) are no promise and do not count. Without a lead time of its own only
        tier 1 and 2 listings are watched, and those the plan wants ordered, with low confidence. The plan is that of
        the run before: an order entered since shows in the next. Coming promotions are not foreseen.
    """

    kind: ClassVar[str] = "stockout_ahead"
    title: ClassVar[str] = "Stock will run out"
    precedence: ClassVar[int] = PRECEDENCE["stock"]
    reads: ClassVar[tuple[Contract, ...]] = (STOCK, LISTINGS, SUPPLY, INBOUND)
    tunable: ClassVar[bool] = True
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_days_short",
            value=1.0,
            unit="days",
            fires="at or above",
            measures="observed",
            release=0.0,
            why="cover must reach past lead time, receiving and the next review; fixed day counts fit no supplier",
        ),
        Threshold(
            name=LOSS_FLOOR.name,
            value=2.0,
            unit=LOSS_FLOOR.unit,
            fires=LOSS_FLOOR.fires,
            measures=LOSS_FLOOR.measures,
            money=True,
            why="a reorder takes about half an hour: assumed",
        ),
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Pools whose cover is shorter than lead + receive + review, or that the plan wants ordered; by listing."""
        rows = left(ahead(facts), recommended(facts), POOL)
        return observed(
            self.kind,
            rows,
            subject_type="stock_pool",
            subject_key=rows.account + "|" + rows.pool,
            cause=rows.told_lead.ifelse("lead_time_told", "lead_time_assumed"),
            onset_day=rows.today,
            last_good_day=rows.today,
            starts_day=rows.start,
            seen_day=rows.day,
            share_state="out_of_stock",
            observed=rows.short,
            baseline=rows.need,
            loss_per_day=rows.revenue_per_day.fill_null(0.0),
            evidence=evidence(
                sellable=rows.units,
                per_day=rows.pace.round(2),
                days_short=rows.short.round(1),
                needed_days=rows.need,
                arriving=rows.arriving,
                runs_out=rows.start,
                lead_time=rows.told_lead.ifelse("told", "assumed"),
                recommended=rows.recommended,
                plan_saves=rows.plan_saves,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong, and what the plan recommends."""
        said, when = evidence_of(row).get("recommended"), f"Runs out on {row['starts_day']:%d %b}"
        return f"{when}: {said}"[:80] if said else f"{when}, more takes {row['baseline']:.0f} days"


def ahead(facts: Facts, only: ir.Table | None = None) -> ir.Table:
    """Listings of pools that fall short, by pace or by the last plan: `short` days, `start` of the loss, `arriving`.

    `only`: of these pools.
    """
    rows = facts.table(STOCK_NOW)
    rows = rows if only is None else rows.semi_join(only, POOL)
    known = facts.table(BASELINES).select(*KEY, "item_id", "velocity", "revenue_per_day", "intent", "tier")
    rows = rows.join(known, KEY).filter(ibis._.intent.isin(["sell", "unknown"]))
    rows = left(rows, _lead(facts), KEY)
    rows = left(with_channel(rows, facts, "today", *_ASSUMED), orders(facts), POOL)
    need = ibis.coalesce(rows.lead_days, rows.assumed_lead_days + rows.assumed_receive_days) + rows.review_days
    left_days = rows.plan_by.delta(rows.today, unit="day")
    whole = rows.mutate(need=need)
    whole = whole.group_by(POOL).agg(
        pace=whole.velocity.sum(), units=whole.sellable_units.max(), need=whole.need.max(), best_tier=whole.tier.min()
    )
    rows = rows.join(whole, POOL)
    rows = rows.mutate(
        told_lead=rows.lead_days.notnull(),
        plan_short=ibis.coalesce((rows.review_days - left_days).cast("float64"), rows.plan_lacking),
    )
    rows = rows.filter((rows.units > 0) & (rows.pace > 0))
    rows = rows.mutate(watched=(rows.told_lead | (rows.best_tier <= 2)) & (rows.units < rows.pace * rows.need))
    rows = rows.filter(rows.watched | rows.plan_short.notnull())
    rows = left(rows, _gaps(facts, rows.filter(rows.watched)), POOL)
    short = ibis.greatest(rows.days_short.fill_null(0.0), rows.plan_short.fill_null(0.0))
    rows = rows.mutate(short=short).filter(short > 0)
    at_pace = days_later(rows.today, (rows.units / rows.pace).floor().cast("int64"))
    start = days_later(rows.today, rows.runs_out)
    return rows.mutate(start=ibis.coalesce(start, rows.plan_out, at_pace))


def _lead(facts: Facts) -> ir.Table:
    """Days from order to sellable by the usual, that is the slowest, way of supply of each SKU."""
    told = supply_days(facts)
    return told.group_by(KEY).agg(lead_days=told.days.max())


def _arrivals(facts: Facts, rows: ir.Table) -> ir.Table:
    """When units land in each pool: our own list where it names one of its SKUs, else what the stock report says.

    Listings of one pool are told the same units: the most of them counts. Units in transfer are at the
    marketplace already and on no list of ours.
    """
    told = facts.now(INBOUND).select(*KEY, "units", "eta").join(rows.select(*KEY, "pool", "today"), KEY)
    listed = told.select(*POOL, in_days=told.eta.delta(told.today, unit="day").clip(lower=0), units=told.units)
    reported = rows.group_by(POOL).agg(
        **{name: rows[name].max() for name in _REPORTED},
        **{name: rows[name].min() for name in ("receiving_arrives_days", "shipped_arrives_days")},
    )
    silent = reported.anti_join(listed, POOL)
    receiving, shipped = silent.inbound_receiving_units, silent.inbound_shipped_units
    parts = [
        listed,
        silent.select(*POOL, in_days="receiving_arrives_days", units=receiving),
        silent.select(*POOL, in_days="shipped_arrives_days", units=shipped),
        reported.select(*POOL, in_days="receiving_arrives_days", units=reported.transfer_units),
    ]
    landing = parts[0]
    for part in parts[1:]:
        landing = landing.union(part)
    return landing.filter(ibis._.units > 0)


def _gaps(facts: Facts, rows: ir.Table) -> ir.Table:
    """Per pool with a gap: how many days it lacks, when it first runs dry, and what arrives meanwhile.

    Stock is looked at just before each arrival and at the end of the days needed: demand until then against the
    units held and landed before. An arrival that comes too late does not close the gap before it.
    """
    pools = rows.select(*POOL, "units", "pace", "need").distinct()
    arrivals = _arrivals(facts, rows)
    landing = arrivals.group_by([*POOL, "in_days"]).agg(landing=arrivals.units.sum())
    looks = landing.join(pools, POOL)
    looks = looks.filter(looks.in_days < looks.need)
    end = pools.mutate(in_days=pools.need.cast("int64"), landing=ibis.literal(0, type="int64"))
    columns = [*POOL, "units", "pace", "need", "in_days", "landing"]
    looks = looks.select(*columns).union(end.select(*columns))
    before = ibis.window(
        group_by=[looks.account, looks.pool], order_by=[looks.in_days, looks.landing.desc()], preceding=(None, 1)
    )
    looks = looks.mutate(landed=looks.landing.sum().over(before).fill_null(0))
    short = looks.pace * looks.in_days - (looks.units + looks.landed)
    looks = looks.mutate(short=short, dry=((looks.units + looks.landed) / looks.pace).floor().cast("int64"))
    gap = looks.short > 0
    found = looks.group_by(POOL).agg(
        days_short=(looks.short / looks.pace).max(where=gap),
        runs_out=looks.dry.min(where=gap),
        arriving=looks.landing.sum(),
    )
    return found.filter(found.days_short.notnull())

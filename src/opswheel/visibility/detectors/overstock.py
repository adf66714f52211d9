"""More stock than sells before it is charged for its age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import STOCK_HEALTH, Contract
from ...core.contracts.prepared import BASELINES, PLANNED, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, PLACE, left, newest
from .amounts import CASH_FLOOR, in_money, with_money
from .base import Rule, without
from .planned import move_in_words

if TYPE_CHECKING:
    import ibis.expr.types as ir

AGED_DAYS = 180
"""From the 181st day on Amazon charges for age (fee page "Aged inventory surcharge")."""
BAND_DAYS = 90
MONTH_DAYS = 30.0
"""A finding is worth one month of its fees: what waiting another month costs."""


class Overstock(Rule):
    """At its healthy pace part of the stock will still lie there when the surcharge on aged stock begins.

    Why it costs money:
        Units that do not sell in time pay storage every month and the surcharge from the 181st day; the cash in
        them is bound as well.
    Source:
        stock_health.available_units, age_*_units      Amazon GET_FBA_INVENTORY_PLANNING_DATA `available`, `inv-age-*`
        stock_health.storage_minor, aged_fee_minor     the same, `estimated-storage-cost-next-month`, `estimated-ais-*`
        planned.units, source_pool                     Opswheel's own stock plan: what it wants taken out
    Blind spots:
        The oldest units are taken to sell first. The pace is today's, of what is not meant to sell what the report
        shipped in 90 days: a season to come is not foreseen. Where the
        report tells no storage fee its money cannot be told. What lies stranded is left to that rule; what is old
        enough already to the surcharge.
    """

    kind: ClassVar[str] = "overstock"
    title: ClassVar[str] = "Too much stock"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (STOCK_HEALTH,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_excess",
            value=0.2,
            unit="of the units held",
            fires="at or above",
            measures="observed",
            release=0.1,
            why="a fifth is more than a forecast is wrong by in half a year: assumed",
        ),
        CASH_FLOOR,
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings with units that will pass 180 days unsold, and a month of what those cost."""
        rows = left(surplus(facts), _taken_out(facts), KEY)
        return observed(
            self.kind,
            rows,
            cause="cover_past_aging",
            onset_day=rows.day,
            seen_day=rows.day,
            share_state=rows.fee.isnull().ifelse("unknown", "cash"),
            observed=rows.excess / rows.held,
            baseline=rows.held / rows.pace.nullif(0.0),
            amount_at_risk=rows.fee,
            evidence=evidence(
                units=rows.held,
                excess=rows.excess.round(0),
                per_day=rows.pace.round(2),
                ageing_this_month=rows.month.round(0),
                storage_a_unit=rows.storage.round(2),
                recommended=ibis.coalesce(rows.move, rows.recommended_action),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        cover = row["baseline"]
        lasts = "it does not sell" if cover is None else f"it lasts {cover:,.0f} days"
        return f"Too much stock: {row['observed']:.0%} will pass 180 days unsold; {lasts}"


def surplus(facts: Facts, only: ir.Table | None = None) -> ir.Table:
    """Listings with units that will pass 180 days unsold: `excess` units and their `fee` of a month; `only` these."""
    rows = facts.now(STOCK_HEALTH)
    rows = rows if only is None else rows.semi_join(only, KEY)
    rows = newest(rows, rows.day.desc(), rows.delivery_id.desc()).drop("item_id")
    held = rows.available_units - rows.pending_removal_units.fill_null(0)
    rows = without(rows.mutate(held=held).filter(ibis._.held > 0), facts, "stranded")
    rows = left(with_money(rows, facts), facts.table(BASELINES).select(*KEY, "item_id", "velocity"), KEY)
    rows = left(rows, _aged_fee(facts), PLACE)
    pace = ibis.coalesce(rows.velocity.nullif(0.0), rows.shipped_90_units / float(BAND_DAYS), 0.0)
    aged = (
        rows.age_181_270_units.fill_null(0) + rows.age_271_365_units.fill_null(0) + rows.age_366_plus_units.fill_null(0)
    )
    older = ibis.least(rows.age_91_180_units.fill_null(0), (rows.held - aged).clip(lower=0))
    younger = (rows.held - aged - older).clip(lower=0)
    soon = _left_over(older, aged + older, pace * BAND_DAYS)
    late = _left_over(younger, aged + older + younger, pace * AGED_DAYS)
    month = _left_over(older * (MONTH_DAYS / BAND_DAYS), aged + older * (MONTH_DAYS / BAND_DAYS), pace * MONTH_DAYS)
    excess = soon + late
    storage = in_money(rows, rows.storage_minor) / rows.available_units.nullif(0)
    fee = excess * storage + month * (rows.aged_unit_minor * rows.unit_rate).fill_null(0.0)
    return rows.mutate(excess=excess, fee=fee, storage=storage, month=month, pace=pace).filter(ibis._.excess > 0)


def _taken_out(facts: Facts) -> ir.Table:
    """What the last plan wants taken out of a listing's pool, in words."""
    rows = facts.table(PLANNED).filter(ibis._.action == "remove")
    rows = rows.select("account", "skus", pool="source_pool", move=move_in_words(rows))
    stock = facts.table(STOCK_NOW).select(*KEY, "pool")
    rows = stock.join(rows, [stock.account == rows.account, stock.pool == rows.pool, stock.sku == rows.skus])
    return rows.group_by(KEY).agg(move=rows.move.max())


def _left_over(units: ir.Value, ahead: ir.Value, sold: ir.Value) -> ir.Value:
    """How many of some units are left once `sold` of those `ahead` (themselves the last of them) are gone."""
    return ibis.least((ahead - sold).clip(lower=0), units)


def _aged_fee(facts: Facts) -> ir.Table:
    """The surcharge on a unit, by what the report estimates for all units of a channel that pay it."""
    rows = facts.now(STOCK_HEALTH)
    rows = rows.filter((rows.aged_fee_units > 0) & (rows.aged_fee_minor > 0))
    return rows.group_by(PLACE).agg(aged_unit_minor=rows.aged_fee_minor.sum() / rows.aged_fee_units.sum())

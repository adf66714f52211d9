"""So little stock that the marketplace charges for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import STOCK_HEALTH, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, left, newest
from .amounts import CASH_FLOOR, began, with_money
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONTH_DAYS = 30.0
FEES = ((14.0, 89), (21.0, 63), (28.0, 32))
"""Minor units a unit below so many days of past cover: Amazon's fee page "Low-inventory-level fee", US, small standard
size, from April 2024. Larger units pay more, so that this is the least of it; elsewhere the same figure is taken in
the channel's currency (assumed)."""


class LowInventoryFee(Rule):
    """The marketplace charges the low-inventory-level fee on every unit it ships of this listing, this week.

    Why it costs money:
        The fee falls on each unit sold while past cover is under four weeks, until more stock has arrived.
    Source:
        stock_health.low_level_charged    Amazon GET_FBA_INVENTORY_PLANNING_DATA `Low-Inventory-Level fee applied in
                                          current week?`
        stock_health.history_cover_days   the same, `historical-days-of-supply`
        stock_health.shipped_30_units     the same, `units-shipped-t30`
    Blind spots:
        The report says that the fee applies, not how much it is: the fee of the smallest size is taken, so the
        amount is a lower bound. More stock ends the fee only weeks later.
    """

    kind: ClassVar[str] = "low_inventory_fee"
    title: ClassVar[str] = "Low-inventory fee"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (STOCK_HEALTH,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (CASH_FLOOR,)

    def observe(self, facts: Facts) -> ir.Table:
        """Listings the report says are charged, and a month of it."""
        rows = facts.now(STOCK_HEALTH)
        rows = newest(rows, rows.day.desc(), rows.delivery_id.desc()).drop("item_id")
        rows = with_money(rows.filter(_charged(rows)), facts)
        told = facts.table(STOCK_HEALTH)
        told = told.select(*KEY, "day", bad=_charged(told)).semi_join(rows, KEY)
        rows = left(rows, began(told, KEY), KEY)
        rows = left(rows, facts.table(BASELINES).select(*KEY, "item_id", "velocity"), KEY)
        cover = ibis.greatest(
            ibis.coalesce(rows.history_short_days, rows.history_cover_days, rows.history_long_days),
            ibis.coalesce(rows.history_long_days, rows.history_cover_days, rows.history_short_days),
        )
        fee = ibis.cases(*[((cover < days).fill_null(False), minor) for days, minor in FEES], else_=FEES[-1][1])
        units = ibis.coalesce(rows.shipped_30_units.cast("float64"), rows.velocity * MONTH_DAYS)
        rows = rows.mutate(units_a_month=units, fee=fee * rows.unit_rate, cover=cover)
        return observed(
            self.kind,
            rows,
            cause="low_inventory",
            onset_day=ibis.coalesce(rows.bad_day, rows.day),
            last_good_day=rows.good_day,
            seen_day=rows.day,
            share_state="cash",
            observed=rows.cover,
            baseline=FEES[-1][0],
            amount_at_risk=rows.units_a_month * rows.fee,
            evidence=evidence(
                units_a_month=rows.units_a_month,
                fee_a_unit_assumed=rows.fee.round(2),
                cover_days=rows.cover,
                minimum=rows.minimum_units,
                ship_in=rows.ship_in_units,
                ship_in_by=rows.ship_in_day,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        days = row["observed"]
        return "Low-inventory fee charged this week" + ("" if days is None else f": {days:.0f} days of past cover")


def _charged(rows: ir.Table) -> ir.BooleanValue:
    return rows.low_level_charged.fill_null(False) & ~rows.low_level_exempt.fill_null(False)

"""Stock so old that the marketplace charges for its age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import STOCK_HEALTH, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, left, newest
from .amounts import CASH_FLOOR, began, evidence_of, in_money, midnight, with_money
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

CHARGED_ON = 15
"""Amazon counts stock for the surcharge on the 15th of each month (fee page "Aged inventory surcharge")."""


class AgedStockFee(Rule):
    """Units have lain at the marketplace for so long that the next surcharge on aged stock falls on them.

    Why it costs money:
        The surcharge comes on top of storage every month and rises with age; a removal order, a sale or an outlet
        deal before the day it is counted saves it.
    Source:
        stock_health.aged_fee_minor, aged_fee_units   Amazon GET_FBA_INVENTORY_PLANNING_DATA `estimated-ais-*`,
                                                      `quantity-to-be-charged-ais-*`
    Blind spots:
        The amount is the marketplace's own estimate at its present rates. What a removal costs is not set against
        it. Other marketplaces charge on other days.
    """

    kind: ClassVar[str] = "aged_stock_fee"
    title: ClassVar[str] = "Aged-stock surcharge"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (STOCK_HEALTH,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (CASH_FLOOR,)

    def observe(self, facts: Facts) -> ir.Table:
        """Listings the next surcharge falls on, less what is on a removal order already."""
        rows = facts.now(STOCK_HEALTH)
        rows = newest(rows, rows.day.desc(), rows.delivery_id.desc())
        told = facts.table(STOCK_HEALTH)
        told = told.select(*KEY, "day", bad=(told.aged_fee_minor > 0).fill_null(False))
        bands = (rows.age_181_270_units, rows.age_271_365_units, rows.age_366_plus_units)
        rows = rows.mutate(aged=ibis.coalesce(rows.aged_fee_units, sum(b.fill_null(0) for b in bands))).drop("item_id")
        stays = (rows.aged - rows.pending_removal_units.fill_null(0)).clip(lower=0)
        rows = rows.mutate(stays=stays).filter((ibis._.stays > 0) & (ibis._.aged_fee_minor > 0))
        rows = with_money(rows, facts, "today")
        rows = left(rows, facts.table(BASELINES).select(*KEY, "item_id"), KEY)
        rows = left(rows, began(told.semi_join(rows, KEY), KEY), KEY)
        rows = rows.mutate(charged=_next_charge(rows.today))
        fee = in_money(rows, rows.aged_fee_minor) * rows.stays / rows.aged
        return observed(
            self.kind,
            rows,
            cause="aged",
            onset_day=ibis.coalesce(rows.bad_day, rows.day),
            last_good_day=rows.good_day,
            seen_day=rows.day,
            share_state="cash",
            observed=rows.stays.cast("float64"),
            baseline=0.0,
            amount_at_risk=fee,
            deadline_at=midnight(rows.charged),
            evidence=evidence(
                units=rows.stays,
                surcharge=fee.round(2),
                counted_on=rows.charged,
                age_181_270=rows.age_181_270_units,
                age_271_365=rows.age_271_365_units,
                age_366_plus=rows.age_366_plus_units,
                shipped_90_days=rows.shipped_90_units,
                recommended=rows.recommended_action,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        units = int(row["observed"])
        charged = evidence_of(row)["counted_on"]
        return f"{units:,} aged unit{'s' * (units != 1)} pay{'s' * (units == 1)} a surcharge on {charged}"


def _next_charge(today: ir.Value) -> ir.Value:
    """The next day on which stock is counted, today included."""
    first = today.truncate("M").cast("date")
    this = (first + ibis.interval(days=CHARGED_ON - 1)).cast("timestamp").cast("date")
    following = (first + ibis.interval(months=1)).cast("timestamp").cast("date")
    following = (following + ibis.interval(days=CHARGED_ON - 1)).cast("timestamp").cast("date")
    return (today <= this).ifelse(this, following)

"""Stock at the marketplace without a live offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, STRANDED, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, newest
from .base import Rule, in_state, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


class StrandedStock(Rule):
    """Units lie sellable at the marketplace, but no offer of ours is live to sell them.

    Why it costs money:
        Every day off loses the sales the item used to make, until the stock runs out; storage fees go on, and
        on the auto-removal day the marketplace sends or destroys the units at our cost.
    Source:
        stranded.sellable_units, stranded_day, reason   Amazon GET_STRANDED_INVENTORY_UI_DATA
        stranded.auto_removal_day                       the same, `Date-to-take-auto-removal`
    Blind spots:
        An item with no sale before it went off has no velocity of its own; it gets its group's. Other
        marketplaces have no such report: there a listing is "inactive with stock".
    """

    kind: ClassVar[str] = "stranded_stock"
    title: ClassVar[str] = "Stranded stock"
    precedence: ClassVar[int] = PRECEDENCE["stranded"]
    reads: ClassVar[tuple[Contract, ...]] = (STRANDED, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_stock_value",
            value=50.0,
            unit="US dollars of stock",
            fires="at or above",
            measures="stock_value",
            money=True,
            why="less than this is not worth a case: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings with sellable but stranded units."""
        rows = in_state(facts, "stranded")
        told = facts.now(STRANDED)
        told = newest(told, told.day.desc(), told.sellable_units.desc())
        rows = rows.join(told.select(*KEY, "sellable_units", "auto_removal_day"), KEY)
        removal = rows.auto_removal_day.cast("timestamp")
        return observed(
            self.kind,
            rows,
            cause=rows.cause,
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            share_state="not_buyable",
            observed=rows.sellable_units,
            baseline=0.0,
            loss_per_day=share_of(rows, 1.0),
            stock_value=(rows.sellable_units * rows.price).fill_null(0.0),
            deadline_at=removal.cast("timestamp(6)"),
            evidence=evidence(
                reason=ibis.coalesce(rows.cause, rows.detail),
                units=rows.sellable_units,
                auto_removal=rows.auto_removal_day,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Stranded: {int(row['observed']):,} units without a live offer"

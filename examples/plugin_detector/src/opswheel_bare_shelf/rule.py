"""The shelf is nearly bare."""

from __future__ import annotations

from opswheel.core.contracts import LISTINGS, STOCK
from opswheel.core.contracts.prepared import BASELINES, STOCK_NOW
from opswheel.core.detector import PRECEDENCE, evidence, observed
from opswheel.core.threshold import Threshold

KEY = ["account", "channel", "sku"]


class BareShelf:
    """What lies on our own shelf lasts for less than three days.

    Why it costs money:
        Whoever packs orders finds the shelf empty before the system does, and orders are cancelled.
    Source:
        stock.sellable_units   our own shelf count
    Blind spots:
        A count that is late counts units that are sold.
    """

    kind = "opswheel-bare-shelf.bare_shelf"
    version = "1"
    title = "Shelf nearly bare"
    precedence = PRECEDENCE["stock"]
    loss = "sales"
    lane = "queue"
    tunable = True
    reads = (STOCK, LISTINGS)
    thresholds = (
        Threshold(
            name="max_days",
            value=3.0,
            unit="days of sales",
            fires="at or below",
            measures="observed",
            why="our supplier brings more within three days",
        ),
    )

    def observe(self, facts):
        """Merchant-fulfilled listings with units left for at most a week."""
        stock = facts.table(STOCK_NOW)
        known = facts.table(BASELINES).select(*KEY, "item_id", "velocity", "revenue_per_day")
        rows = stock.filter(stock.sellable_units > 0).join(known, KEY)
        rows = rows.mutate(lasts=rows.sellable_units / rows.velocity.nullif(0.0))
        rows = rows.filter(rows.lasts <= 7)
        return observed(
            self.kind,
            rows,
            cause="nearly_bare",
            onset_day=rows.day,
            seen_day=rows.day,
            share_state="out_of_stock",
            starts_day=rows.day,
            observed=rows.lasts,
            baseline=7.0,
            loss_per_day=rows.revenue_per_day,
            evidence=evidence(units=rows.sellable_units),
        )

    def sentence(self, row):
        """What is wrong."""
        return f"Shelf nearly bare: lasts {row['observed']:.1f} days"

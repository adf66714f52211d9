"""Orders that should have left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import OPEN_ORDERS, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import shift
from .amounts import days_later, evidence_of
from .base import Rule
from .open_lines import by_listing, open_lines

if TYPE_CHECKING:
    import ibis.expr.types as ir

LATE_LOSES = 0.2
"""Share of orders a day or more late that end cancelled or refunded: assumed; all of those the marketplace is about
to cancel."""


class OrdersPastPromise(Rule):
    """Orders we ship ourselves have not left, and the hour by which they should have is past.

    Why it costs money:
        The longer an order waits, the surer it is cancelled or refunded; the marketplace cancels it by itself in
        the end. Each one counts in the late-shipment and cancellation rates that keep the account open.
    Source:
        open_orders.ship_by_at, late_days   Amazon Unshipped Orders `promise-date`, `days-past-promise`
        open_orders.near_cancellation       the same, `verge-of-cancellation`
    Blind spots:
        An order that was shipped but not confirmed looks the same, and counts the same. That one in five is lost is
        assumed. What it does to the account stands under account health. Lists older than yesterday are not believed.
    """

    kind: ClassVar[str] = "orders_past_promise"
    title: ClassVar[str] = "Orders past their promise"
    precedence: ClassVar[int] = PRECEDENCE["delivery"]
    reads: ClassVar[tuple[Contract, ...]] = (OPEN_ORDERS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = ()

    def observe(self, facts: Facts) -> ir.Table:
        """Open lines whose last hour was before today; one issue for each channel and day promised."""
        rows = open_lines(facts).filter(ibis._.behind > 0)
        doomed = rows.near_cancellation.fill_null(False)
        rows = rows.mutate(amount=rows.worth * doomed.ifelse(1.0, LATE_LOSES))
        rows = by_listing(rows, days_later(rows.today, -rows.behind))
        promised = rows.mark.cast("date")
        return observed(
            self.kind,
            rows,
            subject_type="cut_off",
            subject_key=rows.key,
            cause="past_promise",
            onset_day=shift(promised, 1),
            last_good_day=promised,
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=rows.orders.cast("float64"),
            baseline=rows.behind.cast("float64"),
            amount_at_risk=rows.amount,
            evidence=evidence(
                orders=rows.orders,
                units=rows.all_units,
                worth=rows.all_worth.round(2),
                promised=promised,
                about_to_be_cancelled=rows.cancelled_soon,
                counts_against=ibis.literal("late shipment rate"),
                units_of_this=rows.units,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        orders, late = int(row["observed"]), int(row["baseline"])
        soon = int(evidence_of(row).get("about_to_be_cancelled", 0))
        start = f"{orders:,} order{'s' * (orders != 1)} {late} day{'s' * (late != 1)} late"
        return f"{start}, {soon:,} about to be cancelled" if soon else start

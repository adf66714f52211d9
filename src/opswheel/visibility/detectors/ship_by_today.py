"""Orders that must leave today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import OPEN_ORDERS, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from .base import Rule
from .open_lines import by_listing, open_lines

if TYPE_CHECKING:
    import ibis.expr.types as ir

LATE_LOSES = 0.1
"""Share of late orders that end cancelled or refunded: assumed."""


class ShipByToday(Rule):
    """Orders we ship ourselves must be handed over today, by the hour the marketplace promised.

    Why it costs money:
        A late order counts against the account, and part of the late ones is cancelled or refunded.
    Source:
        open_orders.ship_by_at, open_units   Amazon Unshipped Orders `promise-date`; our own open_orders.csv
    Blind spots:
        The list is of this morning: what has left since still shows. That one late order in ten is lost is assumed.
        Lists older than yesterday are not believed.
    """

    kind: ClassVar[str] = "ship_by_today"
    title: ClassVar[str] = "Ship today"
    precedence: ClassVar[int] = PRECEDENCE["delivery"]
    reads: ClassVar[tuple[Contract, ...]] = (OPEN_ORDERS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = ()

    def observe(self, facts: Facts) -> ir.Table:
        """Open lines whose last hour is today; one issue for each channel and hour."""
        rows = open_lines(facts)
        rows = rows.filter((rows.ship_by_at > rows.day_begins_at) & (rows.ship_by_at <= rows.day_ends_at))
        rows = by_listing(rows.mutate(amount=rows.worth * LATE_LOSES), rows.ship_by_at)
        return observed(
            self.kind,
            rows,
            subject_type="cut_off",
            subject_key=rows.key,
            cause="ship_by_today",
            onset_day=rows.today,
            seen_day=rows.day,
            share_state="sales_at_once",
            observed=rows.orders.cast("float64"),
            baseline=0.0,
            amount_at_risk=rows.amount,
            deadline_at=rows.ship_by.cast("timestamp(6)"),
            evidence=evidence(
                orders=rows.orders,
                units=rows.all_units,
                worth=rows.all_worth.round(2),
                ship_by_utc=rows.ship_by,
                units_of_this=rows.units,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What must be done."""
        orders = int(row["observed"])
        return f"{orders:,} order{'s' * (orders != 1)} must leave today"

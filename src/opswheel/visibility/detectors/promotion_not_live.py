"""A promotion that should run does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import PROMOTION_RESULTS, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import ITEM, KEY, PLACE, shift
from .amounts import evidence_of, midnight, place_key
from .base import Rule, meant_to_sell, sellable

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOT_LIVE = ("needs_attention", "needs attention", "rejected", "suppressed", "cancelled", "canceled", "draft")
LIFT = 0.5
"""What a deal sells beyond the usual, as a share of it: assumed; deals that ran are in promotion_results."""
AHEAD_DAYS = 7


class PromotionNotLive(Rule):
    """A deal of ours that has begun, or begins within a week, is not approved: the marketplace holds it back.

    Why it costs money:
        Stock and price were planned for it. Deals cannot be moved once their days are over, and a fee may be due.
    Source:
        promotion_results.state, from_day, to_day   Amazon promotion performance report `status`, `startDateTime`
    Blind spots:
        A deal the report does not name cannot be seen. One we cancelled ourselves looks the same: close it as
        expected. What it would sell beyond the usual is assumed: half as much again.
    """

    kind: ClassVar[str] = "promotion_not_live"
    title: ClassVar[str] = "Promotion not live"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    spoke: ClassVar[str] = "price"
    reads: ClassVar[tuple[Contract, ...]] = (PROMOTION_RESULTS,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_days",
            value=1.0,
            unit="days left",
            fires="at or above",
            measures="observed",
            why="on its last day nothing done today runs any more",
        ),
        Threshold(
            name="min_amount",
            value=15.0,
            unit="US dollars",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="half an hour of work at a wage of 30 an hour: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings of deals that are held back by the last word on them, with the days that are left of each."""
        rows = facts.table(PROMOTION_RESULTS)
        order = [rows.day.desc(), rows.known_at.desc(), rows.delivery_id.desc()]
        last = ibis.row_number().over(group_by=[*(rows[k] for k in ITEM), rows.promotion_id], order_by=order)
        rows = rows.mutate(_n=last).filter(ibis._["_n"] == 0)
        rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        rows = rows.filter(rows.state.isin(NOT_LIVE) & (rows.units.fill_null(0) == 0))
        rows = rows.filter((rows.to_day > rows.today) & (rows.from_day <= shift(rows.today, AHEAD_DAYS)))
        rows = rows.rename(seen_day="day")
        listing = facts.table(LISTING_NOW).select(*KEY, "item_id")
        rows = meant_to_sell(sellable(rows.join(listing, ITEM), facts), facts)
        rows = rows.join(facts.table(BASELINES).select(*KEY, "revenue_per_day"), KEY)
        start = ibis.greatest(rows.from_day, rows.today)
        rows = rows.mutate(days=rows.to_day.delta(start, unit="day").cast("float64"))
        return observed(
            self.kind,
            rows,
            subject_type="campaign",
            subject_key=place_key(rows, rows.promotion_id),
            cause=rows.state,
            onset_day=ibis.least(rows.from_day, rows.seen_day),
            seen_day=rows.seen_day,
            share_state="sales_at_once",
            observed=rows.days,
            baseline=0.0,
            amount_at_risk=(rows.revenue_per_day * LIFT * rows.days).fill_null(0.0),
            deadline_at=midnight(rows.to_day),
            evidence=evidence(
                promotion=ibis.coalesce(rows.name, rows.promotion_id),
                state=rows.state,
                from_day=rows.from_day,
                to_day=rows.to_day,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        state = str(seen["state"]).replace("_", " ")
        return f"Deal {str(seen['promotion'])[:24]} is not live: {state}, ends {seen['to_day']}"

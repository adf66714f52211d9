"""A day after which something is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import DEADLINES, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, NO_DAY, left, shift
from .amounts import evidence_of, in_money, midnight, place_key, with_money
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

DOWN_AFTER = ("document", "offer_end", "contract")
"""What ends with these is the listing itself: it cannot be bought from the day after."""
LOOSE_DAYS = 90
WORDS = {
    "document": "Document runs out",
    "claim": "Claim must be filed",
    "appeal": "Appeal must be filed",
    "guarantee_claim": "Guarantee claim must be answered",
    "lot_expiry": "Lot expires",
    "offer_end": "Offer ends",
    "contract": "Contract ends",
    "other": "Must be done",
}


class DeadlineNear(Rule):
    """Something must be done by a day that is near, and after it money, a right or a listing is lost.

    Why it costs money:
        A document that runs out takes the listing down: its sales are lost from the day after. A claim, an appeal
        or a lot is worth its amount until its last day, and nothing the day after.
    Source:
        deadlines.due_day, kind, amount, sku   our own list: deadlines.csv; no report tells them
    Blind spots:
        Only what somebody wrote down. Without a listing and without an amount its money cannot be told: it stands
        in lane verify. A day that has passed is no longer shown.
    """

    kind: ClassVar[str] = "deadline_near"
    title: ClassVar[str] = "Deadline near"
    precedence: ClassVar[int] = PRECEDENCE["not_buyable"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (DEADLINES,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="max_days_left",
            value=30.0,
            unit="days to the last day",
            fires="at or below",
            measures="observed",
            why="documents and appeals take weeks; what is further off is only a date: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Dates of the list that lie within the next quarter, one row for each."""
        rows = with_money(facts.now(DEADLINES), facts, "today")
        rows = rows.mutate(left=rows.due_day.delta(rows.today, unit="day"), sku=rows.sku.fill_null(""))
        rows = rows.filter((rows.left >= 0) & (rows.left <= LOOSE_DAYS))
        rows = left(rows, facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day"), KEY)
        amount = in_money(rows, rows.amount_minor)
        down = rows.kind.isin(DOWN_AFTER) & rows.revenue_per_day.notnull()
        words = rows.kind + "|" + rows.due_day.cast("string") + "|" + rows.sku + "|" + rows.what
        return observed(
            self.kind,
            rows,
            subject_type="deadline",
            subject_key=place_key(rows, words),
            cause=rows.kind,
            onset_day=rows.day,
            seen_day=rows.day,
            starts_day=down.ifelse(shift(rows.due_day, 1), NO_DAY),
            share_state=ibis.cases((down, "not_buyable"), (amount.notnull(), "cash"), else_="unknown"),
            observed=rows.left,
            baseline=0.0,
            loss_per_day=rows.revenue_per_day,
            amount_at_risk=amount,
            deadline_at=midnight(shift(rows.due_day, 1)),
            evidence=evidence(
                what=rows.what,
                due=rows.due_day,
                units=rows.units,
                amount=amount.round(2),
                reference=rows.reference,
                owner=rows.owner,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What must be done, and by when."""
        seen = evidence_of(row)
        days = int(row["observed"])
        when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
        text = f"{WORDS.get(row['cause'], WORDS['other'])} {when}: {seen['what']}"
        return text if len(text) <= 80 else text[:79] + "…"

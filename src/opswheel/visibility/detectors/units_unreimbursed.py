"""Units lost or damaged at the marketplace that nobody was paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import REIMBURSEMENTS, STOCK_LEDGER, Contract
from ...core.contracts.prepared import CHANNELS
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left, shift
from .amounts import CASH_FLOOR, CLAIM_DAYS, evidence_of, midnight, place_key, with_cost
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

ITS_OWN_DAYS = 7
"""The marketplace often finds units again, or pays for them by itself, within a week: a claim before is refused."""


class UnitsUnreimbursed(Rule):
    """The marketplace's books show units of ours lost or damaged in its hands, and no payment for them.

    Why it costs money:
        The marketplace owes what the units cost, but only those who claim within the window are paid.
    Source:
        stock_ledger.lost_units, damaged_units, found_units   Amazon Inventory Ledger summary, one-day rows
        reimbursements.cash_units, stock_units                Amazon Reimbursements report
        costs.unit_cost                                       our own list, else 40 % of the price (assumed)
    Blind spots:
        Payments are set against losses of the same SKU, not of the same unit. Without the reimbursements report
        all losses look unpaid: this rule waits for it. What a unit is worth to the marketplace may be less.
    """

    kind: ClassVar[str] = "units_unreimbursed"
    title: ClassVar[str] = "Lost units, not paid for"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (STOCK_LEDGER, REIMBURSEMENTS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_value",
            value=CASH_FLOOR.value,
            unit="US dollars in all the channel's lost units",
            fires="at or above",
            measures="stock_value",
            money=True,
            why=CASH_FLOOR.why,
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings with unpaid units inside the window; one issue for all of a channel."""
        rows = _lost(facts)
        rows = left(rows, _paid(facts, rows), KEY)
        rows = rows.mutate(unpaid=rows.gone - rows.paid.fill_null(0))
        rows = rows.filter(rows.unpaid > 0)
        rows = with_cost(rows, facts)
        rows = rows.mutate(value=(rows.unpaid * rows.unit_value).fill_null(0.0))
        channel = ibis.window(group_by=[rows.account, rows.channel])
        rows = rows.mutate(
            all_value=rows.value.sum().over(channel),
            all_units=rows.unpaid.sum().over(channel),
            first=rows.first_day.min().over(channel),
            last=rows.last_day.min().over(channel),
        )
        return observed(
            self.kind,
            rows,
            subject_type="account",
            subject_key=place_key(rows),
            cause="lost_or_damaged",
            onset_day=rows["first"],
            seen_day=rows.seen_day,
            share_state="cash",
            observed=rows.all_units.cast("float64"),
            baseline=0.0,
            stock_value=rows.all_value,
            amount_at_risk=rows.value,
            deadline_at=midnight(shift(rows["last"], 1)),
            evidence=evidence(
                units=rows.unpaid,
                lost_or_damaged=rows.gone,
                paid=rows.paid.fill_null(0),
                unit_value=rows.unit_value.round(2),
                value_from=rows.unit_from,
                first_window_ends=rows["last"],
                units_of_all=rows.all_units,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        ends = evidence_of(row)["first_window_ends"]
        units = int(row["observed"])
        return f"{units:,} lost or damaged unit{'s' * (units != 1)} not paid for; claim by {ends}"


def _lost(facts: Facts) -> ir.Table:
    """Units lost and damaged less found, of each listing on days whose window is open and that are a week old.

    Only channels whose reimbursements are loaded: else nobody knows what was paid.
    """
    rows = facts.table(STOCK_LEDGER)
    rows = rows.filter(rows.from_day == rows.to_day).semi_join(facts.table(REIMBURSEMENTS), PLACE)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.mutate(ends=shift(rows.to_day, CLAIM_DAYS))
    rows = rows.filter((rows.ends >= rows.today) & (rows.to_day <= shift(rows.today, -ITS_OWN_DAYS)))
    gone = -(rows.lost_units.fill_null(0) + rows.damaged_units.fill_null(0))
    rows = rows.mutate(gone=gone, found=rows.found_units.fill_null(0))
    some = rows.gone > 0
    rows = rows.group_by(KEY).agg(
        gone=(rows.gone - rows.found).sum(),
        first_day=rows.to_day.min(where=some),
        last_day=rows.ends.min(where=some),
        seen_day=rows.to_day.max(),
    )
    return rows.filter((rows.gone > 0) & rows.first_day.notnull())


def _paid(facts: Facts, lost: ir.Table) -> ir.Table:
    """Units paid for, or given back as stock, since each listing's first loss; corrections take away."""
    rows = facts.table(REIMBURSEMENTS)
    newest = ibis.row_number().over(
        group_by=[rows.account, rows.channel, rows.reimbursement_id, rows.sku, rows.line],
        order_by=[rows.updated_at.desc(), rows.delivery_id.desc()],
    )
    rows = rows.mutate(_n=newest).filter(ibis._["_n"] == 0)
    rows = rows.join(lost.select(*KEY, "first_day"), KEY)
    rows = rows.filter(rows.day >= rows.first_day)
    units = rows.cash_units.fill_null(0) + rows.stock_units.fill_null(0)
    sign = (rows.amount_minor < 0).fill_null(False).ifelse(-1, 1)
    return rows.group_by(KEY).agg(paid=(units.abs() * sign).sum())

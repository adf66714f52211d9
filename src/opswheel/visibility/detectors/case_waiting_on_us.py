"""A case at the marketplace that waits for our answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import CASES, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_STATE
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import ITEM, KEY, PLACE, left
from .amounts import evidence_of, place_key
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

LONGER_DAYS = 7
"""By how many days an unanswered letter prolongs what the case is about: assumed."""
WELL_SHARE = 0.1
"""Share of its sales a listing loses that is in no bad state although a case is about it: assumed."""
STATE_SHARES = {"hidden": 0.6}
"""Any other bad state loses everything."""
_CASE = ["account", "channel", "case_id"]


class CaseWaitingOnUs(Rule):
    """The marketplace wrote last, or asks us for something, and the case is not closed: it waits for our answer.

    Why it costs money:
        Nothing moves until we answer, and unanswered cases are closed. What the case is about goes on meanwhile:
        a week of it is what an answer today saves.
    Source:
        cases.direction, status, at   case e-mails (.eml, mbox), pasted case log, our own cases.csv
        cases.item_id                 the first item the letters name
    Blind spots:
        Marketplaces export no cases: only letters that were forwarded and logs that were pasted are known. A letter
        that only says "we are working on it" looks like one that asks. Without an item its money cannot be told: it
        stands in lane verify. Its money repeats part of what the listing's own issue holds, so it is in no total.
    """

    kind: ClassVar[str] = "case_waiting_on_us"
    title: ClassVar[str] = "Case waits on us"
    precedence: ClassVar[int] = PRECEDENCE["delivery"]
    spoke: ClassVar[str] = ""
    reads: ClassVar[tuple[Contract, ...]] = (CASES,)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_days",
            value=1.0,
            unit="days waited",
            fires="at or above",
            measures="observed",
            why="what came today is in somebody's inbox: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Cases whose latest row has them asking; a row for each listing of the item the case names."""
        rows = _latest(facts).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
        asks = (rows.status == "waiting_on_us").fill_null(False)
        open_ = rows.status.isnull() | (rows.status == "open")
        rows = rows.filter(asks | (open_ & (rows.direction == "them").fill_null(False)))
        rows = left(rows, _named(facts), _CASE)
        known = facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day")
        rows = left(left(rows, known, ITEM), _shares(facts), KEY)
        share = rows.share.fill_null(WELL_SHARE)
        amount = rows.revenue_per_day * share * LONGER_DAYS
        rows = rows.mutate(sku=rows.sku.fill_null(""), lost=share, amount=amount)
        return observed(
            self.kind,
            rows,
            subject_type="case",
            subject_key=place_key(rows, rows.case_id),
            cause=rows.status.fill_null("answered"),
            onset_day=rows.day,
            seen_day=rows.seen_day,
            share_state=rows.amount.isnull().ifelse("unknown", "sales_at_once"),
            observed=rows.today.delta(rows.day, unit="day").cast("float64"),
            baseline=0.0,
            amount_at_risk=rows.amount,
            evidence=evidence(
                case=rows.case_id,
                last_seen=rows.seen_day,
                by=rows.told,
                status=rows.status,
                item=rows.item_id,
                share_assumed=rows.amount.notnull().ifelse(rows.lost, ibis.null().cast("float64")),
                days_longer_assumed=ibis.literal(LONGER_DAYS),
                says=rows.excerpt,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        days = int(row["observed"])
        case = evidence_of(row)["case"]
        return f"Case {case} has waited on us for {days} day{'s' * (days != 1)}"


def _latest(facts: Facts) -> ir.Table:
    """The latest row of each case: a letter speaks of the moment it was written, a log of the morning it was taken."""
    rows = facts.table(CASES)
    rows = rows.mutate(speaks_at=(rows.told == "letter").ifelse(rows.at, rows.known_at))
    last = ibis.row_number().over(
        group_by=[rows[k] for k in _CASE],
        order_by=[rows.speaks_at.desc(), rows.at.desc(), rows.delivery_id.desc(), rows.direction],
    )
    seen = rows.speaks_at.max().over(ibis.window(group_by=[rows[k] for k in _CASE])).date()
    rows = rows.mutate(seen_day=seen, _n=last).filter(ibis._["_n"] == 0)
    return rows.select(*_CASE, "told", "day", "direction", "status", "excerpt", "seen_day")


def _named(facts: Facts) -> ir.Table:
    """The item of each case, where any of its rows names one."""
    rows = facts.table(CASES)
    return rows.filter(rows.item_id.notnull()).group_by(_CASE).agg(item_id=rows.item_id.min())


def _shares(facts: Facts) -> ir.Table:
    """The share of its sales each listing in a bad state loses today."""
    rows = facts.table(LISTING_STATE)
    rows = rows.filter(rows.starts_day.isnull())
    share = ibis.cases(*[(rows.state == state, value) for state, value in STATE_SHARES.items()], else_=1.0)
    rows = rows.mutate(share=share)
    return rows.group_by(KEY).agg(share=rows.share.max())

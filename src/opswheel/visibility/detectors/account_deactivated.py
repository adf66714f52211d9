"""The marketplace has closed the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ACCOUNT_HEALTH, Contract
from ...core.contracts.prepared import BASELINES
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE
from .amounts import began, evidence_of, place_key
from .base import Rule, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AccountDeactivated(Rule):
    """The marketplace has closed the seller account: no listing of the channel can be bought.

    Why it costs money:
        Everything the channel sells is lost until the account is open again, and its payouts are held.
    Source:
        account_health.state   Amazon GET_V2_SELLER_PERFORMANCE_REPORT `accountStatuses[].status`
    Blind spots:
        Only Amazon tells it in a report. Listings of a closed account often still show as active.
    """

    kind: ClassVar[str] = "account_deactivated"
    title: ClassVar[str] = "Account closed"
    precedence: ClassVar[int] = PRECEDENCE["account"]
    reads: ClassVar[tuple[Contract, ...]] = (ACCOUNT_HEALTH,)
    thresholds: ClassVar[tuple[Threshold, ...]] = ()

    def observe(self, facts: Facts) -> ir.Table:
        """Every listing meant to sell of a channel whose account is closed."""
        told = facts.table(ACCOUNT_HEALTH).filter(ibis._.metric == "account_status")
        told = told.select(*PLACE, "day", bad=(told.state == "deactivated").fill_null(False))
        now = facts.now(ACCOUNT_HEALTH).filter(ibis._.metric == "account_status")
        now = now.filter(now.state == "deactivated").group_by(PLACE).agg(seen_day=now.day.max())
        since = began(told, PLACE).join(now, PLACE).filter(ibis._.bad_day.notnull())
        known = facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day", "intent")
        rows = since.join(known.filter(known.intent.isin(["sell", "sell_through"])), PLACE)
        return observed(
            self.kind,
            rows,
            subject_type="account",
            subject_key=place_key(rows),
            cause="deactivated",
            onset_day=rows.bad_day,
            last_good_day=rows.good_day,
            seen_day=rows.seen_day,
            share_state="not_buyable",
            observed=0.0,
            baseline=1.0,
            loss_per_day=share_of(rows, 1.0),
            evidence=evidence(status=ibis.literal("deactivated"), since=rows.bad_day),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"The marketplace closed the account, first seen {evidence_of(row)['since']}: nothing sells"

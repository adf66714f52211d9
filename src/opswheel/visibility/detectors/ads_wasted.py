"""Ads send shoppers to what they cannot buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ADS, LISTINGS, STOCK, Contract
from ...core.contracts.prepared import LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.advertising import NOW_DAYS, ads_now
from ..facts.common import KEY
from .base import Rule, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEEK_DAYS = 7
"""What the present spend costs until somebody would have seen it in a weekly look at campaigns: assumed."""


class AdsWasted(Rule):
    """Money is spent on ads for a listing that shoppers cannot buy now.

    Why it costs money:
        Every click is paid for and nobody can order. Most marketplaces stop such ads by themselves, but not where
        another offer of the item is live, where the ad leads to a brand page, or within the first hours.
    Source:
        ads.spend_minor          Amazon Sponsored Products advertised product report `Spend`
        listing_state, stock_now what keeps the listing from being bought
    Blind spots:
        Ads settle after about two days: the spend told may lie before the listing went off, so only days after
        both are counted. Spend of longer than one day counts on no day.
    """

    kind: ClassVar[str] = "ads_wasted"
    title: ClassVar[str] = "Ads spend on what cannot sell"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    lane: ClassVar[Lane] = "stop_selling"
    reads: ClassVar[tuple[Contract, ...]] = (ADS, LISTINGS, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_amount",
            value=10.0,
            unit="US dollars a week",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="less is not worth opening the campaign: assumed from a wage of 30 an hour",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings that are off or out of stock and whose ads cost something in the last days, while they were."""
        rows = ads_now(facts).filter(ibis._.spend_now > 0).join(_off(facts), KEY)
        rows = rows.filter(rows.off_day.isnull() | (rows.off_day <= rows.first_spent))
        rows = with_channel(rows, facts, "unit_rate")
        per_day = rows.spend_now * rows.unit_rate / NOW_DAYS
        listing = facts.table(LISTING_NOW).select(*KEY, listed_as="item_id")
        rows = rows.mutate(per_day=per_day).join(listing, KEY)
        return observed(
            self.kind,
            rows,
            item_id=rows.listed_as,
            cause=rows.why,
            onset_day=rows.first_spent,
            seen_day=rows.last_day,
            share_state="cash",
            observed=rows.per_day,
            baseline=0.0,
            amount_at_risk=(rows.per_day * WEEK_DAYS).fill_null(0.0),
            evidence=evidence(spend_a_day=rows.per_day.round(2), cannot_be_bought=rows.why, since=rows.off_day),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Ads cost {row['observed']:,.2f} a day and nobody can buy it: {row['cause'].replace('_', ' ')}"


def _off(facts: Facts) -> ir.Table:
    """Listings that cannot be bought, why, and since when."""
    state, stock = facts.table(LISTING_STATE), facts.table(STOCK_NOW)
    down = state.filter(state.state.isin(["removed", "suppressed", "stranded", "inactive"]) & state.starts_day.isnull())
    empty = stock.filter(stock.state == "out")
    both = down.select(*KEY, off_day="onset_day", why="state").union(
        empty.select(*KEY, off_day="onset_day", why=ibis.literal("out_of_stock"))
    )
    return both.group_by(KEY).agg(off_day=both.off_day.min(), why=both.why.min())

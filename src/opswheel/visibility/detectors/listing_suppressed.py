"""The marketplace holds the listing back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, LISTINGS, SUPPRESSIONS, Contract
from ...core.detector import PRECEDENCE, Facts
from .base import Rule, enforced, in_state, without

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ListingSuppressed(Rule):
    """The marketplace has suppressed the listing: shoppers cannot buy it.

    Why it costs money:
        Every day it stays down loses the sales it made before, and its rank fades.
    Source:
        listing_status.action, buyable   Amazon Listings Items `issues[].enforcements`, `summaries[].status`
        suppressions.state               Amazon GET_MERCHANTS_LISTINGS_FYP_REPORT `Status`
        listing_changes.action           Amazon notification LISTINGS_ITEM_ISSUES_CHANGE, within minutes
        listings.status                  Amazon GET_MERCHANT_LISTINGS_ALL_DATA `status`
    Blind spots:
        The exported suppressed list names no enforcement: what it calls search suppressed counts as hidden while
        the listing is active, anything else as suppressed. An exempt enforcement does not fire before its
        exemption ends; until then it is dated.
    """

    kind: ClassVar[str] = "listing_suppressed"
    title: ClassVar[str] = "Listing suppressed"
    precedence: ClassVar[int] = PRECEDENCE["not_buyable"]
    reads: ClassVar[tuple[Contract, ...]] = (SUPPRESSIONS, LISTING_STATUS, LISTINGS)

    def observe(self, facts: Facts) -> ir.Table:
        """Suppressed listings whose item is not removed altogether."""
        rows = without(in_state(facts, "suppressed"), facts, "removed")
        return enforced(self.kind, rows, "not_buyable", 1.0)

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        start = "Will be suppressed" if row["starts_day"] else "Suppressed"
        return f"{start}: {row['cause'].lower().replace('_', ' ')}" if row["cause"] else start

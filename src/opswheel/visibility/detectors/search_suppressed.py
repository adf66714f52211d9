"""The listing can be bought but not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, LISTINGS, SUPPRESSIONS, Contract
from ...core.detector import PRECEDENCE, Facts
from .base import Rule, enforced, in_state, without

if TYPE_CHECKING:
    import ibis.expr.types as ir

ASSUMED_SHARE = 0.6


class SearchSuppressed(Rule):
    """The listing is hidden from search and browse, though whoever has its link can still buy it.

    Why it costs money:
        Most shoppers come through search. How much of the sales is lost is assumed at first (60 %) and then
        read off the listing's own sales since.
    Source:
        suppressions.state            Amazon GET_MERCHANTS_LISTINGS_FYP_REPORT `Status` = Search Suppressed
        listing_changes.discoverable  Amazon notification LISTINGS_ITEM_STATUS_CHANGE, within minutes
        listing_status.discoverable   Amazon Listings Items, SEARCH_SUPPRESSED applied and not exempt
    Blind spots:
        A listing that sells through ads or links loses less; until five units say so it is not known.
    """

    kind: ClassVar[str] = "search_suppressed"
    title: ClassVar[str] = "Hidden from search"
    precedence: ClassVar[int] = PRECEDENCE["hidden"]
    reads: ClassVar[tuple[Contract, ...]] = (SUPPRESSIONS, LISTING_STATUS, LISTINGS)

    def observe(self, facts: Facts) -> ir.Table:
        """Hidden listings that can still be bought."""
        rows = without(in_state(facts, "hidden"), facts, "removed", "suppressed", "inactive")
        return enforced(self.kind, rows, "hidden", ASSUMED_SHARE)

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        start = "Will be hidden from search" if row["starts_day"] else "Hidden from search"
        return f"{start}: {row['cause'].lower().replace('_', ' ')}" if row["cause"] else start

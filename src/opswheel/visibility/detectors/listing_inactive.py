"""The listing is off, and no report says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTING_STATUS, LISTINGS, STOCK, STRANDED, SUPPRESSIONS, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from .base import Rule, in_state, in_stock, share_of, without

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ListingInactive(Rule):
    """The listing is inactive or incomplete although it is meant to sell, and no other report explains it.

    Why it costs money:
        Nobody can buy it. Often it was closed by a bad upload or an expired document, and nobody noticed.
    Source:
        listings.status          Amazon GET_MERCHANT_LISTINGS_ALL_DATA `status`
        listing_changes.buyable  Amazon notification LISTINGS_ITEM_STATUS_CHANGE, within minutes
        listing_status.buyable   Amazon Listings Items `summaries[].status`
    Blind spots:
        "Inactive" comes without a reason in every listing report. What is out of stock, suppressed, stranded or
        removed is left to the rule that knows more; the rest is asked about once, with low confidence.
    """

    kind: ClassVar[str] = "listing_inactive"
    title: ClassVar[str] = "Listing inactive, unexplained"
    precedence: ClassVar[int] = PRECEDENCE["inactive"]
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS, LISTING_STATUS, STOCK, STRANDED, SUPPRESSIONS)

    def observe(self, facts: Facts) -> ir.Table:
        """Inactive listings that are in no better explained state and not out of stock."""
        rows = in_stock(without(in_state(facts, "inactive"), facts, "removed", "suppressed", "stranded"), facts)
        return observed(
            self.kind,
            rows,
            cause=rows.cause,
            onset_day=rows.onset_day,
            last_good_day=rows.last_good_day,
            seen_day=rows.seen_day,
            share_state="not_buyable",
            observed=0.0,
            baseline=1.0,
            loss_per_day=share_of(rows, 1.0),
            evidence=evidence(status=rows.cause, source=rows.source, reason=rows.detail),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return (
            "Incomplete: a required value is missing" if row["cause"] == "incomplete" else "Inactive, no reason given"
        )

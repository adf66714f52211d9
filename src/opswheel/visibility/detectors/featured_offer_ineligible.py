"""Our offer may not be featured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import LISTINGS, OFFERS, STOCK, TRAFFIC, Contract
from ...core.detector import PRECEDENCE, Facts
from ...core.threshold import Threshold
from .base import Rule
from .featured_offer import SHARE_THRESHOLDS, fall_words, fallen, observe_fall

if TYPE_CHECKING:
    import ibis.expr.types as ir


class FeaturedOfferIneligible(Rule):
    """The marketplace no longer lets our offer be the Featured Offer (Buy Box) at all.

    Why it costs money:
        No price wins it back: seller metrics, the offer's condition or its delivery promise must be mended.
    Source:
        offers.eligible                    our own list, where somebody looked
        offer_changes.eligible             Amazon notification PRICING_HEALTH
        traffic.featured_view_hundredths   Amazon GET_SALES_AND_TRAFFIC_REPORT `buyBoxPercentage` · `pageViews`, CHILD
    Blind spots:
        Without offers.csv it cannot be told from losing it to another seller.
    """

    kind: ClassVar[str] = "featured_offer_ineligible"
    title: ClassVar[str] = "Not eligible for the featured offer"
    precedence: ClassVar[int] = PRECEDENCE["featured_offer"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (OFFERS, TRAFFIC, LISTINGS, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = SHARE_THRESHOLDS

    def observe(self, facts: Facts) -> ir.Table:
        """Falls where somebody saw that our offer is not eligible."""
        rows = fallen(facts)
        rows = rows.filter(~rows.eligible.fill_null(True))
        return observe_fall(self.kind, rows, share_state="measured", cause="ineligible")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Not eligible to be featured: {fall_words(row)} of page views"

"""Nobody holds the featured offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, OFFERS, STOCK, TRAFFIC, Contract
from ...core.detector import PRECEDENCE, Facts
from ...core.threshold import Threshold
from .base import Rule
from .featured_offer import SHARE_THRESHOLDS, fall_words, fallen, observe_fall

if TYPE_CHECKING:
    import ibis.expr.types as ir


class FeaturedOfferNone(Rule):
    """The item has no Featured Offer (Buy Box) at all: shoppers see "see all buying options".

    Why it costs money:
        Few shoppers click further. Usually the price is above what the marketplace sees elsewhere.
    Source:
        offers.featured_by                 our own list, `none` where somebody looked
        offer_changes.featured_by          Amazon notification ANY_OFFER_CHANGED
        traffic.featured_view_hundredths   Amazon GET_SALES_AND_TRAFFIC_REPORT `buyBoxPercentage` · `pageViews`, CHILD
    Blind spots:
        Without offers.csv or notifications it cannot be told from losing it to another seller. The share lost is
        assumed (80 %) until the listing's own sales say it.
    """

    kind: ClassVar[str] = "featured_offer_none"
    title: ClassVar[str] = "No featured offer"
    precedence: ClassVar[int] = PRECEDENCE["featured_offer"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (OFFERS, TRAFFIC, LISTINGS, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = SHARE_THRESHOLDS

    def observe(self, facts: Facts) -> ir.Table:
        """Falls where somebody saw that nobody is featured."""
        rows = fallen(facts)
        rows = rows.filter(rows.featured_by == "none").filter(ibis._.eligible.fill_null(True))
        return observe_fall(self.kind, rows, share_state="no_featured_offer", cause="nobody")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"No featured offer: {fall_words(row)} of page views"

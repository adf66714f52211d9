"""Another seller holds the featured offer."""

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


class FeaturedOfferLost(Rule):
    """Our offer is in stock and live, but the Featured Offer (Buy Box) goes to another seller more than before.

    Why it costs money:
        Most shoppers buy the featured offer without looking at others; ads on the item stop, too.
    Source:
        traffic.featured_view_hundredths   Amazon GET_SALES_AND_TRAFFIC_REPORT `buyBoxPercentage` · `pageViews`, CHILD
        offers.featured_by                 our own list, where somebody looked
        offer_changes.featured_by          Amazon notification ANY_OFFER_CHANGED
    Blind spots:
        Files do not name the competitor: it is "another seller". Where nobody looked, it may also be that no
        offer is featured. One day tells where its views put the fall beyond chance; of few views up to two weeks
        are taken together, and a share that jumps from day to day needs more. The share lost is an upper bound. A fall
        that is older than eight weeks is taken for usual.
    """

    kind: ClassVar[str] = "featured_offer_lost"
    title: ClassVar[str] = "Featured Offer (Buy Box) lost"
    precedence: ClassVar[int] = PRECEDENCE["featured_offer"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (TRAFFIC, OFFERS, LISTINGS, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = SHARE_THRESHOLDS

    def observe(self, facts: Facts) -> ir.Table:
        """Falls that go to another seller, or to nobody knows whom."""
        rows = fallen(facts)
        rows = rows.filter((rows.featured_by == "other") | rows.featured_by.isnull() | (rows.featured_by == "us"))
        rows = rows.filter(ibis._.eligible.fill_null(True))
        return observe_fall(self.kind, rows, share_state="measured", cause="other_seller")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Lost the featured offer: {fall_words(row)} of page views"

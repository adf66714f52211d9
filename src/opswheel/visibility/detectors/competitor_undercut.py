"""Another seller is featured because he asks a little less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, OFFER_CHANGES, OFFERS, Contract
from ...core.contracts.prepared import BASELINES, FEATURED, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import ITEM, KEY, left
from ..facts.offers import rival_prices
from ..facts.prices import rules_now
from .base import Rule, meant_to_sell, sellable, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

HORIZON_DAYS = 30
SHARE_TO_WIN = 0.3
"""What a listing that is not featured would sell more if it were, as a share of what it sells: assumed, low."""


class CompetitorUndercut(Rule):
    """Another seller is featured on our item at a price a little under ours, and our offer could follow.

    Why it costs money:
        It is no loss that begins now but a chance: a few cents may bring the featured offer back. Whether the margin
        allows it is for a person to say.
    Source:
        offers.featured_price_minor          our own list, where somebody looked
        offer_changes.featured_price_minor   Amazon notification ANY_OFFER_CHANGED
        listings.price_minor                 Amazon GET_MERCHANT_LISTINGS_ALL_DATA `price`
        price_rules.min_minor, map_minor     our own list: under them we do not follow
    Blind spots:
        Landed prices hold shipping, ours may not. Sellers answer within minutes: who follows starts a race. Where our
        share of the featured offer fell, that is a loss with a row of its own, and this one keeps quiet. What could be
        won is assumed. Off by default: `[detectors] on = ["competitor_undercut"]`.
    """

    kind: ClassVar[str] = "competitor_undercut"
    title: ClassVar[str] = "Undercut by a little"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    lane: ClassVar[Lane] = "opportunities"
    off_by_default: ClassVar[bool] = True
    spoke: ClassVar[str] = "featured"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (OFFERS, OFFER_CHANGES, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="most_under",
            value=0.1,
            unit="of our price (0…1)",
            fires="at or below",
            measures="observed",
            why="more than a tenth is another business, not a chance: assumed",
        ),
        Threshold(
            name="min_amount",
            value=30.0,
            unit="US dollars in 30 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="a dollar a day: less is not worth a price decision",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock whose item another seller is featured on for less, without a fall of our share."""
        listing = facts.table(LISTING_NOW)
        rows = listing.filter(listing.price_minor > 0).select(*KEY, "item_id", "price_minor")
        rows = rows.join(rival_prices(facts), ITEM).filter(lambda t: t.rival_minor < t.price_minor)
        rows = _may_follow(rows.anti_join(facts.table(FEATURED), ITEM), facts)
        rows = meant_to_sell(sellable(rows, facts), facts)
        rows = left(rows, facts.table(BASELINES).select(*KEY, "revenue_per_day"), KEY)
        rows = with_channel(rows, facts, "unit_rate")
        return observed(
            self.kind,
            rows,
            cause="uncompetitive_price",
            onset_day=rows.rival_since,
            seen_day=rows.rival_day,
            share_state="sales_at_once",
            observed=(1.0 - rows.rival_minor / rows.price_minor).round(6),
            baseline=rows.price_minor * rows.unit_rate,
            amount_at_risk=(rows.revenue_per_day * SHARE_TO_WIN * HORIZON_DAYS).fill_null(0.0),
            evidence=evidence(
                ours=(rows.price_minor * rows.unit_rate).round(2),
                featured_at=(rows.rival_minor * rows.unit_rate).round(2),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What could be won."""
        return f"Another seller is featured {row['observed']:.1%} under our price"


def _may_follow(rows: ir.Table, facts: Facts) -> ir.Table:
    """Rows whose rival asks no less than our own least price, and no less than a price agreed with the brand."""
    bounds = rules_now(facts).select(
        *KEY, least=ibis.greatest(ibis._.min_minor.fill_null(0), ibis._.map_minor.fill_null(0))
    )
    told = rows.select(*KEY, "rival_minor").join(bounds, KEY)
    return rows.anti_join(told.filter(told.rival_minor < told.least), KEY)

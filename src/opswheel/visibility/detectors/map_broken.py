"""Another seller asks less than the agreed advertised price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import OFFER_CHANGES, OFFERS, PRICE_RULES, Contract
from ...core.contracts.prepared import BASELINES, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import ITEM, KEY, left
from ..facts.offers import rival_prices
from ..facts.prices import rules_now
from .base import Rule, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir


class MapBroken(Rule):
    """Another seller is featured on our item at a price under the minimum advertised price the brand agreed with us.

    Why it costs money:
        We keep the agreed price and lose the sale, or follow and break it ourselves. The brand can stop the other
        seller, if somebody tells it with proof.
    Source:
        price_rules.map_minor                    our own list; without it this rule is off
        offers.featured_price_minor              our own list, where somebody looked
        offer_changes.featured_price_minor       Amazon notification ANY_OFFER_CHANGED
    Blind spots:
        Files do not name the seller. A coupon of the marketplace may stand behind the price. What is lost to it stands
        under the featured offer: this row carries the policy, not the money.
    """

    kind: ClassVar[str] = "map_broken"
    title: ClassVar[str] = "Agreed price broken by another seller"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "none"
    lane: ClassVar[Lane] = "verify"
    spoke: ClassVar[str] = "price"
    reads: ClassVar[tuple[Contract, ...]] = (PRICE_RULES, OFFERS, OFFER_CHANGES)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_breach",
            value=0.02,
            unit="of the agreed price (0…1)",
            fires="at or above",
            measures="observed",
            why="rounding, and shipping that is counted differently, stay within two per cent",
        ),
        Threshold(
            name="min_gap",
            value=0.5,
            unit="US dollars a unit",
            fires="at or above",
            measures="loss_per_day",
            money=True,
            why="brands do not act on cents: assumed",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Items somebody else is featured on, under the agreed price of our listing of them."""
        rules = rules_now(facts).select(*KEY, "map_minor").filter(ibis._.map_minor > 0)
        rows = facts.table(LISTING_NOW).select(*KEY, "item_id").join(rules, KEY)
        rows = rows.join(rival_prices(facts), ITEM).filter(lambda t: t.rival_minor < t.map_minor)
        rows = left(rows, facts.table(BASELINES).select(*KEY, "intent"), KEY)
        rows = with_channel(rows, facts, "unit_rate")
        gap = rows.map_minor - rows.rival_minor
        return observed(
            self.kind,
            rows,
            cause="reseller_under_map",
            onset_day=rows.rival_since,
            seen_day=rows.rival_day,
            share_state="map_breach",
            observed=(gap / rows.map_minor).round(6),
            baseline=rows.map_minor * rows.unit_rate,
            loss_per_day=gap * rows.unit_rate,
            evidence=evidence(
                agreed=(rows.map_minor * rows.unit_rate).round(2), asked=(rows.rival_minor * rows.unit_rate).round(2)
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Another seller asks {row['observed']:.0%} less than the agreed price"

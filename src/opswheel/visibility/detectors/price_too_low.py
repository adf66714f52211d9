"""A price that looks like a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, ORDERS, PRICE_RULES, PROMOTIONS, TRAFFIC, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, LossType, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, PLACE
from ..facts.prices import price_onset
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOSE = 0.75


class PriceTooLow(Rule):
    """The price asked is far below what the item usually sells for, and nobody set a rule that allows it.

    Why it costs money:
        Every sale gives away the difference; a slipped decimal point (1.99 for 19.90) can empty the stock in
        hours. The loss is margin given away, not sales lost.
    Source:
        listings.price_minor   Amazon GET_MERCHANT_LISTINGS_ALL_DATA `price`
        orders, traffic        the net price of sales before
        promotions             our own list: a price that was meant is no mistake
    Blind spots:
        A listing without sales has no usual price: load price_rules.csv. Where prices include tax, the price
        asked is compared with net sales, so the fall must be deeper by the tax before it fires. A sale that was
        meant (clearance, promotion) looks the same where promotions.csv does not name it.
    """

    kind: ClassVar[str] = "price_too_low"
    title: ClassVar[str] = "Price far too low"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "margin"
    lane: ClassVar[Lane] = "stop_selling"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS, PRICE_RULES, ORDERS, TRAFFIC)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="max_price_ratio",
            value=0.5,
            unit="of the usual price",
            fires="at or below",
            measures="observed",
            release=0.6,
            why="no planned discount of ours halves a price without a promotion on file: assumed",
        ),
        Threshold(
            name="min_gap",
            value=3.0,
            unit="US dollars a unit",
            fires="at or above",
            measures="loss_per_day",
            money=True,
            why="a few dollars a unit is a discount, not a mistake: assumed",
        ),
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Active listings asked far under their usual net price, without a price rule of their own."""
        rows = facts.table(LISTING_NOW)
        rows = rows.filter((rows.status == "active") & (rows.price_minor > 0))
        known = facts.table(BASELINES).select(*KEY, usual="price", price_source="price_source")
        known = known.filter(~known.price_source.startswith("price asked"))
        rows = rows.join(known, KEY).join(facts.table(CHANNELS).select(*PLACE, "unit_rate"), PLACE)
        rules = facts.now(PRICE_RULES)
        rows = rows.anti_join(rules.filter(rules.min_minor.notnull() | rules.right_minor.notnull()), KEY)
        rows = rows.anti_join(_promoted(facts), KEY)
        rows = rows.mutate(asked=rows.price_minor * rows.unit_rate)
        rows = rows.mutate(ratio=rows.asked / rows.usual.nullif(0.0)).filter(ibis._.ratio <= LOOSE)
        low = price_onset(facts, rows, lambda told: told.price_minor * told.unit_rate <= told.usual * LOOSE)
        rows = rows.join(low, KEY)
        return observed(
            self.kind,
            rows,
            cause="far_below_usual",
            onset_day=rows.onset_day,
            seen_day=rows.day,
            last_good_day=rows.last_good_day,
            share_state="price_gap",
            observed=rows.ratio,
            baseline=rows.usual,
            loss_per_day=rows.usual - rows.asked,
            evidence=evidence(asked=rows.asked.round(2), usual=rows.usual.round(2), usual_from=rows.price_source),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Price far too low: {row['observed']:.0%} of what it usually sells for"


def _promoted(facts: Facts) -> ir.Table:
    """Listings with a promotion of ours running today."""
    deals = facts.now(PROMOTIONS).join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    return deals.filter((deals.from_day <= deals.today) & (deals.to_day >= deals.today)).select(*KEY)

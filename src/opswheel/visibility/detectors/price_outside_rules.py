"""A price outside the bounds the team set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import LISTINGS, PRICE_RULES, Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, Lane, LossType, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import KEY, PLACE
from ..facts.prices import price_onset, rules_now
from .base import Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir


class PriceOutsideRules(Rule):
    """The price asked breaks a rule of ours: under its minimum, over its maximum, or under the agreed MAP.

    Why it costs money:
        Under the minimum every sale gives margin away. Over the maximum the item is priced out of its market.
        Under the minimum advertised price the brand may stop supplying: no sale is lost today.
    Source:
        listings.price_minor          Amazon GET_MERCHANT_LISTINGS_ALL_DATA `price`
        price_rules.min, max, map     our own list; without it this rule is off
    Blind spots:
        A price another seller sets is not ours to judge here. How many sales a price over the maximum loses is
        assumed (30 %) until the listing's own sales say it.
    """

    kind: ClassVar[str] = "price_outside_rules"
    title: ClassVar[str] = "Price outside its rules"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "margin"
    lane: ClassVar[Lane] = "stop_selling"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (LISTINGS, PRICE_RULES)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_breach",
            value=0.01,
            unit="of the bound",
            fires="at or above",
            measures="observed",
            why="rounding and currency conversion stay within one per cent",
        ),
        Threshold(
            name="min_gap",
            value=0.25,
            unit="US dollars a unit",
            fires="at or above",
            measures="loss_per_day",
            money=True,
            why="cents are rounding: assumed",
        ),
        SLOPE,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Active listings whose price breaks a bound, the gravest breach of each."""
        rows = facts.table(LISTING_NOW)
        rows = rows.filter((rows.status == "active") & (rows.price_minor > 0))
        rows = rows.join(rules_now(facts), KEY).join(facts.table(CHANNELS).select(*PLACE, "unit_rate"), PLACE)
        rows = rows.semi_join(facts.table(BASELINES), KEY)
        price = rows.price_minor
        low, high, map_ = price < rows.min_minor, price > rows.max_minor, price < rows.map_minor
        cause = ibis.cases(
            (low.fill_null(False), "below_min"),
            (high.fill_null(False), "above_max"),
            (map_.fill_null(False), "below_map"),
        )
        rows = rows.mutate(cause=cause).filter(ibis._.cause.notnull())
        bound = ibis.cases(
            (rows.cause == "below_min", rows.min_minor),
            (rows.cause == "above_max", rows.max_minor),
            else_=rows.map_minor,
        )
        target = ibis.cases((rows.cause == "below_min", ibis.coalesce(rows.right_minor, rows.min_minor)), else_=bound)
        rows = rows.mutate(bound=bound, right=target * rows.unit_rate, asked=rows.price_minor * rows.unit_rate)
        high = rows.cause == "above_max"
        broken = price_onset(
            facts,
            rows.mutate(high=high),
            lambda told: told.high.ifelse(told.price_minor > told.bound, told.price_minor < told.bound),
        )
        rows = rows.join(broken, KEY)
        return observed(
            self.kind,
            rows,
            cause=rows.cause,
            onset_day=rows.onset_day,
            seen_day=rows.day,
            last_good_day=rows.last_good_day,
            share_state=ibis.cases(
                (rows.cause == "below_min", "price_gap"), (rows.cause == "above_max", "over_max"), else_="map_breach"
            ),
            observed=((rows.price_minor - rows.bound) / rows.bound.nullif(0)).abs(),
            baseline=rows.right,
            loss_per_day=(rows.right - rows.asked).abs(),
            evidence=evidence(asked=rows.asked.round(2), bound=(rows.bound * rows.unit_rate).round(2), rule=rows.cause),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        words = {"below_min": "under its minimum", "above_max": "over its maximum", "below_map": "under the agreed MAP"}
        return f"Price {row['observed']:.0%} {words[row['cause']]}"

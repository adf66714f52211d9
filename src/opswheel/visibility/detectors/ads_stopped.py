"""Ads that ran are no longer shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ADS, LISTINGS, STOCK, Contract
from ...core.detector import PRECEDENCE, Facts, evidence, observed
from ...core.threshold import Threshold
from ..facts.advertising import BEFORE_DAYS, ads_now
from ..facts.common import KEY, shift
from .base import LOSS_FLOOR, Rule, sellable, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHOWN_DAYS = 14
"""Ads that were shown on fewer of the four weeks' days come and go by themselves."""
INCREMENTAL = 0.5
"""Of the sales ads are credited with, the part that would not have come anyway: assumed; experiments on brand
ads found almost none of it, on generic terms most."""


class AdsStopped(Rule):
    """The listing can be bought, but its ads, which used to be shown almost daily, have not been shown for days.

    Why it costs money:
        A disapproved ad, an exhausted budget or an expired card takes away the visits ads brought, and with
        them the sales that keep the rank. No report says "disapproved": the impressions just end.
    Source:
        ads.impressions, own_sales_minor   Amazon Sponsored Products advertised product report `Impressions`,
                                           `7 Day Advertised SKU Sales`
    Blind spots:
        Ads that somebody paused are told apart only where the report names the campaign's status. What sales
        ads bring is the report's claim; half of it is assumed to be lost with them. Only one-day rows count.
    """

    kind: ClassVar[str] = "ads_stopped"
    title: ClassVar[str] = "Ads stopped"
    precedence: ClassVar[int] = PRECEDENCE["ads"]
    reads: ClassVar[tuple[Contract, ...]] = (ADS, LISTINGS, STOCK)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_impressions",
            value=100.0,
            unit="impressions a day before",
            fires="at or above",
            measures="baseline",
            why="fewer may end by chance: assumed",
        ),
        LOSS_FLOOR,
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock whose ads were shown on most days before, and not once in the last three."""
        rows = ads_now(facts)
        rows = rows.filter((rows.impressions_now == 0) & (rows.shown_days >= SHOWN_DAYS))
        rows = rows.anti_join(_paused(facts), KEY)
        rows = sellable(rows, facts)
        rows = with_channel(rows, facts, "unit_rate")
        by_ads = rows.sales_before * rows.unit_rate / BEFORE_DAYS
        share = (INCREMENTAL * by_ads / rows.revenue_per_day.nullif(0.0)).clip(0.0, 1.0)
        return observed(
            self.kind,
            rows,
            cause="not_shown",
            onset_day=shift(rows.last_shown, 1),
            last_good_day=rows.last_shown,
            seen_day=rows.last_day,
            share_state="ads_stopped",
            share_lost=share,
            observed=0.0,
            baseline=rows.impressions_before / float(BEFORE_DAYS),
            loss_per_day=(rows.revenue_per_day * share).fill_null(0.0),
            evidence=evidence(
                impressions_before=rows.impressions_before,
                sold_by_ads=by_ads.round(2),
                shown_on_days=rows.shown_days,
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        return f"Ads no longer shown: {row['baseline']:,.0f} impressions a day before"


def _paused(facts: Facts) -> ir.Table:
    """Listings all of whose campaigns the newest rows call paused or archived: somebody meant it."""
    rows = facts.table(ADS)
    rows = rows.filter(rows.sku.notnull() & rows.campaign_status.notnull())
    last = rows.group_by([*KEY, "campaign"]).agg(status=rows.campaign_status.argmax(rows.to_day))
    whole = last.group_by(KEY).agg(running=(last.status == "enabled").sum())
    return whole.filter(ibis._.running == 0)

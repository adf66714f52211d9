"""Ads cost far more for each sale than they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import ADS, LISTINGS, Contract
from ...core.contracts.prepared import BASELINES, LISTING_NOW
from ...core.detector import PRECEDENCE, Facts, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, shift
from ..facts.surprise import too_few
from .amounts import evidence_of
from .base import Rule, sellable, with_channel

if TYPE_CHECKING:
    import ibis.expr.types as ir

CREDITED_DAYS = 7
"""Sales are credited to a click for a week: younger days are not told to the end."""
NOW_DAYS, BEFORE_DAYS = 14, 56
FEWEST_BEFORE = 14
"""Days with spend that must lie in the eight weeks before."""
LUMPS = 1.3
DRIFT = 0.15
"""What cost per sale varies by itself from fortnight to fortnight, as a share of it (assumed)."""
HORIZON_DAYS = 30


class AdsEfficiencyBreak(Rule):
    """The ads of a listing sell far less for the same money than in the eight weeks before.

    Why it costs money:
        The clicks are paid for and do not buy: a rival took the top of the page, a bid was raised, the page or the
        offer got worse. Nothing stops such a campaign by itself but its budget.
    Source:
        ads.spend_minor, orders   Amazon Sponsored Products advertised product report `Spend`, `7 Day Total Orders`
    Blind spots:
        The last week is not told to the end and is left out, so a break shows a week late. Sales are what the report
        credits, on any of our listings. One-day rows that name a SKU only. A season in which clicks get dearer
        looks the same. A change of goal (a launch) is a false alarm: expected.
    """

    kind: ClassVar[str] = "ads_efficiency_break"
    title: ClassVar[str] = "Ads cost more per sale"
    precedence: ClassVar[int] = PRECEDENCE["outside"]
    loss: ClassVar[LossType] = "cash"
    spoke: ClassVar[str] = "ads"
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = (ADS, LISTINGS)
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold(
            name="min_surprise",
            value=3.0,
            unit="standard errors",
            fires="at or above",
            measures="observed",
            release=2.0,
            why="chance alone goes so far in one listing of a thousand",
        ),
        Threshold(
            name="min_wasted",
            value=0.3,
            unit="share of the spend (0…1)",
            fires="at or above",
            measures="share_lost",
            release=0.2,
            why="smaller swings are the auction's: assumed",
        ),
        Threshold(
            name="min_amount",
            value=30.0,
            unit="US dollars in 30 days",
            fires="at or above",
            measures="amount_at_risk",
            money=True,
            why="a dollar a day: less is not worth opening the campaign",
        ),
    )

    def observe(self, facts: Facts) -> ir.Table:
        """Listings whose spend of a settled fortnight brought fewer orders than it used to."""
        rows = _spent(facts)
        expected = rows.orders_before * rows.spend_now / rows.spend_before
        ratio = rows.spend_now / rows.spend_before
        rows = rows.mutate(
            expected=expected,
            wasted=(1.0 - (rows.orders_now + 1.0) / (expected + 1.0)).clip(0.0, 1.0),
            errors=too_few(rows.orders_now, expected, ratio=ratio, lumps=LUMPS, wobble=DRIFT * DRIFT),
        )
        rows = rows.filter((rows.errors > 1.0) & (rows.wasted > 0.1))
        rows = sellable(rows, facts)
        rows = with_channel(rows, facts, "unit_rate")
        rows = rows.join(facts.table(BASELINES).select(*KEY, "item_id"), KEY)
        per_day = rows.spend_now * rows.wasted * rows.unit_rate / NOW_DAYS
        return observed(
            self.kind,
            rows,
            cause="dearer_sales",
            onset_day=rows.since_day,
            last_good_day=shift(rows.since_day, -1),
            seen_day=rows.until_day,
            share_state="cash",
            share_lost=rows.wasted,
            observed=rows.errors.round(6),
            baseline=rows.expected.round(6),
            amount_at_risk=(per_day * HORIZON_DAYS).fill_null(0.0),
            evidence=evidence(
                orders=rows.orders_now,
                orders_expected=rows.expected.round(1),
                spend_a_day=(rows.spend_now * rows.unit_rate / NOW_DAYS).round(2),
                cost_per_order_before=(rows.spend_before * rows.unit_rate / rows.orders_before).round(2),
            ),
        )

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        return f"Ads: {int(seen['orders']):,} orders where {seen['orders_expected']:,.0f} used to come for the money"


def _spent(facts: Facts) -> ir.Table:
    """Per listing: spend and orders of the last fortnight told to the end, and of the eight weeks before it."""
    rows = facts.table(ADS)
    rows = rows.filter((rows.from_day == rows.to_day) & rows.sku.notnull() & rows.orders.notnull())
    newest = rows.group_by(PLACE).agg(last_day=rows.to_day.max())
    rows = rows.join(newest, PLACE).semi_join(facts.table(LISTING_NOW), KEY)
    rows = rows.mutate(until_day=shift(rows.last_day, -CREDITED_DAYS))
    rows = rows.mutate(since_day=shift(rows.until_day, 1 - NOW_DAYS))
    now = (rows.to_day >= rows.since_day) & (rows.to_day <= rows.until_day)
    before = (rows.to_day < rows.since_day) & (rows.to_day >= shift(rows.since_day, -BEFORE_DAYS))
    found = rows.group_by([*KEY, "since_day", "until_day"]).agg(
        spend_now=rows.spend_minor.sum(where=now),
        orders_now=rows.orders.sum(where=now),
        spend_before=rows.spend_minor.sum(where=before),
        orders_before=rows.orders.sum(where=before),
        days_before=rows.to_day.nunique(where=before & (rows.spend_minor > 0)),
    )
    enough = (found.days_before >= FEWEST_BEFORE) & (found.spend_before > 0) & (found.orders_before > 0)
    return found.filter(enough & (ibis._.spend_now > 0))

"""What the three featured-offer rules share: items whose share fell although they could be bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.contracts.prepared import BASELINES, FEATURED, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import Facts, evidence, observed
from ...core.threshold import SLOPE, Threshold
from ..facts.common import ITEM, KEY
from .base import LOSS_FLOOR

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEYOND_CHANCE = 9.2
"""ln 10,000. On healthy items whose views come one or two a visit, chance alone brought falls so deep on 0 to 3 of
10,000 a day, on 2 with the floor of ten points (60,000 items each of shares 0.3 to 0.97 and 0.3 to 100 visits a day
were drawn): a catalog of 10,000 has a false alarm or two a day, before the floor of dollars."""

SHARE_THRESHOLDS = (
    Threshold(
        name="min_drop",
        value=0.10,
        unit="share points (0…1)",
        fires="at or above",
        measures="observed",
        release=0.05,
        by_tier={1: 0.05},
        why="ten points, where that is beyond chance; five on heroes, where each point is dear",
    ),
    LOSS_FLOOR,
    SLOPE,
)


def fallen(facts: Facts) -> ir.Table:
    """Listings in stock and buyable whose item's share fell beyond chance."""
    rows = facts.table(FEATURED)
    rows = rows.filter(rows.evidence >= BEYOND_CHANCE)
    listing = facts.table(LISTING_NOW)
    rows = rows.join(listing.filter(listing.status == "active").select(*KEY, "item_id", "price_minor"), ITEM)
    state, stock = facts.table(LISTING_STATE), facts.table(STOCK_NOW)
    rows = rows.anti_join(state.filter(state.state != "hidden"), KEY).anti_join(stock.filter(stock.state == "out"), KEY)
    return rows.join(facts.table(BASELINES).select(*KEY, "revenue_per_day", "intent"), KEY)


def observe_fall(kind: str, rows: ir.Table, *, share_state: str, cause: str) -> ir.Table:
    """The observation of a fall.

    Where the share lost is `measured` it is an upper bound, since some views would not have bought.
    """
    lost = 1.0 - rows.share_now / rows.share_before.nullif(0.0)
    return observed(
        kind,
        rows,
        cause=cause,
        onset_day=rows.onset_day,
        last_good_day=rows.last_good_day,
        seen_day=rows.seen_day,
        share_state=share_state,
        share_lost=lost.clip(0.0, 1.0) if share_state == "measured" else None,
        observed=(rows.share_before - rows.share_now).round(6),  # 90 % less 80 % are ten points, not 9.99…
        baseline=rows.share_before,
        loss_per_day=(rows.revenue_per_day * lost).fill_null(0.0),
        evidence=evidence(
            share_before=rows.share_before.round(3),
            share_now=rows.share_now.round(3),
            views=rows.views_now,
            featured_by=rows.featured_by,
            our_price_minor=rows.price_minor,
            featured_price_minor=rows.featured_price_minor,
        ),
    )


def fall_words(row: dict[str, Any]) -> str:
    """`90 % → 45 %`."""
    before = row["baseline"]
    return f"{before:.0%} → {before - row['observed']:.0%}"

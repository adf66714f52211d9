"""Prepares, once per run, the tables every detector reads. `STEPS` is the order; each step is one
expression and makes the table that bears its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...core.detector import Facts
from . import baselines, drops, featured, listing, messages, prices, sales, stock

if TYPE_CHECKING:
    import ibis.expr.types as ir

Step = Callable[[Facts], "ir.Table"]

SCAN_STEPS: tuple[Step, ...] = (
    listing.listing_now,
    listing.snapshots,
    listing.unlisted,
    messages.messages,
    listing.answers,
    listing.states_told,
    listing.listing_state,
    stock.stock_now,
    stock.ledger_kept,
    stock.ledger_out,
    stock.out_days,
    sales.order_days,
    sales.traffic_scan,
    sales.orders_scan,
    sales.scan,
    prices.price_breaks,
    sales.off_days,
    sales.told_days,
    drops.drop_screen,
    sales.focus_keys,
    sales.focus_days,
    sales.bad_days,
    sales.season,
    sales.range_sales,
    featured.item_days,
    featured.offers_told,
    featured.featured,
    featured.low_days,
    drops.drops,
    baselines.anchors,
    baselines.focus_sums,
    baselines.season_factors,
    baselines.windows,
    baselines.clean,
)
"""From facts to clean units and days of every listing. Each makes the table that bears its name."""

BASELINE_STEPS: tuple[Step, ...] = (baselines.baselines,)
"""After the priors were fitted on `rate_groups`."""

rate_groups = baselines.rate_groups

__all__ = ["BASELINE_STEPS", "SCAN_STEPS", "Step", "rate_groups"]

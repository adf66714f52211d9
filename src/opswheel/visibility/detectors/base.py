"""What several detectors share: listings in a state, with the rough loss their cut lines use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import ibis

from ...core.contracts import Contract
from ...core.contracts.prepared import BASELINES, CHANNELS, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.detector import Facts, Lane, LossType, evidence, observed
from ...core.threshold import Threshold
from ..facts.common import KEY, PLACE, left

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOSS_FLOOR = Threshold(
    name="min_loss_per_day",
    value=1.0,
    unit="US dollars a day",
    fires="at or above",
    measures="loss_per_day",
    money=True,
    why="below a dollar a day no operator's minute is paid for: assumed from a wage of 30 an hour",
)


class Rule:
    """A detector with the usual values; a rule names what differs."""

    kind: ClassVar[str]
    title: ClassVar[str]
    precedence: ClassVar[int]
    reads: ClassVar[tuple[Contract, ...]]
    version: ClassVar[str] = "1"
    loss: ClassVar[LossType] = "sales"
    lane: ClassVar[Lane] = "queue"
    tunable: ClassVar[bool] = False
    off_by_default: ClassVar[bool] = False
    thresholds: ClassVar[tuple[Threshold, ...]] = (LOSS_FLOOR,)


def in_state(facts: Facts, state: str) -> ir.Table:
    """One row per listing in `state`, with its item and what it earns a day when healthy."""
    rows = facts.table(LISTING_STATE)
    rows = rows.filter(rows.state == state)
    known = facts.table(BASELINES).select(*KEY, "item_id", "revenue_per_day", "price", "intent", "tier")
    return rows.join(known, KEY)


def without(rows: ir.Table, facts: Facts, *states: str) -> ir.Table:
    """Rows of listings that are in none of `states`: a graver or better explained state speaks for them."""
    other = facts.table(LISTING_STATE)
    return rows.anti_join(other.filter(other.state.isin(states)), KEY)


def in_stock(rows: ir.Table, facts: Facts) -> ir.Table:
    """Rows of listings that are not known to be out of stock."""
    stock = facts.table(STOCK_NOW)
    return rows.anti_join(stock.filter(stock.state == "out"), KEY)


def sellable(rows: ir.Table, facts: Facts) -> ir.Table:
    """Rows of listings that are live, that shoppers can buy, and that are not known to be out of stock."""
    listing = facts.table(LISTING_NOW)
    rows = rows.semi_join(listing.filter(listing.status == "active"), KEY)
    return in_stock(without(rows, facts, "removed", "suppressed", "stranded", "inactive"), facts)


def meant_to_sell(rows: ir.Table, facts: Facts) -> ir.Table:
    """Rows of listings that are meant to sell: what could be won elsewhere is no chance."""
    known = facts.table(BASELINES)
    return rows.semi_join(known.filter(known.intent.isin(["sell", "sell_through"])), KEY)


def with_channel(rows: ir.Table, facts: Facts, *columns: str) -> ir.Table:
    """Rows with columns of their channel."""
    return left(rows, facts.table(CHANNELS).select(*PLACE, *columns), PLACE)


def share_of(rows: ir.Table, share: float | Any) -> Any:
    """The rough loss a day at a share of healthy revenue."""
    return (rows.revenue_per_day * share).fill_null(0.0)


def enforced(kind: str, rows: ir.Table, share_state: str, share: float) -> ir.Table:
    """What is seen of a state the marketplace has put listings into, or says it will."""
    return observed(
        kind,
        rows,
        cause=rows.cause,
        onset_day=rows.onset_day,
        last_good_day=rows.last_good_day,
        seen_day=rows.seen_day,
        starts_day=rows.starts_day,
        share_state=share_state,
        observed=0.0,
        baseline=1.0,
        loss_per_day=share_of(rows, share),
        evidence=evidence(reason=rows.detail, code=rows.cause, source=rows.source),
    )


def nothing(kind: str) -> Any:
    """A null of an Ibis type."""
    return ibis.null().cast(kind)

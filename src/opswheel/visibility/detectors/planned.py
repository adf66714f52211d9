"""What the last stock plan recommends, beside the loss it would save."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts.prepared import PLANNED
from ...core.detector import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

POOL = ["account", "pool"]
ORDERS, MOVES = ("order_now", "order_by"), ("send_in", "remove")
OFFERS = ("offer", "withdraw")
"""An offer we ship ourselves: to make until units sent in arrive, or to take down."""


def orders(facts: Facts) -> ir.Table:
    """What the plan wants ordered for a pool, one row each: `plan_by`, `plan_lacking`, `plan_out`."""
    rows = facts.table(PLANNED)
    rows = rows.filter(rows.action.isin(ORDERS))
    return rows.group_by(POOL).agg(
        plan_by=rows.by_day.min(), plan_lacking=rows.lacking_days.max(), plan_out=rows.runs_out_day.min()
    )


def recommended(facts: Facts) -> ir.Table:
    """The plan's actions for a pool in words (`recommended`), order, move, offer, and what they save."""
    rows = facts.table(PLANNED)
    units = rows.units.cast("string")
    ordered, offered = rows.action.isin(ORDERS), rows.action.isin(OFFERS)
    when = rows.by_day.isnull() | (rows.action == "order_now")
    order = ibis.literal("order ") + units + when.ifelse(" now", ibis.literal(" by ") + rows.by_day.cast("string"))
    nothing = ibis.null().cast("string")
    rows = rows.mutate(
        order_words=ordered.ifelse(order, nothing),
        move_words=(ordered | offered).ifelse(nothing, move_in_words(rows)),
        offer_words=offered.ifelse(move_in_words(rows), nothing),
    )
    found = rows.group_by(POOL).agg(
        order_words=rows.order_words.max(),
        move_words=rows.move_words.max(),
        offer_words=rows.offer_words.max(),
        plan_saves=rows.saves.max().round(2),
    )
    words = found.order_words
    for more in (found.move_words, found.offer_words):
        words = ibis.coalesce(words + "; " + more, words, more)
    return found.select(*POOL, "plan_saves", recommended=words)


def move_in_words(rows: ir.Table) -> ir.Value:
    """A move between two pools, or an offer of our own, in words."""
    units = rows.units.cast("string")
    verb = (rows.action == "remove").ifelse("take ", "move ")
    moved = verb + units + " from " + rows.source_pool + " to " + rows.pool
    offer = ibis.literal("offer ") + units + " shipped by yourself from " + rows.source_pool + " meanwhile"
    stop = ibis.literal("stop selling from ") + rows.pool + ": each sale loses money"
    return (rows.action == "offer").ifelse(offer, (rows.action == "withdraw").ifelse(stop, moved))

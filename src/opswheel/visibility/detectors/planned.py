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


def orders(facts: Facts) -> ir.Table:
    """What the plan wants ordered for a pool, one row each: `plan_by`, `plan_lacking`, `plan_out`."""
    rows = facts.table(PLANNED)
    rows = rows.filter(rows.action.isin(ORDERS))
    return rows.group_by(POOL).agg(
        plan_by=rows.by_day.min(), plan_lacking=rows.lacking_days.max(), plan_out=rows.runs_out_day.min()
    )


def recommended(facts: Facts) -> ir.Table:
    """The plan's actions for a pool in words (`recommended`), the order before the move, and what they save."""
    rows = facts.table(PLANNED)
    units = rows.units.cast("string")
    ordered = rows.action.isin(ORDERS)
    when = rows.by_day.isnull() | (rows.action == "order_now")
    order = ibis.literal("order ") + units + when.ifelse(" now", ibis.literal(" by ") + rows.by_day.cast("string"))
    rows = rows.mutate(
        order_words=ordered.ifelse(order, ibis.null().cast("string")),
        move_words=ordered.ifelse(ibis.null().cast("string"), move_in_words(rows)),
    )
    found = rows.group_by(POOL).agg(
        order_words=rows.order_words.max(),
        move_words=rows.move_words.max(),
        plan_saves=rows.saves.max().round(2),
    )
    both = found.order_words + "; " + found.move_words
    words = ibis.coalesce(both, found.order_words, found.move_words)
    return found.select(*POOL, "plan_saves", recommended=words)


def move_in_words(rows: ir.Table) -> ir.Value:
    """A move between two pools in words."""
    verb = (rows.action == "remove").ifelse("take ", "move ")
    return verb + rows.units.cast("string") + " from " + rows.source_pool + " to " + rows.pool

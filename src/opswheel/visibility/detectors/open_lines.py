"""What the two rules for orders we ship ourselves share: open lines, their worth, and the day they were promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from ...core.contracts import OPEN_ORDERS
from ...core.contracts.prepared import BASELINES
from ...core.detector import Facts
from ..facts.common import KEY, PLACE, left, shift
from .amounts import in_money, place_key, with_money

if TYPE_CHECKING:
    import ibis.expr.types as ir

FRESH_DAYS = 1
"""An older list says nothing of today: the orders on it may have left."""
_LINE = ["account", "channel", "order_hash", "sku", "line"]
_DAY_SECONDS = 86_400


def open_lines(facts: Facts) -> ir.Table:
    """Every order line that waits to be shipped, once, with its worth and the day it was promised (`promised`).

    A line is worth its price, or the listing's price where the list tells none. `behind` counts the channel's days
    since its last hour to ship, 0 while that lies today or ahead.
    """
    rows = with_money(facts.now(OPEN_ORDERS), facts, "today", "day_begins_at", "day_ends_at")
    rows = rows.filter((rows.open_units > 0) & (rows.day >= shift(rows.today, -FRESH_DAYS)))
    first = ibis.row_number().over(
        group_by=[rows[k] for k in _LINE], order_by=[rows.day.desc(), rows.delivery_id.desc()]
    )
    rows = rows.mutate(_n=first).filter(ibis._["_n"] == 0).drop("_n")
    known = facts.table(BASELINES).select(*KEY, "item_id", "price")
    rows = left(rows, known, KEY)
    late = (rows.day_begins_at.epoch_seconds() - rows.ship_by_at.epoch_seconds()) / float(_DAY_SECONDS)
    behind = ibis.coalesce(late.ceil().clip(lower=0), rows.late_days.clip(lower=0)).cast("int64")
    part = rows.open_units / rows.units.nullif(0)
    worth = ibis.coalesce(in_money(rows, rows.line_minor) * part, rows.price * rows.open_units)
    return rows.mutate(worth=worth.fill_null(0.0), behind=behind)


def by_listing(rows: ir.Table, mark: ir.Value) -> ir.Table:
    """One row per channel, mark (a cut-off or a day) and listing, with what the whole mark holds.

    `rows` need `amount`, what is expected to be lost of each line.
    """
    rows = rows.mutate(mark=mark.cast("string"))
    group = [*PLACE, "mark"]
    whole = rows.group_by(group).agg(
        orders=rows.order_hash.nunique(),
        all_units=rows.open_units.sum(),
        ship_by=rows.ship_by_at.min(),
        all_worth=rows.worth.sum(),
        cancelled_soon=rows.near_cancellation.fill_null(False).sum(),
    )
    lines = rows.group_by([*KEY, "mark"]).agg(
        item_id=rows.item_id.max(),
        day=rows.day.max(),
        units=rows.open_units.sum(),
        amount=rows.amount.sum(),
        behind=rows.behind.max(),
        today=rows.today.max(),
    )
    return lines.join(whole, group).mutate(key=place_key(lines, lines.mark))

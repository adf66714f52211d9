"""What the steps share: keys, joins that keep a key once, and one step naming another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import ibis

from ...core.detector import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACE = ["account", "channel"]
ITEM = ["account", "channel", "item_id"]
KEY = ["account", "channel", "sku"]
NO_DAY = ibis.null().cast("date")


def newest(rows: ir.Table, *order: Any) -> ir.Table:
    """One row per listing: the first in `order`."""
    return (
        rows.mutate(_n=ibis.row_number().over(group_by=KEY, order_by=list(order))).filter(ibis._["_n"] == 0).drop("_n")
    )


def left(rows: ir.Table, other: ir.Table, key: list[str]) -> ir.Table:
    """A left join that keeps the key once."""
    return rows.left_join(other, key, rname="_r_{name}").drop(*(f"_r_{k}" for k in key))


def shaped(rows: ir.Table, contract: Any) -> ir.Table:
    """Exactly a contract's columns; those missing are null."""
    have, types = set(rows.columns), contract.schema()
    return rows.select(**{n: (rows[n] if n in have else ibis.null()).cast(t) for n, t in types.items()})


def shift(day: Any, days: int) -> Any:
    """A day some days later or earlier, still a day on every engine."""
    return (day + ibis.interval(days=days)).cast("timestamp").cast("date")


@cache
def step(build: Callable[[Facts], ir.Table]) -> ir.Table:
    """The table another step made, under that step's name, with the schema its expression has."""
    return ibis.table(build(Facts()).schema(), name=build.__name__)

"""Follow-on days of every kind of loss by its age: what the growth wheel tells the ranking of the queue.

A day off costs its own sales, and more: rank and reviews were not fed. F(a) are the days of the same loss that follow
after a days of it (`stockout`). From literature until a wheel is calibrated; then the rank loop's gain is the
account's own, and the row says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import MULTIPLIERS
from ..core.money import Floats, round6
from ..core.spokes import Spoke
from .fit import Fit
from .stockout import Memory, follow_on, prior_memory

AGES = (1, 3, 7, 14, 21, 30, 45, 60, 90, 120)
"""Days; a straight line between two, level beyond the last."""
DRAWS = 1000
LITERATURE = "literature"
RANK_LINKS = (("sales", "rank"), ("rank", "traffic"))
_BEGINNING = datetime(1970, 1, 1)


def rows(kinds: Mapping[str, Spoke], memory: Memory | None = None) -> list[dict[str, Any]]:
    """Rows of `multipliers` without `known_at`; kinds whose loss feeds nothing back have none."""
    chosen = memory or prior_memory(DRAWS)
    by_share: dict[float, list[str]] = defaultdict(list)
    for kind, spoke in sorted(kinds.items()):
        if spoke.share_lost > 0:
            by_share[spoke.share_lost].append(kind)
    found = []
    for share, names in by_share.items():
        told = follow_on(chosen, AGES, share_lost=share)
        found += [
            {
                "kind": name,
                "age_days": row.age_days,
                "mean": round6(row.mean),
                "p10": round6(row.p10),
                "p90": round6(row.p90),
                "source": row.source,
            }
            for name in names
            for row in told
        ]
    return found


def calibrated_memory(fit: Fit) -> Memory:
    """A listing's memory with the rank loop of a calibrated wheel, where data taught both of its links."""
    learned = {e.link.key for e in fit.links() if e.source in ("data", "test")}
    if not set(RANK_LINKS) <= learned:
        return prior_memory(DRAWS)
    return prior_memory(DRAWS, theta=_rank_gain(fit))


def _rank_gain(fit: Fit) -> Floats:
    """Gain per turn of traffic > sales > rank on each draw, resampled to DRAWS."""
    at, keys = fit.wheel.index, [link.key for link in fit.wheel.links]
    gain = np.ones(len(fit.values))
    for key in RANK_LINKS:
        gain = gain * fit.values[:, keys.index(key)] / (1 - fit.own[:, at[key[1]]])
    return np.asarray(np.resize(gain, DRAWS), float)


def write(connection: sa.Connection, found: Sequence[Mapping[str, Any]], known_at: datetime) -> None:
    """Keep rows as told at `known_at`; what was told at the same time before is replaced."""
    table = MULTIPLIERS.sql_table()
    connection.execute(table.delete().where(table.c.known_at == known_at))
    if found:
        connection.execute(table.insert(), [{**row, "known_at": known_at} for row in found])


def seed(connection: sa.Connection, kinds: Mapping[str, Spoke]) -> None:
    """Write what literature says of the kinds the ledger knows nothing of."""
    table = MULTIPLIERS.sql_table()
    known = set(connection.execute(sa.select(table.c.kind).distinct()).scalars())
    fresh = {kind: spoke for kind, spoke in kinds.items() if kind not in known and spoke.share_lost > 0}
    if fresh:
        connection.execute(table.insert(), [{**row, "known_at": _BEGINNING} for row in rows(fresh)])


def in_force(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """The newest rows of each kind told by `as_of`, by kind and age, without `known_at`."""
    table = MULTIPLIERS.sql_table()
    told = connection.execute(
        sa.select(table).where(table.c.known_at <= as_of).order_by(table.c.kind, table.c.known_at, table.c.age_days)
    ).all()
    newest = {r.kind: r.known_at for r in told}
    return [{k: v for k, v in r._mapping.items() if k != "known_at"} for r in told if r.known_at == newest[r.kind]]

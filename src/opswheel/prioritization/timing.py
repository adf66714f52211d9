"""Which timing every cause has, block by block, so that memory does not grow with the catalog.

The causes of a listing stay together in one block. Listings without a dated cause need only the days of the
horizon; the others are followed for `dates.DAYS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..core.money import Floats
from . import dates
from .dates import Pool, Timing
from .inputs import Rows
from .natural_life import Curve
from .pools import STOCK_STATES

BLOCK_CELLS = 1_000_000
"""Rows · days of one block: 8 MB for each array of the formula."""


def blocks(
    rows: Rows, listing: np.ndarray, pools: Mapping[str, Pool], *, horizon: int, survival: Curve | None
) -> Iterator[tuple[np.ndarray, Timing]]:
    """Row numbers and their timing, in blocks that never split a listing."""
    stock = np.array([s in STOCK_STATES and k in pools for s, k in zip(rows.state, rows.subject, strict=True)], bool)
    ahead = ~np.isnat(rows.starts) & ~stock
    follow = np.bincount(listing, stock | ahead)[listing] > 0 if len(rows) else np.zeros(0, bool)
    for columns, wanted in ((horizon, ~follow), (dates.DAYS, follow)):
        for block in _cut(listing, np.flatnonzero(wanted), max(1, BLOCK_CELLS // columns)):
            yield block, _timing(rows, block, stock[block], ahead[block], pools, columns, horizon, survival)


def _cut(listing: np.ndarray, rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Runs of about `size` rows, whole listings only."""
    rows = rows[np.argsort(listing[rows], kind="stable")]
    start = 0
    while start < len(rows):
        stop = min(start + size, len(rows))
        while stop < len(rows) and listing[rows[stop]] == listing[rows[stop - 1]]:
            stop += 1
        yield rows[start:stop]
        start = stop


def _timing(  # noqa: PLR0913
    rows: Rows,
    block: np.ndarray,
    stock: np.ndarray,
    ahead: np.ndarray,
    pools: Mapping[str, Pool],
    columns: int,
    horizon: int,
    survival: Curve | None,
) -> Timing:
    timing = dates.undated(_survival(rows, block, horizon, survival), columns=columns)
    if ahead.any():
        days = np.maximum(1.0, (rows.starts - rows.today)[block[ahead]].astype(float) + 1)
        _put(timing, ahead, dates.starting(days, horizon))
    if stock.any():
        keys = [rows.subject[i] for i in block[stock]]
        names = sorted(set(keys))
        at = {name: i for i, name in enumerate(names)}
        chosen = [pools[name] for name in names]
        changeable = np.array([1.0 + p.fastest_days for p in chosen])
        empty = np.array([p.units <= 0 for p in chosen], bool)
        whole = dates.dated(dates.stock_loss(chosen), changeable, horizon, begun=empty)
        _put(timing, stock, whole.take(np.array([at[k] for k in keys])))
    return timing


def _put(timing: Timing, rows: np.ndarray, part: Timing) -> None:
    for name in timing.__dataclass_fields__:
        getattr(timing, name)[rows] = getattr(part, name)


def _survival(rows: Rows, block: np.ndarray, horizon: int, survival: Curve | None) -> Floats:
    """Chance that each cause is still there after 0, 1 … days if nobody acts; 1 until natural ends have taught it."""
    alive = np.ones((len(block), horizon))
    if survival is None:
        return alive
    age = (rows.today - rows.onset)[block]
    age = np.where(np.isnat(age), 0, np.maximum(age.astype(int), 0))
    known: dict[tuple[str, object, int], Floats | None] = {}
    for line, (i, days) in enumerate(zip(block, age, strict=True)):
        key = (rows.kind[i], rows.tier[i], int(days))
        if key not in known:
            known[key] = survival(*key, horizon)
        curve = known[key]
        if curve is not None:
            alive[line] = curve
    return alive

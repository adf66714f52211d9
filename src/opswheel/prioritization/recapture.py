"""What our other offers of the same item sell instead: that part of a loss is no loss.

Measured since onset where that can be seen; else 80 % if one of the others is featured, nothing if none is.
"""

from __future__ import annotations

import numpy as np

from ..core.money import Floats
from .inputs import Rows, floats, texts
from .shares import SETTLED_DAYS_TO_LEARN, UNITS_TO_CONTRADICT

RECAPTURED = 0.8
"""What our other featured offer of the same item sells instead, until measured (assumed)."""
_ITEM_LEVEL = ("measured", "no_featured_offer")
"""States of the whole item: they hit every offer of ours alike, so none of them can take over."""


def kept(rows: Rows, share: Floats) -> Floats:
    """1 − the part of each row's lost units that our other buyable offers of the item sell instead."""
    others = floats(rows.table, "others", 0.0)
    featured = np.array([bool(x) for x in texts(rows.table, "others_featured")], bool)
    free = (others > 0) & ~np.isin(rows.state, _ITEM_LEVEL)
    hit = (rows.state == "hidden") & (_same_trouble(rows) > others)  # all the others are hidden as well
    assumed = np.where(free & featured & ~hit, RECAPTURED, 0.0)
    seen = free & (rows.days >= SETTLED_DAYS_TO_LEARN) & (rows.healthy * share >= UNITS_TO_CONTRADICT)
    return 1.0 - np.where(seen, _measured(rows, share), assumed)


def _same_trouble(rows: Rows) -> np.ndarray:
    """How many of our offers of the item have this kind of trouble, this one included."""
    pair = rows.item * (int(rows.tie.max(initial=0)) + 1) + rows.tie
    _, numbers, counts = np.unique(pair, return_inverse=True, return_counts=True)
    return np.asarray(counts[numbers])


def _measured(rows: Rows, share: Floats) -> Floats:
    """What the others sell too much a day ÷ what all troubled offers of the item lose a day.

    Dividing by the loss of all of them keeps two dead offers from both claiming the same extra sales.
    """
    extra = np.maximum(floats(rows.table, "extra_units", 0.0), 0.0)
    lasting = np.maximum(rows.days, 1.0)
    loss = np.where(rows.in_chain, rows.healthy * share / lasting, 0.0)
    worst = np.zeros(int(rows.listing.max(initial=-1)) + 1)
    np.maximum.at(worst, rows.listing, loss)
    item = np.zeros(len(worst), int)
    item[rows.listing] = rows.item
    whole = np.bincount(item, worst, minlength=int(rows.item.max(initial=-1)) + 1)[rows.item]
    part = np.divide(extra / lasting, whole, out=np.zeros(len(rows)), where=whole > 0)
    return np.asarray(np.minimum(part, 1.0))

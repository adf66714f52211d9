"""Contribution margin: what turns money in hand into the revenue it takes to earn it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.money import Floats
from .inputs import floats

if TYPE_CHECKING:
    import pyarrow as pa

UNIT_COST = "unit_cost"
"""Optional column of signal rows: landed cost and fees of one unit, in reporting currency."""
LEAST, MOST = 0.05, 1.0
"""A margin below 5 % counts as 5 %: an item sold at cost would else make every other loss look small."""


def contribution_margin(signals: pa.Table, price: Floats) -> Floats:
    """(price − cost and fees) ÷ price per listing; NaN where no cost is loaded, so that the default holds."""
    if UNIT_COST not in signals.column_names:
        return np.full(len(price), np.nan)
    cost = floats(signals, UNIT_COST)
    margin = np.divide(price - cost, price, out=np.full(len(price), np.nan), where=price > 0)
    return np.where(np.isnan(margin), np.nan, margin.clip(LEAST, MOST))

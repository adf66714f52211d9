"""Which items a choice of model is made for together: by how often they sell and how long they are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .censoring import Demand

SEGMENTS = ("fast", "steady", "slow", "rare", "new", "silent")
"""From the mean of the last 168 clean days: fast ≥ 2 a day, steady ≥ 0.5, slow ≥ 0.1, rare below; new: fewer than 56
clean days; silent: no sale on any clean day."""
FAST, STEADY, SLOW = 2.0, 0.5, 0.1
NEW_DAYS = 56


def segment(demand: Demand) -> NDArray[np.int64]:
    """The index in SEGMENTS of each item."""
    known = demand.clean.sum(axis=1)
    silent = ((demand.usual > 0) & demand.clean).sum(axis=1) == 0
    rate = demand.level
    by_rate = np.select([rate >= FAST, rate >= STEADY, rate >= SLOW], [0, 1, 2], default=3)
    return np.asarray(np.select([silent, known < NEW_DAYS], [5, 4], default=by_rate), dtype=np.int64)

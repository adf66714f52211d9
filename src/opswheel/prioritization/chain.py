"""No double counting: each cause takes its share of what the causes ahead of it left over.

    left = v · p ;  for s in causal order:  e_s = left · f_s · alive_s ;  left = left − e_s

computed for every coming day, so that a cause which ends passes its money on to the next one. The sum over
all causes of a listing and day never exceeds v · p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.money import Floats


@dataclass(frozen=True)
class Attribution:
    """Per cause: `taken` (n, days), the share of the listing's sales it is charged with on each day; `alone`,
    the share that mending only this cause would give back today."""

    taken: Floats
    alone: Floats


def attribute(listing: np.ndarray, precedence: np.ndarray, share: Floats, alive: Floats) -> Attribution:
    """Split each listing's sales over its causes.

    `listing` numbers the listing of each cause, `precedence` orders the causes of a listing (smaller first),
    `share` is the share lost (n), `alive` the share of each coming day the cause is alive (n, days).
    """
    order = np.lexsort((np.arange(len(listing)), precedence, listing))
    taken = np.zeros_like(alive)
    place = _place_in_listing(listing[order])
    left = np.ones((int(listing.max(initial=-1)) + 1, alive.shape[1]))
    for step in range(int(place.max(initial=-1)) + 1):
        at = order[place == step]
        share_today = share[at, None] * alive[at]
        taken[at] = left[listing[at]] * share_today
        left[listing[at]] -= taken[at]
    return Attribution(taken, _alone(listing, share * alive[:, 0]) if len(listing) else np.zeros(0))


def _place_in_listing(sorted_listing: np.ndarray) -> np.ndarray:
    """0, 1, 2 … within each run of equal numbers."""
    n = len(sorted_listing)
    if n == 0:
        return np.zeros(0, int)
    starts = np.r_[0, np.flatnonzero(np.diff(sorted_listing)) + 1]
    return np.arange(n) - np.repeat(starts, np.diff(np.r_[starts, n]))


def _alone(listing: np.ndarray, today: Floats) -> Floats:
    """f_s · Π over the listing's other causes of (1 − f): computed so that a certain cause does not divide by 0."""
    certain = today >= 1.0
    logs = np.log1p(-np.where(certain, 0.0, today))
    size = int(listing.max()) + 1
    total = np.bincount(listing, logs, size)
    sure = np.bincount(listing, certain, size)
    others_sure = sure[listing] - certain
    rest = np.exp(total[listing] - np.where(certain, 0.0, logs))
    return np.where(others_sure > 0, 0.0, today * rest)

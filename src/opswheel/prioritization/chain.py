"""No double counting: each cause takes its share of what the causes ahead of it left over.

    left = v · p ;  for s in causal order:  e_s = left · f_s · alive_s ;  left = left − e_s

computed for every coming day, so that a cause which ends passes its money on to the next one. The sum over
all causes of a listing and day never exceeds v · p. What is already lost is split the same way.
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


def attribute(listing: np.ndarray, order: np.ndarray, share: Floats, alive: Floats) -> Attribution:
    """Split each listing's sales over its causes.

    `listing` numbers the listing of each cause, `order` is the place of each cause in its listing's chain (0 is
    first), `share` is the share lost (n), `alive` the share of each coming day the cause is alive (n, days).
    """
    taken = share[:, None] * alive
    today = taken[:, 0].copy()
    shared = np.flatnonzero(np.bincount(listing)[listing] > 1) if len(listing) else np.zeros(0, int)
    if len(shared):
        whose, size = _numbered(listing[shared])
        left = np.ones((size, alive.shape[1]))
        for step in range(int(order[shared].max()) + 1):
            now = order[shared] == step
            at, owner = shared[now], whose[now]
            taken[at] *= left[owner]
            left[owner] -= taken[at]
    return Attribution(taken, today * others(listing, today))


def mendable(listing: np.ndarray, prevented: Floats, changeable: Floats) -> Floats:
    """Per cause and coming day: the share of the listing's sales that no cause beyond reach prevents.

    A day on which the stock is out and nothing can arrive is lost whatever else is mended: the causes ahead of it
    in the chain are charged with it, but acting on them saves nothing of it. `prevented` is share · alive,
    `changeable` the first day an action today can change.
    """
    day = np.arange(1, prevented.shape[1] + 1)
    reach = 1.0 - np.where(day[None, :] < changeable[:, None], prevented, 0.0)
    free = np.ones(prevented.shape)
    slots = _slots(listing)
    for mine in range(slots.shape[1]):
        for other in range(slots.shape[1]):
            both = (slots[:, mine] >= 0) & (slots[:, other] >= 0)
            if mine != other and both.any():
                free[slots[both, mine]] *= reach[slots[both, other]]
    return free


def places(listing: np.ndarray, *order: np.ndarray) -> np.ndarray:
    """The place (0, 1 …) of each row among the rows of its listing, by `order`, most important key first."""
    sorted_rows = np.lexsort((*reversed(order), listing))
    numbers = listing[sorted_rows]
    first = np.r_[True, numbers[1:] != numbers[:-1]] if len(numbers) else np.zeros(0, bool)
    starts = np.flatnonzero(first)
    place = np.empty(len(listing), int)
    place[sorted_rows] = np.arange(len(listing)) - np.repeat(starts, np.diff(np.r_[starts, len(listing)]))
    return place


def others(listing: np.ndarray, share: Floats, days: Floats | None = None) -> Floats:
    """What the other causes of its listing leave over while a cause lasts: Π (1 − their share).

    With `days`, the age of each cause, a younger one counts only for its part of the older one's days.
    """
    left = np.ones(len(listing))
    slots = _slots(listing)
    for mine in range(slots.shape[1]):
        for other in range(slots.shape[1]):
            both = (slots[:, mine] >= 0) & (slots[:, other] >= 0)
            if mine == other or not both.any():
                continue
            i, j = slots[both, mine], slots[both, other]
            part = (
                1.0 if days is None else np.divide(days[j], days[i], out=np.ones(len(i)), where=days[i] > 0).clip(max=1)
            )
            left[i] *= 1 - share[j] * part
    return left


def split_past(listing: np.ndarray, order: np.ndarray, share: Floats, since: Floats) -> Floats:
    """What is already lost, split over the causes of a listing: `since` is what was lost since each one began.

    Between two onsets the loss belongs to the causes that had begun, in the proportions of the chain.
    """
    charged = since.copy()
    slots = _slots(listing)
    if not slots.size:
        return charged
    here = slots >= 0
    loss = np.where(here, since[slots], 0.0)
    oldest = np.argsort(np.where(here, -loss, np.inf), axis=1, kind="stable")  # what began earlier lost more since
    slots, loss, here = (np.take_along_axis(each, oldest, axis=1) for each in (slots, loss, here))
    f, place = np.where(here, share[slots], 0.0), np.where(here, order[slots], -1)
    charged[slots[here]] = 0.0
    for begun in range(1, slots.shape[1] + 1):
        until = loss[:, begun] if begun < slots.shape[1] else 0.0
        part = _weights(f[:, :begun], place[:, :begun]) * (loss[:, begun - 1] - until)[:, None]
        inside = here[:, :begun]
        np.add.at(charged, slots[:, :begun][inside], part[inside])
    return charged


def _weights(share: Floats, place: np.ndarray) -> Floats:
    """Parts of a loss for causes at these places of the chain; where none prevents a sale the oldest has it all."""
    taken = share.copy()
    for j in range(share.shape[1]):
        ahead = np.where(place < place[:, [j]], 1 - share, 1.0)
        taken[:, j] *= ahead.prod(axis=1)
    whole = taken.sum(axis=1, keepdims=True)
    oldest = np.eye(1, share.shape[1])
    return np.where(whole > 0, taken / np.where(whole > 0, whole, 1.0), oldest)


def _slots(listing: np.ndarray) -> np.ndarray:
    """The rows of every listing with several causes, one listing per line, −1 where it has no more."""
    shared = np.flatnonzero(np.bincount(listing)[listing] > 1) if len(listing) else np.zeros(0, int)
    if not len(shared):
        return np.zeros((0, 0), int)
    place = places(listing[shared], shared)
    whose, size = _numbered(listing[shared])
    slots = np.full((size, int(place.max()) + 1), -1)
    slots[whose, place] = shared
    return slots


def _numbered(values: np.ndarray) -> tuple[np.ndarray, int]:
    distinct, numbers = np.unique(values, return_inverse=True)
    return numbers, len(distinct)

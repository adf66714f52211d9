"""Bursts with one cause, worked as one: a policy wave, a broken feed.

Five or more issues of one kind on one channel, in one lane, for the same reason, that began within a day of each
other. One of them stands for all, the one with most to save; the others are folded under it, so that the burst ranks
by everything it holds. The reason is the marketplace's code; where it gave none, the brand.

Only problems the marketplace or a feed brings about in bulk are gathered. Sold-out stock and lost featured offers
happen to many listings on one day without a common cause. A problem that is older than what is loaded has no known
beginning and joins nothing: the first report of a new shop is no burst.

What people put together by hand comes first, whatever it is: they know what no report says. One row of each lane
stands for it, so that nobody's word moves money from one lane into another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..core.clock import DAY
from ..core.detector import PRECEDENCE, Detector
from ..core.money import Floats
from .inputs import texts
from .issues import Issues

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST = 5
"""Issues that make an incident."""
WITHIN = DAY
"""Between the first and the last onset of an incident."""
IN_BULK = frozenset(
    PRECEDENCE[name] for name in ("removed", "not_buyable", "stranded", "inactive", "hidden", "content")
)
MINUTES_EACH = 1.0
"""What every further issue of an incident adds to its work, assumed: one line of the upload that mends them all."""

Key = tuple[str, str, str, str, str]
"""(account, channel, kind, reason, lane)."""


def gather_bursts(  # noqa: PLR0913
    signals: pa.Table,
    issues: Issues,
    root: np.ndarray,
    detectors: Mapping[str, Detector],
    lanes: Sequence[str],
    *,
    by_hand: Mapping[str, int] = MappingProxyType({}),
) -> tuple[np.ndarray, list[str | None]]:
    """Each issue's root once incidents are gathered, and the name of the incident it belongs to.

    Only causes join; what hangs under them follows. `by_hand` are the incidents people made, by fingerprint.
    """
    root = root.copy()
    names: list[str | None] = [None] * len(issues)
    worth: Floats = issues.columns["bundle_avoidable"]
    for number, chosen in _chosen(issues, root, by_hand).items():
        for lane in {lanes[i] for i in chosen}:
            together = [i for i in chosen if lanes[i] == lane]
            root[together] = min(together, key=lambda i: (-worth[i], i))
        for i in chosen:
            names[i] = f"by hand|{number}"
    free = [i for i in range(len(issues)) if names[i] is None and root[i] == i]
    for key, found in _alike(signals, issues, free, detectors, lanes).items():
        for first, burst in _bursts(found):
            lead = min(burst, key=lambda i: (-worth[i], i))
            for i in burst:
                root[i] = lead
                names[i] = f"{'|'.join(key[:4])}|{first.isoformat()}"
    return root[root], names


def work_minutes(minutes: Floats, root: np.ndarray, names: Sequence[str | None]) -> Floats:
    """Minutes of work of each issue as part of its bundle: of an incident, its lead's and a little for each other."""
    found = minutes.copy()
    for i, name in enumerate(names):
        if name is not None and root[i] != i:
            found[i] = min(MINUTES_EACH, found[i])
    return found


def _chosen(issues: Issues, root: np.ndarray, by_hand: Mapping[str, int]) -> dict[int, list[int]]:
    """The causes of each incident people made, where two or more of them are there this morning."""
    found: dict[int, list[int]] = defaultdict(list)
    if by_hand:
        for i, name in enumerate(issues.columns["fingerprint"]):
            if name in by_hand and root[i] == i:
                found[by_hand[name]].append(i)
    return {number: chosen for number, chosen in found.items() if len(chosen) > 1}


def _alike(
    signals: pa.Table, issues: Issues, free: Sequence[int], detectors: Mapping[str, Detector], lanes: Sequence[str]
) -> dict[Key, list[tuple[date, int]]]:
    """Causes of one kind, place, reason and lane whose beginning is known: (onset, issue) of each that is `free`."""
    columns = issues.columns
    causes, brands = texts(signals, "cause"), texts(signals, "brand")
    onsets, good = signals.column("onset_day").to_pylist(), signals.column("last_good_day").to_pylist()
    bulk = {kind for kind, d in detectors.items() if d.precedence in IN_BULK or d.loss == "margin"}
    found: dict[Key, list[tuple[date, int]]] = defaultdict(list)
    firsts = columns["first"].tolist()
    for i in free:
        first, kind = firsts[i], columns["kind"][i]
        if first < 0 or columns["batch"][i] or kind not in bulk or columns["subject_type"][i] == "account":
            continue
        reason = causes[first] or brands[first]
        if reason and onsets[first] is not None and good[first] is not None:
            found[(columns["account"][i], columns["channel"][i], kind, reason, lanes[i])].append((onsets[first], i))
    return found


def _bursts(found: Sequence[tuple[date, int]]) -> list[tuple[date, list[int]]]:
    """(first onset, issues) of every stretch of a day with enough of them, the earliest first."""
    bursts: list[tuple[date, list[int]]] = []
    waiting = sorted(found)
    while len(waiting) >= FEWEST:
        first = waiting[0][0]
        together = [i for onset, i in waiting if onset - first <= WITHIN]
        if len(together) >= FEWEST:
            bursts.append((first, together))
            waiting = waiting[len(together) :]
        else:
            waiting = waiting[1:]
    return bursts

"""Which lane an issue stands in, in the order they are worked: docs/concepts/money-at-risk.md, "The order"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import LANES, Detector
from ..core.money import Floats
from .exposures import Exposures
from .inputs import texts
from .issues import BATCHES, NO_ROW, Extra, Issues, listing_worth

if TYPE_CHECKING:
    import pyarrow as pa

WORKED = LANES[:3]
"""Lanes whose issues are worked in order, and that the cut line counts."""
WITHHELD = LANES[3:]
LAST_DAY_SHARE = 0.001
"""On its last day a deadline counts if it holds at least this share of a day's revenue."""
LEAD_TIME_ASSUMED = "lead_time_assumed"


@dataclass(frozen=True)
class Capacity:
    """What a team gets done in a day: issues closed (None until closes tell), minutes of work."""

    closes_per_day: float | None
    minutes_per_day: float


def lanes(
    signals: pa.Table,
    exposures: Exposures,
    issues: Issues,
    detectors: Mapping[str, Detector],
    extras: Sequence[Extra],
) -> tuple[list[str], list[str | None]]:
    """The lane of each issue by itself, deadlines apart, and why it stands there where that needs words."""
    found, words = _by_money(signals, exposures, issues, detectors)
    batches = {batch.kind: (batch.lane, batch.why) for batch in BATCHES.values()}
    told = {(extra.kind, extra.subject_key): (extra.lane, extra.why) for extra in extras}
    for i in np.flatnonzero(issues.columns["batch"]):
        found[i], words[i] = batches[issues.columns["kind"][i]]
    for i in np.flatnonzero(issues.columns["first"] == NO_ROW):
        found[i], words[i] = told[issues.columns["kind"][i], issues.columns["subject_key"][i]]
    return found, words


def _by_money(
    signals: pa.Table, exposures: Exposures, issues: Issues, detectors: Mapping[str, Detector]
) -> tuple[list[str], list[str | None]]:
    """The lane of each issue as its money says."""
    columns, n = exposures.columns, len(issues)
    at = np.array([row for rows in issues.members for row in rows], int)
    issue = np.repeat(np.arange(n), [len(rows) for rows in issues.members])
    doubt = np.array([word is not None for word in columns["doubt"]], bool)[at]
    known = np.array([cause != LEAD_TIME_ASSUMED for cause in texts(signals, "cause")], bool)[at]
    oversold = np.array([state == "oversold" for state in texts(signals, "share_state")], bool)
    worth = listing_worth(exposures)[at]
    whole, doubted = np.bincount(issue, worth, n), np.bincount(issue, worth * doubt, n)
    risk, avoidable = issues.columns["risk_mean"], issues.columns["bundle_avoidable"]
    choices: list[tuple[np.ndarray, str, str | None]] = [
        ((np.bincount(issue, doubt, n) > 0) & (2 * doubted >= whole), "verify", None),
        (_of_first(exposures.margin, issues), "stop_selling", "sales go on at this price"),
        (_of_first(oversold, issues) & (risk > 0), "stop_selling", "orders come in for units that are not there"),
        ((risk > 0) & (avoidable <= 0), "watch", None),
        ((risk <= 0) & (whole <= 0), "verify", "no sale or no price is known: its money cannot be told"),
        (risk <= 0, "watch", "nothing is lost on the days that can be foreseen"),
        (np.bincount(issue, known, n) == 0, "verify", "lead time assumed: load supply.csv to be sure"),
    ]
    which = np.select([mask for mask, _, _ in choices], list(range(len(choices))), len(choices)).tolist()
    lanes_of = [_usual(detectors.get(kind)) for kind in issues.columns["kind"]]
    words: list[str | None] = [None] * n
    for i, number in enumerate(which):
        if number < len(choices):
            _, lanes_of[i], words[i] = choices[number]
            if words[i] is None:
                told = columns["doubt" if number == 0 else "unavoidable"]
                words[i] = next((told[row] for row in issues.members[i] if told[row]), None)
    return lanes_of, words


def _of_first(flags: np.ndarray, issues: Issues) -> np.ndarray:
    first = issues.columns["first"]
    return np.asarray((first >= 0) & np.append(flags, False)[first])


def _usual(detector: Detector | None) -> str:
    """The lane of a rule; "stop selling?" is for what sells at a loss, which a price over its maximum does not."""
    return "queue" if detector is None or detector.lane == "stop_selling" else detector.lane


def pull_deadlines(  # noqa: PLR0913
    signals: pa.Table,
    issues: Issues,
    root: np.ndarray,
    *,
    score: Floats,
    capacity: Capacity,
    day_revenue: float,
    as_of: datetime,
) -> None:
    """Move into lane deadlines what is worth as much as the last issue done today, or is on its last day.

    A cause has the earliest deadline of what it inhibits: they are worked together.
    """
    columns = issues.columns
    due = _due(signals, issues)
    for i, at in enumerate(list(due)):
        top = due[root[i]]
        if at is not None and at >= as_of and (top is None or top < as_of or at < top):
            due[root[i]] = at
    columns["deadline_at"] = due
    worth = columns["bundle_avoidable"] * columns["into_revenue"]
    work = worked(columns, root, score)
    floor = worth[work[max(fits(work, columns, capacity), 1) - 1]] if work else 0.0
    for i in work:
        at = due[i]
        if columns["lane"][i] != "queue" or at is None or at < as_of:
            continue
        last_day = at - as_of <= timedelta(days=1) and worth[i] >= LAST_DAY_SHARE * day_revenue
        if worth[i] >= floor or last_day:
            columns["lane"][i] = "deadlines"


def _due(signals: pa.Table, issues: Issues) -> list[datetime | None]:
    """The earliest deadline of each issue's rows."""
    column = signals.column("deadline_at")
    if column.null_count == len(column):
        return [None] * len(issues)
    deadlines = column.to_pylist()
    return [min((deadlines[r] for r in rows if deadlines[r]), default=None) for rows in issues.members]


def worked(columns: Mapping[str, Any], root: np.ndarray, score: Floats) -> list[int]:
    """The causes a team works, best first: by lane, score, and the fingerprint by which issues are numbered."""
    lane = np.array([LANES.index(name) for name in columns["lane"]], int)
    chosen = np.flatnonzero((lane < len(WORKED)) & (root == np.arange(len(root))))
    return list(chosen[np.lexsort((chosen, -score[chosen], lane[chosen]))].tolist())


def fits(order: Sequence[int], columns: Mapping[str, Any], capacity: Capacity) -> int:
    """How many of these issues the team gets done in a day."""
    if capacity.closes_per_day is not None:
        return min(len(order), max(1, round(capacity.closes_per_day)))
    minutes = np.cumsum(columns["bundle_minutes"][list(order)]) if order else np.zeros(0)
    return int((minutes <= capacity.minutes_per_day).sum())

"""From exposures to one order: issues, bundles, lanes, scores, and the cut line.

An issue gathers the listings of its subject. On one listing the first cause of the chain is the root; what it
inhibits hangs under it and is worked with it, so the bundle's money and minutes rank the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import PRECEDENCE, Detector
from ..core.identity import fingerprint
from ..core.money import Floats, round6_all
from ..core.ranking_rule import score
from .estimates import percentiles
from .inputs import codes, texts
from .revenue_at_risk import Exposures
from .rules import RULES

if TYPE_CHECKING:
    import pyarrow as pa

LANES = ("stop_selling", "deadlines", "queue", "verify", "watch", "opportunities")
LAST_DAY_SHARE = 0.001
"""On its last day a deadline counts if it holds at least this share of a day's revenue."""


@dataclass(frozen=True)
class Confidence:
    """What is known about a kind before it is worked: P(real), P(fix works), expected minutes."""

    p_real: float
    p_fix: float
    minutes: float


@dataclass(frozen=True)
class Capacity:
    """What a team gets done in a day: issues closed (None until closes tell), minutes of work."""

    closes_per_day: float | None
    minutes_per_day: float


@dataclass
class Ranked:
    """The issues of a run in order, as columns; and what the order leaves out."""

    columns: dict[str, Any]
    members: list[list[int]]
    withheld: list[dict[str, Any]] = field(default_factory=list)
    cut_line: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["fingerprint"])


def withhold(
    signals: pa.Table, exposures: Exposures, missing: Mapping[str, str]
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Which signal rows may become issues, and what is held back: (n, Σ R) per reason."""
    intents, channels = texts(signals, "intent"), texts(signals, "channel")
    reason = np.array(
        [
            "missing_rate" if c in missing else "dead" if i == "dead" else "unknown_intent" if i == "unknown" else ""
            for i, c in zip(intents, channels, strict=True)
        ],
        dtype=object,
    )
    told = [
        {
            "reason": name,
            "n": int((reason == name).sum()),
            "revenue_at_risk": float(exposures.columns["risk_mean"][reason == name].sum()),
        }
        for name in ("dead", "unknown_intent", "missing_rate")
        if (reason == name).any()
    ]
    return reason == "", told


def rank(  # noqa: PLR0913
    signals: pa.Table,
    exposures: Exposures,
    keep: np.ndarray,
    detectors: Mapping[str, Detector],
    *,
    confidence: Mapping[str, Confidence],
    capacity: Capacity,
    contribution_margin: float,
    day_revenue: float,
    as_of: datetime,
    rule: str,
) -> Ranked:
    """Order the issues behind the rows that are kept."""
    at = np.flatnonzero(keep)
    types, keys = texts(signals, "subject_type"), texts(signals, "subject_key")
    kinds = exposures.columns["kind"]
    prints = [fingerprint(kinds[i], types[i], keys[i]) for i in at]
    issue, n = codes(prints)
    members: list[list[int]] = [[] for _ in range(n)]
    for row, number in zip(at, issue, strict=True):
        members[number].append(int(row))
    columns = _sums(exposures, at, issue, n, members)
    columns["fingerprint"] = list(dict.fromkeys(prints))
    first = [rows[0] for rows in members]
    columns["first"] = np.array(first, int)
    columns["kind"] = [kinds[i] for i in first]
    for name, part in (("p_real", "p_real"), ("p_fix", "p_fix"), ("minutes", "minutes")):
        columns[name] = np.array([getattr(confidence[k], part) for k in columns["kind"]], float)
    columns["momentum"] = np.ones(n)
    columns["into_revenue"] = np.where(exposures.margin[first], 1.0 / contribution_margin, 1.0) if n else np.ones(0)
    columns["urgency"] = round6_all(exposures.urgency[first]) if n else np.ones(0)
    root = _roots(signals, exposures, members, columns, detectors)
    for name in ("avoidable", "exposure", "minutes"):
        value = columns["minutes"] if name == "minutes" else columns[f"{name}_mean"]
        whole = np.bincount(root, value, n) if n else np.zeros(0)
        columns[f"bundle_{name}"] = round6_all(np.where(root == np.arange(n), whole, value))
    for each in RULES:
        columns[f"score_{each.name}"] = round6_all(score(each, columns))
    lanes, words = _lanes(signals, exposures, members, columns, detectors)
    columns["lane"], columns["why_lane"] = lanes, words
    _pull_deadlines(signals, members, columns, root, capacity, rule, day_revenue, as_of)
    return _ordered(columns, members, root, rule, capacity)


def _sums(exposures: Exposures, at: np.ndarray, issue: np.ndarray, n: int, members: list[list[int]]) -> dict[str, Any]:
    """Money of each issue: means add; the variance of the pace adds over listings."""
    source = exposures.columns
    columns: dict[str, Any] = {}
    for name in ("exposure", "risk", "avoidable"):
        mean = np.asarray(source[f"{name}_mean"])[at]
        total = np.bincount(issue, mean, n)
        variance = np.bincount(issue, mean**2 * exposures.cv2[at], n)
        columns[f"{name}_mean"] = round6_all(total)
        cv2 = np.divide(variance, total**2, out=np.zeros(n), where=total > 0)
        single = np.array([len(rows) == 1 for rows in members], bool)
        first = np.array([rows[0] for rows in members], int)
        for part, values in zip(("p10", "p50", "p90"), percentiles(total, cv2, np.zeros(n)), strict=True):
            own = np.asarray(source[f"{name}_{part}"])[first] if n else values
            columns[f"{name}_{part}"] = round6_all(np.where(single, own, values))
    for name in ("committed", "expected_loss", "lost_to_date"):
        columns[name] = round6_all(np.bincount(issue, np.asarray(source[name])[at], n))
    return columns


def _roots(
    signals: pa.Table,
    exposures: Exposures,
    members: list[list[int]],
    columns: Mapping[str, Any],
    detectors: Mapping[str, Detector],
) -> np.ndarray:
    """For each issue the issue that inhibits it, or itself.

    An issue is inhibited where on every one of its listings another cause, alive today, comes first.
    """
    n = len(members)
    order = [detectors[k].precedence for k in columns["kind"]]
    chained = [o != PRECEDENCE["outside"] for o in order]
    starts = texts(signals, "starts_day")
    listing, _ = codes(texts(signals, "account"), texts(signals, "channel"), texts(signals, "sku"))
    first_cause: dict[int, int] = {}
    for number in range(n):
        if not chained[number]:
            continue
        for row in members[number]:
            if starts[row] is not None:
                continue
            holder = first_cause.get(int(listing[row]))
            if holder is None or (order[number], columns["fingerprint"][number]) < (
                order[holder],
                columns["fingerprint"][holder],
            ):
                first_cause[int(listing[row])] = number
    root = np.arange(n)
    worth = np.asarray(exposures.columns["velocity"]) * np.nan_to_num(np.asarray(exposures.columns["price"]))
    for number in range(n):
        if not chained[number]:
            continue
        ahead = [first_cause.get(int(listing[row]), number) for row in members[number]]
        if all(holder != number for holder in ahead):
            best = max(range(len(ahead)), key=lambda i: (worth[members[number][i]], -members[number][i]))
            root[number] = ahead[best]
    while not np.array_equal(root, root[root]):  # a root that is itself inhibited hands its children on
        root = root[root]
    return root


def _lanes(
    signals: pa.Table,
    exposures: Exposures,
    members: list[list[int]],
    columns: Mapping[str, Any],
    detectors: Mapping[str, Detector],
) -> tuple[list[str], list[str | None]]:
    doubts, stuck = exposures.columns["doubt"], exposures.columns["unavoidable"]
    causes = texts(signals, "cause")
    avoidable = np.asarray(exposures.columns["avoidable_mean"])
    lanes, words = [], []
    for number, rows in enumerate(members):
        held = [r for r in rows if doubts[r]]
        worth, doubted = avoidable[rows].sum(), avoidable[held].sum() if held else 0.0
        if held and (doubted * 2 >= worth):
            lane, why = "verify", doubts[held[0]]
        elif exposures.margin[rows[0]]:
            lane, why = "stop_selling", "sales go on at this price"
        elif columns["avoidable_mean"][number] <= 0 and columns["risk_mean"][number] > 0:
            lane, why = "watch", stuck[rows[0]]
        elif columns["risk_mean"][number] <= 0:
            lane, why = "verify", "no sale or no price is known: its money cannot be told"
        elif causes[rows[0]] == "lead_time_assumed":
            lane, why = "verify", "lead time assumed: load supply.csv to be sure"
        else:
            lane, why = detectors[columns["kind"][number]].lane, None
        lanes.append(lane)
        words.append(why)
    return lanes, words


def _pull_deadlines(  # noqa: PLR0913
    signals: pa.Table,
    members: list[list[int]],
    columns: dict[str, Any],
    root: np.ndarray,
    capacity: Capacity,
    rule: str,
    day_revenue: float,
    as_of: datetime,
) -> None:
    """Move into lane deadlines what is worth as much as the last issue done today, or is on its last day."""
    deadlines = texts(signals, "deadline_at")
    due = [min((deadlines[r] for r in rows if deadlines[r]), default=None) for rows in members]
    columns["deadline_at"] = due
    lanes: list[str] = columns["lane"]
    queued = [i for i, lane in enumerate(lanes) if lane == "queue" and root[i] == i]
    queued.sort(key=lambda i: -columns[f"score_{rule}"][i])
    n = _fits(queued, columns, capacity)
    floor = columns["avoidable_mean"][queued[n - 1]] if 0 < n <= len(queued) else 0.0
    for i in queued:
        if due[i] is None or due[i] < as_of:
            continue
        worth = columns["avoidable_mean"][i]
        last = due[i] - as_of <= timedelta(days=1) and worth >= LAST_DAY_SHARE * day_revenue
        if worth >= floor or last:
            lanes[i] = "deadlines"


def _fits(order: list[int], columns: Mapping[str, Any], capacity: Capacity) -> int:
    """How many of these issues the team gets done in a day."""
    if capacity.closes_per_day is not None:
        return min(len(order), max(1, round(capacity.closes_per_day)))
    minutes = np.cumsum([columns["bundle_minutes"][i] for i in order]) if order else np.zeros(0)
    return int((minutes <= capacity.minutes_per_day).sum())


def _ordered(
    columns: dict[str, Any], members: list[list[int]], root: np.ndarray, rule: str, capacity: Capacity
) -> Ranked:
    """Positions and ranks: lane, score, then fingerprint; children right under their cause, without a rank."""
    n = len(members)
    scores: Floats = columns[f"score_{rule}"]
    lane_of = [columns["lane"][root[i]] for i in range(n)]
    prints = columns["fingerprint"]

    def key(i: int) -> tuple[Any, ...]:
        top = root[i]
        return (LANES.index(lane_of[i]), -scores[top], prints[top], i != top, -scores[i], prints[i])

    order = sorted(range(n), key=key)
    rank_of: list[int | None] = [None] * n
    next_rank = 0
    for i in order:
        if root[i] == i:
            next_rank += 1
            rank_of[i] = next_rank
    inverse = np.empty(n, int)
    inverse[order] = np.arange(n)
    sorted_columns = {
        name: (values[order] if isinstance(values, np.ndarray) else [values[i] for i in order])
        for name, values in columns.items()
    }
    sorted_columns["lane"] = [lane_of[i] for i in order]
    sorted_columns["position"] = list(range(1, n + 1))
    sorted_columns["rank"] = [rank_of[i] for i in order]
    sorted_columns["root"] = [int(inverse[root[i]]) for i in order]
    ranked = Ranked(sorted_columns, [members[i] for i in order])
    ranked.cut_line = cut_line(sorted_columns, capacity)
    for lane in ("verify", "watch", "opportunities"):
        rows = [i for i, name in enumerate(sorted_columns["lane"]) if name == lane and sorted_columns["root"][i] == i]
        if rows:
            risk = float(sum(sorted_columns["risk_mean"][i] for i in rows))
            ranked.withheld.append({"reason": lane, "n": len(rows), "revenue_at_risk": risk})
    return ranked


def cut_line(columns: Mapping[str, Any], capacity: Capacity) -> dict[str, Any]:
    """How many of the first issues the team gets done today, and what share of all that can be saved they hold."""
    work = [
        i
        for i, lane in enumerate(columns["lane"])
        if lane in ("stop_selling", "deadlines", "queue") and columns["root"][i] == i
    ]
    n = _fits(work, columns, capacity)
    worth = np.array([columns["bundle_avoidable"][i] * columns["into_revenue"][i] for i in work])
    whole = float(worth.sum())
    return {
        "issues": n,
        "of": len(work),
        "share": float(worth[:n].sum() / whole) if whole > 0 else 1.0,
        "closes_per_day": capacity.closes_per_day,
        "minutes_per_day": capacity.minutes_per_day,
    }

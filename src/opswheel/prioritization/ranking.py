"""From exposures to one order: issues, bundles, lanes, scores, and the cut line.

An issue gathers the listings of its subject. On one listing the first cause of the chain is the root; what it
inhibits hangs under it and is worked with it, so the bundle's money and minutes rank the root.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import LANES, Detector
from ..core.money import Floats, round6_all
from ..core.ranking_rule import score
from . import momentum
from .exposures import Exposures
from .incidents import gather_bursts, work_minutes
from .inputs import days
from .issues import BATCHES, Extra, Issues, gather, reasons, roots
from .lanes import WITHHELD, Capacity, fits, lanes, pull_deadlines, worked
from .rules import RULES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Capacity", "Confidence", "Extra", "Ranked", "cut_line", "headline_rows", "rank", "withhold"]


@dataclass(frozen=True)
class Confidence:
    """What is known about a kind before it is worked: P(real), P(fix works), expected minutes."""

    p_real: float
    p_fix: float
    minutes: float


BATCH_CONFIDENCE = {b.kind: Confidence(b.p_real, 0.9, b.minutes) for b in BATCHES.values()}
EXTRA_CONFIDENCE = Confidence(0.5, 0.9, 10.0)
"""Holds where the caller's own says nothing about a kind: assumed."""


@dataclass
class Ranked:
    """The issues of a run in order, as columns; and what the order leaves out.

    `members` are signal rows; a batch row's are all rows it gathers, an extra has none and `first` is −1.
    `left_out` are fingerprints nobody is to work although the problem goes on: closed as accepted, or said fixed.
    """

    columns: dict[str, Any]
    members: list[list[int]]
    withheld: list[dict[str, Any]] = field(default_factory=list)
    cut_line: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns["fingerprint"])


def withhold(
    signals: pa.Table, exposures: Exposures, missing: Mapping[str, str]
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Which signal rows may become issues of their own, and what is held back: (listings, Σ R) per reason.

    Rows of dead listings and of unknown intent are settled in one batch row each by `rank`; rows of channels
    without an exchange rate are in no issue at all.
    """
    reason = np.array(reasons(signals, missing), dtype=object)
    risk = np.asarray(exposures.columns["risk_mean"])
    told = []
    for name in (*(batch.reason for batch in BATCHES.values()), "missing_rate"):
        held = reason == name
        if held.any():
            n = len(np.unique(exposures.listing[held]))
            told.append({"reason": name, "n": n, "revenue_at_risk": float(np.sort(risk[held]).sum())})
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
    missing: Mapping[str, str] | None = None,
    extras: Sequence[Extra] = (),
    pooled: bool = False,
    left_out: Collection[str] = (),
    follow_on: momentum.FollowOn = MappingProxyType({}),
    by_hand: Mapping[str, int] = MappingProxyType({}),
) -> Ranked:
    """Order the issues behind the rows that are kept, the batch rows of the others, and `extras`.

    `missing` are the channels without an exchange rate that `withhold` was told. Accounts are grouped and ranked
    within each, unless they are `pooled`. Issues whose fingerprint is `left_out` have no place in the order; what
    they cost still comes before what they inhibit. `follow_on` are the days of loss that follow a loss, by kind and
    age; without them momentum is 1. `by_hand` are the incidents people made, by fingerprint.
    """
    issues = gather(signals, exposures, keep, missing or {}, extras, left_out=left_out)
    columns = issues.columns
    columns |= _confidence(columns["kind"], _tiers(signals, columns["first"]), confidence)
    columns["into_revenue"] = _into_revenue(exposures, columns["first"], contribution_margin)
    columns["urgency"] = round6_all(_of_first(exposures.urgency, issues))
    root = roots(signals, exposures, issues)
    _bundle(columns, root)
    columns["lane"], columns["why_lane"] = lanes(signals, exposures, issues, detectors, extras)
    root, columns["incident"] = gather_bursts(signals, issues, root, detectors, columns["lane"], by_hand=by_hand)
    if any(columns["incident"]):
        _bundle(columns, root, work_minutes(columns["minutes"], root, columns["incident"]))
    columns["momentum"] = _momentum(signals, exposures, issues, root, follow_on)
    for each in RULES:
        columns[f"score_{each.name}"] = round6_all(score(each, columns))
    chosen: Floats = columns[f"score_{rule}"]
    pull_deadlines(signals, issues, root, score=chosen, capacity=capacity, day_revenue=day_revenue, as_of=as_of)
    cut = cut_line(columns, root, chosen, capacity)
    ranked = _ordered(issues, root, chosen, pooled=pooled)
    ranked.cut_line = cut
    ranked.withheld = _withheld(ranked, exposures)
    ranked.left_out = issues.left_out
    return ranked


def _tiers(signals: pa.Table, first: np.ndarray) -> list[int | None]:
    """The tier of each issue's first row."""
    told = signals.column("tier").to_pylist()
    return [None if row < 0 else told[row] for row in first.tolist()]


def _confidence(
    kinds: Sequence[str], tiers: Sequence[int | None], confidence: Mapping[str, Confidence]
) -> dict[str, Floats]:
    """What is known of each issue's tier, where closes of the tier told it; else of its kind."""
    named = [confidence.get(f"{kind}@tier={tier}") for kind, tier in zip(kinds, tiers, strict=True)]
    known = [
        own or confidence.get(kind) or BATCH_CONFIDENCE.get(kind, EXTRA_CONFIDENCE)
        for kind, own in zip(kinds, named, strict=True)
    ]
    return {name: np.array([getattr(c, name) for c in known], float) for name in ("p_real", "p_fix", "minutes")}


def _of_first(values: Floats, issues: Issues) -> Floats:
    """A value of each issue's first row; 1 for batch rows and extras."""
    first = issues.columns["first"]
    plain = (first >= 0) & ~issues.columns["batch"]
    found = np.ones(len(first))
    found[plain] = values[first[plain]]
    return found


def _into_revenue(exposures: Exposures, first: np.ndarray, margin: float) -> Floats:
    """1 for lost sales; margin and cash count 1 ÷ contribution margin, the listing's own where costs tell it."""
    found = np.ones(len(first))
    gives = np.flatnonzero((first >= 0) & np.append(exposures.margin | exposures.cash, False)[first])
    own = exposures.contribution[first[gives]]
    found[gives] = 1.0 / np.where(np.isnan(own), margin, own)
    return round6_all(found)


def _bundle(columns: dict[str, Any], root: np.ndarray, minutes: Floats | None = None) -> None:
    """Money and minutes of each cause with the issues it inhibits; of the others by themselves.

    `minutes` are what each issue adds to its bundle where that is not its own work.
    """
    n = len(root)
    work = columns["minutes"] if minutes is None else minutes
    for name in ("avoidable", "exposure", "minutes"):
        value = work if name == "minutes" else columns[f"{name}_mean"]
        whole = np.bincount(root, value, n)
        columns[f"bundle_{name}"] = round6_all(np.where(root == np.arange(n), whole, value))


def _momentum(
    signals: pa.Table, exposures: Exposures, issues: Issues, root: np.ndarray, follow_on: momentum.FollowOn
) -> Floats:
    """Long-run loss ÷ avoidable of each issue, a cause's with what it inhibits; 1 without multipliers."""
    n = len(issues)
    if not follow_on:
        return np.ones(n)
    told = exposures.columns
    age = (days(signals, "today") - days(signals, "onset_day")) / np.timedelta64(1, "D")
    avoidable = np.asarray(told["avoidable_mean"], float)
    long_run = momentum.long_run_loss(
        follow_on, told["kind"], np.maximum(np.nan_to_num(age), 0.0), np.asarray(told["saved_days"], float), avoidable
    )
    rows = [row for members in issues.members for row in members]
    issue = np.repeat(np.arange(n), [len(members) for members in issues.members])
    own = [np.bincount(issue, value[rows], n) for value in (long_run, avoidable)]
    whole = [np.where(root == np.arange(n), np.bincount(root, value, n), value) for value in own]
    return momentum.factors(*whole)


def cut_line(columns: Mapping[str, Any], root: np.ndarray, score: Floats, capacity: Capacity) -> dict[str, Any]:
    """How many of the first issues the team gets done today, and what share of all that can be saved they hold."""
    work = worked(columns, root, score)
    n = fits(work, columns, capacity)
    worth = (columns["bundle_avoidable"] * columns["into_revenue"])[work]
    whole = float(worth.sum())
    return {
        "issues": n,
        "of": len(work),
        "share": float(worth[:n].sum()) / whole if whole > 0 else 1.0,
        "closes_per_day": capacity.closes_per_day,
        "minutes_per_day": capacity.minutes_per_day,
    }


def _ordered(issues: Issues, root: np.ndarray, score: Floats, *, pooled: bool) -> Ranked:
    """Positions and ranks: lane, score, then fingerprint; children right under their cause, without a rank."""
    columns, n = issues.columns, len(issues)
    top = root.tolist()
    lane_of = [columns["lane"][i] for i in top]
    group_of = ["" if pooled else columns["account"][i] for i in top]
    names = {name: i for i, name in enumerate(sorted(set(group_of)))}
    group = np.array([names[name] for name in group_of], int)
    lane = np.array([LANES.index(name) for name in lane_of], int)
    number = np.arange(n)  # issues are numbered by fingerprint
    order = np.lexsort((number, -score, root != number, root, -score[root], lane, group))
    inverse = np.empty(n, int)
    inverse[order] = number
    at = order.tolist()
    placed = {
        name: values[order] if isinstance(values, np.ndarray) else [values[i] for i in at]
        for name, values in columns.items()
    }
    placed["lane"] = [lane_of[i] for i in at]
    placed["position"] = list(range(1, n + 1))
    placed["rank"] = _ranks([group_of[i] for i in at], (root == number)[order].tolist())
    placed["root"] = inverse[root[order]].tolist()
    return Ranked(placed, [issues.members[i] for i in at])


def _ranks(groups: Sequence[str], causes: Sequence[bool]) -> list[int | None]:
    """1, 2 … over the causes of each group."""
    last: dict[str, int] = defaultdict(int)
    ranks: list[int | None] = []
    for group, cause in zip(groups, causes, strict=True):
        last[group] += cause
        ranks.append(last[group] if cause else None)
    return ranks


def _withheld(ranked: Ranked, exposures: Exposures) -> list[dict[str, Any]]:
    """(n, Σ R) of the lanes nobody works; batch rows are told under their own reason, extras withhold nothing.

    What is lost at one stroke is counted and not summed: it is another money.
    """
    columns, told = ranked.columns, []
    plain = (columns["first"] >= 0) & ~columns["batch"]
    for lane in WITHHELD:
        rows = [i for i, name in enumerate(columns["lane"]) if name == lane and plain[i]]
        if rows:
            causes = sum(columns["root"][i] == i for i in rows)
            daily = [i for i in rows if not exposures.at_once[columns["first"][i]]]
            risk = float(sum(columns["risk_mean"][i] for i in daily))
            told.append({"reason": lane, "n": causes, "revenue_at_risk": risk})
    return told


def headline_rows(
    ranked: Ranked, exposures: Exposures, lanes: Sequence[str] = LANES, *, margin: bool = False
) -> list[int]:
    """Signal rows of these lanes, never of batch rows: those whose sales count in open revenue at risk, or `margin`.

    What is lost at one stroke is in neither: cash is another money, and a chance no listing's sales.
    """
    return [
        row
        for i, rows in enumerate(ranked.members)
        if ranked.columns["lane"][i] in lanes and not ranked.columns["batch"][i]
        for row in rows
        if bool(exposures.margin[row]) == margin and not exposures.at_once[row]
    ]

"""The rows of `ranks`: each issue with its place, its money, its words and where it stands in its life."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ..core.contracts import LISTINGS
from ..core.detector import AT_ONCE, LANES, Detector
from ..prioritization.routing import Roster
from ..resolution.lifecycle import OPEN
from ..resolution.reconcile import Plan
from .compute import Computed, Parameters, sentences

_ESTIMATES = ("exposure", "risk", "avoidable")
_OF_LISTING = ("sku", "item_id", "title", "tier", "brand", "category", "onset_day", "last_good_day", "evidence")
_NUMBERS = (
    "position",
    "rank",
    "lane",
    "fingerprint",
    "kind",
    "account",
    "channel",
    "subject_type",
    "subject_key",
    "deadline_at",
    "committed",
    "expected_loss",
    "lost_to_date",
    "minutes",
    "bundle_avoidable",
    "bundle_exposure",
    "bundle_minutes",
    "p_real",
    "p_fix",
    "urgency",
    "into_revenue",
    "momentum",
    "score_revenue_at_risk",
    "score_value_per_hour",
    "score_exposure_per_hour",
    "why_lane",
    "incident",
)
_LIFE = ("issue_id", "issue_version", "state", "open", "owner", "detected_at", "repeat_of", "sla_due", "sla_what")
"""Columns of a rank row that the issue's own life tells."""


def describe(
    computed: Computed, parameters: Parameters, detectors: Sequence[Detector], run_id: int
) -> list[dict[str, Any]]:
    """Everything a rank row tells that does not depend on the issue's own life, in the order of the run."""
    by_kind = {d.kind: d for d in detectors}
    ranked, signals = computed.ranked, computed.signals
    facts = {name: signals.column(name).to_pylist() for name in (*_OF_LISTING, "share_state", "healthy_since")}
    skus, channels = signals.column("sku").to_pylist(), signals.column("channel").to_pylist()
    units = computed.exposures.columns["units_since"]
    words = sentences(computed, by_kind)
    numbers = {
        name: values.tolist() if isinstance(values, np.ndarray) else values for name, values in ranked.columns.items()
    }
    currency = parameters.settings.money.reporting_currency
    rows = []
    for i in range(len(ranked)):
        first, members = numbers["first"][i], ranked.members[i]
        single = len(members) == 1
        plain = first >= 0 and not numbers["batch"][i]
        row = {name: facts[name][first] if plain else None for name in _OF_LISTING}
        row |= {name: numbers[name][i] for name in _NUMBERS}
        row |= {f"{e}_{p}": numbers[f"{e}_{p}"][i] for e in _ESTIMATES for p in ("mean", "p10", "p50", "p90")}
        row |= {
            "run_id": run_id,
            "members": len({(channels[m], skus[m]) for m in members}),
            "sentence": words[i],
            "currency": currency,
            "share_state": facts["share_state"][first] if single or facts["share_state"][first] in AT_ONCE else None,
            "units_since": float(units[first]) if single else None,
            "healthy_since": facts["healthy_since"][first] if single else None,
            "evidence": row["evidence"] or "{}",
            "root_fingerprint": numbers["fingerprint"][numbers["root"][i]],
            "seen_in": by_kind[numbers["kind"][i]].reads[0].name if plain else LISTINGS.name,
        }
        rows.append(row)
    return rows


def deal(
    described: Sequence[Mapping[str, Any]], plan: Plan, next_id: int, roster: Roster, as_of: datetime
) -> dict[str, dict[str, Any]]:
    """Which issue each fingerprint is, and where that stands; new ones get numbers in (onset, fingerprint) order.

    A new issue has the owner its route names; `route` is empty where none does.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, issue in plan.known.items():
        found[name] = _life(issue) | {"state": "regressed" if issue.id in plan.reopened else issue.state, "open": True}
    new = set(plan.new)
    rows = [r for r in described if r["fingerprint"] in new]
    rows.sort(key=lambda r: (r["onset_day"] is None, str(r["onset_day"]), r["fingerprint"]))
    for offset, row in enumerate(rows):
        choice = roster.choose(row)
        found[row["fingerprint"]] = {
            "issue_id": next_id + offset,
            "issue_version": 2 if choice else 1,
            "state": "assigned" if choice else "new",
            "open": True,
            "owner": choice.owner if choice else None,
            "route": choice.route if choice else None,
            "detected_at": as_of,
            "repeat_of": plan.repeats.get(row["fingerprint"]),
            "sla_due": None,
            "sla_what": None,
            "incident_was": None,
        }
    return found


def keep(plan: Plan, last: Mapping[int, dict[str, Any]], run_id: int) -> list[dict[str, Any]]:
    """The rows of issues this run did not rank but must not lose: as they last were, with the reason.

    Open ones stand in lane verify; those said to be fixed wait for facts outside the queue.
    """
    rows = []
    for issue, why in sorted((*plan.carried, *plan.waiting), key=lambda c: int(c[0].id)):
        before = last.get(issue.id)
        if before is not None:
            rows.append(kept_row(before, issue, run_id, why, reopened=issue.id in plan.reopened))
    return rows


def kept_row(
    before: Mapping[str, Any], issue: Any, run_id: int, why: str | None, *, reopened: bool = False
) -> dict[str, Any]:
    """An issue's last rank row, brought up to where the issue stands now."""
    state = "regressed" if reopened else issue.state
    row = {**before, "run_id": run_id, "state": state, "owner": issue.owner, "issue_version": issue.version}
    row |= {"open": state in OPEN, "inhibited_by": None, "rank": 0 if state in OPEN else None}
    row |= dict.fromkeys(("incident_id", "incident_issues", "sla_due", "sla_what")) | {"folded": False}
    return row | ({"lane": "verify", "why_lane": why} if state in OPEN else {})


def arrange(
    described: Iterable[Mapping[str, Any]],
    lives: Mapping[str, Mapping[str, Any]],
    kept: Sequence[Mapping[str, Any]],
    *,
    pooled: bool,
) -> list[dict[str, Any]]:
    """The rows of a run in order: those it ranked, kept ones at the end of their lane.

    After them come rows another one stands for, and last of all those that wait for facts.
    """
    rows = [{**row, **lives[row["fingerprint"]]} for row in described if row["fingerprint"] in lives]
    folds = _fold(rows)
    if not (kept or folds):
        return rows
    rows += [dict(row) for row in kept]
    rows.sort(key=lambda r: (not r["open"], bool(r["folded"]), "" if pooled else r["account"], LANES.index(r["lane"])))
    ranks: dict[str, int] = {}
    for position, row in enumerate(rows, 1):
        row["position"] = position
        if row["rank"] is not None:
            group = "" if pooled else row["account"]
            ranks[group] = row["rank"] = ranks.get(group, 0) + 1
    return rows


def _fold(rows: Sequence[dict[str, Any]]) -> bool:
    """Number the causes and the incidents of rows, and fold what one row of an incident stands for.

    An incident keeps the number most of its issues had before; a new one is called by its first issue. Whether any
    row was folded.
    """
    by_print = {row["fingerprint"]: row for row in rows}
    members: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["incident"] is not None:
            members[row["incident"]].append(row)
    leads = {row["root_fingerprint"] for found in members.values() for row in found}
    numbers: dict[str, int | None] = {}
    for name, found in members.items():
        before = Counter(row["incident_was"] for row in found if row["incident_was"] is not None)
        known = [row["issue_id"] for row in found if row["issue_id"] is not None]
        numbers[name] = min(before, key=lambda n: (-before[n], n)) if before else min(known, default=None)
    for row in rows:
        root = by_print.get(row.pop("root_fingerprint"), row)
        name = row.pop("incident")
        under = root is not row
        row |= {
            "inhibited_by": root["issue_id"] if under else None,
            "incident_id": numbers[name] if name is not None else None,
            "incident_issues": len(members[name]) if name is not None and not under else None,
            "folded": under and root["fingerprint"] in leads,
        }
        row.pop("incident_was")
    return any(row["folded"] for row in rows)


def _life(issue: Any) -> dict[str, Any]:
    return {
        "issue_id": issue.id,
        "issue_version": issue.version,
        "state": issue.state,
        "open": issue.state in OPEN,
        "owner": issue.owner,
        "detected_at": issue.detected_at,
        "repeat_of": issue.repeat_of,
        "sla_due": None,
        "sla_what": None,
        "incident_was": issue.incident_id,
    }


def in_hindsight(
    described: Sequence[Mapping[str, Any]], issues: Sequence[Any], as_of: datetime
) -> dict[str, dict[str, Any]]:
    """For a morning nobody recorded: the issues that were opened for these problems later, or no number at all."""
    unknown = {"issue_id": None, "issue_version": 0, "state": "new", "owner": None, "detected_at": as_of}
    unknown |= {"sla_due": None, "sla_what": None, "incident_was": None}
    lives = {row["fingerprint"]: {**unknown, "open": True, "repeat_of": None} for row in described}
    for issue in sorted(issues, key=lambda i: int(i.episode), reverse=True):
        lives[issue.fingerprint] = _life(issue) | {"open": True}  # its first episode comes last and stays
    return lives


def recorded(
    described: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """(which issue each fingerprint was, rows that were kept) of a past run, from the rows it recorded."""
    lives = {
        row["fingerprint"]: {name: row.get(name) for name in _LIFE} | {"incident_was": row.get("incident_id")}
        for row in history
    }
    ranked = {row["fingerprint"] for row in described}
    return lives, [dict(row) for row in history if row["fingerprint"] not in ranked]

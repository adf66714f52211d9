"""What the next run reckons with because of closes: precision, fixes that hold, minutes, and how long issues last.

Priors are stated: P(real) Beta(4, 1), P(fix works) Beta(9, 1),
minutes from the playbook with the weight of five closes. Defaults never feed learning; a false alarm that facts
do not bear out does not train P(real).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUES, OUTCOMES, POSTERIORS

PRECISION_PRIOR = (4.0, 1.0)
PRECISION_PRIORS: Mapping[str, tuple[float, float]] = {
    "listing_inactive": (2.0, 2.0),  # asked once, because no report says why
    "unknown_intent": (1.0, 4.0),
    "dead_backlog": (1.0, 19.0),
    "volume_guard": (1.0, 1.0),
}
FIX_PRIOR = (9.0, 1.0)
MINUTES_WEIGHT = 5.0
SEGMENT_WEIGHT = 10.0
"""Closes of its own after which a tier counts as much as its kind: assumed."""
ENOUGH_HEALTHY_UNITS = 5.0
_REAL = ("fixed", "wont_fix", "accepted_risk")


def learn(
    connection: sa.Connection,
    kinds: Mapping[str, float],
    shares: Mapping[str, tuple[float, float]],
    *,
    as_of: datetime,
) -> list[dict[str, Any]]:
    """Rows of `posteriors` from all outcomes so far.

    `kinds` gives each kind's playbook minutes, `shares` the (mean, weight) of each state's assumed share lost.
    """
    outcomes, issues = OUTCOMES.sql_table(), ISSUES.sql_table()
    closes = connection.execute(sa.select(outcomes).where(outcomes.c.at <= as_of)).all()
    regressed = set(connection.execute(sa.select(issues.c.id).where(issues.c.state == "regressed")).scalars())
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for close in closes:
        by_kind[close.kind].append(close)
    issues_by_kind = _issues(connection, as_of)
    rows = []
    for kind, minutes in kinds.items():
        found = by_kind.get(kind, [])
        rows.append(_beta("precision", kind, PRECISION_PRIORS.get(kind, PRECISION_PRIOR), *_labels(found), as_of))
        rows.append(_beta("fix_works", kind, FIX_PRIOR, *_fixes(found, regressed), as_of))
        rows.append(_minutes(kind, minutes, found, as_of))
        rows += _by_tier(kind, rows[-3:], found, regressed, as_of)
        rows.append(_natural_life(kind, _lives(issues_by_kind.get(kind, []), as_of), as_of))
        rows.append(_life_as_worked(kind, issues_by_kind.get(kind, []), as_of))
    return rows + _shares(closes, shares, as_of)


def _by_tier(
    kind: str, whole: list[dict[str, Any]], closes: list[Any], regressed: set[int], as_of: datetime
) -> list[dict[str, Any]]:
    """The same three parameters by tier, where a tier has closes of its own and is not all there is.

    A tier leans on its kind as if the kind's own value were `SEGMENT_WEIGHT` closes of the tier.
    """
    of: dict[int, list[Any]] = defaultdict(list)
    for close in closes:
        of[close.tier or 3].append(close)
    rows: list[dict[str, Any]] = []
    if len(of) < 2:
        return rows
    precision, works, minutes = (row["mean"] for row in whole)
    for tier, found in sorted(of.items()):
        leaning = [(SEGMENT_WEIGHT * m, SEGMENT_WEIGHT * (1 - m)) for m in (precision, works)]
        own = [
            _beta("precision", kind, leaning[0], *_labels(found), as_of),
            _beta("fix_works", kind, leaning[1], *_fixes(found, regressed), as_of),
            _minutes(kind, minutes, found, as_of, weight=SEGMENT_WEIGHT),
        ]
        told = [row for row in own if row["n"]]
        rows += [{**row, "segment": f"tier={tier}", "source": f"tier {tier}: {_leaning(row)}"} for row in told]
    return rows


def _leaning(row: Mapping[str, Any]) -> str:
    return f"{row['n']} of its own, leaning on the kind by {SEGMENT_WEIGHT:g}"


def _shares(closes: Iterable[Any], priors: Mapping[str, tuple[float, float]], as_of: datetime) -> list[dict[str, Any]]:
    """Share of sales lost by state, from verified episodes of one listing and one cause.

    Each episode gives 1 − units sold ÷ healthy units; the prior weighs as many episodes as stated. Rules that fire
    on sales themselves regress to the mean and teach nothing: only states with a stated prior are listed.
    """
    seen: dict[str, list[float]] = defaultdict(list)
    for c in closes:
        if c.booked_at is not None and c.share_state in priors and (c.healthy_since or 0.0) >= ENOUGH_HEALTHY_UNITS:
            seen[c.share_state].append(min(1.0, max(0.0, 1.0 - c.units_since / c.healthy_since)))
    rows = []
    for state, found in sorted(seen.items()):
        mean, weight = priors[state]
        n = len(found)
        learned = (mean * weight + sum(found)) / (weight + n)
        rows.append(
            {
                "parameter": "share_lost",
                "kind": state,
                "segment": "",
                "known_at": as_of,
                "n": n,
                "mean": learned,
                "var": learned * (1 - learned) / (weight + n + 1),
                "detail": "{}",
                "source": f"{mean:.0%} assumed, weighing {weight:g} episodes, and {n} verified episodes",
            }
        )
    return rows


def _labels(closes: Iterable[Any]) -> tuple[int, int]:
    real = sum(c.resolution in _REAL and c.supported for c in closes)
    false = sum(c.resolution == "false_alarm" and c.supported and c.reason != "fixed_already" for c in closes)
    return real, false


def _fixes(closes: Iterable[Any], regressed: set[int]) -> tuple[int, int]:
    held = sum(c.resolution == "fixed" and c.booked_at is not None for c in closes)
    broken = sum(c.resolution == "fixed" and (not c.supported or c.issue_id in regressed) for c in closes)
    return held, broken


def _beta(  # noqa: PLR0913
    parameter: str, kind: str, prior: tuple[float, float], yes: int, no: int, as_of: datetime
) -> dict[str, Any]:
    a, b = prior[0] + yes, prior[1] + no
    n = yes + no
    return {
        "parameter": parameter,
        "kind": kind,
        "segment": "",
        "known_at": as_of,
        "n": n,
        "mean": a / (a + b),
        "var": a * b / ((a + b) ** 2 * (a + b + 1)),
        "detail": json.dumps({"a": a, "b": b}),
        "source": f"Beta({prior[0]:g}, {prior[1]:g}) assumed" + (f", {yes} for and {no} against" if n else ""),
    }


def _minutes(
    kind: str, default: float, closes: Iterable[Any], as_of: datetime, *, weight: float = MINUTES_WEIGHT
) -> dict[str, Any]:
    told = [c.minutes for c in closes if c.minutes is not None and c.minutes_source in ("typed", "measured")]
    n = len(told)
    mean = (weight * default + sum(told)) / (weight + n)
    spread = sum((m - mean) ** 2 for m in told) / n if n else (default / 2) ** 2
    return {
        "parameter": "minutes",
        "kind": kind,
        "segment": "",
        "known_at": as_of,
        "n": n,
        "mean": mean,
        "var": spread,
        "detail": "{}",
        "source": f"playbook, {default:g} minutes assumed" + (f", and {n} closes" if n else ""),
    }


def _issues(connection: sa.Connection, as_of: datetime) -> dict[str, list[Any]]:
    """Every issue whose onset is known, by kind."""
    issues = ISSUES.sql_table()
    known = sa.select(issues).where(issues.c.onset_day.is_not(None), issues.c.detected_at <= as_of)
    found: dict[str, list[Any]] = defaultdict(list)
    for issue in connection.execute(known):
        found[issue.kind].append(issue)
    return found


def _end(issue: Any, as_of: datetime) -> datetime | None:
    end: datetime | None = issue.fixed_at or issue.closed_at
    return end if end is not None and end <= as_of else None


def _lives(issues: Iterable[Any], as_of: datetime) -> list[tuple[float, bool, int]]:
    """(days from onset to the end or until now, ended by itself, tier) of every issue; all other ends censor."""
    return [
        (
            max(0.0, float(((_end(issue, as_of) or as_of).date() - issue.onset_day).days)),
            issue.resolution == "self_healed",
            issue.tier or 3,
        )
        for issue in issues
    ]


def _life_as_worked(kind: str, issues: Iterable[Any], as_of: datetime) -> dict[str, Any]:
    """Days from detection until an issue is out of the queue, however it ended; open ones have lasted so long."""
    ended, still = Counter[int](), Counter[int]()
    for issue in issues:
        end = _end(issue, as_of)
        (still if end is None else ended)[max(0, ((end or as_of) - issue.detected_at).days)] += 1
    n = ended.total()
    return {
        "parameter": "life_as_worked",
        "kind": kind,
        "segment": "",
        "known_at": as_of,
        "n": n,
        "mean": sum(d * c for d, c in ended.items()) / n if n else 0.0,
        "var": 0.0,
        "detail": json.dumps({"ended": sorted(ended.items()), "open": sorted(still.items())} if n else {}),
        "source": f"{n} of {n + still.total()} issues ended, by a person or by themselves",
    }


def _natural_life(kind: str, lives: list[tuple[float, bool, int]], as_of: datetime) -> dict[str, Any]:
    ends = sum(healed for _, healed, _ in lives)
    return {
        "parameter": "natural_life",
        "kind": kind,
        "segment": "",
        "known_at": as_of,
        "n": ends,
        "mean": sum(d for d, healed, _ in lives if healed) / ends if ends else 0.0,
        "var": 0.0,
        "detail": json.dumps({"samples": [[d, healed, tier] for d, healed, tier in lives]} if ends else {}),
        "source": f"{ends} natural ends among {len(lives)} issues; closes by people count as censored",
    }


def newest(connection: sa.Connection, as_of: datetime) -> list[dict[str, Any]]:
    """The latest row of each parameter learned by a run before or at `as_of`."""
    table = POSTERIORS.sql_table()
    rows = connection.execute(sa.select(table).where(table.c.known_at <= as_of).order_by(table.c.known_at)).all()
    latest = {(r.parameter, r.kind, r.segment): r for r in rows}
    return [dict(r._mapping) for r in latest.values()]

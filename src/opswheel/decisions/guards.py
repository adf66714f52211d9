"""When a cut line may not be moved, each with its reason: too few labels, labels that cannot be believed, drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import numpy as np
from scipy import stats

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SURPRISE = 0.001
"""A difference of labels rarer than this by chance is not believed (Fisher's exact test, times the pairs compared)."""
APART = 0.25
"""… if the shares of false alarms lie so far apart."""
ENOUGH_EACH = 5
RECENT_WEEKS, BEFORE_WEEKS = 4, 8
DRIFT = 0.25
"""Population stability index above which two periods are called different: the customary limit."""
RATE_FACTOR = 2.0


def too_few(labels: Sequence[Mapping[str, Any]], least: int) -> str | None:
    """Fewer labels than asked for."""
    n = len(labels)
    return None if n >= least else f"only {n} closes say whether the alarm was right; {least} are asked for"


def strange_day(labels: Sequence[Mapping[str, Any]]) -> str | None:
    """On one weekday nearly everything is closed as a false alarm: that speaks of the day, not of the alarms."""
    odd = _odd_one(labels, "weekday")
    if odd is None:
        return None
    day, here, elsewhere = odd
    return f"on {DAYS[int(day) % 7]}s {here:.0%} were closed as false alarms, on other days {elsewhere:.0%}"


def strange_person(labels: Sequence[Mapping[str, Any]]) -> str | None:
    """One person's labels differ from everybody else's more than chance allows."""
    odd = _odd_one(labels, "by")
    if odd is None:
        return None
    who, here, elsewhere = odd
    return f"{who} closes {here:.0%} as false alarms, the others {elsewhere:.0%} of the same kind"


def _odd_one(labels: Sequence[Mapping[str, Any]], by: str) -> tuple[Any, float, float] | None:
    """The group whose share of false alarms differs most surely from that of all others, if it does."""
    wrong, n = Counter[Any](), Counter[Any]()
    for one in labels:
        n[one[by]] += 1
        wrong[one[by]] += one["label"] == 0
    found = []
    for group in sorted(n, key=str):
        rest_n, rest_wrong = n.total() - n[group], wrong.total() - wrong[group]
        if n[group] < ENOUGH_EACH or rest_n < ENOUGH_EACH:
            continue
        here, elsewhere = wrong[group] / n[group], rest_wrong / rest_n
        told = [[wrong[group], n[group] - wrong[group]], [rest_wrong, rest_n - rest_wrong]]
        chance = float(stats.fisher_exact(told)[1]) * len(n)
        if abs(here - elsewhere) >= APART and chance < SURPRISE:
            found.append((round(log10(max(chance, 1e-300))), -here, group, here, elsewhere))
    return min(found, key=lambda f: f[:2])[2:] if found else None


def drifted(arrivals: Sequence[Mapping[str, Any]]) -> str | None:
    """What the rule sees has changed: another mix of strengths, or another pace, than in the weeks before.

    `arrivals` are counts by week (0 is the newest) and strength. Without enough of both periods nothing can be told.
    """
    strengths = sorted({int(a["pi"]) for a in arrivals})
    now, before = np.zeros(len(strengths)), np.zeros(len(strengths))
    oldest = max((int(a["week"]) for a in arrivals), default=0)
    weeks = min(BEFORE_WEEKS, oldest - RECENT_WEEKS + 1)
    if weeks < RECENT_WEEKS:
        return None
    for one in arrivals:
        k = strengths.index(int(one["pi"]))
        if one["week"] < RECENT_WEEKS:
            now[k] += one["n"]
        elif one["week"] < RECENT_WEEKS + weeks:
            before[k] += one["n"]
    if before.sum() < 30 or now.sum() + before.sum() < 60:
        return None
    pace = (now.sum() / RECENT_WEEKS) / (before.sum() / weeks)
    sure = _pace_is_other(now.sum(), before.sum(), weeks)
    if sure and not 1 / RATE_FACTOR <= pace <= RATE_FACTOR:
        return f"{pace:.1f} times as much was seen in the last {RECENT_WEEKS} weeks as before: something else changed"
    if now.sum() >= 30 and _psi(now, before) > DRIFT:
        return f"what was seen in the last {RECENT_WEEKS} weeks is of another strength than before: something changed"
    return None


def _pace_is_other(now: float, before: float, weeks: int) -> bool:
    share = RECENT_WEEKS / (RECENT_WEEKS + weeks)
    return bool(stats.binomtest(int(now), int(now + before), share).pvalue < SURPRISE)


def _psi(now: np.ndarray, before: np.ndarray) -> float:
    """Population stability index over up to five groups of equal size in the weeks before, less what noise adds."""
    edges = np.unique(np.searchsorted(np.cumsum(before) / before.sum(), [0.2, 0.4, 0.6, 0.8]))
    group = np.searchsorted(edges, np.arange(len(before)), side="left")
    k = int(group.max()) + 1
    a = (np.bincount(group, now, k) + 0.5) / (now.sum() + 0.5 * k)
    b = (np.bincount(group, before, k) + 0.5) / (before.sum() + 0.5 * k)
    noise = (k - 1) * (1 / now.sum() + 1 / before.sum())
    return float(((a - b) * np.log(a / b)).sum() - noise)

"""The verdict, the stall and the medians on histories with known truth: how often they are right, wrong and silent.

Truth and parameters stand in `simulation.histories`, stated before the first measurement; what judges is what ships.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import numpy as np

from ...performance import repeat_rate, revenue_per_operator
from ...performance.evidence import Evidence
from ...performance.operators import CSV, Operators
from ...performance.rates import share
from ...performance.stall import handoffs, stalled_at
from ...performance.survival import quantile
from ...performance.trends import scaling
from ...performance.verdict import Verdict, judge
from ...performance.window import Window
from ...simulation.histories import (
    BREAKS,
    FIRST,
    KINDS,
    PARAMETERS,
    ROUGHER,
    TEAM,
    History,
    Parameters,
    history,
    plant,
    quarter,
    speeds,
)
from .common import row

WORLDS, TEAMS, MEDIANS = 200, 200, 400
SEED, ROUGHER_SEED = 8, 28
LARGE = 15_000
"""Listings from which a world is told apart as large."""
END = datetime(2026, 11, 1)
WINDOW = Window(FIRST, date(2026, 10, 31), "UTC", END)
_STALLS = {
    "none": None,
    "prioritization": "visibility_to_prioritization",
    "capacity": "prioritization_to_capacity",
    "data": "resolution_to_data",
    "decisions": "data_to_decisions",
}


def measure(worlds: int = WORLDS) -> list[dict[str, Any]]:
    """Every planted kind, here and in a rougher market, every planted break, and the medians."""
    return [
        *_verdicts(worlds, SEED, PARAMETERS),
        *_verdicts(worlds, ROUGHER_SEED, ROUGHER),
        *_stalled(min(worlds, TEAMS)),
        _medians(2 * min(worlds, MEDIANS // 2)),
        _stated(),
    ]


def verdict_of(past: History) -> Verdict:
    """What ships, asked about a history."""
    e = Evidence(
        WINDOW, "USD", datetime.combine(FIRST, datetime.min.time()), 365, verified=past.verified, repeats=past.repeats
    )
    o = Operators(past.revenue, past.headcount, CSV, past.catalog)
    found = judge(revenue_per_operator.yearly(o, FIRST), repeat_rate.trend(e), scaling(o.headcount, o.catalog))
    return found.verdict


def _verdicts(worlds: int, seed: int, told: Parameters) -> list[dict[str, Any]]:
    """How often each kind is named, called wrongly, or not told; large worlds apart, because small ones tell less."""
    rows = []
    where = "" if told is PARAMETERS else ", rougher market"
    for number, kind in enumerate(KINDS):
        said: Counter[str] = Counter()
        large: Counter[bool] = Counter()
        for n in range(worlds):
            rng = np.random.default_rng([seed, number, n])
            past = history(plant(kind, rng), rng, told)
            verdict = verdict_of(past)
            said[verdict] += 1
            if past.truth.listings >= LARGE:
                large[verdict == kind] += 1
        named, silent = said[kind], said["cannot_tell"]
        wrong, asked = worlds - silent - named, kind in _NAMED
        shown = named if asked else wrong
        must = "≥ 0.90 named, ≤ 0.03 wrong" if asked else "not called: ≤ 0.03"
        more = {"named_from_15000_listings": round(large[True] / large.total(), 4)} if asked and large else {}
        rows.append(
            row(
                f"{'named' if asked else 'called'}: {kind}{where}",
                shown / worlds,
                None,
                "share of worlds",
                must if told is PARAMETERS else "wrong ≤ 0.03; how often named is told, not asked",
                wrong=round(wrong / worlds, 4),
                cannot_tell=round(silent / worlds, 4),
                worlds=worlds,
                nine_in_ten_within=_within(shown, worlds),
                **more,
            )
        )
    return rows


_NAMED = ("compounding", "flat", "stalled")


def _stalled(teams: int) -> list[dict[str, Any]]:
    rows = []
    for number, broken in enumerate(BREAKS):
        named: Counter[str | None] = Counter()
        for seed in range(teams):
            rng = np.random.default_rng([SEED, 100 + number, seed])
            work, closed = quarter(broken, END, rng)
            found = stalled_at(handoffs(work, closed, days_of_runs=91))
            named[found.name if found else None] += 1
        right = named[_STALLS[broken]]
        rows.append(
            row(
                f"broken hand-off named: {broken}",
                right / teams,
                None,
                "share of teams",
                "≥ 0.90",
                another_named=round(sum(n for k, n in named.items() if k not in (_STALLS[broken], None)) / teams, 4),
                teams=teams,
                nine_in_ten_within=_within(right, teams),
            )
        )
    return rows


def _medians(worlds: int) -> dict[str, Any]:
    inside = reached = 0
    for seed in range(worlds):
        median, times = speeds(np.random.default_rng([SEED, 1_000, seed]))
        found = quantile(times)
        if found is None:
            continue
        low, high = found.low or 0.0, found.high
        inside += low <= median and (high is None or median <= high)
        reached += not found.at_least
    return row(
        "Kaplan–Meier medians inside their 9-in-10 interval",
        inside / worlds,
        None,
        "share of months",
        "≥ 0.88",
        median_reached=round(reached / worlds, 4),
        months=worlds,
        nine_in_ten_within=_within(inside, worlds),
    )


def _within(n: int, of: int) -> str:
    found = share(n, of)
    return "" if found is None else f"{found[1]:.3f} to {found[2]:.3f}"


def _stated() -> dict[str, Any]:
    """The parameters with their sources, beside the figures they gave."""
    told = {**PARAMETERS, **TEAM}
    return row(
        "parameters stated before measuring",
        float(len(told)),
        None,
        "parameters",
        "each with its source",
        **{name: f"{p.value:g} ({p.source})" for name, p in told.items()},
        rougher={n: f"{p.value:g} ({p.source})" for n, p in ROUGHER.items() if p != PARAMETERS[n]},
    )

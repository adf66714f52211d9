"""`bench allocation`: whether the solver's split over places is as good as trying every one, on small made-up cases."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ...planning.allocation import Lane, Place, allocate, expected_profit
from .common import row

CASES = 60


def measure() -> list[dict[str, Any]]:
    """The largest difference of profit over all cases."""
    rng = np.random.default_rng(17)
    worst = 0.0
    for _ in range(CASES):
        places, lanes = _case(rng)
        worst = max(worst, abs(allocate(places, lanes).profit - _best(places, lanes)))
    return [row("allocation against trying everything", worst, None, "of profit", "equal (0)", cases=CASES)]


def _case(rng: np.random.Generator) -> tuple[list[Place], list[Lane]]:
    from scipy.stats import poisson

    def shelf(name: str, *, feeds: bool = False) -> Place:
        chance = poisson.sf(np.arange(16), rng.uniform(0.3, 4))
        return Place(
            name,
            chance,
            float(rng.uniform(0.5, 9)),
            held=int(rng.integers(0, 7 if feeds else 3)),
            leftover=float(rng.uniform(0, 0.6)),
            room=16 if feeds else int(rng.integers(2, 9)),
            sellable=not feeds or bool(rng.random() < 0.5),
        )

    places = [shelf("warehouse", feeds=True), shelf("region east"), shelf("region west")]
    lanes = [
        Lane("warehouse", p.name, float(rng.uniform(0.1, 2)), fixed=float(rng.choice([0.0, 2.0]))) for p in places[1:]
    ]
    return places, lanes


def _best(places: list[Place], lanes: list[Lane]) -> float:
    """Every number of units on every lane."""
    best = -float("inf")
    for sent in itertools.product(range(places[0].held + 1), repeat=len(lanes)):
        units = {p.name: p.held for p in places}
        for lane, n in zip(lanes, sent, strict=True):
            units[lane.source] -= n
            units[lane.target] += n
        if min(units.values()) < 0 or any(units[p.name] > max(p.room, p.held) for p in places):
            continue
        cost = sum(n * lane.cost + (lane.fixed if n else 0.0) for lane, n in zip(lanes, sent, strict=True))
        best = max(best, sum(expected_profit(p, units[p.name]) for p in places) - cost)
    return best

"""Lines through months: what a year changed once season is taken out, and how headcount went with the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np

from .rates import Trend

YEAR = 12
FEWEST_PAIRS = 6
"""Months with the same month a year before, without which season cannot be told from change."""
LEAST_ALIKE = 0.3
"""What a month's revenue carries over into the next, at least: so few months show less of it than there is. Assumed."""
MOST_ALIKE = 0.6
"""The most that a month's scatter is taken to carry over from the month before."""


def months_since(first: date, day: date) -> int:
    """Whole calendar months from one first of the month to another."""
    return (day.year - first.year) * YEAR + day.month - first.month


def seasonal_trend(levels: Mapping[date, float], since: date) -> Trend | None:
    """The yearly change of a monthly level after `since`, by month of the year held apart.

    Each month of the year has a level of its own; before `since` and after it one line each, joined there. What is
    told is the second line. None where fewer than six months have one a year before them.
    """
    told = {m: v for m, v in levels.items() if v > 0}
    pairs = [m for m in told if m >= since and m.replace(year=m.year - 1) in told]
    if len(pairs) < FEWEST_PAIRS:
        return None
    months = sorted(told)
    at = np.array([months_since(since, m) / YEAR for m in months])
    rows = np.zeros((len(months), YEAR + 2))
    for i, m in enumerate(months):
        rows[i, m.month - 1] = 1.0
    rows[:, YEAR] = np.minimum(at, 0.0)
    rows[:, YEAR + 1] = np.maximum(at, 0.0)
    y = np.log([told[m] for m in months])
    return _line(rows, y, YEAR + 1, len(pairs), least=LEAST_ALIKE)


def plain_trend(levels: Mapping[date, float]) -> Trend | None:
    """The yearly change of a monthly level that has no season, such as headcount."""
    months = sorted(m for m, v in levels.items() if v > 0)
    if len(months) < FEWEST_PAIRS:
        return None
    at = np.array([months_since(months[0], m) / YEAR for m in months])
    return _line(np.column_stack([np.ones_like(at), at]), np.log([levels[m] for m in months]), 1, len(months))


@dataclass(frozen=True)
class Scaling:
    """Headcount against catalog on log scales: the slope, and how far the catalog went (largest ÷ smallest)."""

    trend: Trend | None
    catalog_range: float
    headcount_range: float
    points: tuple[tuple[date, float, float], ...]


def scaling(headcount: Mapping[date, float], catalog: Mapping[date, float]) -> Scaling | None:
    """How headcount went with the catalog, over the months that tell both."""
    months = sorted(m for m in headcount if headcount[m] > 0 and catalog.get(m, 0.0) > 0)
    if not months:
        return None
    points = tuple((m, catalog[m], headcount[m]) for m in months)
    c, h = [p[1] for p in points], [p[2] for p in points]
    span, moved = max(c) / min(c), max(h) / min(h)
    trend = None
    if len(months) >= FEWEST_PAIRS and span > 1.0 + 1e-9:
        x = np.log(c)
        trend = _line(np.column_stack([np.ones_like(x), x]), np.log(h), 1, len(months))
    return Scaling(trend, span, moved, points)


def _line(rows: np.ndarray, y: np.ndarray, which: int, n: int, least: float = 0.0) -> Trend | None:
    """Least squares; the error of one coefficient, wider where months carry over into the next."""
    solved, _, rank, _ = np.linalg.lstsq(rows, y, rcond=None)
    left = y - rows @ solved
    free = len(y) - int(rank)
    if free < 2:
        return None
    variance = float(left @ left) / free
    inverse = np.linalg.pinv(rows.T @ rows)
    error = sqrt(max(variance * float(inverse[which, which]), 0.0))
    return Trend(float(solved[which]), error * sqrt(_carried(left, least)), float(free), n)


def _carried(left: np.ndarray, least: float) -> float:
    """How much wider errors are because one month's is like the last one's."""
    whole = float(left @ left)
    if whole <= 1e-18:
        return 1.0
    alike = min(MOST_ALIKE, max(least, float(left[1:] @ left[:-1]) / whole))
    return (1 + alike) / (1 - alike)

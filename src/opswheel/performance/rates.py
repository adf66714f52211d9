"""How often something happens per day at risk, and whether that changes: counts over exposures, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

FEWEST_EVENTS = 10
FEWEST_MONTHS = 4
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Rate:
    """Events a day at risk, with its 9-in-10 interval (Garwood's, exact for counts that fall independently)."""

    value: float
    low: float
    high: float
    n: int
    days: float


def rate(n: int, days: float, confidence: float = 0.9) -> Rate | None:
    """Events ÷ days at risk; None without a day."""
    if days <= 0:
        return None
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    low = float(gammaincinv(n, tail)) if n else 0.0
    return Rate(n / days, low / days, float(gammaincinv(n + 1, 1 - tail)) / days, n, days)


@dataclass(frozen=True)
class Trend:
    """A change on the log scale over one year, its standard error, and how many free values that error rests on."""

    slope: float
    se: float
    free: float
    n: int

    def ends(self, confidence: float = 0.9) -> tuple[float, float]:
        """The two-sided interval of the slope."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.free, (1 + confidence) / 2)) * self.se
        return self.slope - half, self.slope + half

    def change(self, confidence: float = 0.9) -> tuple[float, float, float]:
        """The change in a year as a share of the start: middle, low, high."""
        low, high = self.ends(confidence)
        return exp(self.slope) - 1, exp(low) - 1, exp(high) - 1


def hazard_trend(counts: Sequence[tuple[float, int, float]]) -> Trend | None:
    """The yearly change of a hazard from (years since the first, events, days at risk) of several months.

    A Poisson line on the log scale. Repeats come in bunches (one cause, many listings), so the error grows with how
    far the months scatter about the line, and never falls below what counting alone gives. None where there are too
    few months or events to draw a line.
    """
    told = [(t, n, days) for t, n, days in counts if days > 0]
    total = sum(n for _, n, _ in told)
    if len(told) < FEWEST_MONTHS or total < FEWEST_EVENTS:
        return None
    level, slope = log(total / sum(days for _, _, days in told)), 0.0
    for _ in range(50):
        means = [days * exp(level + slope * t) for t, _, days in told]
        s0, s1, s2 = (sum(m * t**k for m, (t, _, _) in zip(means, told, strict=True)) for k in (0, 1, 2))
        g0 = sum(n - m for m, (_, n, _) in zip(means, told, strict=True))
        g1 = sum((n - m) * t for m, (t, n, _) in zip(means, told, strict=True))
        base = s0 * s2 - s1 * s1
        if base <= 0:
            return None
        step0, step1 = (s2 * g0 - s1 * g1) / base, (s0 * g1 - s1 * g0) / base
        level, slope = level + step0, slope + max(-2.0, min(2.0, step1))
        if abs(step1) < 1e-10:
            break
    scatter = sum((n - m) ** 2 / m for m, (_, n, _) in zip(means, told, strict=True)) / (len(told) - 2)
    error = sqrt(max(1.0, scatter) * s0 / base)
    return Trend(slope, error, float(len(told) - 2) if scatter > 1 else 200.0, total)


def share(n: int, of: int, confidence: float = 0.9) -> tuple[float, float, float] | None:
    """A share with Wilson's interval; None of nothing."""
    if of <= 0:
        return None
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    p = n / of
    centre, base = (p + z * z / (2 * of)), 1 + z * z / of
    half = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return p, max(0.0, (centre - half) / base), min(1.0, (centre + half) / base)

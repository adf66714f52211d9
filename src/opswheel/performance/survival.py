"""How long things take, counting what is not over yet: Kaplan–Meier and the log-rank test on grouped times.

A mean of what has ended forgets whatever is still open, and the worst is open longest. Times come as whole units (hours
here) with how many ended and how many were last seen open in each; nothing else of the rows is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

Z90 = 1.6449
"""Standard errors between the middle and either end of a 9-in-10 interval."""
MIDDLE = 0.5
"""A time told as whole units lies, on average, half a unit further on."""


@dataclass(frozen=True)
class Times:
    """Per whole unit of time: how many ended in it, and how many were last seen open in it."""

    ended: Mapping[int, int]
    open: Mapping[int, int]

    @property
    def n(self) -> int:
        """All of them."""
        return self.n_ended + self.n_open

    @property
    def n_ended(self) -> int:
        """Those that ended."""
        return sum(self.ended.values())

    @property
    def n_open(self) -> int:
        """Those not over yet when last seen."""
        return sum(self.open.values())

    def plus(self, other: Times) -> Times:
        """Both together."""
        return Times(_sum(self.ended, other.ended), _sum(self.open, other.open))


NOTHING = Times({}, {})


@dataclass(frozen=True)
class Step:
    """One step of the curve: the time, the share still open after it, and that share's log-log variance."""

    at: float
    share: float
    variance: float


@dataclass(frozen=True)
class Quantile:
    """When a share of all has ended. `at_least`: it has not come to that; `value` is how far it has been followed."""

    value: float
    low: float | None
    high: float | None
    at_least: bool


def curve(times: Times) -> list[Step]:
    """The Kaplan–Meier steps, with Greenwood's variance on the scale of log(−log(share)).

    Within one unit of time what ended ended before what was lost sight of.
    """
    at_risk, share, greenwood = times.n, 1.0, 0.0
    steps: list[Step] = []
    for unit in sorted({*times.ended, *times.open}):
        d = times.ended.get(unit, 0)
        if d:
            share *= 1 - d / at_risk
            greenwood += d / (at_risk * (at_risk - d)) if at_risk > d else 0.0
            variance = greenwood / log(share) ** 2 if 0 < share < 1 else 0.0
            steps.append(Step(unit + MIDDLE, share, variance))
        at_risk -= d + times.open.get(unit, 0)
    return steps


def quantile(times: Times, ended: float = 0.5, z: float = Z90) -> Quantile | None:
    """When a share `ended` of all has ended, with its interval; None where nothing is known.

    The interval holds every time whose own interval for the share still open covers 1 − `ended` (Brookmeyer and
    Crowley, on the log-log scale). An end that is not reached is None: as long as it likes.
    """
    if times.n == 0:
        return None
    left, steps = 1.0 - ended, curve(times)
    value = next((s.at for s in steps if s.share <= left), None)
    low = next((s.at - MIDDLE for s in steps if _bounds(s, z)[0] <= left), None)  # the unit's own ends are inside
    high = next((s.at + MIDDLE for s in steps if _bounds(s, z)[1] <= left), None)
    if value is None:
        followed = float(max([*times.ended, *times.open]))
        return Quantile(followed, low, None, True)
    return Quantile(value, low if low is not None else value, high, False)


def _bounds(step: Step, z: float) -> tuple[float, float]:
    """The interval of the share still open after a step."""
    if not 0 < step.share < 1:
        return step.share, step.share
    half = z * sqrt(step.variance)
    return step.share ** exp(half), step.share ** exp(-half)


@dataclass(frozen=True)
class Compared:
    """Whether two groups end at the same pace: `z` > 0 where the second is faster, `p` two-sided."""

    z: float
    p: float


def logrank(before: Times, now: Times) -> Compared | None:
    """The log-rank test between two groups; None where either is empty or nothing has ended."""
    if not before.n or not now.n:
        return None
    risk_before, risk_now = before.n, now.n
    surplus, variance = 0.0, 0.0
    for unit in sorted({*before.ended, *before.open, *now.ended, *now.open}):
        d_before, d_now = before.ended.get(unit, 0), now.ended.get(unit, 0)
        d, n = d_before + d_now, risk_before + risk_now
        if d and n > 1:
            surplus += d_now - d * risk_now / n
            variance += d * (risk_now / n) * (risk_before / n) * (n - d) / (n - 1)
        risk_before -= d_before + before.open.get(unit, 0)
        risk_now -= d_now + now.open.get(unit, 0)
    if variance <= 0:
        return None
    z = surplus / sqrt(variance)
    return Compared(z, two_sided(z))


def two_sided(z: float) -> float:
    """How often chance alone is at least so far out, either way."""
    from math import erfc

    return erfc(abs(z) / sqrt(2))


def _sum(a: Mapping[int, int], b: Mapping[int, int]) -> dict[int, int]:
    return {k: a.get(k, 0) + b.get(k, 0) for k in {*a, *b}}

"""How fast listings sell: a Gamma–Poisson prior per group with a point mass at "never sells".

Units x of a listing over t clean days are Poisson(λ t); λ is 0 with probability `dead`, else Gamma(shape,
rate). The three factorial moments of x ÷ t give the three parameters (method of moments):

    m1 = (1 − dead) · a/b      m2 = (1 − dead) · a(a+1)/b²      m3 = (1 − dead) · a(a+1)(a+2)/b³
    m2/m1 = (a+1)/b            m3/m2 = (a+2)/b                  so  1/b = m3/m2 − m2/m1

A group too small or too regular for three moments uses two (dead = 0); a group of fewer than `FEW` listings
leans on its channel's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FEW = 20
MOST_DAYS = 365.0
"""A prior never weighs more than a year of a listing's own days."""
LEAST_DAYS = 0.5


@dataclass(frozen=True)
class RatePrior:
    """Gamma(shape, rate) units per day for listings that live, and the share that does not."""

    shape: float
    rate: float
    dead: float
    source: str


FLAT = RatePrior(0.0, 0.0, 0.0, "flat prior")


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics of a group: n listings, how many sold nothing, and mean factorial moments."""

    n: int
    silent: int
    m1: float
    m2: float
    m3: float

    def __add__(self, other: Moments) -> Moments:
        n = self.n + other.n
        mix = [(self.n * a + other.n * b) / n if n else 0.0 for a, b in zip(self._means(), other._means(), strict=True)]
        return Moments(n, self.silent + other.silent, *mix)

    def _means(self) -> tuple[float, float, float]:
        return (self.m1, self.m2, self.m3)


def fit(moments: Moments, source: str) -> RatePrior:
    """The prior of one group; flat where nothing in the group ever sold."""
    if moments.n == 0 or moments.m1 <= 0:
        return FLAT
    m1, m2, m3 = moments.m1, moments.m2, moments.m3
    if m2 > 0 and m3 > 0:
        first, second = m2 / m1, m3 / m2
        if second > first:
            rate = 1.0 / (second - first)
            shape = first * rate - 1.0
            dead = 1.0 - m1 * rate / shape if shape > 0 else -1.0
            if shape > 0.05 and 0.0 <= dead < 1.0:
                return _bounded(shape, rate, min(dead, moments.silent / moments.n), source)
    spread = max(m2 - m1 * m1, 0.0)
    if spread <= 0:
        return _bounded(m1 * MOST_DAYS, MOST_DAYS, 0.0, source)
    rate = m1 / spread
    return _bounded(m1 * rate, rate, 0.0, source)


def _bounded(shape: float, rate: float, dead: float, source: str) -> RatePrior:
    kept = min(max(rate, LEAST_DAYS), MOST_DAYS)
    return RatePrior(shape * kept / rate, kept, dead, source)


def fit_groups(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the prepared input `rate_priors` from rows of group moments.

    A group's moments are mixed with its channel's as if those came from `FEW` listings of its tier.
    """
    rows = list(groups)
    wide: dict[tuple[str, str, int], Moments] = defaultdict(lambda: Moments(0, 0, 0.0, 0.0, 0.0))
    for row in rows:
        wide[(row["account"], row["channel"], row["tier"])] += _moments(row)
    found = []
    for row in rows:
        own = _moments(row)
        whole = wide[(row["account"], row["channel"], row["tier"])]
        lent = Moments(FEW, round(FEW * whole.silent / max(whole.n, 1)), whole.m1, whole.m2, whole.m3)
        name = f"tier {row['tier']} of {row['channel']}" + (f", {row['category']}" if row["category"] else "")
        prior = fit(own + lent, f"{own.n} listings of {name}")
        found.append(
            {
                **{k: row[k] for k in ("account", "channel", "category", "tier")},
                "shape": prior.shape,
                "rate": prior.rate,
                "dead": prior.dead,
                "source": prior.source,
            }
        )
    return found


def _moments(row: Mapping[str, Any]) -> Moments:
    return Moments(int(row["n"]), int(row["silent"]), float(row["m1"]), float(row["m2"]), float(row["m3"]))

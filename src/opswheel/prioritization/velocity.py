"""How fast listings sell: a Gamma–Poisson prior per group with a point mass at "never sells".

Units x of a listing over t clean days are Poisson(λ t); λ is 0 with probability `dead`, else Gamma(shape,
rate). The three factorial moments of x ÷ t give the three parameters (method of moments):

    m1 = (1 − dead) · a/b      m2 = (1 − dead) · a(a+1)/b²      m3 = (1 − dead) · a(a+1)(a+2)/b³
    m2/m1 = (a+1)/b            m3/m2 = (a+2)/b                  so  1/b = m3/m2 − m2/m1

A third moment is only believed of `MANY` listings and if the fit says as many silent listings as there are: a
single best seller among slow ones also looks like "nearly all are dead". Else two moments are used (dead = 0):
a heavy tail then gives a weak prior, which is what it should give.

A prior weighs as much as it knows. How much listings differ cannot be read off a few of them: `SPREAD_WEIGHT`
listings' worth of the spread is taken as that of an exponential (deviation = mean, a prior of one unit sold).
And it never weighs more than `MOST_DAYS` · n ÷ (n + MANY) days: 2 days for one listing, 9 for five, 33 for
twenty; so with a handful of listings a listing's own 28 days decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

FEW = 20
"""A group's moments are mixed with its channel's as if those came from so many listings."""
MANY = 200
"""Listings from which a third moment means something, and at which a prior may weigh half of `MOST_DAYS`."""
MOST_DAYS = 365.0
"""A prior never weighs more than a year of a listing's own days."""
SPREAD_WEIGHT = 20
LEAST_SHAPE = 0.05
"""Keeps the prior proper; worth a twentieth of a unit sold."""
NOTHING = 1e-9
"""Units a day that are none: one in three million years."""
SILENT_ERRORS, SILENT_SLACK = 2.0, 0.01
"""The fit's share of silent listings may miss the seen one by two standard errors and a hundredth."""


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
    """Sufficient statistics of a group: n listings, how many sold nothing, mean factorial moments, mean clean days.

    `days` 0 means that the clean days are not known.
    """

    n: int
    silent: int
    m1: float
    m2: float
    m3: float
    days: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        n = self.n + other.n
        pairs = zip(self._means(), other._means(), strict=True)
        m1, m2, m3, days = [(self.n * a + other.n * b) / n if n else 0.0 for a, b in pairs]
        return Moments(n, self.silent + other.silent, m1, m2, m3, days)

    def _means(self) -> tuple[float, float, float, float]:
        return (self.m1, self.m2, self.m3, self.days)

    def lent(self, n: int) -> Moments:
        """The same statistics as if they came from `n` listings."""
        return Moments(n, round(n * self.silent / max(self.n, 1)), self.m1, self.m2, self.m3, self.days)

    def usable(self) -> bool:
        """Whether anything sold, and nothing is missing or without bound."""
        return self.n > 0 and all(isfinite(m) for m in self._means()) and self.m1 > NOTHING


def fit(moments: Moments, source: str, *, listings: int | None = None) -> RatePrior:
    """The prior of one group; flat where nothing in the group ever sold.

    `listings` says on how many listings the moments rest, where that is not `moments.n`.
    """
    if not moments.usable():
        return FLAT
    n = moments.n if listings is None else listings
    shape, rate, dead = _three(moments) or _two(moments, n) if n >= MANY else _two(moments, n)
    kept = min(rate, MOST_DAYS * n / (n + MANY))
    shape, rate = shape * kept / rate, kept
    if shape < LEAST_SHAPE:
        shape, rate = LEAST_SHAPE, rate * LEAST_SHAPE / shape
    return RatePrior(shape, rate, dead, source)


def _three(moments: Moments) -> tuple[float, float, float] | None:
    """(shape, rate, dead) by three moments, if those belong to a Gamma with a point mass at 0."""
    m1, m2, m3 = moments.m1, moments.m2, moments.m3
    if m2 <= 0 or m3 / m2 <= m2 / m1:
        return None
    rate = 1.0 / (m3 / m2 - m2 / m1)
    shape = m2 / m1 * rate - 1.0
    dead = 1.0 - m1 * rate / shape if shape > LEAST_SHAPE else -1.0
    if not 0.0 <= dead < 1.0 or not isfinite(shape * rate):
        return None
    if moments.days > 0:
        expected = dead + (1 - dead) * (rate / (rate + moments.days)) ** shape
        error = sqrt(expected * (1 - expected) / moments.n)
        if abs(expected - moments.silent / moments.n) > SILENT_ERRORS * error + SILENT_SLACK:
            return None
    return shape, rate, min(dead, moments.silent / moments.n)


def _two(moments: Moments, n: int) -> tuple[float, float, float]:
    """(shape, rate, 0) by mean and spread; a spread seen on few listings leans on that of an exponential."""
    m1 = moments.m1
    seen = max(moments.m2 - m1 * m1, 0.0)
    spread = (n * seen + SPREAD_WEIGHT * m1 * m1) / (n + SPREAD_WEIGHT)
    rate = m1 / spread
    return m1 * rate, rate, 0.0


def fit_groups(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the prepared input `rate_priors` from rows of group moments.

    A group's moments are mixed with its channel's as if those came from `FEW` listings of its tier; how much the
    prior may weigh goes by the listings of the channel's tier, of which the group is a part.
    """
    rows = sorted(groups, key=lambda r: (r["account"], r["channel"], r["category"], r["tier"]))
    wide: dict[tuple[str, str, int], Moments] = defaultdict(lambda: Moments(0, 0, 0.0, 0.0, 0.0))
    for row in rows:
        wide[(row["account"], row["channel"], row["tier"])] += _moments(row)
    found = []
    for row in rows:
        own = _moments(row)
        whole = wide[(row["account"], row["channel"], row["tier"])]
        name = f"tier {row['tier']} of {row['channel']}" + (f", {row['category']}" if row["category"] else "")
        prior = fit(own + whole.lent(FEW), f"{own.n} listings of {name}", listings=whole.n)
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
    n = int(row["n"])
    m1, m2, m3 = (_number(row[name]) for name in ("m1", "m2", "m3"))
    return Moments(n, int(row["silent"]), m1, m2, m3, _number(row.get("days")) / max(n, 1))


def _number(value: Any) -> float:
    """A sum of nothing is nothing: null and what is no number count as 0."""
    number = float(value) if value is not None else 0.0
    return number if isfinite(number) else 0.0

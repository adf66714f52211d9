"""How long issues last if nobody works them: natural life.

From samples (days from onset to the end, whether it ended by itself). A close by a person only says that the
issue lasted at least so long: it is censoring, never an end. So closing faster can only make the estimated
life longer, never shorter, and never lowers a kind's rank. For the same reason what is borrowed between tiers
goes by the number of issues, which fast closing does not change, and not by the number of natural ends.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.money import Floats

Sample = tuple[float, bool]
"""(days from onset to the end of what was seen, whether it ended by itself)."""
Curve = Callable[[str, Any, float, int], "Floats | None"]
"""survival(kind, tier, age in days, horizon) = S(age + t) ÷ S(age) for t = 0 … horizon − 1; None: not known yet."""

Counts = Sequence[tuple[int, int]]
"""(days, how many issues) pairs."""

ENOUGH_ENDS = 20
"""Natural ends a kind needs before its life is believed; until then the policy horizon."""
TIER_WEIGHT = 20.0
"""Issues of its own at which a tier speaks as loudly as its kind."""


@dataclass(frozen=True)
class KaplanMeier:
    """Survival S(t) as a step function: `value[i]` holds from `day[i]` on; 1 before the first end."""

    day: Floats
    value: Floats
    n: int
    ends: int

    def at(self, day: Floats) -> Floats:
        """S at these days."""
        steps: Floats = np.r_[1.0, self.value]
        return np.asarray(steps[np.searchsorted(self.day, day, side="right")])

    def after(self, age: float, horizon: int) -> Floats:
        """S(age + t) ÷ S(age) for t = 0 … horizon − 1; 1 where nothing that old was ever seen."""
        now = float(self.at(np.array([age]))[0])
        if now <= 0:
            return np.ones(horizon)
        return self.at(age + np.arange(horizon, dtype=float)) / now


def kaplan_meier(samples: Iterable[Sample]) -> KaplanMeier:
    """The product-limit estimate; where an end and a censoring share a day, the end comes first."""
    rows = np.array([(max(0.0, float(d)), bool(e)) for d, e in samples if np.isfinite(d)], float).reshape(-1, 2)
    if not len(rows):
        return KaplanMeier(np.zeros(0), np.zeros(0), 0, 0)
    ended = rows[:, 1] > 0
    day, count = np.unique(rows[ended, 0], return_counts=True)
    at_risk = len(rows) - np.searchsorted(np.sort(rows[:, 0]), day, side="left")
    value = np.asarray(np.cumprod(1.0 - count / at_risk), float)
    return KaplanMeier(day, value, len(rows), int(ended.sum()))


@dataclass(frozen=True)
class NaturalLife:
    """The lives of one kind: of all its issues, and of each tier's own."""

    whole: KaplanMeier
    tiers: Mapping[Hashable, KaplanMeier]

    def known(self) -> bool:
        """Whether enough ended by themselves."""
        return self.whole.ends >= ENOUGH_ENDS

    def survival(self, tier: Hashable, age: float, horizon: int) -> Floats:
        """Chance that an issue of this age is still there after 0, 1 … days; the horizon until enough is known."""
        if not self.known():
            return np.ones(horizon)
        curve = self.whole.after(age, horizon)
        own = self.tiers.get(tier)
        if own is None:
            return curve
        weight = own.n / (own.n + TIER_WEIGHT)
        return weight * own.after(age, horizon) + (1 - weight) * curve


@dataclass(frozen=True)
class Lives:
    """Natural lives by kind; callable as the `survival` of `Learned`."""

    kinds: Mapping[str, NaturalLife]

    def __call__(self, kind: str, tier: Any, age: float, horizon: int) -> Floats | None:
        """Survival of an issue of `kind`; None where nothing was learned."""
        life = self.kinds.get(kind)
        return life.survival(tier, age, horizon) if life is not None and life.known() else None


def learn(samples: Mapping[str, Sequence[tuple[float, bool, Hashable]]]) -> Lives:
    """Lives from (days, ended by itself, tier) of the issues of each kind."""
    found = {}
    for kind, rows in samples.items():
        tiers = {row[2] for row in rows}
        own = {tier: kaplan_meier((d, e) for d, e, t in rows if t == tier) for tier in tiers}
        found[kind] = NaturalLife(kaplan_meier((d, e) for d, e, _ in rows), own)
    return Lives(found)


def as_worked(ended: Mapping[str, tuple[Counts, Counts]]) -> Callable[[str, int], Floats | None]:
    """How long issues stay in the queue as this team works, from ((days, ended issues), (days, open issues)) by kind.

    The answer gives the chance that an issue is still open on each of the coming days; None until enough ended.
    It prices what finance should expect and never enters a rank.
    """
    curves = {
        kind: kaplan_meier(_samples(over, True) + _samples(still, False)) for kind, (over, still) in ended.items()
    }

    def chance(kind: str, horizon: int) -> Floats | None:
        curve = curves.get(kind)
        if curve is None or curve.ends < ENOUGH_ENDS:
            return None
        return curve.at(np.arange(horizon, dtype=float))

    return chance


def _samples(counts: Counts, over: bool) -> list[Sample]:
    return [(float(day), over) for day, n in counts for _ in range(n)]

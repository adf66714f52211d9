"""Which push is worth most: gain per unit of cost on every draw, and how often each push comes out best.

A single best push is named only if it is best on eight draws in ten; else the honest answer is a set of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import WrongUse
from ..core.money import Floats
from .response import held

if TYPE_CHECKING:
    from .fit import Estimate, Fit

SURE = 0.8
"""Chance of being best from which one push may be named: below it the named one is wrong a third of the time."""
TAIL_WEEKS = 26
"""Weeks a response is followed past the horizon to see where it ends."""
SOON_WEEKS = 13
BEYOND = 1.5
"""A push beyond this many times the lever's own past range is marked and never named: elasticities are local."""


@dataclass(frozen=True)
class Push:
    """A driver held higher (or lower) from now on: `change` +0.10 is 10 % more; for a level, so many units more.

    `cost` is what the whole push costs over the horizon, in any currency as long as all pushes use one.
    """

    driver: str
    change: float
    cost: float = 1.0
    name: str = ""

    @property
    def label(self) -> str:
        """Its name, else the driver and the change."""
        return self.name or f"{self.driver} {self.change:+.0%}"


@dataclass(frozen=True)
class Leverage:
    """One push. `gain_weeks`: extra sales over the horizon, in usual weeks' worth; `per_cost`: that per unit of cost.

    `p_best`: share of draws on which no other push gives more per cost. `half_weeks`, `most_weeks`: weeks until half
    and nine tenths of the weekly effect are there. `share_late`: share of the gain that comes after week 13.
    """

    push: Push
    gain_weeks: Estimate
    per_cost: Estimate
    p_best: float
    half_weeks: Estimate
    most_weeks: Estimate
    share_late: float
    beyond_range: bool


@dataclass(frozen=True)
class Ranking:
    """Pushes, best first. `best` is None where no single one may be named; then `tie` is the set that holds it.

    `tie` is the smallest set that holds the best push on eight draws in ten; empty if no push raises sales. `regret`
    is the share of the best push's gain one gives up on average by taking the first.
    """

    pushes: tuple[Leverage, ...]
    best: Push | None
    tie: tuple[Push, ...]
    regret: float
    sentence: str


@dataclass(frozen=True)
class Path:
    """A fan over weeks 0 … H: quantiles (weeks, 5) at 5, 25, 50, 75, 95 % of the target's change (log points)."""

    push: Push
    quantiles: Floats
    total_weeks: Estimate
    half_weeks: Estimate
    most_weeks: Estimate
    share_late: float
    beyond_range: bool


def leverage(fit: Fit, pushes: Sequence[Push], weeks: int) -> Ranking:
    """Rank pushes by gain per cost over `weeks`; WrongUse for none, for a cost of 0, or for an unknown driver."""
    from .fit import WIDEN, estimate

    gains, steps = gained(fit, pushes, weeks)
    per_cost = gains / np.array([p.cost for p in pushes])
    p_best = np.bincount(per_cost.argmax(axis=1), minlength=len(pushes)) / len(per_cost)
    centre = per_cost.mean(axis=0)
    rows = []
    for i in np.lexsort((-centre, -p_best)):
        half, most, late = payoff(steps[:, :, i], weeks)
        rows.append(
            Leverage(
                pushes[i],
                estimate(gains[:, i], fit.source, widen=WIDEN),
                estimate(per_cost[:, i], fit.source, widen=WIDEN),
                float(p_best[i]),
                estimate(half, fit.source),
                estimate(most, fit.source),
                late,
                beyond(fit, pushes[i]),
            )
        )
    top = pushes.index(rows[0].push)
    highest = per_cost.max(axis=1)
    regret = float(1 - per_cost[:, top].mean() / highest.mean()) if highest.mean() > 0 else 0.0
    return _told(tuple(rows), regret)


def _told(rows: tuple[Leverage, ...], regret: float) -> Ranking:
    """Name one push, or the set that holds the best one."""
    first = rows[0]
    if first.per_cost.value <= 0:
        return Ranking(rows, None, (), regret, "None of these pushes brings more sales.")
    if first.p_best >= SURE and first.beyond_range:
        sentence = f"{first.push.label} would give most per cost, but it goes beyond {BEYOND} times what was ever done."
        return Ranking(rows, None, (first.push,), regret, sentence)
    if first.p_best >= SURE:
        sentence = f"{first.push.label} gives most per cost (best in {first.p_best:.0%} of draws)."
        return Ranking(rows, first.push, (first.push,), regret, sentence)
    held_by = np.cumsum([row.p_best for row in rows])
    tie = tuple(row.push for row in rows[: int(np.searchsorted(held_by, SURE - 1e-9)) + 1])
    names = ", ".join(push.label for push in tie)
    return Ranking(
        rows, None, tie, regret, f"No single best push: one of {names} (together best in eight draws of ten)."
    )


def gained(fit: Fit, pushes: Sequence[Push], weeks: int) -> tuple[Floats, Floats]:
    """(draws, pushes) gain in weeks of usual sales, and weekly effect (draws, weeks + TAIL_WEEKS + 1, pushes)."""
    if not pushes:
        raise WrongUse("There is no push to compare.", "Name at least one driver, a change and its cost.")
    for push in pushes:
        fit.wheel.node(push.driver)
        if not push.cost > 0 or not np.isfinite(push.cost):
            raise WrongUse(f"{push.label} has a cost of {push.cost:g}.", "Give what it costs, above 0.")
        if not push.change > -1 or push.change == 0:
            raise WrongUse(f"{push.label} is no change one can make.", "Give a share such as +0.10 or -0.05.")
    at = fit.wheel.index
    steps = held(fit.matrices(), [at[p.driver] for p in pushes], weeks + TAIL_WEEKS)[:, :, at[fit.wheel.target]]
    steps = steps * np.array([size(fit, p) for p in pushes])
    return steps[:, : weeks + 1].sum(axis=1), steps


def size(fit: Fit, push: Push) -> float:
    """The push in the units the wheel computes with: a logarithm, or the level itself."""
    return float(np.log1p(push.change)) if fit.wheel.node(push.driver).log else push.change


def payoff(steps: Floats, weeks: int) -> tuple[Floats, Floats, float]:
    """Per draw weeks to half and nine tenths of where the weekly effect ends; share of the gain after week 13."""
    end = steps[:, -1:]
    share = np.divide(steps, end, out=np.zeros_like(steps), where=end != 0)
    half, most = (np.argmax(share >= q, axis=1).astype(float) for q in (0.5, 0.9))
    inside = steps[:, : weeks + 1].mean(axis=0)
    whole = float(inside.sum())
    late = float(inside[SOON_WEEKS + 1 :].sum()) / whole if whole else 0.0
    return half, most, late


def beyond(fit: Fit, push: Push) -> bool:
    """Whether the push leaves 1.5 times the range the lever has moved in; unknown without data."""
    path = fit.states[:, fit.wheel.index[push.driver]] if len(fit.states) else np.zeros(0)
    seen = path[np.isfinite(path)]
    return bool(len(seen)) and abs(size(fit, push)) > BEYOND * float(np.ptp(seen))


def simulate(fit: Fit, push: Push, weeks: int, *, stop: int | None = None) -> Path:
    """The fan of one push; after `stop` weeks it is no longer fed and what it built up fades."""
    from .fit import estimate

    if stop is not None and not 0 < stop <= weeks:
        raise WrongUse(f"A push cannot stop after {stop} of {weeks} weeks.", "Give a week within the horizon.")
    _, steps = gained(fit, [push], weeks)
    at = fit.wheel.index
    half, most, late = payoff(steps[:, :, 0], weeks)
    path = steps[:, : weeks + 1, 0]
    if stop is not None:
        target = at[fit.wheel.target]
        path = held(fit.matrices(), [at[push.driver]], weeks, stop=stop)[:, :, target, 0] * size(fit, push)
    fan = np.quantile(path, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0).T
    return Path(
        push, fan, estimate(path.sum(axis=1), fit.source), estimate(half, fit.source), estimate(most, fit.source),
        late, beyond(fit, push),
    )  # fmt: skip

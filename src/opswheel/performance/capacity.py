"""What mending a hand-off would free: the team's own queue, played forward with one thing changed at a time.

Issues come as they came, cost what they cost and take the minutes they took; the costliest is worked first. One more
operator, one hand-off less and ten points of precision are each played against the same issues as things are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.money import round6

DAYS, WARM_UP = 90, 30
MOST_ISSUES = 1_500
"""Issues played at most; a larger team is played as a smaller one with the same load."""
SEEDS = 8
PRECISION_POINTS = 0.1
MINUTES_PER_DAY = 1_440.0
VALUE_LOG_SD, MINUTES_LOG_SD = 1.6, 0.8
"""Spread of what issues cost a day, and of the minutes they take. Assumed; the order is by cost, so only it matters."""


@dataclass(frozen=True)
class Queue:
    """A team's queue in a few numbers, each from its own ledger where it tells them; `assumed` names the others."""

    per_day: float
    minutes: float
    operators: float
    minutes_a_day: float
    precision: float
    handoffs: float
    handoff_minutes: float
    exposure_per_day: float
    open_now: int
    self_heal_days: float = 21.0
    assumed: tuple[str, ...] = ()

    @property
    def load(self) -> float:
        """Minutes asked for ÷ minutes there are."""
        return self.per_day * self.minutes / max(self.operators * self.minutes_a_day, 1e-9)

    def as_json(self) -> list[dict[str, Any]]:
        """Each number with its unit, and whether it is the team's own or assumed."""
        numbers = (
            ("per_day", "issues a day", self.per_day),
            ("minutes", "minutes an issue", self.minutes),
            ("operators", "operators", self.operators),
            ("minutes_a_day", "minutes an operator and day", self.minutes_a_day),
            ("precision", "share of issues that are real", self.precision),
            ("handoffs", "hand-offs an issue", self.handoffs),
            ("handoff_minutes", "minutes a hand-off waits", self.handoff_minutes),
            ("exposure_per_day", "money an issue and day", self.exposure_per_day),
            ("self_heal_days", "days until it heals by itself", self.self_heal_days),
            ("cost_spread", "log-sd of what issues cost", VALUE_LOG_SD),
        )
        assumed = {*self.assumed, "self_heal_days", "cost_spread", "minutes_a_day"}
        return [
            {"name": name, "unit": unit, "value": round6(value), "source": "assumed" if name in assumed else "ledger"}
            for name, unit, value in numbers
        ]


@dataclass(frozen=True)
class Freed:
    """What one change brings against things as they are, a month: dollars not lost and issues fewer open at its end.

    Each is a mean over played quarters with the 10th and 90th percentile.
    """

    change: str
    words: str
    dollars: tuple[float, float, float]
    open_fewer: tuple[float, float, float]
    days_faster: tuple[float, float, float]

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""

        def ends(values: tuple[float, float, float]) -> dict[str, float]:
            return dict(zip(("mean", "p10", "p90"), map(round6, values), strict=True))

        return {
            "change": self.change,
            "words": self.words,
            "dollars_a_month": ends(self.dollars),
            "open_fewer": ends(self.open_fewer),
            "days_faster": ends(self.days_faster),
        }


def frees(queue: Queue) -> list[Freed]:
    """The three changes, dearest first; empty where the ledger does not tell what the queue is like."""
    if queue.per_day <= 0 or queue.operators <= 0:
        return []
    as_it_is = [_play(queue, seed) for seed in range(SEEDS)]
    found = [
        _against(as_it_is, _more_hands(queue), "one_more_operator", "one more operator"),
        _against(as_it_is, _less_handing(queue), "one_handoff_less", "one hand-off less per issue"),
        _against(as_it_is, _more_precise(queue), "more_precision", "ten points more precision"),
    ]
    return sorted(found, key=lambda f: -f.dollars[0])


def _more_hands(queue: Queue) -> Queue:
    return replace(queue, operators=queue.operators + 1)


def _less_handing(queue: Queue) -> Queue:
    return replace(queue, handoffs=max(0.0, queue.handoffs - 1))


def _more_precise(queue: Queue) -> Queue:
    """The same real issues, with fewer false alarms beside them."""
    better = min(1.0, queue.precision + PRECISION_POINTS)
    return replace(queue, precision=better, per_day=queue.per_day * queue.precision / better)


def _against(as_it_is: list[np.ndarray], changed: Queue, change: str, words: str) -> Freed:
    apart = np.array([was - _play(changed, seed) for seed, was in enumerate(as_it_is)])
    dollars, open_fewer, faster = apart.T
    return Freed(change, words, _ends(dollars), _ends(open_fewer), _ends(faster))


def _ends(values: np.ndarray) -> tuple[float, float, float]:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(values.mean()), float(low), float(high)


def _play(queue: Queue, seed: int) -> np.ndarray:
    """Dollars lost a month, issues open at the end, mean days to resolution of real issues found in the quarter.

    Real issues are drawn from a stream of their own, so that one seed is the same quarter whatever is changed.
    """
    share = min(1.0, MOST_ISSUES / max(queue.per_day * (DAYS + WARM_UP), 1.0))
    real_rng, false_rng = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    real = queue.per_day * queue.precision * share
    false = queue.per_day * (1 - queue.precision) * share
    came, cost, minutes = _issues(real, queue.minutes, real_rng, open_now=queue.open_now * queue.precision * share)
    came_f, _, minutes_f = _issues(false, queue.minutes, false_rng, open_now=0.0)
    healed = came + real_rng.exponential(queue.self_heal_days, len(came))
    looks = np.exp(false_rng.normal(0, VALUE_LOG_SD, len(came_f)))  # a false alarm looks like any other
    days = np.concatenate([came, came_f])
    alike = cost.mean() / looks.mean() if len(cost) and len(looks) else 1.0
    order = np.concatenate([cost, looks * alike])
    ends = np.concatenate([healed, np.full(len(came_f), np.inf)])
    done = _worked(
        days, order, np.concatenate([minutes, minutes_f]), ends, queue.operators * queue.minutes_a_day * share
    )
    done = done + queue.handoffs * queue.handoff_minutes / MINUTES_PER_DAY
    until = np.minimum(np.minimum(done[: len(came)], healed), WARM_UP + DAYS)
    inside = came >= WARM_UP
    lost = (cost * np.maximum(until - came, 0.0))[inside].sum() * queue.exposure_per_day / share
    left = ((done > WARM_UP + DAYS) & (ends > WARM_UP + DAYS)).sum() / share
    took = float((until - came)[inside].mean()) if inside.any() else 0.0
    return np.array([lost / (DAYS / 30.44), float(left), took])


def _issues(
    per_day: float, minutes: float, rng: np.random.Generator, *, open_now: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days they came on, what they cost a day (mean 1), minutes they take; some are there from the start."""
    n = rng.poisson(per_day * (WARM_UP + DAYS))
    came = np.concatenate([np.zeros(round(open_now)), np.sort(rng.uniform(0, WARM_UP + DAYS, n))])
    cost = np.exp(rng.normal(-(VALUE_LOG_SD**2) / 2, VALUE_LOG_SD, len(came)))
    takes = minutes * np.exp(rng.normal(-(MINUTES_LOG_SD**2) / 2, MINUTES_LOG_SD, len(came)))
    return came, cost, takes


def _worked(came: np.ndarray, order: np.ndarray, minutes: np.ndarray, ends: np.ndarray, a_day: float) -> np.ndarray:
    """The day each issue is done with: every day the costliest of what is open, as far as the hours go."""
    done = np.full(len(came), np.inf)
    waiting = np.argsort(-order)
    carried = 0.0
    for day in range(WARM_UP + DAYS):
        here = waiting[(came[waiting] <= day) & np.isinf(done[waiting]) & (ends[waiting] > day)]
        carried = min(carried, a_day) + a_day
        spent = np.cumsum(minutes[here])
        n = int(np.searchsorted(spent, carried, side="right"))
        done[here[:n]] = day + np.minimum(spent[:n] / max(a_day, 1e-9), 1.0)
        carried -= float(spent[n - 1]) if n else 0.0
    return done

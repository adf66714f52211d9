"""Which models to trust, and how far: weights by segment from a rolling back-test on the items' own past.

Every origin forgets what came after it: calendar, censoring and models are learned anew from the days before. The
weights are the non-negative least squares of what then sold on what each model had said, each item's errors in units
of its own day-to-day change and weighed by what it earns, drawn towards the channel's weights. They are scaled by what
sold over what was forecast, as far as the origins agree on it: a mean that is biased would empty the shelves, and one
that follows the growth of a single month would fill them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .censoring import Demand, free
from .models import NAMES, levels
from .panel import Array, Panel
from .season import coming_days, learn_calendar, yearly_change
from .segments import SEGMENTS, segment

HORIZON_DAYS = 28
ORIGINS = 5
LEAST_HISTORY_DAYS = 84
"""Days an origin must have before it: fewer tell a weekday effect from chance badly (assumed)."""
VALUE_POWER = 0.7
"""Between one item, one vote and one dollar, one vote: the few largest do not decide for all (assumed)."""
LEAST_ERROR = 0.2
ROUNDS = 3
RIDGE, RIDGE_SEGMENT = 0.01, 0.3
BIAS_SHRINK_UNITS, MOST_BIAS = 100.0, 1.6
ONE_ORIGIN_ERROR = 0.2
"""Standard error of units sold over units forecast, as a log, where only one origin tells it (assumed)."""
YEARLY = (0.0, 0.5, 1.0)
"""How much of last year's change of level is taken over; chosen by the back-test."""


@dataclass(frozen=True)
class Said:
    """What was said at one origin, beside what then happened: the material of weights, intervals and evidence.

    `actual` is what sold on days that were `open_`, and what would have on the others that are `whole`: a back-test on
    open days alone would miss the weeks that sold out, and find every forecast too high.
    """

    origin: int
    models: Array
    yearly: Array
    factor: Array
    actual: Array
    open_: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    scale: Array
    value: Array
    segment: NDArray[np.int64]
    phi: Array


@dataclass(frozen=True)
class Weights:
    """The combination of each segment: weights over NAMES, and how much of last year's season is taken over.

    `yearly` is one number, or one for each segment where their choices were put into force at different times.
    """

    by_segment: Array
    yearly: float | Array

    def mean(self, models: Array, yearly: Array, factor: Array, segments: NDArray[np.int64]) -> Array:
        """Expected units by item and day to come."""
        level = (models * self.by_segment[segments]).sum(axis=1)
        power = self.yearly if isinstance(self.yearly, float | int) else self.yearly[segments][:, None]
        return np.asarray(level[:, None] * factor * yearly**power)

    def power(self, segment: int) -> float:
        """How much of last year's season a segment takes over."""
        return float(self.yearly if isinstance(self.yearly, float | int) else self.yearly[segment])


def say(panel: Panel, horizon: int, *, workers: int = 1) -> tuple[Demand, Array, Array, Array, NDArray[np.int64]]:
    """Everything a panel's past says of the days to come: demand, models, yearly change, day factors, segments."""
    calendar = learn_calendar(panel)
    demand = free(panel, calendar)
    models = levels(demand, panel.groups, workers=workers)
    factor = calendar.factors(panel.groups, coming_days(panel, horizon))
    return demand, models, yearly_change(panel, horizon), factor, segment(demand)


def origins(panel: Panel, horizon: int = HORIZON_DAYS, most: int = ORIGINS) -> list[int]:
    """Columns at which the past is cut, newest first; none where too little is known."""
    found = [panel.days - horizon * (i + 1) for i in range(most)]
    return [c for c in found if c >= LEAST_HISTORY_DAYS]


def backtest(
    panel: Panel,
    *,
    horizon: int = HORIZON_DAYS,
    most: int = ORIGINS,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Said]:
    """What would have been said at each origin, and what then happened."""
    found = []
    open_ = panel.clean() & ~panel.cut & (panel.exposure >= 1) & ~panel.promoted
    wanted, whole = _wanted(panel, open_)
    for column in origins(panel, horizon, most):
        progress(f"back-test from {panel.day(column)} …")
        past = panel.until(column)
        past = past.only(past.starts < column)
        if not past.n:
            continue
        rows = np.flatnonzero(panel.starts < column)
        demand, models, yearly, factor, segments = say(past, horizon, workers=workers)
        ahead = slice(column, column + horizon)
        found.append(
            Said(
                origin=column,
                models=models,
                yearly=yearly,
                factor=factor,
                actual=wanted[rows, ahead],
                open_=open_[rows, ahead],
                whole=whole[rows, ahead],
                scale=day_to_day(past),
                value=earned(past),
                segment=segments,
                phi=demand.phi,
            )
        )
    return found


def _wanted(panel: Panel, open_: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """Units of open days, and of days that sold out or could not sell what they would have; with which days those are.

    Learned from the whole panel: the judge of a forecast may know what came after it.
    """
    if not panel.censored().any():
        return panel.units, open_
    demand = free(panel, learn_calendar(panel))
    guessed = demand.filled | (panel.cut & demand.clean)
    return np.where(guessed, demand.usual * demand.weight, panel.units), (open_ | guessed) & ~panel.promoted


def day_to_day(panel: Panel) -> Array:
    """Root mean square of an item's change from one day to the next since it began: the unit of RMSSE."""
    both = panel.own()[:, :-1]
    apart = (np.diff(panel.units, axis=1) ** 2 * both).sum(axis=1)
    return np.asarray(np.sqrt(apart / np.maximum(both.sum(axis=1), 1)))


def earned(panel: Panel, days: int = 84) -> Array:
    """What each item brought in the last days: units · value."""
    return np.asarray((panel.units * panel.own())[:, -days:].sum(axis=1) * panel.value)


def learn_weights(said: Sequence[Said]) -> Weights:
    """The weights of each segment from a back-test; equal ones where there is none."""
    equal = np.full(len(NAMES), 1 / len(NAMES))
    if not said:
        return Weights(np.tile(equal, (len(SEGMENTS), 1)), 0.0)
    best: tuple[float, Weights] | None = None
    choices = YEARLY if any((s.yearly != 1).any() for s in said) else (0.0,)
    for power in choices:
        everywhere = _solve(said, power, None, equal, RIDGE)
        rows = [_solve(said, power, s, everywhere, RIDGE_SEGMENT) for s in range(len(SEGMENTS))]
        weights = Weights(np.array(rows), power)
        weights = Weights(_unbiased(said, weights), power)
        loss = float(np.mean([error(s, weights.mean(s.models, s.yearly, s.factor, s.segment)) for s in said]))
        if best is None or loss < best[0] * 0.995:  # a season is taken over only where it clearly helps
            best = (loss, weights)
    assert best is not None
    return best[1]


def error(said: Said, mean: Array) -> float:
    """Weighted RMSSE: each item's root mean square error in units of its day-to-day change, weighed by earnings."""
    return weighted_rmsse(said.actual, mean, said.scale, said.value, said.open_)


def weighted_rmsse(
    actual: Array, mean: Array, scale: Array, value: Array, open_: NDArray[np.bool_] | None = None
) -> float:
    """Weighted RMSSE over days one could buy; items that never changed or earned nothing have no weight."""
    seen = np.ones(actual.shape, bool) if open_ is None else open_
    n = seen.sum(axis=1)
    root = np.sqrt(((actual - mean) ** 2 * seen).sum(axis=1) / np.maximum(n, 1))
    known = (scale > 0) & (value > 0) & (n > 0)
    weight = np.where(known, value, 0.0)
    if weight.sum() <= 0:
        return 0.0
    return float((root / np.where(known, scale, 1.0) * weight).sum() / weight.sum())


def _solve(said: Sequence[Said], power: float, only: int | None, prior: Array, ridge: float) -> Array:
    """Non-negative weights that explain what sold, drawn towards `prior`.

    Errors are weighed anew each round by one over the item's own error, because RMSSE adds roots, not squares.
    """
    weights, parts = prior, []
    for s in said:
        rows = (
            (s.scale > 0) & (s.value > 0) & ((s.segment == only) if only is not None else (s.segment < len(SEGMENTS)))
        )
        if rows.any():
            day = s.factor[rows] * s.yearly[rows] ** power * s.whole[rows]
            share = s.value[rows] ** VALUE_POWER / (s.value**VALUE_POWER).sum()
            parts.append((s.models[rows], day, s.actual[rows] * s.whole[rows], s.scale[rows], share))
    for _ in range(ROUNDS if parts else 0):
        gram, side = np.zeros((len(NAMES), len(NAMES))), np.zeros(len(NAMES))
        for x, day, y, scale, share in parts:
            level = x @ weights
            n = np.maximum((day > 0).sum(axis=1), 1)
            root = np.sqrt(((y - level[:, None] * day) ** 2).sum(axis=1) / n) / scale
            w = share / scale**2 / np.maximum(root, LEAST_ERROR)
            gram += x.T @ (x * (w * (day**2).sum(axis=1))[:, None])
            side += x.T @ (w * (day * y).sum(axis=1))
        if np.trace(gram) <= 0:
            return prior
        weights = _bounded(gram, side, prior, ridge)
    return weights


def _bounded(gram: Array, side: Array, prior: Array, ridge: float) -> Array:
    from scipy.optimize import nnls

    size = np.trace(gram) / len(prior)
    matrix = gram + (ridge * size + 1e-6 * size) * np.eye(len(prior))
    root = np.linalg.cholesky(matrix)
    return np.asarray(nnls(root.T, np.linalg.solve(root, side + ridge * size * prior))[0])


def _unbiased(said: Sequence[Said], weights: Weights) -> Array:
    """Weights scaled by units sold over units forecast in each segment, as far as that ratio exceeds its error."""
    scaled = weights.by_segment.copy()
    for at in range(len(SEGMENTS)):
        ratios, units = [], []
        for s in said:
            rows = s.segment == at
            mean = weights.mean(s.models[rows], s.yearly[rows], s.factor[rows], s.segment[rows])
            sold, told = float((s.actual[rows] * s.whole[rows]).sum()), float((mean * s.whole[rows]).sum())
            if rows.any():
                ratios.append(np.log((sold + BIAS_SHRINK_UNITS) / (told + BIAS_SHRINK_UNITS)))
                units.append(told)
        if ratios:
            most = np.log(MOST_BIAS)
            scaled[at] *= float(np.exp(np.clip(_agreed(np.array(ratios), np.array(units)), -most, most)))
    return scaled


def _agreed(ratios: Array, units: Array) -> float:
    """The mean of log ratios less one standard error: what all origins say together, 0 where they contradict."""
    mean = float(np.average(ratios, weights=units + 1))
    error = float(ratios.std(ddof=1) / np.sqrt(len(ratios))) if len(ratios) > 1 else ONE_ORIGIN_ERROR
    return float(np.sign(mean) * max(abs(mean) - error, 0.0))

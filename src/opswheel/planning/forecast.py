"""Forecasts: what is chosen by a back-test once, and what is said with it every day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import combine, intervals
from .combine import Said, Weights
from .intervals import HIGH, LOW, MIDDLE, Spread, level_of, quantile
from .models import NAMES, WORDS
from .panel import Array, Panel
from .rival import compare
from .season import coming_days
from .segments import SEGMENTS

HORIZON_DAYS = combine.HORIZON_DAYS


@dataclass(frozen=True)
class Choice:
    """What a back-test chose: weights and spread by segment, with the evidence that speaks for it.

    `evidence` has one row per segment: items, origins, and the weighted RMSSE of the choice beside that of each
    single model, of the 28-day mean and of last week again. `compared` holds it against weights in force.
    """

    weights: Weights
    spread: Spread
    evidence: tuple[dict[str, object], ...]
    origins: int
    compared: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What is expected of each item: `mean` and percentiles by day, and what is known of the item behind it."""

    keys: tuple[object, ...]
    days: tuple[date, ...]
    mean: Array
    low: Array
    middle: Array
    high: Array
    phi: Array
    segment: NDArray[np.int64]
    known_days: NDArray[np.int64]
    clean_days: NDArray[np.int64]
    censored_days: NDArray[np.int64]
    sold: Array
    choice: Choice

    def total(self, days: int, share: float | None = None, *, skip: int = 0) -> Array:
        """Units of each item over so many days after `skip`: the mean, or what a share of outcomes stays below.

        Beyond the days forecast the last four weeks of them go on.
        """
        mean = self.expected(days + skip)[:, skip:].sum(axis=1)
        if share is None:
            return np.asarray(mean)
        v, levels = self.choice.spread.at(self.segment, max(days, 1))
        return quantile(mean, self.phi, v, level_of(levels, share))

    def after(self, skip: int) -> Forecast:
        """The same from a later day on: days that are over, but not told yet, are no days to come."""
        cut: dict[str, Any] = {n: getattr(self, n)[:, skip:] for n in ("mean", "low", "middle", "high")}
        return replace(self, days=self.days[skip:], **cut)

    def only(self, rows: list[int]) -> Forecast:
        """Some of the items."""
        names = ("mean", "low", "middle", "high", "phi", "segment", "known_days", "clean_days", "censored_days", "sold")
        return replace(self, keys=tuple(self.keys[i] for i in rows), **{n: getattr(self, n)[rows] for n in names})

    def together(self, members: list[list[int]], keys: tuple[object, ...]) -> Forecast:
        """Items that share stock as one: means add; variance over mean is theirs by units; the busiest's segment."""
        first = self.only([m[int(np.argmax(self.mean[m].sum(axis=1)))] for m in members])
        names = ("mean", "low", "middle", "high", "clean_days", "censored_days", "sold")
        sums: dict[str, Any] = {n: np.array([getattr(self, n)[m].sum(axis=0) for m in members]) for n in names}
        weight = [self.mean[m].sum(axis=1) + 1e-9 for m in members]
        phi = np.array([np.average(self.phi[m], weights=w) for m, w in zip(members, weight, strict=True)])
        return replace(first, keys=keys, phi=phi, **sums)

    def expected(self, days: int) -> Array:
        """Mean units by day for as many days as asked."""
        have = self.mean.shape[1]
        if days <= have:
            return self.mean[:, :days]
        again = self.mean[:, max(0, have - 28) :]
        times = -(-(days - have) // again.shape[1])
        return np.concatenate([self.mean, np.tile(again, times)], axis=1)[:, :days]


def choose(
    panel: Panel,
    *,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    most: int = combine.ORIGINS,
    against: Weights | None = None,
) -> Choice:
    """The choice a rolling back-test of a panel makes; where too little is known, equal weights, and it says so.

    With `against`, the weights in force, it is also told how much better it is on months it has not seen.
    """
    said = combine.backtest(panel, workers=workers, progress=progress, most=most)
    weights = combine.learn_weights(said)
    compared = compare(said, against) if against is not None else ()
    return Choice(weights, intervals.learn_spread(said, weights), evidence(said, weights), len(said), compared)


def forecast(panel: Panel, choice: Choice, *, horizon: int = HORIZON_DAYS, workers: int = 1) -> Forecast:
    """Demand of every item for the days to come, as if one could buy on all of them."""
    demand, models, yearly, factor, segments = combine.say(panel, horizon, workers=workers)
    mean = choice.weights.mean(models, yearly, factor, segments)
    v, levels = choice.spread.at(segments, 1)
    low, middle, high = (_by_day(mean, demand.phi, v, level_of(levels, share)) for share in (LOW, MIDDLE, HIGH))
    known = panel.own().sum(axis=1)
    return Forecast(
        keys=panel.keys,
        days=tuple(coming_days(panel, horizon)),
        mean=mean,
        low=low,
        middle=middle,
        high=high,
        phi=demand.phi,
        segment=segments,
        known_days=known.astype(np.int64),
        clean_days=demand.clean.sum(axis=1).astype(np.int64),
        censored_days=panel.censored().sum(axis=1).astype(np.int64),
        sold=(panel.units * panel.own()).sum(axis=1),
        choice=choice,
    )


def _by_day(mean: Array, phi: Array, v: Array, level: Array) -> Array:
    """The quantile of each day; days of equal mean, such as the Tuesdays of four weeks, are computed once."""
    week = mean[:, :7]
    if mean.shape[1] % 7 == 0 and np.array_equal(np.tile(week, mean.shape[1] // 7), mean):
        return np.asarray(np.tile(_quantiles(week, phi, v, level), mean.shape[1] // 7))
    return _quantiles(mean, phi, v, level)


def _quantiles(mean: Array, phi: Array, v: Array, level: Array) -> Array:
    shape = mean.shape
    wide = [np.broadcast_to(x[:, None], shape) for x in (phi, v, level)]
    return np.asarray(np.where(mean > 0, quantile(mean, *wide), 0.0))


def evidence(said: list[Said], weights: Weights) -> tuple[dict[str, object], ...]:
    """What speaks for the choice, by segment: its error over all origins beside each rival's."""
    rows = []
    for at, name in enumerate(SEGMENTS):
        parts = [(s, s.segment == at) for s in said if (s.segment == at).any()]
        if not parts:
            continue
        told: dict[str, list[float]] = {}
        n = units = expected = 0.0
        for s, rows_ in parts:
            mean = weights.mean(s.models, s.yearly, s.factor, s.segment)[rows_]
            rivals = {m: s.models[rows_, i][:, None] * s.factor[rows_] for i, m in enumerate(NAMES)}
            for rival, value in {"chosen": mean, **rivals}.items():
                loss = combine.weighted_rmsse(s.actual[rows_], value, s.scale[rows_], s.value[rows_], s.open_[rows_])
                told.setdefault(rival, []).append(loss)
            n += float(rows_.sum())
            units += float((s.actual[rows_] * s.open_[rows_]).sum())
            expected += float((mean * s.open_[rows_]).sum())
        rows.append(
            {
                "segment": name,
                "items": round(n / len(parts)),
                "origins": len(parts),
                "bias": round(expected / units - 1, 4) if units else None,
                "error": round(float(np.mean(told["chosen"])), 4),
                "rivals": {m: round(float(np.mean(told[m])), 4) for m in NAMES},
            }
        )
    return tuple(rows)


def in_words(weights: Weights, segment: int, most: int = 3) -> str:
    """The heaviest models of a segment, in words."""
    row = weights.by_segment[segment]
    order = [i for i in np.argsort(-row) if row[i] >= 0.05][:most]
    whole = float(row.sum()) or 1.0
    return "; ".join(f"{WORDS[NAMES[i]]} {row[i] / whole:.0%}" for i in order) or "nothing sold"

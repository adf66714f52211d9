"""Calendar effects: which weekdays, times of year and promotions sell more, pooled so that few sales do not decide.

An item's own weekdays are too few to tell; its group's are shrunk to the channel's, and those to no effect at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from .panel import Array, Flags, Panel

WEEK = 7
LOOK_BACK_DAYS = 182
SHRINK_UNITS = 50.0
"""A weekday's factor counts as if so many units had sold as usual (assumed)."""
OUTLIER_SD = 5.0
"""One day's units above mean + 5 standard deviations are taken as that: a wholesale order is no Tuesday effect."""
WEEKDAY_CLOSED = 0.8
"""A weekday shut this often (and at least 4 times) will be shut again."""
YEAR_DAYS = 364
"""Whole weeks, so that a year ago is the same weekday; the leap day needs no rule of its own."""
TWO_SEASONS_DAYS = YEAR_DAYS + 2 * 28


@dataclass(frozen=True)
class Calendar:
    """What a day is worth against a usual one, by group: `weekday` rows are groups, columns Monday to Sunday.

    `promotion` is the lift of a promoted day. `yearly` is the change of level over the coming days that the same
    days brought a year ago, by group, already shrunk; 1 where less than thirteen months are known.
    """

    groups: tuple[str, ...]
    weekday: Array
    promotion: float
    shut: frozenset[tuple[int, int]]

    def factors(self, names: Sequence[str], days: Sequence[date]) -> Array:
        """The factor of each item (by its group's name) on each day, closed days 0."""
        at = {name: i for i, name in enumerate(self.groups)}
        rows = np.array([at[name] for name in names], dtype=np.int64)
        weekdays = np.array([d.weekday() for d in days], dtype=np.int64)
        closed = np.array([(d.month, d.day) in self.shut for d in days])
        return np.asarray(np.where(closed[None, :], 0.0, self.weekday[:, weekdays])[rows])


def learn_calendar(panel: Panel) -> Calendar:
    """Weekday factors by group and the promotion lift from the last half year of clean days."""
    groups = tuple(sorted(set(panel.groups)))
    since = max(0, panel.days - LOOK_BACK_DAYS)
    weekdays = _weekdays(panel)[since:]
    clean = (panel.clean() & ~panel.cut)[:, since:]
    units, exposure = panel.units[:, since:], panel.exposure[:, since:]
    plain = clean & ~panel.promoted[:, since:]
    level = _per_row(units * plain, exposure * plain)
    sold = np.minimum(units, (level + OUTLIER_SD * _spread(units, level, plain))[:, None]) * plain
    expected = level[:, None] * exposure * plain
    shut = _shut_weekdays(panel.closed[since:], weekdays)
    overall = _weekday_factors(sold.sum(0)[None], expected.sum(0)[None], weekdays, np.ones((1, WEEK)), shut)
    of = np.array([groups.index(g) for g in panel.groups], dtype=np.int64)
    sums = [np.zeros((len(groups), sold.shape[1])) for _ in range(2)]
    np.add.at(sums[0], of, sold)
    np.add.at(sums[1], of, expected)
    return Calendar(
        groups,
        _weekday_factors(sums[0], sums[1], weekdays, np.repeat(overall, len(groups), axis=0), shut),
        _lift(units, expected_of(level, exposure), clean & panel.promoted[:, since:]),
        _shut_dates(panel),
    )


def expected_of(level: Array, exposure: Array) -> Array:
    """Units expected at a level over the open part of each day."""
    return np.asarray(level[:, None] * exposure)


def _weekdays(panel: Panel) -> NDArray[np.int64]:
    return (panel.first_day.weekday() + np.arange(panel.days)) % WEEK


def _per_row(top: Array, bottom: Array) -> Array:
    below = bottom.sum(axis=1)
    return np.asarray(np.where(below > 0, top.sum(axis=1) / np.maximum(below, 1e-12), 0.0))


def _spread(units: Array, level: Array, clean: Flags) -> Array:
    return np.asarray(np.sqrt(_per_row((units - level[:, None]) ** 2 * clean, clean.astype(float))))


def _shut_weekdays(closed: Flags, weekdays: NDArray[np.int64]) -> Flags:
    told = [(weekdays == w) for w in range(WEEK)]
    return np.array([t.sum() >= 4 and closed[t].mean() >= WEEKDAY_CLOSED for t in told])


def _weekday_factors(sold: Array, expected: Array, weekdays: NDArray[np.int64], prior: Array, shut: Flags) -> Array:
    """Units over units expected of each weekday, shrunk to `prior`; open weekdays are 1 on average."""
    factors = np.empty((sold.shape[0], WEEK))
    for w in range(WEEK):
        day = weekdays == w
        factors[:, w] = (sold[:, day].sum(1) + SHRINK_UNITS * prior[:, w]) / (expected[:, day].sum(1) + SHRINK_UNITS)
    factors[:, shut] = 0.0
    return np.asarray(factors / factors[:, ~shut].mean(axis=1, keepdims=True))


MOST_LIFT = 5.0


def _lift(units: Array, expected: Array, promoted: Flags) -> float:
    """How many times its usual units a promoted day sells; towards 1 where few promoted days are known."""
    top, bottom = float((units * promoted).sum()), float((expected * promoted).sum())
    return float(np.clip((top + SHRINK_UNITS) / (bottom + SHRINK_UNITS), 1.0, MOST_LIFT))


def _shut_dates(panel: Panel) -> frozenset[tuple[int, int]]:
    """Days of the year on which the channel was shut outside its usual weekly closing; expected to be shut again."""
    weekdays = _weekdays(panel)
    usual = _shut_weekdays(panel.closed, weekdays)
    odd = [panel.day(int(i)) for i in np.flatnonzero(panel.closed) if not usual[weekdays[i]]]
    return frozenset((d.month, d.day) for d in odd)


YEARLY_SHRINK_UNITS = 200.0
MOST_YEARLY = 2.0


def yearly_change(panel: Panel, horizon: int) -> Array:
    """How the level of each item's group changed a year ago over the coming days, by item and day to come; else 1.

    The same calendar days a year ago against the 28 before them, each smoothed over four weeks, from items that sold
    all through them; shrunk to no change. With less than thirteen months there is nothing to say.
    """
    change = np.ones((panel.n, horizon))
    end = panel.days
    if end < TWO_SEASONS_DAYS:
        return change
    own, open_ = panel.own(), panel.clean()
    there = own[:, end - YEAR_DAYS - 28]
    for group in sorted(set(panel.groups)):
        rows = np.array([g == group for g in panel.groups])
        daily = _daily(panel, rows & there, open_)
        before = daily[end - YEAR_DAYS - 28 : end - YEAR_DAYS]
        base, n = before.mean(), before.sum()
        for h in range(horizon):
            at = end - YEAR_DAYS + h
            near = daily[max(at - 10, end - YEAR_DAYS) : min(at + 11, end)]
            ratio = (near.mean() * 28 + YEARLY_SHRINK_UNITS) / (base * 28 + YEARLY_SHRINK_UNITS) if n else 1.0
            change[rows, h] = np.clip(ratio, 1 / MOST_YEARLY, MOST_YEARLY)
    return change


def _daily(panel: Panel, rows: Flags, clean: Flags) -> Array:
    """Units per open item-day of a group on each day, times its items; a closed day takes its neighbours' level."""
    units = (panel.units[rows] * clean[rows]).sum(0)
    seen = (panel.exposure[rows] * clean[rows]).sum(0)
    level = np.where(seen > 0, units / np.maximum(seen, 1e-12), np.nan) * rows.sum()
    return np.asarray(np.where(np.isnan(level), np.nanmean(level) if (seen > 0).any() else 0.0, level))


def coming_days(panel: Panel, horizon: int) -> list[date]:
    """The days after the panel's last."""
    last = panel.day(panel.days - 1)
    return [last + timedelta(days=h + 1) for h in range(horizon)]

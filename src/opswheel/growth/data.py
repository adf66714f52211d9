"""What a calibration reads: one number a week and driver, and what is known about those weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core.errors import WrongUse
from ..core.money import Floats

LEAST_AVAILABILITY = 0.3
"""Weeks in which less could be bought than this teach nothing about what shoppers do."""


@dataclass(frozen=True)
class WeeklyData:
    """Weekly (or monthly) values of the drivers of one wheel.

    `weeks`: first day of each period, without gaps. `series`: by driver, the logarithm of the period's value (the
    value itself for a driver with `log` False), NaN where it is missing or was zero; drivers nobody measures are
    absent. `events`: by name, 1 in periods touched (a sales event), else 0. `proxy`: logarithm of something that
    follows demand and not us (searches in the category). `masked`: periods that teach nothing, such as stockouts.
    `zeros`: by driver, how many periods had no positive value: those are left out, never logged.
    """

    weeks: tuple[date, ...]
    series: Mapping[str, Floats]
    events: Mapping[str, Floats] = field(default_factory=dict)
    proxy: Floats | None = None
    proxy_name: str = ""
    masked: NDArray[np.bool_] | None = None
    zeros: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = {**self.series, **{f"event {name}": v for name, v in self.events.items()}}
        if self.proxy is not None:
            told["demand proxy"] = self.proxy
        for name, values in told.items():
            if len(values) != len(self.weeks):
                raise WrongUse(f"{name} has {len(values)} values for {len(self.weeks)} weeks.", "One value a week.")
            if np.isinf(values).any():
                raise WrongUse(f"{name} has a value without bound.", "Leave weeks without a value empty.")
        late = [b for a, b in pairwise(self.weeks) if b <= a]
        if late:
            raise WrongUse(f"The week of {late[0]} does not come after the one before it.", "Sort them, each once.")

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Periods that are not masked."""
        if self.masked is None:
            return np.ones(len(self.weeks), bool)
        return ~np.asarray(self.masked, bool)

    def between(self, first: int, last: int) -> WeeklyData:
        """The periods from position `first` up to, not including, `last`."""
        part = slice(first, last)
        return WeeklyData(
            self.weeks[part],
            {name: values[part] for name, values in self.series.items()},
            {name: values[part] for name, values in self.events.items()},
            None if self.proxy is None else self.proxy[part],
            self.proxy_name,
            None if self.masked is None else self.masked[part],
            self.zeros,
        )

    @classmethod
    def from_levels(  # noqa: PLR0913  each says one thing about the same weeks
        cls,
        weeks: Sequence[date],
        levels: Mapping[str, Sequence[float | None]],
        *,
        levels_stay: Sequence[str] = (),
        events: Mapping[str, Sequence[float]] | None = None,
        proxy: Sequence[float | None] | None = None,
        proxy_name: str = "",
        availability: str = "availability",
    ) -> WeeklyData:
        """Weekly data from plain values: sales of 120 units, an availability of 0.93, None for a missing one.

        Weeks left out between the first and the last become missing rows. A value of zero or below has no
        logarithm: it is counted in `zeros` and left out. `levels_stay` names drivers followed as they are (`log`
        False). Weeks in which the driver `availability` is below LEAST_AVAILABILITY are masked.
        """
        whole, place = _calendar(weeks)

        def spread(values: Sequence[float | None], name: str) -> Floats:
            if len(values) != len(weeks):
                raise WrongUse(f"{name} has {len(values)} values for {len(weeks)} weeks.", "One value a week.")
            row = np.full(len(whole), np.nan)
            row[place] = [np.nan if v is None else float(v) for v in values]
            return row

        rows = {name: spread(values, name) for name, values in levels.items()}
        zeros = {n: int((r <= 0).sum()) for n, r in rows.items() if n not in levels_stay and (r <= 0).any()}
        series = {n: r if n in levels_stay else _log(r) for n, r in rows.items()}
        happened = {n: np.nan_to_num(spread(v, n)) for n, v in (events or {}).items()}
        low = rows[availability] < LEAST_AVAILABILITY if availability in rows else None
        follows = None if proxy is None else _log(spread(proxy, "demand proxy"))
        return cls(whole, series, happened, follows, proxy_name, low, zeros)


def _log(values: Floats) -> Floats:
    out = np.full(len(values), np.nan)
    some = values > 0
    out[some] = np.log(values[some])
    return out


def _calendar(weeks: Sequence[date]) -> tuple[tuple[date, ...], list[int]]:
    """Every period from the first to the last, and where each given one stands; months are told by their steps."""
    if not weeks:
        raise WrongUse("There are no weeks at all.", "Give at least one row of weekly values.")
    steps = {(b - a).days for a, b in pairwise(weeks)}
    if any(step <= 0 for step in steps):
        raise WrongUse("The weeks are not in order, or one is there twice.", "Sort them, each once.")
    whole = [weeks[0]]
    if steps and all(a.day == 1 for a in weeks):
        while whole[-1] < weeks[-1]:
            whole.append((whole[-1] + timedelta(days=32)).replace(day=1))
    else:
        if any(step % 7 for step in steps):
            raise WrongUse("The weeks do not begin on the same day of the week.", "Give the Monday of each.")
        while whole[-1] < weeks[-1]:
            whole.append(whole[-1] + timedelta(days=7))
    at = {day: i for i, day in enumerate(whole)}
    return tuple(whole), [at[day] for day in weeks]

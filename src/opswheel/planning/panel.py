"""Demand as it was seen: units by item and day, beside how much of each day one could buy.

A day on which an item could not be bought tells nothing about its demand. It is kept with an exposure of 0, never as
a sale of 0; a day that stock ran out on tells a lower bound (`cut`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_EXPOSURE = 0.25
"""A day open for less than a quarter is left out: dividing by so little makes one sale a flood (assumed)."""


@dataclass(frozen=True)
class Panel:
    """The demand of many items over one stretch of days; rows are items, columns days.

    `units`: sold, 0 or more. `exposure`: share of the day on which one could buy. `cut`: sales ended because the
    stock did. `promoted`: a deal of ours ran. `starts`: the first column that belongs to the item. `groups`: what an
    item pools with. `value`: what a unit brings, which weighs errors. `closed`: nobody in the whole channel sold.
    """

    keys: tuple[Any, ...]
    groups: tuple[str, ...]
    first_day: date
    units: Array
    exposure: Array
    cut: Flags
    promoted: Flags
    starts: NDArray[np.int64]
    value: Array
    closed: Flags

    @property
    def n(self) -> int:
        """How many items."""
        return len(self.keys)

    @property
    def days(self) -> int:
        """How many days."""
        return int(self.units.shape[1])

    def day(self, column: int) -> date:
        """The day of a column; columns past the end are days to come."""
        return self.first_day + timedelta(days=int(column))

    def own(self) -> Flags:
        """Which days belong to each item."""
        return np.asarray(np.arange(self.days)[None, :] >= self.starts[:, None])

    def clean(self) -> Flags:
        """Days that tell an item's demand."""
        return np.asarray(self.own() & (self.exposure >= LEAST_EXPOSURE) & ~self.closed[None, :])

    def censored(self) -> Flags:
        """An item's days that tell less than its demand, closed days of the whole channel aside."""
        return np.asarray(self.own() & ((self.exposure < 1) | self.cut) & ~self.closed[None, :])

    def until(self, column: int) -> Panel:
        """What was known before a column."""
        own = {"units": self.units, "exposure": self.exposure, "cut": self.cut, "promoted": self.promoted}
        cut: dict[str, Any] = {name: values[:, :column] for name, values in own.items()}
        return replace(self, **cut, closed=self.closed[:column])

    def only(self, rows: Any) -> Panel:
        """Some of the items."""
        index = np.arange(self.n)[rows]
        return replace(
            self,
            keys=tuple(self.keys[i] for i in index),
            groups=tuple(self.groups[i] for i in index),
            units=self.units[index],
            exposure=self.exposure[index],
            cut=self.cut[index],
            promoted=self.promoted[index],
            starts=self.starts[index],
            value=self.value[index],
        )


def panel(  # noqa: PLR0913
    keys: Sequence[Any],
    units: Any,
    *,
    first_day: date,
    groups: Sequence[str] | None = None,
    exposure: Any | None = None,
    cut: Any | None = None,
    promoted: Any | None = None,
    starts: Any | None = None,
    value: Any | None = None,
) -> Panel:
    """A panel from what is known; what is not told is taken as usual: open all day, no deal, worth 1.

    Negative units (returns booked against a day) count as none sold. An item starts with its first sale or first
    day it could not be bought, unless `starts` says when.
    """
    sold = np.maximum(np.nan_to_num(np.asarray(units, dtype=float)), 0.0).reshape(len(keys), -1)
    n, days = sold.shape
    seen = np.ones((n, days)) if exposure is None else np.clip(np.nan_to_num(np.asarray(exposure, float)), 0, 1)
    begins = _starts(sold) if starts is None else np.asarray(starts, dtype=np.int64)
    told = Panel(
        keys=tuple(keys),
        groups=tuple(groups or [""] * n),
        first_day=first_day,
        units=sold,
        exposure=seen,
        cut=np.zeros((n, days), bool) if cut is None else np.asarray(cut, bool),
        promoted=np.zeros((n, days), bool) if promoted is None else np.asarray(promoted, bool),
        starts=np.asarray(begins, dtype=np.int64),
        value=np.ones(n) if value is None else np.maximum(np.nan_to_num(np.asarray(value, float)), 0.0),
        closed=np.zeros(days, bool),
    )
    return replace(told, closed=closed_days(told))


def _starts(sold: Array) -> NDArray[np.int64]:
    """The column of each item's first sale; the end where it never sold."""
    any_sale = (sold > 0).any(axis=1)
    first: NDArray[np.int64] = np.where(any_sale, (sold > 0).argmax(axis=1), sold.shape[1]).astype(np.int64)
    return first


CLOSED_SHARE = 0.02
"""A day that brings less than a fiftieth of the usual day of the whole channel is closed (assumed)."""
CLOSED_UNITS = 8.0
"""With fewer units on a usual day a silent day may be chance: e^-8 is one in three thousand."""


def closed_days(told: Panel) -> Flags:
    """Days on which the whole channel was shut, such as 25 December: no item's demand is to be read from them.

    Only items one could buy speak: with all shelves empty, or no report for the day, nobody was shut.
    """
    own = told.own()
    open_ = own & (told.exposure > 0)
    total = (told.units * open_).sum(axis=0)
    rate = (told.units * open_).sum(axis=1, keepdims=True) / np.maximum(open_.sum(axis=1, keepdims=True), 1)
    share = (rate * open_).sum(axis=0) / np.maximum((rate * own).sum(axis=0), 1e-12)
    around = _usual(total) * share
    return np.asarray((around >= CLOSED_UNITS) & (total < CLOSED_SHARE * around))


def _usual(total: Array) -> Array:
    """The median of the selling days in the nine weeks around each day; a weekday always shut does not move it."""
    days, half = len(total), 31
    usual = np.zeros(days)
    for at in range(days):
        near = total[max(0, at - half) : at + half + 1]
        sold = near[near > 0]
        usual[at] = np.median(sold) if len(sold) >= 0.4 * len(near) else 0.0
    return usual

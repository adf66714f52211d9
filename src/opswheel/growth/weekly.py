"""Weekly drivers: from a CSV a person made, or from what was summed of loaded facts, as the data of a wheel.

One row a week. Columns bear the names of the wheel's drivers; `event:NAME` marks weeks of a sales event with 1, and
`demand_proxy` follows demand and not us: searches in the category, say. Empty cells are weeks nobody measured.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..core.errors import RefusedFile, UnknownLayout
from .data import WeeklyData
from .files import Field, read_table
from .wheel import Wheel

EVENT = "event:"
PROXY = "demand_proxy"
SYNONYMS: Mapping[str, str] = {
    "sessions": "traffic",
    "visits": "traffic",
    "units": "sales",
    "orders": "sales",
    "spend": "ads",
    "ad_spend": "ads",
    "cvr": "conversion",
    "unit_session_percentage": "conversion",
    "in_stock": "availability",
    "instock": "availability",
    "buy_box": "featured",
    "rating": "stars",
    "review_count": "reviews",
    "bsr": "rank",
    "cx": "experience",
}
"""What people call drivers elsewhere: told as a hint, never taken silently."""

Levels = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Drivers:
    """Weekly values by driver as they are (no logarithms), with what was left out and why.

    `told` says in a few words where each driver comes from; `missing` why a driver of the wheel is not there.
    """

    weeks: tuple[date, ...]
    levels: Levels
    events: Mapping[str, Sequence[float]]
    proxy: Sequence[float | None] | None
    told: Mapping[str, str]
    missing: Mapping[str, str]

    def data(self, wheel: Wheel) -> WeeklyData:
        """What a calibration of `wheel` reads."""
        return WeeklyData.from_levels(
            self.weeks,
            {name: values for name, values in self.levels.items() if name in wheel.names},
            levels_stay=[node.name for node in wheel.nodes if not node.log],
            events=self.events,
            proxy=self.proxy,
            proxy_name=PROXY if self.proxy is not None else "",
            availability="availability",
        )


def first_day(cell: str) -> date:
    """The first day of a week or month: 2026-11-16, 2026-W47 (its Monday), or 2026-11 for a month."""
    try:
        if found := re.fullmatch(r"(\d{4})-?W(\d{2})", cell):
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return date.fromisoformat(f"{cell}-01" if re.fullmatch(r"\d{4}-\d{2}", cell) else cell)
    except ValueError:
        raise ValueError("is no week; write its Monday, like 2026-11-16, or 2026-W47") from None


def read_drivers(path: Path, wheel: Wheel) -> Drivers:
    """The drivers of a wheel from a CSV. Raises RefusedFile naming the line or the nearest driver."""
    period = Field(wheel.period, f"first day of the {wheel.period}", first_day, required=True)
    columns = read_table(path, [period], wheel.period, others=True)
    weeks: list[date] = columns.pop(wheel.period)
    _check_columns(path.name, columns, wheel)
    _check_weeks(path.name, weeks, wheel.period)
    _check_values(path.name, columns, weeks, wheel)
    order = sorted(range(len(weeks)), key=weeks.__getitem__)
    placed = {name: [values[i] for i in order] for name, values in columns.items()}
    events = {n.removeprefix(EVENT): [v or 0.0 for v in vs] for n, vs in placed.items() if n.startswith(EVENT)}
    levels = {n: v for n, v in placed.items() if n in wheel.names and any(x is not None for x in v)}
    return complete(
        Drivers(
            tuple(weeks[i] for i in order),
            levels,
            events,
            placed.get(PROXY),
            dict.fromkeys(levels, path.name),
            {n: f"no column of {path.name} tells it" for n in wheel.names if n not in levels},
        ),
        wheel,
    )


def _check_columns(file: str, columns: Mapping[str, Any], wheel: Wheel) -> None:
    parts = {node.name: part.name for part in wheel.parts for node in part.nodes}
    for name in columns:
        if name in wheel.names or name == PROXY or name.startswith(EVENT):
            continue
        if name in parts:
            raise UnknownLayout(
                f"{file}: the driver {name!r} belongs to the optional part {parts[name]} of the {wheel.name} wheel.",
                f"Put the part on: --with {parts[name]}.",
            )
        known = [*wheel.names, PROXY]
        synonym = SYNONYMS.get(name.lower().replace(" ", "_"))
        near = [synonym] if synonym in known else get_close_matches(name.lower(), known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownLayout(
            f"{file}: {name!r} is no driver of the {wheel.name} wheel.{hint}",
            f"Its drivers are {', '.join(wheel.names)}; {EVENT}NAME marks weeks of an event, {PROXY} follows demand.",
        )
    if wheel.target not in columns:
        raise UnknownLayout(f"{file} has no column {wheel.target!r}.", "The wheel is about it: add it.")


def _check_weeks(file: str, weeks: Sequence[date], period: str) -> None:
    twice = [day for day, n in Counter(weeks).items() if n > 1]
    if twice:
        raise RefusedFile(
            f"{file}: the {period} of {min(twice)} is there {Counter(weeks)[min(twice)]} times.", "Keep one row of it."
        )
    usual = Counter(day.weekday() for day in weeks).most_common(1)[0][0]
    odd = [day for day in weeks if day.weekday() != usual]
    if period == "week" and odd:
        raise RefusedFile(
            f"{file}: the week of {min(odd)} begins on another day of the week than the others.",
            "Give the Monday of each.",
        )


def _check_values(file: str, columns: Levels, weeks: Sequence[date], wheel: Wheel) -> None:
    """Nothing is below 0 but drivers followed as they are; a share of time cannot pass 1."""
    logs = {node.name for node in wheel.nodes if node.log} | {PROXY}
    for name, values in columns.items():
        for day, value in zip(weeks, values, strict=True):
            if value is not None and value < 0 and name in logs:
                raise RefusedFile(
                    f"{file}: {name} of {day} is {value:g}, below 0.", "Leave the cell empty, or mend it."
                )
            if value is not None and value > 1 and name == "availability":
                raise RefusedFile(
                    f"{file}: availability of {day} is {value:g}.", "It is a share of time from 0 to 1: 0.93 for 93 %."
                )


def complete(drivers: Drivers, wheel: Wheel) -> Drivers:
    """Fill in the one driver that accounting gives from the others: conversion = sales ÷ (traffic · in stock).

    Only where every identity link into the target has weight 1 and just one of its sources is missing; weeks in
    which any of the others is 0 or unknown stay empty.
    """
    into = [k for k in wheel.links_into(wheel.target) if k.kind == "identity"]
    gone = [k.source for k in into if k.source not in drivers.levels]
    whole = drivers.levels.get(wheel.target)
    if len(gone) != 1 or whole is None or any(k.mean != 1 or k.lag_periods for k in into):
        return drivers
    others = [drivers.levels[k.source] for k in into if k.source != gone[0]]
    filled = [_left(total, parts) for total, *parts in zip(whole, *others, strict=True)]
    words = f"{wheel.target} ÷ ({' · '.join(k.source for k in into if k.source != gone[0])})"
    return Drivers(
        drivers.weeks,
        {**drivers.levels, gone[0]: filled},
        drivers.events,
        drivers.proxy,
        {**drivers.told, gone[0]: words},
        {n: why for n, why in drivers.missing.items() if n != gone[0]},
    )


def _left(total: float | None, parts: Sequence[float | None]) -> float | None:
    product = 1.0
    for part in parts:
        if part is None or part <= 0:
            return None
        product *= part
    return None if total is None else total / product


def join(first: Drivers, second: Drivers, wheel: Wheel) -> Drivers:
    """Both, week by week; a driver both tell is taken from `first`. Weeks are those of either."""
    weeks = tuple(sorted({*first.weeks, *second.weeks}))
    levels: dict[str, list[float | None]] = {}
    for drivers in (second, first):
        at = {week: i for i, week in enumerate(drivers.weeks)}
        for name, values in drivers.levels.items():
            levels[name] = [values[at[w]] if w in at else None for w in weeks]
    events = {
        name: [dict(zip(d.weeks, values, strict=True)).get(w, 0.0) for w in weeks]
        for d in (second, first)
        for name, values in d.events.items()
    }
    source = first if first.proxy is not None else second
    follows = None if source.proxy is None else dict(zip(source.weeks, source.proxy, strict=True))
    missing = {n: why for n, why in {**second.missing, **first.missing}.items() if n not in levels}
    return complete(
        Drivers(
            weeks,
            levels,
            events,
            None if follows is None else [follows.get(w) for w in weeks],
            {**second.told, **first.told},
            missing,
        ),
        wheel,
    )

"""Where units go: the split over places that brings the most expected profit, proven by a solver.

A place is where a seller really decides: own warehouse, 3PL, FBA of a region, WFS, a Shopify location, the pool of a
country. Moving a unit costs money; a unit in a place sells with the chance that demand there reaches it; a unit left at
the end costs storage. Expected sales rise with stock by ever less, so the profit of a place is a concave staircase and
an integer program over its steps is exact: HiGHS fills the steep ones first. Merchant fulfilment and lots to remove
are yes-or-no choices in the same program.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..core.errors import WrongUse
from .panel import Array

MOST_UNITS = 100_000
NO_OFFERS: Mapping[str, str] = MappingProxyType({})
STEPS = 40
"""A place's staircase is cut into so many lots where stock is large; below that every unit is a step of its own."""


@dataclass(frozen=True)
class Place:
    """A place stock may lie in, and what a unit does there over the horizon.

    `chance`: P(demand ≥ k) for k = 1, 2 …: what the k-th unit sells with. `profit`: price less fees and cost of one
    sale there. `held`: units there now, or arriving anyway. `leftover`: cost of a unit still there at the end.
    `room`: the most it takes. `sellable` False: a warehouse that only feeds others. `switch`: what it costs to offer
    from here at all, such as a merchant-fulfilled offer; a place with one may be left off. `removal`: what taking a
    unit out brings (or, below zero, costs).
    """

    name: str
    chance: Array
    profit: float
    held: int = 0
    leftover: float = 0.0
    room: int = MOST_UNITS
    sellable: bool = True
    switch: float = 0.0
    removal: float | None = None


@dataclass(frozen=True)
class Lane:
    """A way from one place to another: `cost` of a unit, `fixed` cost of using it, lots of `lot` units."""

    source: str
    target: str
    cost: float
    fixed: float = 0.0
    lot: int = 1


@dataclass(frozen=True)
class Allocation:
    """What to do: units by lane, units to remove by place, places to offer from; and what it is expected to bring.

    `stopped` are places offered from today whose every sale loses more than keeping the unit.
    `before` is what leaving everything as it is would bring: no move, and what is offered stays so, also at a loss.
    """

    moves: dict[tuple[str, str], int]
    removals: dict[str, int]
    offered: dict[str, bool]
    profit: float
    before: float
    sells: dict[str, float]
    left: dict[str, int]
    stopped: tuple[str, ...] = ()


def allocate(
    places: Sequence[Place], lanes: Sequence[Lane], *, bought: float = 0.0, most_bought: int = 0
) -> Allocation:
    """The best moves. `bought` is the price of a new unit, entering at the first place, up to `most_bought`."""
    _check(places, lanes)
    found = _solve(places, lanes, most_bought=most_bought, bought=bought)
    return Allocation(**found, before=sum(as_it_is(p) for p in places))


def expected_profit(place: Place, units: int, *, offered: bool = True) -> float:
    """What so many units in a place bring: sales at their chances, less what is left over."""
    if not worth_offering(place) or not offered:
        return -place.leftover * units
    sold = float(place.chance[:units].sum())
    return place.profit * sold - place.leftover * (units - sold) - place.switch


def as_it_is(place: Place) -> float:
    """What a place brings if nobody does anything: what is offered there stays offered, a switch stays off."""
    if not place.sellable or place.switch:
        return -place.leftover * place.held
    sold = float(place.chance[: place.held].sum())
    return place.profit * sold - place.leftover * (place.held - sold)


def worth_offering(place: Place) -> bool:
    """Whether a sale there brings more than keeping the unit."""
    return place.sellable and place.profit > -place.leftover


def _check(places: Sequence[Place], lanes: Sequence[Lane]) -> None:
    names = [p.name for p in places]
    if len(set(names)) < len(names):
        raise WrongUse("Two places have the same name.", "Give each place a name of its own.")
    for lane in lanes:
        if lane.source not in names or lane.target not in names or lane.source == lane.target or lane.lot < 1:
            raise WrongUse(f"The lane {lane.source} → {lane.target} leads nowhere.", f"There is {', '.join(names)}.")
    for place in places:
        if place.held < 0:
            raise WrongUse(f"{place.name} holds {place.held} units.", "Oversold stock counts as 0.")
        if np.any(np.diff(place.chance) > 1e-9):
            raise WrongUse(f"{place.name}: a later unit cannot sell more often than an earlier one.")


def _steps(place: Place, most: int) -> list[tuple[int, float]]:
    """(units, gain of one of them) of each step of a place's staircase, steepest first."""
    if not place.sellable:
        return [(most, -place.leftover)] if most else []
    chance = np.zeros(most)
    known = min(most, len(place.chance))
    chance[:known] = place.chance[:known]
    gain = place.profit * chance - place.leftover * (1 - chance)
    gain = np.maximum(gain, -place.leftover)  # where every sale loses more than keeping the unit, it is not offered
    if most <= 2 * STEPS:
        return [(1, float(g)) for g in gain]
    edges = np.unique(np.concatenate([[0, place.held], np.linspace(0, most, STEPS + 1).astype(int)]))
    edges = edges[edges <= most]
    return [(int(b - a), float(gain[a:b].mean())) for a, b in itertools.pairwise(edges)]


class _Program:
    """Columns and rows of the program as they are written down."""

    def __init__(self) -> None:
        self.gain: list[float] = []
        self.most: list[float] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, gain: float, most: float) -> int:
        self.gain.append(gain)
        self.most.append(most)
        return len(self.gain) - 1

    def solve(self) -> Array:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import lil_matrix

        matrix = lil_matrix((len(self.rows), len(self.gain)))
        for i, (cells, _, _) in enumerate(self.rows):
            for column, value in cells.items():
                matrix[i, column] = value
        limits = LinearConstraint(matrix.tocsr(), [r[1] for r in self.rows], [r[2] for r in self.rows])
        found = milp(
            -np.array(self.gain),
            integrality=np.ones(len(self.gain)),
            bounds=Bounds(0, np.array(self.most)),
            constraints=limits,
            options={"mip_rel_gap": 0.0, "time_limit": 20.0},
        )
        if found.x is None:
            raise WrongUse("No allocation fits.", "More is held than the places have room for.")
        return np.round(np.asarray(found.x))


def _solve(places: Sequence[Place], lanes: Sequence[Lane], *, most_bought: int, bought: float) -> dict[str, Any]:
    whole = sum(p.held for p in places) + most_bought
    program = _Program()
    infinite = float("inf")
    sent = [program.column(-lane.cost * lane.lot, whole // lane.lot) for lane in lanes]
    for lane, column in zip(lanes, sent, strict=True):
        if lane.fixed:
            used = program.column(-lane.fixed, 1)
            program.rows.append(({column: 1.0, used: -float(whole // lane.lot)}, -infinite, 0.0))
    buying = program.column(-bought, most_bought)
    removed, steps, switched = {}, {}, {}
    for i, place in enumerate(places):
        most = min(whole, max(place.room, place.held))
        steps[place.name] = [(n, program.column(g, n)) for n, g in _steps(place, most)]
        if place.removal is not None:
            removed[place.name] = program.column(place.removal, place.held)
        if place.sellable and place.switch:
            switched[place.name] = _switch(program, place, steps[place.name], most)
        flow = {column: 1.0 for _, column in steps[place.name]}
        if place.name in switched:
            flow[switched[place.name][1]] = 1.0
        if place.name in removed:
            flow[removed[place.name]] = 1.0
        for lane, column in zip(lanes, sent, strict=True):
            sign = (lane.source == place.name) - (lane.target == place.name)
            if sign:
                flow[column] = flow.get(column, 0.0) + sign * lane.lot
        if i == 0:
            flow[buying] = -1.0
        program.rows.append((flow, place.held, place.held))
        out = {c: float(lane.lot) for lane, c in zip(lanes, sent, strict=True) if lane.source == place.name}
        if out and i:  # what leaves a place must have been there
            program.rows.append((out, -infinite, place.held))
    x = program.solve()
    return _read(places, lanes, x, sent=sent, removed=removed, steps=steps, switched=switched, program=program)


def _switch(program: _Program, place: Place, steps: list[tuple[int, int]], most: int) -> tuple[int, int]:
    """Columns for offering from a place at all, and for units that lie there unoffered."""
    on = program.column(-place.switch, 1)
    idle = program.column(-place.leftover, most)
    cells = {column: 1.0 for _, column in steps}
    program.rows.append(({**cells, on: -float(most)}, -float("inf"), 0.0))
    return on, idle


def _read(  # noqa: PLR0913
    places: Sequence[Place],
    lanes: Sequence[Lane],
    x: Array,
    *,
    sent: list[int],
    removed: dict[str, int],
    steps: dict[str, list[tuple[int, int]]],
    switched: dict[str, tuple[int, int]],
    program: _Program,
) -> dict[str, Any]:
    moves = {(lane.source, lane.target): int(x[c]) * lane.lot for lane, c in zip(lanes, sent, strict=True) if x[c] > 0}
    left = {}
    for place in places:
        units = int(sum(x[c] for _, c in steps[place.name]))
        left[place.name] = units + (int(x[switched[place.name][1]]) if place.name in switched else 0)
    offered = {p.name: bool(x[switched[p.name][0]]) if p.name in switched else worth_offering(p) for p in places}
    sells = {p.name: float(p.chance[: left[p.name]].sum()) if offered[p.name] else 0.0 for p in places}
    return {
        "moves": moves,
        "removals": {name: int(x[c]) for name, c in removed.items() if x[c] > 0},
        "offered": offered,
        "profit": float(np.dot(program.gain, x)),
        "sells": sells,
        "left": left,
        "stopped": tuple(p.name for p in places if p.held and p.sellable and not p.switch and not offered[p.name]),
    }


def in_words(found: Allocation, currency: str, offers: Mapping[str, str] = NO_OFFERS) -> list[str]:
    """What to do and why, one sentence a step; `offers` says for places that are offers of our own how to make them."""
    said = [f"Move {n:,} units from {a} to {b}." for (a, b), n in sorted(found.moves.items()) if b not in offers]
    said += [offers[b].format(units=n, source=a) for (a, b), n in sorted(found.moves.items()) if b in offers]
    said += [f"Stop selling from {name}: each sale there loses money." for name in sorted(found.stopped)]
    said += [f"Remove {n:,} units from {name}: they cost more than they sell." for name, n in found.removals.items()]
    gain = found.profit - found.before
    if not said:
        said = ["Leave everything where it is: no move brings more than it costs."]
    else:
        said.append(f"Expected to bring {gain:,.0f} {currency} more than leaving it.")
    return said

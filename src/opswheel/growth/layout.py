"""Where a drawing of a wheel puts its drivers, and how its links run between them without touching what they pass.

Everything is decided by plain costs in a fixed order, so that one wheel always gives one picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, ceil, degrees, hypot

import numpy as np
from numpy.typing import NDArray

from .loops import Loop
from .wheel import Link, Wheel

Point = tuple[float, float]
Curve = tuple[Point, Point, Point]
Points = NDArray[np.float64]

CELL_WIDTH, CELL_HEIGHT = 158.0, 96.0
BOX_HEIGHT = 34.0
LETTER, SMALL_LETTER = 8.2, 6.5
"""Widths kept free for a letter of a driver's name (13 px, bold) and of a link's label (11 px), in wide faces too."""
GAP = 5.0
BADGE = 17.0
_SAMPLES = 48
_BENDS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.46, -0.46, 0.62, -0.62, 0.8, -0.8)
_LABEL_AT = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2)
_TICK_AT = (0.84, 0.78, 0.72, 0.16, 0.24, 0.64, 0.36)


@dataclass(frozen=True)
class Box:
    """A rectangle by its middle and size, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        """Whether a point lies inside, or within `margin` of the edge."""
        across, down = abs(point[0] - self.x), abs(point[1] - self.y)
        return across < self.width / 2 + margin and down < self.height / 2 + margin

    def meets(self, other: Box, margin: float = 0.0) -> bool:
        """Whether two rectangles overlap, or come nearer than `margin`."""
        across, down = abs(self.x - other.x), abs(self.y - other.y)
        return across < (self.width + other.width) / 2 + margin and down < (self.height + other.height) / 2 + margin


@dataclass(frozen=True)
class Route:
    """How one link runs: a quadratic curve, its label's place, and its delay mark's place and direction in degrees."""

    link: Link
    curve: Curve
    label: Box
    tick: tuple[float, float, float]


@dataclass(frozen=True)
class Layout:
    """Boxes by driver, routes by link, badges by loop name; all in pixels from the upper left of `size`."""

    boxes: dict[str, Box]
    routes: tuple[Route, ...]
    badges: dict[str, Point]
    size: tuple[float, float]


def lay_out(
    wheel: Wheel, labels: dict[tuple[str, str], str], loops: Sequence[Loop], tall: Iterable[str] = ()
) -> Layout:
    """Places for everything; `labels` are the links' texts, `loops` get a badge, `tall` drivers have a second line."""
    places = _places(wheel)
    left = min(x for x, _ in places.values())
    top = min(y for _, y in places.values())
    boxes = {
        node.name: Box(
            (places[node.name][0] - left) * CELL_WIDTH + CELL_WIDTH / 2,
            (places[node.name][1] - top) * CELL_HEIGHT + CELL_HEIGHT / 2,
            max(84.0, len(node.label) * LETTER + 22),
            BOX_HEIGHT + (10 if node.name in set(tall) else 0),
        )
        for node in wheel.nodes
    }
    curves = _curves(wheel, boxes)
    routes, taken = _routes(curves, boxes, labels)
    badges = _badges(loops, boxes, taken, np.concatenate([points for _, points, _ in curves.values()]))
    edge = np.concatenate([points for _, points, _ in curves.values()]).max(axis=0)
    width = max(edge[0], *(box.x + box.width / 2 for box in boxes.values())) + 24
    height = max(edge[1], *(box.y + box.height / 2 for box in boxes.values())) + 24
    return Layout(boxes, routes, badges, (float(width), float(height)))


def _places(wheel: Wheel) -> dict[str, Point]:
    """Each driver's place on the grid: its own, else the free cell nearest to the drivers it is linked with."""
    places = {node.name: node.at for node in wheel.nodes if node.at is not None}
    side = ceil(len(wheel.nodes) ** 0.5) + 1
    waiting = [node.name for node in wheel.nodes if node.at is None]
    if not places:
        places[wheel.target] = ((side - 1) / 2, (side - 1) / 2)
        waiting.remove(wheel.target)
    beside: dict[str, set[str]] = {name: set() for name in wheel.names}
    for link in wheel.links:
        beside[link.source].add(link.target)
        beside[link.target].add(link.source)
    while waiting:
        name = max(waiting, key=lambda name: (sum(other in places for other in beside[name]), -waiting.index(name)))
        waiting.remove(name)
        friends = [places[other] for other in sorted(beside[name]) if other in places]
        lines = [(places[k.source], places[k.target]) for k in wheel.links if k.source in places and k.target in places]
        places[name] = _free_cell(places, friends, lines, side)
    return places


def _free_cell(places: dict[str, Point], friends: list[Point], lines: list[tuple[Point, Point]], side: int) -> Point:
    """The free cell nearest to all friends (to the middle without any), off the straight lines between others."""
    columns = max(side, ceil(max(x for x, _ in places.values())) + 2)
    rows = max(side, ceil(max(y for _, y in places.values())) + 2)
    cells = [(float(x), float(y)) for y in range(rows) for x in range(columns)]
    free = [c for c in cells if all(abs(c[0] - x) >= 1.1 or abs(c[1] - y) >= 0.7 for x, y in places.values())]
    middle = [(sum(x for x, _ in places.values()) / len(places), sum(y for _, y in places.values()) / len(places))]
    near = friends or middle

    def cost(cell: Point) -> float:
        crossed = sum(_beside_line(cell, a, b) < 0.45 for a, b in lines)
        return sum(hypot(cell[0] - x, cell[1] - y) for x, y in near) + 1.5 * crossed

    return min(free, key=lambda c: (cost(c), c[1], c[0]))


def _beside_line(point: Point, a: Point, b: Point) -> float:
    """Distance of a point from the straight piece between two others."""
    along = (b[0] - a[0], b[1] - a[1])
    square = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / square if square else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(point[0] - a[0] - share * along[0], point[1] - a[1] - share * along[1])


_Curves = dict[tuple[str, str], tuple[Curve, Points, Link]]


def _curves(wheel: Wheel, boxes: dict[str, Box]) -> _Curves:
    """A curve for each link, the short ones first, bent only as far as needed to pass boxes and other curves."""
    found: _Curves = {}
    order = sorted(wheel.links, key=lambda link: (_apart(boxes[link.source], boxes[link.target]), link.words))
    for link in order:
        others = [box for name, box in boxes.items() if name not in link.key]
        laid = [(points, bool(set(key) & set(link.key))) for key, (_, points, _) in found.items()]
        options = [_bent(boxes[link.source], boxes[link.target], bend) for bend in _BENDS]
        costs = [
            _curve_cost(points, others, laid) + 60 * abs(b) for (_, points), b in zip(options, _BENDS, strict=True)
        ]
        curve, points = options[costs.index(min(costs))]
        found[link.key] = (curve, points, link)
    return found


def _apart(a: Box, b: Box) -> float:
    return hypot(a.x - b.x, a.y - b.y)


def _bent(start: Box, end: Box, bend: float) -> tuple[Curve, Points]:
    """The visible part of a curve from box to box, and points along it."""
    along = (end.x - start.x, end.y - start.y)
    control = ((start.x + end.x) / 2 - along[1] * bend, (start.y + end.y) / 2 + along[0] * bend)
    whole = ((start.x, start.y), control, (end.x, end.y))
    points = _along(whole, np.linspace(0, 1, 201))
    left = np.flatnonzero(~_inside(points, start, 1))
    came = np.flatnonzero(~_inside(points, end, GAP))
    first, last = (left[0] / 200, came[-1] / 200) if len(left) and len(came) else (0.0, 1.0)
    curve = _cut(whole, min(first, last), max(first, last))
    return curve, _along(curve, np.linspace(0, 1, _SAMPLES + 1))


def _along(curve: Curve, t: Points) -> Points:
    a, b, c = (np.asarray(point) for point in curve)
    t = t[:, None]
    return np.asarray((1 - t) ** 2 * a + 2 * (1 - t) * t * b + t**2 * c)


def _on(curve: Curve, t: float) -> Point:
    x, y = _along(curve, np.array([t]))[0]
    return float(x), float(y)


def _inside(points: Points, box: Box, margin: float) -> NDArray[np.bool_]:
    across, down = np.abs(points[:, 0] - box.x), np.abs(points[:, 1] - box.y)
    return np.asarray((across < box.width / 2 + margin) & (down < box.height / 2 + margin))


def _cut(curve: Curve, first: float, last: float) -> Curve:
    """The same quadratic curve between two of its parameters."""
    a, b, c = (np.asarray(point) for point in curve)
    mixed = (1 - first) * (1 - last) * a + (first * (1 - last) + last * (1 - first)) * b + first * last * c
    return _on(curve, first), (float(mixed[0]), float(mixed[1])), _on(curve, last)


def _curve_cost(points: Points, others: list[Box], laid: list[tuple[Points, bool]]) -> float:
    """What a curve hides and meets: boxes above all, then curves it crosses, then curves it runs along."""
    cost = 25.0 * sum(int(_inside(points, box, 9).sum()) for box in others)
    for other, shared in laid:
        inner = points[8:-8:2] if shared else points[::2]
        apart = np.abs(inner[:, None, :] - other[None, ::2, :]).sum(axis=2).min(axis=1)
        cost += 22 * _crossings(points[::6], other[::6]) + 2 * int((apart < 15).sum())
    return cost


def _crossings(first: Points, second: Points) -> int:
    """How often two curves cross, each taken as straight pieces."""
    p, q = first[:-1, None], first[1:, None]
    r, s = second[None, :-1], second[None, 1:]

    def side(a: Points, b: Points, c: Points) -> Points:
        across = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
        return np.asarray(across - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0]))

    meet = (side(p, q, r) * side(p, q, s) < 0) & (side(r, s, p) * side(r, s, q) < 0)
    return int(meet.sum())


def _routes(
    curves: _Curves, boxes: dict[str, Box], labels: dict[tuple[str, str], str]
) -> tuple[tuple[Route, ...], list[Box]]:
    """Routes with labels and delay marks in free spots, and the spots these take."""
    taken = list(boxes.values())
    routes = []
    for key, (curve, _, link) in curves.items():
        others = np.concatenate([np.empty((0, 2)), *(points for k, (_, points, _) in curves.items() if k != key)])
        label = _best(_LABEL_AT, curve, taken, others, (len(labels[key]) * SMALL_LETTER + 5, 14.0))
        taken.append(label)
        tick = (0.0, 0.0, 0.0)
        if link.lag_periods:
            mark = _best(_TICK_AT, curve, taken, others, (10.0, 10.0))
            taken.append(mark)
            tick = (mark.x, mark.y, _direction(curve, (mark.x, mark.y)))
        routes.append(Route(link, curve, label, tick))
    return tuple(routes), taken


def _best(along: tuple[float, ...], curve: Curve, taken: list[Box], others: Points, size: tuple[float, float]) -> Box:
    """The rectangle of that size on a curve, of those at the given parameters, that hides least."""

    def hidden(spot: Box) -> float:
        return 40 * sum(spot.meets(box, 2) for box in taken) + float(_inside(others, spot, 1).sum())

    spots = [Box(*_on(curve, t), *size) for t in along]
    costs = [hidden(spot) + i * 0.2 for i, spot in enumerate(spots)]
    return spots[costs.index(min(costs))]


def _direction(curve: Curve, spot: Point) -> float:
    """Where the curve is heading at a spot on it, in degrees."""
    points = _along(curve, np.linspace(0, 1, 101))
    near = int(np.argmin(np.abs(points - np.asarray(spot)).sum(axis=1)))
    before, after = points[max(0, near - 2)], points[min(100, near + 2)]
    return degrees(atan2(after[1] - before[1], after[0] - before[0]))


def _badges(loops: Sequence[Loop], boxes: dict[str, Box], taken: list[Box], lines: Points) -> dict[str, Point]:
    """A free spot for each loop's badge, as near to the middle of its drivers as there is one."""
    filled = list(taken)
    found: dict[str, Point] = {}
    steps = 12.0 * np.arange(-14, 15)
    for loop in loops:
        around = np.array([(boxes[name].x, boxes[name].y) for name in loop.drivers])
        away = np.stack([part.ravel() for part in np.meshgrid(steps, steps, indexing="ij")], axis=1)
        spots = around.mean(axis=0) + away
        cost = np.hypot(away[:, 0], away[:, 1]) + 1000.0 * (spots < BADGE).any(axis=1)
        for box in filled:
            cost += 200.0 * _inside(spots, box, BADGE + 3)
        for x, y in lines[::2]:
            cost += 60.0 * (np.abs(spots[:, 0] - x) + np.abs(spots[:, 1] - y) < BADGE + 7)
        x, y = spots[int(np.argmin(cost))]
        found[loop.name] = float(x), float(y)
        filled.append(Box(float(x), float(y), 2 * BADGE, 2 * BADGE))
    return found

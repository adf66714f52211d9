"""Loops that Matter: which loop of a simulated stock-and-flow model makes it move, moment by moment.

After Schoenberg, Davidsen and Eberlein (2020, System Dynamics Review 36), with the link from flow to stock as
corrected by Schoenberg, Hayward and Eberlein (2023, same journal 39), which does not depend on how flows are split.

Good for telling the story of a simulated run. It says nothing at rest, where nothing moves; for the momentum of a
calibrated wheel use the modal score of `loops`, to which every score here tends when one mode has taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadWheel

if TYPE_CHECKING:
    import networkx as nx

Array = NDArray[np.float64]
Pair = tuple[str, str]

MOST_STEPS = 200_000
DOMINANT = 0.5
"""A set of loops is dominant when it makes at least this share of the movement (the method's own definition)."""


@dataclass(frozen=True)
class Variable:
    """A flow or an auxiliary: `rule` gives its value from the values of `inputs`, in their order."""

    name: str
    inputs: tuple[str, ...]
    rule: Callable[..., float]


@dataclass(frozen=True)
class Stock:
    """What accumulates: its value at time 0, the flows that fill it and those that drain it."""

    name: str
    start: float
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A stock-and-flow model. Constants are variables without inputs, or live inside the rules."""

    stocks: tuple[Stock, ...]
    variables: tuple[Variable, ...]

    @cached_property
    def graph(self) -> nx.DiGraph:
        """Who acts on whom, stocks and variables alike."""
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from([s.name for s in self.stocks] + [v.name for v in self.variables])
        graph.add_edges_from((flow, s.name) for s in self.stocks for flow in (*s.inflows, *s.outflows))
        graph.add_edges_from((name, v.name) for v in self.variables for name in v.inputs)
        return graph

    @cached_property
    def order(self) -> tuple[Variable, ...]:
        """The variables, each after those it needs; BadWheel if they need each other, or a name nobody has."""
        import networkx as nx

        by_name = {v.name: v for v in self.variables}
        known = by_name.keys() | {s.name for s in self.stocks}
        for name in self.graph:
            if name not in known:
                raise BadWheel(f"The model has no {name!r}.", "Name a stock or a variable.")
        now = self.graph.subgraph(by_name)
        try:
            return tuple(by_name[name] for name in nx.topological_sort(now))
        except nx.NetworkXUnfeasible:
            ring = " -> ".join([a for a, _ in nx.find_cycle(now)])
            raise BadWheel(f"These need each other at the same moment: {ring}.", "Put a stock between them.") from None


@dataclass(frozen=True)
class LoopScore:
    """One loop over time: its score, and its share of all loops' absolute scores in its partition (−1…1).

    The first value is 0: a score speaks of the step that ends at its time.
    """

    names: tuple[str, ...]
    partition: int
    score: Array
    relative: Array


@dataclass(frozen=True)
class Scores:
    """A run with the scores of its links and loops; every array has one value per time."""

    times: Array
    values: Mapping[str, Array]
    links: Mapping[Pair, Array]
    loops: tuple[LoopScore, ...]

    def dominant(self, at: int, partition: int = 0) -> tuple[LoopScore, ...]:
        """The fewest loops that make at least half the movement at that step, strongest first; none at rest."""
        rows = [loop for loop in self.loops if loop.partition == partition and loop.relative[at]]
        rows.sort(key=lambda loop: -abs(loop.relative[at]))
        share, found = 0.0, []
        for loop in rows:
            if share >= DOMINANT:
                break
            share += abs(loop.relative[at])
            found.append(loop)
        return tuple(found)


def simulate(model: Model, step: float, until: float) -> tuple[Array, dict[str, Array]]:
    """Times 0, step, … until, and the value of every stock and variable at each, by Euler's rule."""
    steps = round(until / step)
    if not 1 <= steps <= MOST_STEPS:
        raise BadWheel(f"A run of {until:g} in steps of {step:g} cannot be made.", f"1 to {MOST_STEPS:,} steps.")
    order = model.order
    values: dict[str, Array] = {name: np.empty(steps + 1) for name in model.graph}
    now = {stock.name: float(stock.start) for stock in model.stocks}
    for t in range(steps + 1):
        for variable in order:
            now[variable.name] = float(variable.rule(*(now[name] for name in variable.inputs)))
        for name, value in now.items():
            values[name][t] = value
        for stock in model.stocks:
            net = sum(now[f] for f in stock.inflows) - sum(now[f] for f in stock.outflows)
            values[stock.name][t] = now[stock.name]
            now[stock.name] += step * net
    return np.arange(steps + 1, dtype=float) * step, values


def scores(model: Model, step: float, until: float) -> Scores:
    """Simulate, and score every link and loop; the score of the step from t − step to t stands at t."""
    times, values = simulate(model, step, until)
    links = _link_scores(model, values)
    return Scores(times, values, links, _loop_scores(model, links))


def partial_score(
    rule: Callable[..., float], before: Mapping[str, float], after: Mapping[str, float], name: str
) -> float:
    """Link score of input `name` on what `rule` gives, for one step: how much of the change it made, with its sign.

    `before` and `after` hold every input, in the order of the rule.
    """
    was, became = rule(*before.values()), rule(*after.values())
    alone = rule(*(after[k] if k == name else v for k, v in before.items())) - was
    return float(_score(np.array([alone]), np.array([became - was]), np.array([after[name] - before[name]]))[0])


def flow_scores(inflows: Mapping[str, Array], outflows: Mapping[str, Array]) -> dict[str, Array]:
    """Link scores of a stock's flows: the change of each over the change of the net flow; 0 at the first time."""
    net = sum(inflows.values(), np.zeros(1)) - sum(outflows.values(), np.zeros(1))
    change = _change(net)
    found = {name: _ratio(np.abs(_change(flow)), np.abs(change)) for name, flow in inflows.items()}
    return found | {name: -_ratio(np.abs(_change(flow)), np.abs(change)) for name, flow in outflows.items()}


def _link_scores(model: Model, values: Mapping[str, Array]) -> dict[Pair, Array]:
    found: dict[Pair, Array] = {}
    for stock in model.stocks:
        told = flow_scores({f: values[f] for f in stock.inflows}, {f: values[f] for f in stock.outflows})
        found |= {(flow, stock.name): score for flow, score in told.items()}
    for variable in model.variables:
        for name in variable.inputs:
            found[name, variable.name] = _input_score(variable, name, values)
    return found


def _input_score(variable: Variable, name: str, values: Mapping[str, Array]) -> Array:
    """The score of one input over time: its partial change over the whole change, with the sign of its effect."""
    was = values[variable.name]
    rows = [values[k][1:] if k == name else values[k][:-1] for k in variable.inputs]
    alone = np.array([variable.rule(*row) for row in zip(*rows, strict=True)], dtype=float) - was[:-1]
    score = np.zeros_like(was)
    score[1:] = _score(alone, np.diff(was), np.diff(values[name]))
    return score


def _score(alone: Array, whole: Array, source: Array) -> Array:
    """|partial change ÷ change| with the sign of partial change ÷ change of the source; 0 where either rests."""
    sign = np.sign(alone) * np.sign(source)
    return np.where(source != 0, _ratio(np.abs(alone), np.abs(whole)) * sign, 0.0)


def _loop_scores(model: Model, links: Mapping[Pair, Array]) -> tuple[LoopScore, ...]:
    import networkx as nx

    parts = [part for part in nx.strongly_connected_components(model.graph) if len(part) > 1]
    parts.sort(key=min)
    rows: list[tuple[tuple[str, ...], int, Array]] = []
    for ring in nx.simple_cycles(model.graph):
        start = ring.index(min(ring))
        names = (*ring[start:], *ring[:start])
        score = np.prod([links[pair] for pair in pairwise((*names, names[0]))], axis=0)
        rows.append((names, next(i for i, part in enumerate(parts) if names[0] in part), score))
    rows.sort(key=lambda row: (row[1], len(row[0]), row[0]))
    whole: dict[int, Array] = {}
    for _, partition, score in rows:
        whole[partition] = whole.get(partition, np.zeros_like(score)) + np.abs(score)
    return tuple(LoopScore(n, p, score, _ratio(score, whole[p])) for n, p, score in rows)


def _change(series: Array) -> Array:
    """Change since the time before; 0 at the first."""
    return np.diff(series, prepend=series[:1])


def _ratio(part: Array, whole: Array) -> Array:
    """What `part` is of `whole`, 0 where the whole is 0."""
    found = np.zeros(np.broadcast_shapes(part.shape, whole.shape))
    np.divide(part, whole, out=found, where=whole != 0)
    return found

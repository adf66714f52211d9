"""The loops of a wheel: what each gives back per turn, how long a turn takes, and which carry the momentum."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from ..core.errors import BadWheel
from .algebra import momentum
from .wheel import Link, Wheel

MOST_LOOPS = 5000
"""A wheel with more loops than this cannot be read loop by loop; the templates have 3 to 26."""


@dataclass(frozen=True)
class Loop:
    """A closed chain of links, named R1, R2, … (reinforcing) or B1, … (balancing) from the strongest down.

    `gain` is what one unit at any of its drivers brings back once a turn's effects are all in (a product of
    elasticities, each over 1 − own persistence); `delay_periods` is the mean time of a turn. `modal_score` is the
    gain as the dominant mode of its knot of loops meets it: it counts delays, sums to 1 over loops that all touch where
    that mode does not swing, and is 0 where the mode is one driver's own persistence and no loop. `share` is its part
    of all loops' absolute scores. `unmeasured` names its drivers that no data give: what is said of it is literature.
    """

    name: str
    links: tuple[Link, ...]
    gain: float
    delay_periods: float
    modal_score: float
    share: float
    unmeasured: tuple[str, ...]

    @property
    def drivers(self) -> tuple[str, ...]:
        """Its drivers in the order they act."""
        return tuple(link.source for link in self.links)

    @property
    def reinforcing(self) -> bool:
        """Whether a push comes back as a push (an even number of links that turn it round)."""
        return is_reinforcing(self.links)

    @property
    def words(self) -> str:
        """`traffic -> sales -> rank -> traffic`."""
        return " -> ".join((*self.drivers, self.drivers[0]))


def is_reinforcing(links: tuple[Link, ...]) -> bool:
    """Whether a closed chain of links gives a push back with its own sign."""
    return sum(link.sign < 0 for link in links) % 2 == 0


def find_loops(wheel: Wheel, values: dict[tuple[str, str], float] | None = None) -> tuple[Loop, ...]:
    """Every loop of the wheel, the largest gain first; `values` replaces prior means as in `Wheel.coefficients`.

    Own persistence is no loop here: it is inside the gain. BadWheel if there are more than `MOST_LOOPS`.
    """
    told = wheel.values() | (values or {})
    roots = _roots(wheel, values)
    rows = []
    for links in _chains(wheel):
        gain, delay, score, root = 1.0, 0.0, 1.0, roots[links[0].source]
        for link in links:
            own = told.get((link.target, link.target), 0.0)
            gain *= told[link.key] / (1 - own)
            delay += link.lag_periods + own / (1 - own)
            score *= told[link.key] * root**-link.lag_periods / (1 - own / root) if root > own else 0.0
        rows.append((links, gain, delay, score))
    whole = sum(abs(row[3]) for row in rows) or 1.0
    rows.sort(key=lambda row: (-abs(row[1]), [link.words for link in row[0]]))
    found, seen = [], {"R": 0, "B": 0}
    for links, gain, delay, score in rows:
        letter = "R" if is_reinforcing(links) else "B"
        seen[letter] += 1
        blind = tuple(link.source for link in links if wheel.node(link.source).measure is None)
        found.append(Loop(f"{letter}{seen[letter]}", links, gain, delay, score, abs(score) / whole, blind))
    return tuple(found)


def cut_loop(wheel: Wheel, loop: Loop) -> Wheel:
    """The wheel with that loop broken at the link the fewest other loops need: the test of what a loop does.

    What else runs over that link breaks too. Among links of equal use the first of the loop goes.
    """
    uses = {link.key: 0 for link in loop.links}
    for links in _chains(wheel):
        for link in links:
            if link.key in uses:
                uses[link.key] += 1
    return wheel.without(min(uses, key=lambda key: uses[key]))


def rests_on(loop: Loop, measured: Collection[tuple[str, str]] = ()) -> str:
    """`your data`, `half and half`, `literature`, `partly assumed` or `assumed`: what its uncertain links rest on;
    `accounting` where it has none.

    `measured` are links, by (source, target), that the business's own data taught.
    """
    learned = [link for link in loop.links if not link.fixed]
    taught = [link.key in measured for link in learned]
    if not learned:
        return "accounting"
    if all(taught):
        return "your data"
    if any(taught):
        return "half and half"
    guessed = [link.assumed for link in learned]
    return "assumed" if all(guessed) else ("partly assumed" if any(guessed) else "literature")


def unmeasured_share(loops: tuple[Loop, ...]) -> float:
    """Share of the loops' absolute modal scores that runs through drivers no data give, 0…1."""
    return sum(loop.share for loop in loops if loop.unmeasured)


def all_touch(loops: tuple[Loop, ...]) -> bool:
    """Whether every two loops share a driver; then their modal scores sum to exactly 1 (Mason's rule)."""
    sets = [set(loop.drivers) for loop in loops]
    return all(a & b for i, a in enumerate(sets) for b in sets[i + 1 :])


def _roots(wheel: Wheel, values: dict[tuple[str, str], float] | None) -> dict[str, float]:
    """The dominant root of each driver's own knot of loops: a slow driver outside it must not set its pace."""
    import networkx as nx

    graph = nx.DiGraph([link.key for link in wheel.links])
    matrices, at = wheel.coefficients(values), wheel.index
    found: dict[str, float] = {}
    for knot in nx.strongly_connected_components(graph):
        places = sorted(at[name] for name in knot)
        inner = {k: b[places][:, places] for k, b in matrices.items()}
        found |= dict.fromkeys(knot, momentum(inner).root)
    return found


def _chains(wheel: Wheel) -> list[tuple[Link, ...]]:
    """Every closed chain of links, each begun at the driver nearest to the target in the wheel's own order."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_edges_from(link.key for link in wheel.links)
    by_key = {link.key: link for link in wheel.links}
    at = wheel.index
    chains = []
    for ring in nx.simple_cycles(graph):
        start = ring.index(wheel.target) if wheel.target in ring else ring.index(min(ring, key=at.__getitem__))
        turned = [*ring[start:], *ring[: start + 1]]
        chains.append(tuple(by_key[pair] for pair in pairwise(turned)))
        if len(chains) > MOST_LOOPS:
            raise BadWheel(
                f"The {wheel.name} wheel has more than {MOST_LOOPS} loops.", "Take out links nobody can tell apart."
            )
    return sorted(chains, key=lambda links: [at[link.source] for link in links])

"""The growth wheel as a model: drivers, signed links with delays, and what makes such a model unusable.

Every driver is followed as the logarithm of its weekly (or monthly) value, less its mean, so that the coefficient of
a link is an elasticity: 0.12 says that 10 % more of the source brings about 1.2 % more of the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..core.errors import BadWheel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = Mapping[tuple[str, str], float | NDArray[np.float64]]
    Matrices = dict[int, NDArray[np.float64]]

Kind = Literal["identity", "stock", "estimated", "policy"]
KINDS: tuple[str, ...] = get_args(Kind)
Period = Literal["week", "month"]
PERIODS: tuple[str, ...] = get_args(Period)
FIXED_KINDS: tuple[str, ...] = ("identity", "stock")
"""Kinds of link that are accounting or measured from the account, and never estimated."""


@dataclass(frozen=True)
class Node:
    """One driver.

    `own_mean`, `own_sd` are the prior of its own persistence: the share of this period's deviation that is still
    there a period later; with `own_fixed` it is known (a stock) and never estimated. `measure` says in words what
    data give it, else `unmeasured` says why none do. A `lever` is what a person can push. A `demand` driver takes
    season, trend and events when the wheel is calibrated; no other does. `log` False means the driver enters as its
    level (stars, say), and its links are semi-elasticities. `part` names the optional part that brought it. `at` is
    where a drawing puts it, (column, row) on a grid whose origin is at the upper left.
    """

    name: str
    label: str
    own_mean: float = 0.0
    own_sd: float = 0.0
    own_fixed: bool = False
    measure: str | None = None
    unmeasured: str = ""
    lever: bool = False
    demand: bool = False
    log: bool = True
    part: str = ""
    at: tuple[float, float] | None = None

    @property
    def persists(self) -> bool:
        """Whether its own past is part of its equation."""
        return self.own_mean != 0 or self.own_sd != 0


@dataclass(frozen=True)
class Link:
    """The effect of one driver on another, `lag_periods` of the wheel's periods later.

    `mean` and `sd` are the prior of the elasticity, truncated to `sign` (+1 or −1; 0 takes the sign of the mean).
    `tau` is the standard deviation of the confounding allowed in what data show about it; 0 for mechanical links.
    `kind`: *identity* is accounting and *stock* a known inflow share, both fixed; *estimated* is learned; *policy* is
    what the business does in response (sales feed the ad budget). `origin` says where the prior comes from, `seed`
    which founding text asks for the link.
    """

    source: str
    target: str
    kind: Kind = "estimated"
    mean: float = 0.0
    sd: float = 0.0
    lag_periods: int = 0
    sign: int = 0
    tau: float = 0.0
    origin: str = ""
    seed: str = ""
    part: str = ""

    def __post_init__(self) -> None:
        if self.sign == 0:
            object.__setattr__(self, "sign", (self.mean > 0) - (self.mean < 0))

    @property
    def key(self) -> tuple[str, str]:
        """(source, target): what identifies a link within its wheel."""
        return self.source, self.target

    @property
    def fixed(self) -> bool:
        """Whether it is accounting or measured, and so never estimated."""
        return self.kind in FIXED_KINDS

    @property
    def assumed(self) -> bool:
        """Whether no study gives its size."""
        return self.origin.startswith("assumed") and not self.fixed

    @property
    def words(self) -> str:
        """`source -> target`, as templates write it."""
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True)
class Part:
    """A part of a template that is off until somebody measures its drivers: `Wheel.with_part` puts it on.

    `replaces` lists links, by (source, target), that the part says in more detail, and that go when it comes.
    """

    name: str
    about: str
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Claim:
    """One sentence a founding text makes about the wheel, the links that stand for it, and the measure data give.

    `series` is `interconnection` or `step`. `unmeasured` says why there is no measure here, where there is none.
    """

    series: str
    number: int
    words: str
    links: tuple[tuple[str, str], ...] = ()
    measure: str | None = None
    unmeasured: str = ""


@dataclass(frozen=True)
class Wheel:
    """Drivers and links of one business, the driver it is about (`target`), and the optional parts not yet used."""

    name: str
    period: Period
    target: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    about: str = ""
    parts: tuple[Part, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The drivers' names, in the order of every matrix."""
        return tuple(node.name for node in self.nodes)

    @property
    def index(self) -> dict[str, int]:
        """Position of each driver in every matrix."""
        return {node.name: i for i, node in enumerate(self.nodes)}

    @property
    def levers(self) -> tuple[Node, ...]:
        """The drivers a person can push."""
        return tuple(node for node in self.nodes if node.lever)

    def node(self, name: str) -> Node:
        """The driver of that name; BadWheel with the nearest name if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise BadWheel(f"The {self.name} wheel has no driver {name!r}{nearest(name, self.names)}.", self._drivers())

    def link(self, source: str, target: str) -> Link:
        """The link from `source` to `target`; BadWheel if there is none."""
        for link in self.links:
            if link.key == (source, target):
                return link
        self.node(source)
        self.node(target)
        into = ", ".join(other.source for other in self.links_into(target)) or "nothing"
        raise BadWheel(f"The {self.name} wheel has no link {source} -> {target}.", f"Into {target} leads: {into}.")

    def links_into(self, name: str) -> tuple[Link, ...]:
        """The links that end at a driver."""
        return tuple(link for link in self.links if link.target == name)

    def links_from(self, name: str) -> tuple[Link, ...]:
        """The links that start at a driver."""
        return tuple(link for link in self.links if link.source == name)

    def add_link(self, link: Link) -> Wheel:
        """A wheel with one more link; BadWheel if it does not fit."""
        return replace(self, links=(*self.links, link)).validate()

    def change_link(self, source: str, target: str, **changes: Any) -> Wheel:
        """A wheel in which fields of one link are other; not checked, so that a cut may set its mean to 0."""
        old = self.link(source, target)
        links = tuple(replace(old, **changes) if link is old else link for link in self.links)
        return replace(self, links=links)

    def without(self, *keys: tuple[str, str]) -> Wheel:
        """A wheel without these links, given as (source, target); its drivers stay."""
        gone = {self.link(*key).key for key in keys}
        return replace(self, links=tuple(link for link in self.links if link.key not in gone))

    def with_part(self, name: str) -> Wheel:
        """A wheel with an optional part put on; BadWheel with the nearest name if there is no such part."""
        for part in self.parts:
            if part.name == name:
                break
        else:
            known = [part.name for part in self.parts]
            more = f"Its optional parts are: {', '.join(known)}." if known else "It has no optional parts."
            raise BadWheel(f"The {self.name} wheel has no optional part {name!r}{nearest(name, known)}.", more)
        return replace(
            self.without(*part.replaces),
            nodes=(*self.nodes, *part.nodes),
            links=tuple(k for k in self.links if k.key not in part.replaces) + part.links,
            parts=tuple(p for p in self.parts if p is not part),
        ).validate()

    def values(self) -> dict[tuple[str, str], float]:
        """Prior mean of every link by (source, target), and of every own persistence by (name, name)."""
        own = {(node.name, node.name): node.own_mean for node in self.nodes if node.persists}
        return own | {link.key: link.mean for link in self.links}

    def coefficients(self, values: Values | None = None) -> Matrices:
        """Matrices by lag: row i, column j of `[k]` is the effect of driver j on driver i after k periods.

        `values` replaces prior means, by (source, target), and persistences, by (name, name); arrays of one shape
        (draws, say) give matrices with that shape in front: (draws, n, n). Lags 0 and 1 are always there; own
        persistence stands on the diagonal of lag 1.
        """
        import numpy as np

        told: dict[tuple[str, str], Any] = dict(self.values())
        for key in values or {}:
            if key not in told:
                raise BadWheel(
                    f"The {self.name} wheel has no link {key[0]} -> {key[1]}.", "Only its links have values."
                )
        told |= values or {}
        at, size = self.index, len(self.nodes)
        front = np.broadcast_shapes(*(np.shape(value) for value in told.values()))
        lags = {0, 1} | {link.lag_periods for link in self.links}
        matrices = {lag: np.zeros((*front, size, size)) for lag in sorted(lags)}
        for link in self.links:
            matrices[link.lag_periods][..., at[link.target], at[link.source]] += told[link.key]
        for node in self.nodes:
            matrices[1][..., at[node.name], at[node.name]] += told.get((node.name, node.name), 0.0)
        return matrices

    def validate(self) -> Wheel:
        """This wheel, if it can be computed with; else BadWheel naming the first thing wrong and what to do."""
        self._check_names()
        for node in self.nodes:
            _check_node(node)
        for link in self.links:
            self._check_link(link)
        self._check_twice()
        self._check_orphans()
        self._check_same_time()
        return self

    def _check_names(self) -> None:
        if self.period not in PERIODS:
            raise BadWheel(f"A wheel cannot turn by the {self.period!r}.", 'Write period = "week" or "month".')
        for name, times in Counter(self.names).items():
            if times > 1:
                raise BadWheel(f"The driver {name} is there {times} times.", "Keep one of them.")
        self.node(self.target)

    def _check_link(self, link: Link) -> None:
        for name in link.key:
            if name not in self.index:
                raise BadWheel(
                    f"The link {link.words} names a driver {name!r} that is not there{nearest(name, self.names)}.",
                    self._drivers(),
                )
        _check_link(link)

    def _check_twice(self) -> None:
        for key, times in Counter(link.key for link in self.links).items():
            if times > 1:
                raise BadWheel(
                    f"The link {key[0]} -> {key[1]} is there {times} times.",
                    "Keep one; a link that acts over several periods gets its tail from its target's own persistence.",
                )

    def _check_orphans(self) -> None:
        joined = {name for link in self.links for name in link.key}
        for name in self.names:
            if name not in joined:
                raise BadWheel(f"Nothing leads to or from the driver {name}.", "Link it, or take it out.")

    def _check_same_time(self) -> None:
        ring = _same_time_ring(self.links)
        if ring:
            raise BadWheel(
                f"These links work within the same {self.period} and run in a circle: {' -> '.join(ring)}.",
                f"Give one of them a lag of at least 1 {self.period}: cause comes before effect.",
            )

    def _drivers(self) -> str:
        return f"Its drivers are: {', '.join(self.names)}."


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'traffic'?)` where a known name is near, else nothing."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _check_node(node: Node) -> None:
    if not 0 <= node.own_mean < 1 or node.own_sd < 0:
        raise BadWheel(
            f"{node.name} cannot keep {node.own_mean:g} (sd {node.own_sd:g}) of its own past.",
            "Its own persistence is a share from 0 to below 1.",
        )
    if node.own_fixed and node.own_sd:
        raise BadWheel(f"The persistence of {node.name} is fixed and yet uncertain.", "Take its sd out.")
    if bool(node.measure) == bool(node.unmeasured):
        raise BadWheel(
            f"The driver {node.name} needs either what measures it or why nothing does.",
            'Write measure = "…" or unmeasured = "…".',
        )


def _check_link(link: Link) -> None:
    """Whether one link can be computed with, whatever stands around it."""
    say = f"The link {link.words}"
    if link.kind not in KINDS:
        raise BadWheel(f"{say} has the kind {link.kind!r}{nearest(link.kind, KINDS)}.", f"One of: {', '.join(KINDS)}.")
    if link.source == link.target:
        raise BadWheel(f"{say} leads back to itself.", f"Write it as own persistence of {link.source}.")
    if link.lag_periods < 0 or link.lag_periods != int(link.lag_periods):
        raise BadWheel(f"{say} has a lag of {link.lag_periods:g}.", "A lag is a whole number of periods, 0 or more.")
    if link.sign not in (-1, 1):
        raise BadWheel(f"{say} has no sign.", "Give it a mean other than 0, or a sign.")
    if link.mean * link.sign < 0:
        raise BadWheel(
            f"{say} has the sign {link.sign:+d} and the mean {link.mean:+g}.", "Change the one that is wrong."
        )
    if link.sd < 0 or link.tau < 0:
        raise BadWheel(f"{say} has a negative spread.", "sd and tau are 0 or more.")
    if link.fixed and link.sd:
        raise BadWheel(f"{say} is fixed ({link.kind}) and yet uncertain.", "Take its sd out, or call it estimated.")
    if not link.fixed and link.sd == 0:
        raise BadWheel(f"{say} is to be learned and has no spread.", "Give it an sd, or call it identity.")
    if link.kind == "policy" and link.lag_periods == 0 and link.tau < link.sd:
        raise BadWheel(
            f"{say} is a rule that answers within the same period: which moved first cannot be told.",
            "Give it a lag of 1 or more, or a tau at least as large as its sd.",
        )


def _same_time_ring(links: Iterable[Link]) -> list[str]:
    """Drivers of one circle of links without delay, first name repeated at the end; empty if there is none."""
    after: dict[str, list[str]] = {}
    for link in links:
        if link.lag_periods == 0:
            after.setdefault(link.source, []).append(link.target)
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        done.add(name)
        for following in after.get(name, []):
            if ring := follow(following, [*path, name]):
                return ring
        return []

    for start in list(after):
        if ring := follow(start, []):
            return ring
    return []

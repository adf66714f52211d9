"""Industry risk scores from a person's own file: tags on drivers and stress scenarios. They never become numbers of
the wheel: a score says where to look, not how strong a link is.

Scores are those of a published scorecard of 11 pillars with attributes such as MD04, each 0 (no risk) to 5. Which
driver an attribute speaks of is our reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from .files import Field, number, read_table, word
from .fit import Fit
from .leverage import Path, Push
from .wheel import Wheel

HIGH = 4.0
"""From this score on a scenario is run."""
STRESS_WEEKS = 26


@dataclass(frozen=True)
class Stress:
    """What is done to a driver in a stress scenario, for so many weeks: assumed, and the same for everybody."""

    driver: str
    change: float
    weeks: int
    words: str


OF_ATTRIBUTE: Mapping[str, Stress] = {
    "MD03": Stress("price", 0.05, 8, "prices must rise by 5 % for 8 weeks"),
    "FR01": Stress("price", 0.05, 8, "prices must rise by 5 % for 8 weeks"),
    "MD04": Stress("availability", -0.20, 4, "a fifth of buyable hours is lost for 4 weeks"),
    "FR05": Stress("delivery", 0.50, 6, "deliveries take half as long again for 6 weeks"),
    "MD08": Stress("ads", -0.30, 8, "the ad budget buys 30 % less for 8 weeks"),
}


@dataclass(frozen=True)
class Tag:
    """One scored attribute: which driver it speaks of (empty: none here), and the scenario it asks for, if high."""

    attribute: str
    score: float
    name: str
    driver: str
    scenario: str


def _score(cell: str) -> float:
    value = number(cell)
    if not 0 <= value <= 5:
        raise ValueError("is no score from 0 to 5")
    return value


FIELDS = (
    Field("attribute", "the attribute's code, such as MD04", word, required=True),
    Field("score", "0 (no risk) to 5", _score, required=True),
    Field("name", "what the attribute is called", word),
)


def read_pillars(path: FilePath, wheel: Wheel) -> tuple[Tag, ...]:
    """The tags a file of scores gives a wheel, highest score first. Raises RefusedFile naming line and column."""
    columns = read_table(path, FIELDS, "attribute")
    names: Sequence[str | None] = columns.get("name") or [None] * len(columns["score"])
    tags = []
    for code, score, name in zip(columns["attribute"], columns["score"], names, strict=True):
        stress = OF_ATTRIBUTE.get(code.upper())
        known = stress is not None and stress.driver in wheel.names
        words = stress.words if stress is not None and known and score >= HIGH else ""
        tags.append(Tag(code.upper(), score, name or "", stress.driver if stress and known else "", words))
    return tuple(sorted(tags, key=lambda t: (-t.score, t.attribute)))


def stress(fit: Fit, tags: Sequence[Tag]) -> list[tuple[Stress, Path]]:
    """The scenarios high scores ask for, each once, over half a year."""
    asked = {OF_ATTRIBUTE[t.attribute].driver: OF_ATTRIBUTE[t.attribute] for t in tags if t.scenario}
    return [
        (s, fit.simulate(Push(s.driver, s.change, name=s.words), STRESS_WEEKS, stop=s.weeks)) for s in asked.values()
    ]

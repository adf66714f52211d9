"""The other small files a person gives the growth wheel: what pushes cost, and finished lift tests."""

from __future__ import annotations

import re
from pathlib import Path

from ..core.errors import RefusedFile, WrongUse
from .files import Field, above_0, number, read_table, word
from .fit import LiftTest
from .leverage import Push
from .wheel import Wheel, nearest


def change(cell: str) -> float:
    """`+10%`, `-5%` or `0.1`: a share of what the driver is now."""
    found = re.fullmatch(r"([+−-]?\d+(?:\.\d+)?)\s*(%?)", cell.strip())
    if found is None:
        raise ValueError("is no change; write it like +10% or -5%")
    value = float(found[1].replace("−", "-")) / (100 if found[2] else 1)
    if value == 0 or value <= -1 or value > 10:
        raise ValueError("is no change one can make; write it like +10% or -5%")
    return value


COST_FIELDS = (
    Field("driver", "a lever of the wheel", word, required=True),
    Field("change", "how far it is pushed, such as +10%", change, required=True),
    Field("cost", "what the push costs over 26 weeks, all rows in one currency", above_0, required=True),
    Field("name", "what to call the push", word),
)
LIFT_FIELDS = (
    Field("source", "the driver the test moved", word, required=True),
    Field("target", "the driver it was measured on", word, required=True),
    Field("effect", "the elasticity found: 0.08 says that 10 % more of the source brought 0.8 % more", number, True),
    Field("se", "its standard error", above_0, required=True),
)


def read_costs(path: Path, wheel: Wheel) -> list[Push]:
    """The pushes of a CSV with `COST_FIELDS`; RefusedFile for a driver the wheel does not have."""
    columns = read_table(path, COST_FIELDS, "push")
    names = columns.get("name") or [None] * len(columns["driver"])
    rows = zip(columns["driver"], columns["change"], columns["cost"], names, strict=True)
    for driver in columns["driver"]:
        _known(path, driver, wheel)
    return [Push(driver, change, cost, name or "") for driver, change, cost, name in rows]


def read_lift_tests(path: Path, wheel: Wheel) -> list[LiftTest]:
    """The finished tests of a CSV with `LIFT_FIELDS`; RefusedFile for a link the wheel does not have."""
    columns = read_table(path, LIFT_FIELDS, "test")
    found = []
    for source, target, effect, se in zip(*(columns[f.name] for f in LIFT_FIELDS), strict=True):
        _known(path, source, wheel)
        _known(path, target, wheel)
        if (source, target) not in {link.key for link in wheel.links}:
            into = ", ".join(link.source for link in wheel.links_into(target)) or "nothing"
            raise RefusedFile(f"{path.name}: there is no link {source} -> {target}.", f"Into {target} leads: {into}.")
        found.append(LiftTest(source, target, effect, se))
    return found


def _known(path: Path, driver: str, wheel: Wheel) -> None:
    if driver not in wheel.names:
        raise RefusedFile(
            f"{path.name}: the {wheel.name} wheel has no driver {driver!r}{nearest(driver, wheel.names)}.",
            f"Its drivers are {', '.join(wheel.names)}.",
        )


def usual_pushes(wheel: Wheel) -> list[Push]:
    """A tenth more of every lever in the direction that helps, all at the same cost: where nobody said what costs."""
    from .algebra import leverage

    matrices, at = wheel.coefficients(), wheel.index
    effects = {n.name: float(leverage(matrices, at[wheel.target], at[n.name])) for n in wheel.levers}
    return [Push(name, 0.1 if effect > 0 else -0.1) for name, effect in effects.items() if effect]


def typed_push(driver: str, cell: str, wheel: Wheel) -> Push:
    """`ads +10%` as a push; WrongUse where it cannot be meant."""
    wheel.node(driver)
    try:
        return Push(driver, change(cell))
    except ValueError as wrong:
        raise WrongUse(f"{cell!r} {wrong}.", "opswheel growth push ads +10%") from None

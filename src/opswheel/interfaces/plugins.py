"""Rules and readers of other people, found by entry point and run only if `opswheel.toml` names them.

A plug-in is code you trust: it runs with the rights of whoever runs Opswheel. It gets Ibis tables and nothing else;
what it raises, or answers wrongly, is recorded with the run and stops nothing. Kinds and reports begin with the name
of the distribution they come from, so that no plug-in can take the place of a rule of ours or of another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.contracts import Contract
from ..core.detector import Detector, Facts, Lane, LossType
from ..core.errors import BadSettings
from ..core.reader import Reader
from ..core.threshold import Threshold

if TYPE_CHECKING:
    import ibis.expr.types as ir

DETECTORS_GROUP, READERS_GROUP = "opswheel.detectors", "opswheel.readers"


@dataclass(frozen=True)
class Plugged:
    """What the plug-ins named in the settings bring."""

    detectors: tuple[Detector, ...] = ()
    readers: tuple[Reader, ...] = ()


class _Broken:
    """Stands in for a rule that could not be loaded: looking with it fails, and the run records why."""

    kind: ClassVar[str]
    why: ClassVar[str]
    title: ClassVar[str] = "A plug-in that could not be loaded"
    version: ClassVar[str] = "0"
    precedence: ClassVar[int] = 0
    loss: ClassVar[LossType] = "none"
    lane: ClassVar[Lane] = "watch"
    reads: ClassVar[tuple[Contract, ...]] = ()
    thresholds: ClassVar[tuple[Threshold, ...]] = ()
    tunable: ClassVar[bool] = False

    def observe(self, _facts: Facts) -> ir.Table:
        """Raises what loading it raised."""
        raise RuntimeError(self.why)

    def sentence(self, _row: dict[str, Any]) -> str:
        """Never asked: it has no rows."""
        return self.title


def plugged(names: Sequence[str]) -> Plugged:
    """The rules and readers of the distributions named. Raises BadSettings for one that is not installed."""
    detectors: list[Detector] = []
    readers: list[Reader] = []
    for name in names:
        for point in _entry_points(name):
            if point.group == DETECTORS_GROUP:
                detectors.append(_rule(name, point))
            else:
                readers.append(_reader(name, point))
    return Plugged(tuple(detectors), tuple(readers))


def _entry_points(name: str) -> list[EntryPoint]:
    try:
        points = distribution(name).entry_points
    except PackageNotFoundError:
        raise BadSettings(
            f"opswheel.toml names the plug-in {name!r}, which is not installed.",
            f"pip install {name}, or take it out of [plugins] use.",
        ) from None
    found = [p for p in points if p.group in (DETECTORS_GROUP, READERS_GROUP)]
    if not found:
        raise BadSettings(
            f"{name!r} brings no rule and no reader.",
            f"A plug-in has entry points in the group {DETECTORS_GROUP} or {READERS_GROUP}.",
        )
    return sorted(found, key=lambda p: (p.group, p.name))


def _rule(name: str, point: EntryPoint) -> Detector:
    try:
        made: Detector = point.load()()
    except Exception as failed:  # other people's code: whatever it raises belongs in the run's record
        why = f"{type(failed).__name__} on loading: {failed}"
        broken: Detector = type("Broken", (_Broken,), {"kind": f"{name}.{point.name}", "why": why})()
        return broken
    _must_begin_with(name, str(getattr(made, "kind", "")), "kind")
    return made


def _reader(name: str, point: EntryPoint) -> Reader:
    try:
        made: Reader = point.load()()
    except Exception as failed:
        raise BadSettings(
            f"The reader {point.name!r} of the plug-in {name!r} cannot be loaded: {failed}.",
            f"Mend it, or take {name} out of [plugins] use.",
        ) from failed
    _must_begin_with(name, str(getattr(made, "report", "")), "report")
    return made


def _must_begin_with(name: str, said: str, what: str) -> None:
    if not said.startswith(f"{name}."):
        raise BadSettings(
            f"The plug-in {name!r} has the {what} {said!r}.",
            f"Its {what}s must begin with {name}. so that nothing of ours is taken for it.",
        )

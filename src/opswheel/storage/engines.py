"""The engines that can read the lake: data, so that one conformance suite holds them all to the same answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.engine import Engine
from ..core.errors import WrongUse


@dataclass(frozen=True)
class EngineKind:
    """One kind of engine: how it is asked for, and how it is opened on a lake."""

    name: str
    asked_as: tuple[str, ...]
    """What `--engine` begins with."""
    example: str
    words: str
    open: Callable[[str, Path], Engine]


def _duckdb(_said: str, lake: Path) -> Engine:
    from .duck import DuckEngine

    lake.mkdir(parents=True, exist_ok=True)
    return DuckEngine(lake)


def _spark(said: str, _lake: Path) -> Engine:
    from .spark import SparkEngine

    return SparkEngine(said)


ENGINES: tuple[EngineKind, ...] = (
    EngineKind("duckdb", ("duckdb",), "duckdb", "built in, on this machine; the reference", _duckdb),
    EngineKind("spark", ("spark://", "local", "yarn", "k8s://"), "spark://HOST:7077", "the extra `spark`", _spark),
)


def open_engine(said: str, lake: Path) -> Engine:
    """The engine asked for.

    Raises WrongUse where there is none of that name, EngineMissing where it is not installed.
    """
    for kind in ENGINES:
        if said.startswith(kind.asked_as):
            return kind.open(said, lake)
    known = "; ".join(f"{k.example} ({k.words})" for k in ENGINES)
    raise WrongUse(f"There is no engine {said!r}.", f"Engines: {known}; local[2] is Spark on this machine.")

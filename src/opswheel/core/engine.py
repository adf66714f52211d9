"""What stations ask of an engine. They never know which one answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .contracts import Contract

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


@dataclass(frozen=True)
class Selection:
    """The part of a lake table one run may see.

    `paths` are absolute. Rows count only if their delivery is in `deliveries` and, where `periods` is given,
    their (delivery, from_day, to_day) is in it; None means every row of the files counts.
    """

    paths: tuple[Path, ...] = ()
    deliveries: tuple[int, ...] | None = None
    periods: tuple[tuple[int, date, date], ...] | None = None


class Engine(Protocol):
    """Holds the tables of one run, and turns expressions into more of them."""

    name: str

    def register(self, name: str, rows: pa.Table) -> None:
        """Make a small Arrow table readable under `name`."""
        ...

    def mount(self, contract: Contract, name: str, selection: Selection) -> None:
        """Make part of a lake table readable under `name`."""
        ...

    def make(self, name: str, key: str, build: Callable[[], ir.Table]) -> None:
        """Compute an expression once and keep it as table `name`; `key` names its compiled SQL."""
        ...

    def append(self, name: str, key: str, build: Callable[[], ir.Table]) -> int:
        """Add an expression's rows to a table made before; returns how many."""
        ...

    def fetch(self, key: str, build: Callable[[], ir.Table]) -> pa.Table:
        """An expression's rows."""
        ...

    def export(self, name: str, path: Path, order: Sequence[str]) -> int:
        """Write table `name` to a new Parquet file, sorted; returns how many rows."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...

"""SQL compiled from expressions: once per process, and kept between processes like Python's own .pyc files.

Building and compiling every expression of a run takes seconds, running them on a small shop a fraction of one.
The cache lies in the user's cache folder under a name that changes with any line of Opswheel's code and with
the versions of Ibis and DuckDB; it is an optimisation only, and any trouble with it is ignored.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import emptiness

if TYPE_CHECKING:
    import ibis.expr.types as ir

_OF = " of "
_KNOWN: dict[str, str] = {}
_STATE = {"read": False, "changed": False}


def sql(key: str, build: Callable[[], ir.Table | str]) -> str:
    """The DuckDB SQL of an expression, or of what builds it as text."""
    return text(key, build, lambda: _duckdb(build()))


def text(key: str, build: Callable[[], object], make: Callable[[], str]) -> str:
    """What `make` makes of an expression, kept under its key and the function that builds it.

    Two expressions may carry one key: a table that is made, and a question about that table. Without the function's
    name the one asked first, in whatever process, would be the answer for both from then on.
    """
    if not _STATE["read"]:
        _read()
    place = f"{key}{_OF}{_origin(build)}"
    if place not in _KNOWN:
        _KNOWN[place] = make()
        _STATE["changed"] = True
    return _KNOWN[place]


def _origin(build: Any) -> str:
    """The function an expression is built by."""
    while isinstance(build, partial):
        build = build.func
    return f"{build.__module__}.{build.__qualname__}"


@dataclass(frozen=True)
class Shape:
    """What is known of an expression's answer before it is run: its columns, and when it has no rows."""

    columns: tuple[tuple[str, str], ...]
    empty_if: tuple[tuple[str, ...], ...]


def shape(key: str, build: Callable[[], ir.Table]) -> Shape:
    """The shape of an expression; the types are DuckDB's."""
    columns, empty_if = json.loads(text(f"shape {key}", build, lambda: _shape(build())))
    return Shape(tuple(map(tuple, columns)), tuple(map(tuple, empty_if)))


def _shape(expression: ir.Table) -> str:
    from ibis.backends.sql.datatypes import DuckDBType

    columns = [(name, DuckDBType.to_string(kind)) for name, kind in expression.schema().items()]
    return json.dumps([columns, sorted(sorted(names) for names in emptiness.empty_if(expression))])


def _duckdb(built: ir.Table | str) -> str:
    import ibis

    return built if isinstance(built, str) else str(ibis.to_sql(built, dialect="duckdb", pretty=False))


def _foreign(place: str) -> bool:
    """Whether a plug-in's rule stands behind a key: its kind holds a point, and its code may change without ours."""
    return "." in place.rpartition(_OF)[0]


@cache
def _path() -> Path | None:
    if os.environ.get("OPSWHEEL_NO_CACHE"):
        return None
    home = os.environ.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    digest = hashlib.sha256("/".join(version(name) for name in ("ibis-framework", "duckdb")).encode())
    for source in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(source.read_bytes())
    return folder / "opswheel" / f"sql-{digest.hexdigest()[:16]}.json"


def _read() -> None:
    _STATE["read"] = True
    with contextlib.suppress(OSError, ValueError):
        path = _path()
        if path is not None:
            _KNOWN.update(json.loads(path.read_text(encoding="utf-8")))


def save() -> None:
    """Keep what was compiled since the last time; called when an engine is closed."""
    if not _STATE["changed"]:
        return
    known = {place: kept for place, kept in _KNOWN.items() if not _foreign(place)}
    _STATE["changed"] = False
    with contextlib.suppress(OSError):
        path = _path()
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in path.parent.glob("sql-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(known), encoding="utf-8")
        fresh.replace(path)

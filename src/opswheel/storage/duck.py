"""DuckDB as the embedded engine: in memory, locked down to the lake, SQL compiled once per process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.contracts import Contract
from ..core.engine import Engine, Selection
from . import compiled
from .emptiness import is_empty

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

SQL_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "day": "DATE",
    "at": "TIMESTAMP",
}


def connect(
    *,
    directories: Sequence[Path],
    paths: Sequence[Path] = (),
    scratch: Path | None = None,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that may touch only `directories` and `paths`, and load no extension."""
    import duckdb

    connection = duckdb.connect(":memory:")
    settings: list[str] = [
        "SET TimeZone = 'UTC'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET python_enable_replacements = false",
        "SET enable_progress_bar = false",
        f"SET allowed_directories = [{', '.join(quote(str(d)) for d in directories)}]",
        f"SET allowed_paths = [{', '.join(quote(str(p)) for p in paths)}]",
    ]
    if scratch is not None:
        settings.append(f"SET temp_directory = {quote(str(scratch))}")
    if threads:
        settings.append(f"SET threads = {threads}")
    settings += ["SET enable_external_access = false", "SET lock_configuration = true"]
    connection.execute("; ".join(settings))
    return connection


def quote(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """`text` as a SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


_PARSED: dict[str, duckdb.Statement] = {}
"""A run's statements, parsed once per process: of a run on a small shop, parsing its 400 KB is a fifth."""


class DuckEngine(Engine):
    """The embedded engine, and the reference the others are held against."""

    name = "duckdb"

    def __init__(self, lake: Path, *, scratch: Path | None = None, threads: int | None = None) -> None:
        self._connection = connect(directories=[lake], scratch=scratch, threads=threads)
        self._empty: set[str] = set()

    def register(self, name_: str, rows: pa.Table) -> None:
        """Make a small Arrow table readable under `name_`."""
        self._connection.register("incoming", rows)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name(name_)} AS FROM incoming")
        self._connection.unregister("incoming")
        self._holds(name_, rows.num_rows)

    def mount(self, contract: Contract, name_: str, selection: Selection) -> None:
        """A view over the selected files; an empty table where there are none."""
        columns = ", ".join(f"{name(c.name)} {SQL_TYPES[c.type]}" for c in contract.columns)
        if not selection.paths:
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name(name_)} ({columns})")
            self._holds(name_, 0)
            return
        files = ", ".join(quote(str(p)) for p in selection.paths)
        where = ""
        if selection.periods is not None:
            self._valid_periods(name_, selection)
            where = f" SEMI JOIN {name('_periods_' + name_)} USING (delivery_id, from_day, to_day)"
        elif selection.deliveries is not None:
            where = f" WHERE delivery_id IN ({', '.join(map(str, selection.deliveries))})"
        chosen = ", ".join(name(n) for n in contract.names())
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name(name_)} AS SELECT {chosen} FROM read_parquet([{files}]){where}"
        )

    def _valid_periods(self, name_: str, selection: Selection) -> None:
        import pyarrow as pa

        rows = list(zip(*(selection.periods or ()), strict=True)) or [(), (), ()]
        self.register(
            "_periods_" + name_,
            pa.table(
                {
                    "delivery_id": pa.array(rows[0], pa.int64()),
                    "from_day": pa.array(rows[1], pa.date32()),
                    "to_day": pa.array(rows[2], pa.date32()),
                }
            ),
        )

    def make(self, name_: str, key: str, build: Callable[[], ir.Table]) -> None:
        """Compute an expression once and keep it as table `name_`."""
        shape = compiled.shape(key, build)
        if is_empty(shape.empty_if, self._empty):
            columns = ", ".join(f"{name(column)} {type_}" for column, type_ in shape.columns)
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name(name_)} ({columns})")
            self._holds(name_, 0)
            return
        made = self._run(f"CREATE OR REPLACE TEMP TABLE {name(name_)} AS {compiled.sql(key, build)}")
        self._holds(name_, _count(made))

    def append(self, name_: str, key: str, build: Callable[[], ir.Table]) -> int:
        """Add an expression's rows to a table made before."""
        if is_empty(compiled.shape(key, build).empty_if, self._empty):
            return 0
        added = _count(self._run(f"INSERT INTO {name(name_)} BY NAME {compiled.sql(key, build)}"))
        if added:
            self._empty.discard(name_)
        return added

    def _holds(self, name_: str, rows: int) -> None:
        """Remember whether a table has rows: what stands on one without any need not be computed."""
        (self._empty.discard if rows else self._empty.add)(name_)

    def fetch(self, key: str, build: Callable[[], ir.Table]) -> pa.Table:
        """An expression's rows."""
        return self._connection.sql(self._parsed(compiled.sql(key, build))).to_arrow_table()

    def export(self, name_: str, path: Path, order: Sequence[str]) -> int:
        """Write table `name_` to a new Parquet file, sorted."""
        by = ", ".join(name(o) for o in order)
        return _count(
            self._connection.execute(
                f"COPY (FROM {name(name_)} ORDER BY {by}) TO {quote(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
        )

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(self._parsed(statement))

    def _parsed(self, statement: str) -> duckdb.Statement:
        if statement not in _PARSED:
            (_PARSED[statement],) = self._connection.extract_statements(statement)
        return _PARSED[statement]

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Plain SQL, for benches and tests; no station has this."""
        return self._connection.execute(statement, list(parameters) or None).fetchall()

    def close(self) -> None:
        """Let go of everything."""
        compiled.save()
        with contextlib.suppress(Exception):
            self._connection.close()


def _count(done: duckdb.DuckDBPyConnection) -> int:
    """How many rows a statement wrote."""
    result = done.fetchone()
    return int(result[0]) if result else 0

"""Report files into typed rows, by DuckDB: read as text, parsed by the reader's expressions, then written.

One `Ingest` serves one `load`: its connection may read only the files given and the scratch folder, and
write only the lake and the scratch folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.contracts import Contract
from ..core.contracts.base import _IBIS
from ..core.errors import OverLimit, UnreadableFile
from ..core.reader import Cell, Context, Reader
from .duck import connect, name, quote

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir

MAX_LINE_BYTES = 2_000_000
MAX_JSON_BYTES = 2**30
KEPT_REJECTS = 10_000

_COMPILED: dict[tuple[Any, ...], str] = {}


@dataclass(frozen=True)
class Source:
    """A file ready to be read: clean UTF-8, its reader, and where each column stands."""

    path: Path
    reader: Reader
    separator: str
    columns: tuple[tuple[str, str], ...]
    wrapper: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reject:
    """One refused row: where it stands, which column, what was in it (never for personal columns), and why."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Share:
    """The part of a staged file that belongs to one channel and, for snapshots with several, one day."""

    hint: str
    day: date | None
    rows: int


class Ingest:
    """Reads files one after the other into a staging table, and writes parts of it to the lake."""

    def __init__(self, files: Sequence[Path], lake: Path, scratch: Path) -> None:
        self._scratch = scratch
        self._connection = connect(directories=[lake, scratch], paths=files, scratch=scratch)

    def stage(self, source: Source, context: Context, *, latest: str) -> tuple[int, int]:
        """Parse a file into the staging table; returns (rows, of them refused).

        `latest` is the last moment a date may have, as SQL text. Raises UnreadableFile or OverLimit where the
        engine cannot read the file at all.
        """
        self._run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        try:
            self._run(f"CREATE OR REPLACE TEMP VIEW raw AS {_reading(source, numbered=False)}")
            self._run(f"CREATE OR REPLACE TEMP TABLE staged AS {_parsing(source, context)}")
        except Exception as failed:
            raise _refusal(source, failed) from failed
        self._mark_ahead(source.reader.table, latest, "staged")
        row = self._run("SELECT count(*), count(problem) FROM staged").fetchone() or (0, 0)
        broken = len(self._broken_lines())
        return int(row[0]) + broken, int(row[1]) + broken

    def rejects(self, source: Source, context: Context, *, latest: str) -> list[Reject]:
        """The refused rows with their lines, found by a second, ordered read; removes them from staging."""
        found = self._broken_lines()
        if self._one("SELECT count(problem) FROM staged"):
            self._run(f"CREATE OR REPLACE TEMP VIEW raw AS {_reading(source, numbered=True)}")
            self._run(f"CREATE OR REPLACE TEMP TABLE again AS {_parsing(source, context, numbered=True)}")
            self._mark_ahead(source.reader.table, latest, "again")
            rows = self._run(
                "SELECT line, problem, problem_value FROM again WHERE problem IS NOT NULL "
                f"ORDER BY line LIMIT {KEPT_REJECTS}"
            ).fetchall()
            self._run("DROP TABLE again; DELETE FROM staged WHERE problem IS NOT NULL")
            found += [_reject(*row) for row in rows]
        return sorted(found, key=lambda r: r.line)

    def _mark_ahead(self, contract: Contract, latest: str, table: str) -> None:
        columns = [c.name for c in contract.columns if c.type in ("day", "at") and c.name not in _MAY_LIE_AHEAD]
        limit = f"TIMESTAMP {quote(latest)}"
        greatest = ", ".join(f"max({name(c)}) > {limit}" for c in columns)
        if not columns or not any(self._run(f"SELECT {greatest} FROM {table}").fetchone() or ()):
            return
        for column in columns:
            self._run(
                f"UPDATE {table} SET problem = {quote(column + ': lies ahead')}, "
                f"problem_value = {name(column)}::VARCHAR WHERE problem IS NULL AND {name(column)} > {limit}"
            )

    def _broken_lines(self) -> list[Reject]:
        if not self._one("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
            return []
        rows = self._run(
            f"SELECT DISTINCT line, error_message FROM reject_errors ORDER BY line LIMIT {KEPT_REJECTS}"
        ).fetchall()
        return [Reject(int(line), "", "", str(message).splitlines()[0]) for line, message in rows]

    def shares(self, *, by_day: bool) -> list[Share]:
        """How the staged rows divide over channels (and days)."""
        group = "hint, day" if by_day else "hint"
        day = "day" if by_day else "NULL::DATE"
        rows = self._run(
            f"SELECT coalesce(hint, '') AS hint, {day}, count(*) FROM staged GROUP BY {group} ORDER BY 2, 1"
        ).fetchall()
        return [Share(str(h), d, int(n)) for h, d, n in rows]

    def span(self, hints: Sequence[str], column: str) -> tuple[Any, Any]:
        """Smallest and greatest value of a column of the staged rows of some channels."""
        where = _in_hints(hints)
        row = self._run(f"SELECT min({name(column)}), max({name(column)}) FROM staged {where}").fetchone()
        return row if row else (None, None)

    def periods(self, hints: Sequence[str]) -> list[tuple[str, date, date]]:
        """The (level, from_day, to_day) of the staged rows of some channels."""
        level = "level" if self._has("level") else "''"
        return self._run(
            f"SELECT DISTINCT {level}, from_day, to_day FROM staged {_in_hints(hints)} ORDER BY ALL"
        ).fetchall()

    def write(
        self, contract: Contract, hints: Sequence[str], target: Path, constants: dict[str, str], *, day: date | None
    ) -> tuple[int, int]:
        """Write the rows of some channels (and one day) to `target`, sorted by key.

        `constants` are SQL values for columns the file does not carry. Returns (rows written, rows that
        repeated a key of a snapshot; of those the last one counts).
        """
        where = _in_hints(hints)
        if day is not None:
            where += f" AND (day IS NULL OR day = DATE {quote(day.isoformat())})"
        columns = ", ".join(
            f"coalesce({name(c)}, {constants[c]}) AS {name(c)}"
            if c in constants and self._has(c)
            else f"{constants[c]} AS {name(c)}"
            if c in constants
            else name(c)
            for c in contract.names()
        )
        order = [k for k in contract.key if k in contract.names()]
        inner = f"SELECT {columns} FROM staged {where}"
        rows = int(self._one(f"SELECT count(*) FROM staged {where}") or 0)
        keys = ", ".join(name(k) for k in order)
        repeated = 0
        if contract.kind == "snapshot":
            distinct = int(self._one(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM ({inner}))") or 0)
            repeated = rows - distinct
        if repeated:
            inner = (
                f"SELECT * EXCLUDE (seq) FROM (SELECT *, row_number() OVER () AS seq FROM ({inner})) "
                f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY seq DESC) = 1"
            )
        self._run(f"COPY ({inner} ORDER BY {keys}) TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd)")
        return rows - repeated, repeated

    def _has(self, column: str) -> bool:
        return bool(
            self._one(
                "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'staged' AND column_name = " + quote(column)
            )
        )

    def overlap(self, before: Path, deliveries: Sequence[int], after: Path, key: Sequence[str]) -> tuple[int, int, int]:
        """(rows before, of them absent after, rows after) between two snapshots, by key."""
        by = ", ".join(name(k) for k in key)
        chosen = ", ".join(map(str, deliveries))
        old = f"SELECT DISTINCT {by} FROM read_parquet({quote(str(before))}) WHERE delivery_id IN ({chosen})"
        new = f"SELECT DISTINCT {by} FROM read_parquet({quote(str(after))})"
        row = self._run(
            f"SELECT (SELECT count(*) FROM ({old})), (SELECT count(*) FROM ({old} EXCEPT {new})), "
            f"(SELECT count(*) FROM ({new}))"
        ).fetchone()
        return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql)

    def _one(self, sql: str) -> Any:
        row = self._run(sql).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


_MAY_LIE_AHEAD = {"eta", "to_day", "exempt_until", "auto_removal_day", "known_at"}


def _in_hints(hints: Sequence[str]) -> str:
    return f"WHERE coalesce(hint, '') IN ({', '.join(quote(h) for h in hints)})"


def _reject(line: int, problem: str, value: str | None) -> Reject:
    column, _, reason = problem.partition(": ")
    return Reject(int(line), column, (value or "")[:200], reason)


def _refusal(source: Source, failed: Exception) -> UnreadableFile | OverLimit:
    message = str(failed).splitlines()[0]
    if "maximum_object_size" in message or "Maximum line size" in message or "max_line_size" in str(failed):
        return OverLimit(f"{source.path.name} has a row larger than Opswheel reads.", "Export a shorter period.")
    return UnreadableFile(f"{source.path.name} cannot be read to its end ({message[:160]}).", "Download it again.")


def _reading(source: Source, *, numbered: bool) -> str:
    """The SQL that reads a file as text; columns carry the fact table's names."""
    path = quote(str(source.path))
    if source.reader.format == "json":
        return _reading_json(source)
    columns = ", ".join(f"{quote(to or f'_{i}')}: 'VARCHAR'" for i, (to, _) in enumerate(source.columns))
    quoting = "quote='', escape=''" if source.separator == "\t" else "quote='\"', escape='\"'"
    ordered = ", parallel=false" if numbered or source.separator != "\t" else ""
    rejecting = "" if numbered else ", store_rejects=true"
    read = (
        f"read_csv({path}, delim={quote(source.separator)}, {quoting}, header=true, auto_detect=false, "
        f"columns={{{columns}}}, null_padding=true, strict_mode=false, ignore_errors=true{rejecting}, "
        f"max_line_size={MAX_LINE_BYTES}{ordered})"
    )
    kept = [to for to, _ in source.columns if to]
    trimmed = ", ".join(f"nullif(trim({name(to)}, ' \\t\\r\\n\\u00a0'), '') AS {name(to)}" for to in kept)
    trimmed = trimmed.replace("' \\t\\r\\n\\u00a0'", "' ' || chr(9) || chr(10) || chr(13) || chr(160)")
    line = ", row_number() OVER () + 1 AS line" if numbered else ""
    return f"SELECT {trimmed}{line} FROM {read}"


def _reading_json(source: Source) -> str:
    from ibis import dtype
    from ibis.backends.sql.datatypes import DuckDBType

    shape = source.reader.shape  # type: ignore[attr-defined]
    types = {key: DuckDBType.to_string(dtype(kind)) for key, kind in shape.columns.items()}
    inner = "STRUCT(" + ", ".join(f"{name(k)} {t}" for k, t in types.items()) + ")"
    wrapper = source.wrapper
    if not wrapper:
        columns = ", ".join(f"{quote(k)}: {quote(t)}" for k, t in types.items())
        return f"SELECT * FROM {_read_json(source, columns)}"
    outer = inner
    for step in reversed(wrapper[1:]):
        outer = f"STRUCT({name(step)} {outer})"
    if wrapper[0] == "cases":
        outer += "[]"
    documents = f"SELECT {name(wrapper[0])} AS d FROM {_read_json(source, f'{quote(wrapper[0])}: {quote(outer)}')}"
    if wrapper[0] == "cases":
        documents = f"SELECT unnest(d) AS d FROM ({documents})"
    steps = "".join(f".{name(step)}" for step in wrapper[1:])
    fields = ", ".join(f"d{steps}.{name(k)} AS {name(k)}" for k in types)
    return f"SELECT {fields} FROM ({documents})"


def _read_json(source: Source, columns: str) -> str:
    return (
        f"read_json({quote(str(source.path))}, format='auto', columns={{{columns}}}, "
        f"maximum_object_size={MAX_JSON_BYTES})"
    )


def _parsing(source: Source, context: Context, *, numbered: bool = False) -> str:
    """The SQL that parses the raw view into typed columns, with the first problem of each row."""
    key = (source.reader.report, source.reader.version, source.columns, source.wrapper, context, numbered)
    if key not in _COMPILED:
        import ibis

        _COMPILED[key] = str(ibis.to_sql(_expression(source, context, numbered=numbered), dialect="duckdb"))
    return _COMPILED[key]


def _expression(source: Source, context: Context, *, numbered: bool) -> ir.Table:
    import ibis

    reader = source.reader
    if reader.format == "json":
        shape = reader.shape  # type: ignore[attr-defined]
        documents = ibis.table(dict(shape.columns), name="raw")
        raw = shape.rows(documents, context)
    else:
        names = {to: "string" for to, _ in source.columns if to} | ({"line": "int64"} if numbered else {})
        raw = ibis.table(names, name="raw")
    if reader.format == "json":
        line = ibis.row_number() + 1 if numbered else ibis.literal(0)
        raw = raw.mutate(line=line)
    present = set(raw.columns)
    parsed: dict[str, Any] = {}
    problems: list[tuple[Any, str, Any]] = []
    for cell in reader.cells:
        if cell.to not in present:
            parsed[cell.to] = _empty(reader.table, cell)
            continue
        value = cell.parse(raw[cell.to], context)
        parsed[cell.to] = value if cell.empty is None else value.fill_null(cell.empty)
        problems += _problems(cell, raw[cell.to], value)
    shown = ibis.null().cast("string")
    rows = raw.select(
        **parsed,
        problem=ibis.cases(*[(bad, why) for bad, why, _ in problems], else_=shown) if problems else shown,
        problem_value=ibis.cases(*[(bad, v) for bad, _, v in problems], else_=shown) if problems else shown,
        **({"line": raw.line} if numbered else {}),
    )
    rows = reader.finish(rows, context)
    return _shaped(reader.table, rows, numbered=numbered)


def _empty(contract: Contract, cell: Cell) -> Any:
    import ibis

    kinds = {c.name: _IBIS[c.type] for c in contract.columns}
    none = ibis.null() if cell.empty is None else ibis.literal(cell.empty)
    return none.cast(kinds.get(cell.to, "string"))


def _problems(cell: Cell, raw: Any, value: Any) -> list[tuple[Any, str, Any]]:
    import ibis

    seen = ibis.literal("") if cell.personal else raw
    label = cell.headers[0] if cell.headers else cell.to
    found = []
    if cell.required:
        found.append((raw.isnull(), f"{label}: empty", ibis.literal("")))
    if not value.equals(raw):
        found.append((raw.notnull() & value.isnull(), f"{label}: cannot be read", seen))
    if cell.minimum is not None:
        found.append((value < cell.minimum, f"{label}: below {cell.minimum:g}", seen))
    return found


def _shaped(contract: Contract, rows: ir.Table, *, numbered: bool) -> ir.Table:
    """Exactly the contract's columns, plus `hint` and `problem`; arrival columns are filled when writing."""
    import ibis

    have = set(rows.columns)
    late = {"account", "channel", "known_at", "delivery_id"}
    columns = {
        c.name: (rows[c.name] if c.name in have else ibis.null()).cast(_IBIS[c.type])
        for c in contract.columns
        if c.name not in late
    }
    hint = rows.hint if "hint" in have else ibis.literal("")
    extra = {"line": rows.line} if numbered else {}
    return rows.select(**columns, hint=hint, problem=rows.problem, problem_value=rows.problem_value, **extra)

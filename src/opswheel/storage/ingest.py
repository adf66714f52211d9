"""Report files into typed rows, by DuckDB: read as text, parsed by the reader's cells, then written to the lake.

One `Ingest` serves one `load`: its connection may read only the files given and the scratch folder, and
write only the lake and the scratch folder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.contracts import Contract
from ..core.errors import OverLimit, UnreadableFile
from ..core.marketplaces import hints as channel_names
from ..core.reader import CHANNELS_VARIABLE, KEY_VARIABLE, MARK, Context
from . import compiled
from .duck import connect, name, quote
from .reading import LINE, UNREAD, Source, statement

if TYPE_CHECKING:
    import duckdb

KEPT_REJECTS = 10_000
"""So many refused rows of one file are written down; the others are only counted."""
SHOWN_LENGTH = 200


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
    bad: int = 0


class Ingest:
    """Reads files one after the other into a staging table, and writes parts of it to the lake."""

    def __init__(
        self, files: Sequence[Path], lake: Path, scratch: Path, *, key: str, threads: int | None = None
    ) -> None:
        self._connection = connect(directories=[lake, scratch], paths=files, scratch=scratch, threads=threads)
        self._shares: list[Share] = []
        self._broken: int | None = 0  # unknown once a file could not be read to its end
        names = ", ".join(f"{quote(name_)}: {quote(channel)}" for name_, channel in channel_names().items())
        self._run(f"SET VARIABLE {KEY_VARIABLE} = {quote(key)}; SET VARIABLE {CHANNELS_VARIABLE} = MAP {{{names}}}")

    def stage(self, source: Source, context: Context, *, latest: str) -> None:
        """Parse a file into the staging table, bad rows with their first problem.

        `latest` is the last moment a date may have, as SQL text. Raises UnreadableFile or OverLimit where the
        engine cannot read the file at all.
        """
        import duckdb

        if self._broken != 0:
            self._run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        self._broken = None
        try:
            unread = self._stage(source, context, latest)
            if unread and not context.careful:
                self._stage(source, replace(context, careful=True), latest)
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
            raise  # our statement is wrong, not the file
        except duckdb.Error as failed:
            raise _refusal(source, failed) from failed
        self._broken = 0
        if source.reader.format != "json":
            self._broken = int(self._one("SELECT count(DISTINCT line) FROM reject_errors") or 0)

    def _stage(self, source: Source, context: Context, latest: str) -> int:
        """Fill the staging table; returns how many rows hold a cell that could not be read."""
        self._run(f"CREATE OR REPLACE TEMP TABLE staged AS {statement(source, context, latest=latest)}")
        return self._count(by_day=source.reader.table.kind == "snapshot")

    def _count(self, *, by_day: bool) -> int:
        rows = self._run(
            f"SELECT hint, {'day' if by_day else 'NULL::DATE'} AS of_day, count(*) - count(problem), count(problem), "
            f"count(*) FILTER (contains(problem, {quote(MARK + UNREAD + MARK)})) FROM staged GROUP BY ALL"
        ).fetchall()
        self._shares = [Share(str(h), d, int(n), int(bad)) for h, d, n, bad, _ in rows]
        return sum(int(unread) for *_, unread in rows)

    def shares(self, *, by_day: bool) -> list[Share]:
        """How the staged rows divide over channels (and a snapshot's days): the one with the most rows first."""
        found: dict[tuple[str, date | None], Share] = {}
        for share in self._shares:
            day = share.day if by_day else None
            so_far = found.get((share.hint, day), Share(share.hint, day, 0))
            found[share.hint, day] = Share(share.hint, day, so_far.rows + share.rows, so_far.bad + share.bad)
        return sorted(found.values(), key=lambda s: (-s.rows, s.hint, s.day or date.max))

    def unreadable_lines(self) -> int:
        """Lines the engine could not even part into cells."""
        return self._broken or 0

    def rejects(self, source: Source, context: Context, hints: Sequence[str], *, latest: str) -> list[Reject]:
        """The refused rows of some channels with their lines, found by a second, ordered read."""
        broken, context = self._broken_lines(), replace(context, careful=True)
        rows = self._run(
            f"SELECT {LINE}, problem FROM ({statement(source, context, latest=latest, numbered=True)}) "
            f"WHERE problem IS NOT NULL AND {_of(hints)} ORDER BY {LINE} LIMIT {KEPT_REJECTS}"
        ).fetchall()
        numbers = [int(number) for number, _ in rows]
        if source.reader.format != "json":
            numbers = _lines(source.path, numbers, {r.line for r in broken})
        found = list(broken)
        for line, (_, problem) in zip(numbers, rows, strict=True):
            column, reason, value = problem.split(MARK, 2)
            found.append(Reject(line, column, _shown(value), reason))
        return sorted(found, key=lambda r: r.line)[:KEPT_REJECTS]

    def _broken_lines(self) -> list[Reject]:
        if not self._broken:
            return []
        rows = self._run(
            f"SELECT DISTINCT line, error_type::VARCHAR FROM reject_errors ORDER BY line LIMIT {KEPT_REJECTS}"
        ).fetchall()
        return [Reject(int(line), "row", "", str(why).lower()) for line, why in rows]

    def fill_day(self, day: date) -> None:
        """Give rows that name no day the file's own."""
        self._run(f"UPDATE staged SET day = {_date(day)} WHERE day IS NULL")
        self._count(by_day=True)

    def count(self, hints: Sequence[str]) -> int:
        """How many staged rows of some channels are good."""
        return sum(s.rows for s in self._shares if s.hint in hints)

    def span(self, hints: Sequence[str], column: str) -> tuple[Any, Any]:
        """Smallest and greatest value of a column of the staged rows of some channels."""
        row = self._run(f"SELECT min({name(column)}), max({name(column)}) FROM staged {_good(hints)}").fetchone()
        return row if row else (None, None)

    def periods(self, contract: Contract, hints: Sequence[str]) -> list[tuple[str, date | None, date | None, int]]:
        """The (level, from_day, to_day, rows) of the staged rows of some channels."""
        level = "level" if "level" in contract.names() else "''"
        return self._run(
            f"SELECT {level} AS told, from_day, to_day, count(*) FROM staged {_good(hints)} GROUP BY ALL ORDER BY ALL"
        ).fetchall()

    def write(
        self, contract: Contract, hints: Sequence[str], target: Path, constants: dict[str, str], *, day: date | None
    ) -> tuple[int, int]:
        """Write the good rows of some channels (and one day) to `target`, in the file's order.

        `constants` are SQL values for columns the file does not carry. Returns (rows written, rows that
        repeated a key of a snapshot; of those the last one counts).
        """
        where = _good(hints) + (f" AND day = {_date(day)}" if day else "")
        staged = set(contract.names()) - {"account", "channel", "known_at", "delivery_id"}
        columns = ", ".join(
            name(c)
            if c not in constants
            else f"{f'coalesce({name(c)}, {constants[c]})' if c in staged else constants[c]} AS {name(c)}"
            for c in contract.names()
        )
        rows = sum(s.rows for s in self._shares if s.hint in hints and day in (None, s.day))
        same = {"account", "channel"} | ({"day"} if contract.kind == "snapshot" else set())
        keys = [k for k in contract.key if k not in same]
        by = ", ".join(name(k) for k in keys)
        chosen, repeated = f"FROM staged {where}", 0
        if contract.kind == "snapshot":
            repeated = rows - int(self._one(f"SELECT count(*) FROM (SELECT DISTINCT {by} {chosen})") or 0)
        if repeated:
            last = f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY rowid DESC) = 1"
            chosen = f"FROM (SELECT * {chosen} {last} ORDER BY {by})"
        self._run(f"COPY (SELECT {columns} {chosen}) TO {_path(target)} (FORMAT parquet, COMPRESSION zstd)")
        return rows - repeated, repeated

    def overlap(self, before: Path, delivery: int, after: Path, key: Sequence[str]) -> tuple[int, int, int]:
        """(rows before, of them absent after, rows after) between two snapshots, by key."""
        by = ", ".join(name(k) for k in key)
        old = f"SELECT {by}, true AS before FROM read_parquet({_path(before)}) WHERE delivery_id = {delivery}"
        new = f"SELECT {by}, false AS before FROM read_parquet({_path(after)})"
        row = self._run(
            "SELECT count(*) FILTER (was), count(*) FILTER (was AND NOT stays), count(*) FILTER (stays) FROM "
            f"(SELECT bool_or(before) AS was, bool_or(NOT before) AS stays FROM ({old} UNION ALL {new}) GROUP BY {by})"
        ).fetchone()
        return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql)

    def _one(self, sql: str) -> Any:
        row = self._run(sql).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Let go of the connection."""
        compiled.save()
        self._connection.close()


def _lines(path: Path, numbers: Sequence[int], broken: set[int]) -> list[int]:
    """The lines of a file on which its rows of some ascending numbers stand: the engine skips empty lines."""
    wanted = iter(numbers)
    following, found, row = next(wanted, None), [], -1
    with path.open(encoding="latin-1", newline=None) as text:
        for at, line in enumerate(text, start=1):
            if following is None:
                break
            row += line != "\n" and at not in broken
            if row == following:
                found.append(at)
                following = next(wanted, None)
    return found + [0] * (len(numbers) - len(found))


def _good(hints: Sequence[str]) -> str:
    return f"WHERE problem IS NULL AND {_of(hints)}"


def _of(hints: Sequence[str]) -> str:
    return f"hint IN ({', '.join(quote(h) for h in hints)})"


_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b"
_PERSONAL = re.compile(rf"[^\s@]+@[^\s@]+|\b\d{{3}}-\d{{7}}-\d{{7}}\b|(?<![\d/.-])(?!{_DATE})\+?\d[\d ()/-]{{8,}}\d")


def _shown(value: str) -> str:
    """A refused value as it may be kept: where cells have shifted, a buyer's may stand in any column."""
    return _PERSONAL.sub("…", value)[:SHOWN_LENGTH]


def _date(day: date) -> str:
    return f"DATE {quote(day.isoformat())}"


def _path(path: Path) -> str:
    return quote(str(path))


def _refusal(source: Source, failed: Exception) -> UnreadableFile | OverLimit:
    """What the engine said in our words; its own may quote the file."""
    message, title = str(failed), source.title
    if "maximum_object_size" in message or "max_line_size" in message or "Maximum line size" in message:
        return OverLimit(f"{title} has a row larger than Opswheel reads.", "Export a shorter period.")
    if "Malformed JSON" in message:
        return UnreadableFile(f"{title} is broken JSON, perhaps cut short.", "Download it again.")
    if source.reader.format == "json":
        return UnreadableFile(f"{title} does not have the shape of {source.reader.title}.", "Download it again.")
    return UnreadableFile(f"{title} cannot be read to its end.", "Download it again.")

"""`load`: report files become lake files and manifest rows, each file all at once or not at all."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock
from ..core.contracts import COVERAGE, DELIVERIES
from ..core.csvs import safe_cell
from ..core.errors import RefusedFile, UnreadableFile
from ..core.identity import EVERYWHERE
from ..core.reader import Reader
from ..core.settings import Place, Settings, place
from ..storage.ingest import Ingest, Share, Source
from ..storage.lake import Lake, commit, sha256
from ..storage.ledger import Ledger
from ..visibility import arrival
from ..visibility.layouts import Layout, recognise
from ..visibility.readers import READERS, reader
from ..visibility.sniffing import cut_short, read_text, unpack
from .arriving import Arriving, Delivery, Job, Said, channels_of, context_for, parts

AHEAD = timedelta(hours=24)
"""A date further ahead than this after landing is a mistake (semantics, "Money input")."""


@dataclass
class FileResult:
    """What became of one file, or of its part for one channel and table."""

    path: str
    status: str
    report: str | None = None
    table: str | None = None
    channel: str | None = None
    rows: int = 0
    rejected: int = 0
    days: tuple[date | None, date | None] = (None, None)
    error: str | None = None
    code: str | None = None
    notes: list[str] = field(default_factory=list)


class Loader:
    """Loads files into one workspace."""

    def __init__(  # noqa: PLR0913
        self, *, lake: Lake, ledger: Ledger, rejects: Path, settings: Settings, clock: Clock, key: str
    ) -> None:
        self._lake = lake
        self._ledger = ledger
        self._rejects = rejects
        self._settings = settings
        self._clock = clock
        self._key = key

    def load(
        self, paths: Sequence[Path], said: Said, progress: Callable[[str], None] = lambda _: None
    ) -> list[FileResult]:
        """Load files and folders; a refused file never stops the others.

        Files that name their marketplace go first, so that in a new workspace the others can follow them.
        """
        results: dict[Path, list[FileResult]] = {}
        self._lake.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="opswheel-") as folder:
            scratch = Path(folder).resolve()
            files = arrival.first_files_first(_expand(paths))
            ingest = Ingest([f.resolve() for f in files], self._lake.root, scratch)
            try:
                for last_try in (False, True):
                    waiting = [f for f in files if f not in results]
                    for file in waiting:
                        progress(str(file))
                        found = self._load_one(file, said, ingest, scratch)
                        if last_try or not any(r.code == "no_channel" for r in found):
                            results[file] = found
            finally:
                ingest.close()
        return [result for file in files for result in results[file]]

    def _load_one(self, path: Path, said: Said, ingest: Ingest, scratch: Path) -> list[FileResult]:
        own = scratch / "file"
        own.mkdir(exist_ok=True)
        try:
            checksum = sha256(path)
            if known := self._already(path, checksum, said):
                return known
            results = []
            for member in unpack(path, own):
                results += self._load_member(path, member, checksum, said, ingest, own)
            if not results:
                raise UnreadableFile(f"{path.name} holds no file.", "Nothing was loaded.")
            return results
        except RefusedFile as refused:
            return [_refused(path, refused)]
        except FileNotFoundError:
            return [_refused(path, UnreadableFile(f"There is no file {path}.", "Check the name."))]
        except OSError as failed:
            return [
                _refused(path, UnreadableFile(f"{path.name} cannot be read ({failed.strerror}).", "Check its rights."))
            ]
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def _already(self, path: Path, checksum: str, said: Said) -> list[FileResult]:
        """The results of this very file, if it was loaded before under the same statements."""
        versions = {r.report: r.version for r in READERS}
        table = DELIVERIES.sql_table()
        query = sa.select(table).where(table.c.checksum == checksum, table.c.account.in_([said.account, EVERYWHERE]))
        with self._ledger.read() as connection:
            rows = connection.execute(query.order_by(table.c.version)).all()
        same = [
            r
            for r in rows
            if versions.get(r.report) == r.reader_version
            and said.channel in ("", r.channel)
            and (said.days.day in (None, r.to_day) or r.table_name in _NOT_SNAPSHOTS)
            and (said.days.from_day in (None, r.from_day))
        ]
        if said.accept:
            self._accept([r.id for r in same if r.complete_in is None], said.by)
        return [_unchanged(path, r) for r in same]

    def _accept(self, ids: list[int], by: str) -> None:
        if not ids:
            return
        table, now = DELIVERIES.sql_table(), self._clock.now()
        with self._ledger.write() as connection:
            version = commit(connection, at=now, why=f"{by} accepted a partial delivery")
            connection.execute(table.update().where(table.c.id.in_(ids)).values(complete_in=version, accepted_by=by))

    def _load_member(  # noqa: PLR0913
        self, path: Path, member: Path, checksum: str, said: Said, ingest: Ingest, scratch: Path
    ) -> list[FileResult]:
        folder = arrival.folder_channel(path)
        text = read_text(member, scratch, japanese=(said.channel or folder).upper().endswith(":JP"))
        if not text.head.strip():
            raise UnreadableFile(f"{path.name} is empty.", "Export the report again.")
        layout = recognise(text, path.name, READERS)
        if layout.separator and cut_short(text, layout.separator.encode()):
            raise UnreadableFile(f"{path.name} breaks off in the middle of its last row.", "Download it again.")
        results = []
        for name in (layout.reader.report, *layout.reader.also):
            source = Source(text.path, reader(name), layout.separator, layout.columns, layout.wrapper)
            for delivery in self._read(path, source, layout, checksum, said, folder, ingest):
                self._commit(delivery)
                results.append(_loaded(path, delivery))
        return results

    def _read(  # noqa: PLR0913
        self, path: Path, source: Source, layout: Layout, checksum: str, said: Said, folder: str, ingest: Ingest
    ) -> list[Delivery]:
        known = self._known_channels(said.account)
        guess = self._place(said, said.channel or folder or (known[0] if len(known) == 1 else ""))
        latest = (self._clock.now() + AHEAD).isoformat(sep=" ")
        staged, bad = ingest.stage(source, context_for(guess, self._key), latest=latest)
        if not staged and not self._may_be_empty(path, source.reader, layout):
            return []
        hints = [s.hint for s in ingest.shares(by_day=False)] or [""]
        channels = channels_of(path.name, source.reader, said, folder, hints, known)
        settled = self._place(said, next(iter(channels.values())))
        if settled != guess:  # its currency or zone was not the one the rows were read with
            staged, bad = ingest.stage(source, context_for(settled, self._key), latest=latest)
        rejects = ingest.rejects(source, context_for(settled, self._key), latest=latest) if bad else []
        if bad and bad == staged:
            first = rejects[0]
            raise UnreadableFile(
                f"{path.name}: none of its {staged:,} rows can be read "
                f"(line {first.line}, column {first.column!r}: {first.reason}).",
                "Check the export.",
            )
        job = Job(path, checksum, source.reader, said, rejects, bad)
        by_day = source.reader.table.kind == "snapshot" and layout.has("day")
        with self._ledger.read() as connection:
            arriving = Arriving(lake=self._lake, ingest=ingest, clock=self._clock, connection=connection)
            return [
                arriving.deliver(job, self._place(said, channel), own, day)
                for channel, day, own in parts(channels, ingest.shares(by_day=by_day) or [Share("", None, 0)])
            ]

    def _may_be_empty(self, path: Path, which: Reader, layout: Layout) -> bool:
        """A list of exceptions may hold none: then it is loaded, because it says that all is well."""
        if which.table.kind == "snapshot" and not which.lists_everything and not which.row_by_row:
            return True
        if which.report == layout.reader.report:
            raise UnreadableFile(f"{path.name} has a header and no rows.", "Export it again.")
        return False

    def _place(self, said: Said, channel: str) -> Place:
        account = EVERYWHERE if channel == EVERYWHERE else said.account
        return place(self._settings, account, channel)

    def _known_channels(self, account: str) -> list[str]:
        table = DELIVERIES.sql_table()
        query = sa.select(table.c.channel).where(table.c.account == account, table.c.channel != EVERYWHERE)
        with self._ledger.read() as connection:
            found = set(connection.execute(query.distinct()).scalars())
        for name in self._settings.channels:
            owner, _, channel = name.rpartition("/")
            if owner in ("", account):
                found.add(channel)
        return sorted(found)

    def _commit(self, delivery: Delivery) -> None:
        """Make one delivery visible; the file's rejects are safe before it is."""
        self._write_rejects(delivery)
        row, table = delivery.row, DELIVERIES.sql_table()
        with self._ledger.write() as connection:
            if connection.execute(sa.select(table.c.id).where(table.c.id == row["id"])).scalar() is not None:
                return  # another process loaded the same file a moment ago
            version = commit(connection, at=self._clock.now(), why=f"load {row['file_name']}", add=[delivery.file])
            complete_in = version if delivery.complete else None
            connection.execute(table.insert(), [{**row, "version": version, "complete_in": complete_in}])
            if delivery.coverage:
                connection.execute(COVERAGE.sql_table().insert(), delivery.coverage)

    def _write_rejects(self, delivery: Delivery) -> None:
        if not delivery.rejects:
            return
        self._rejects.mkdir(parents=True, exist_ok=True)
        row = delivery.row
        target = self._rejects / f"{row['landed_at']:%Y%m%dT%H%M%S}-{row['id']:012x}.csv"
        temporary = target.with_suffix(".part")
        with temporary.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["file", "line", "column", "value", "reason"])
            for reject in delivery.rejects:
                cells = (row["file_name"], reject.line, reject.column, reject.value, reject.reason)
                writer.writerow([safe_cell(c) for c in cells])
        temporary.replace(target)


_NOT_SNAPSHOTS = {r.table.name for r in READERS if r.table.kind != "snapshot"}


def _expand(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "~"))]
        else:
            found.append(path)
    return found


def _refused(path: Path, error: RefusedFile) -> FileResult:
    return FileResult(str(path), "refused", error=str(error), code=error.code)


def _loaded(path: Path, delivery: Delivery) -> FileResult:
    row = delivery.row
    return _result(path, "loaded", row, delivery.notes)


def _unchanged(path: Path, row: Any) -> FileResult:
    return _result(path, "unchanged", row._mapping, [])


def _result(path: Path, status: str, row: Any, notes: list[str]) -> FileResult:
    return FileResult(
        path=str(path),
        status=status,
        report=row["report"],
        table=row["table_name"],
        channel=row["channel"],
        rows=row["rows"],
        rejected=row["rejected"],
        days=(row["from_day"], row["to_day"]),
        notes=list(notes),
    )

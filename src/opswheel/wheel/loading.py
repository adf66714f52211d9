"""`load`: report files become lake files and manifest rows, each file all at once or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock, channel_day
from ..core.contracts import COVERAGE, DELIVERIES
from ..core.errors import RefusedFile, UnreadableFile
from ..core.identity import EVERYWHERE, is_channel
from ..core.reader import Context, Reader
from ..core.settings import Place, Settings, place
from ..storage.ingest import Ingest, Reject, Share
from ..storage.lake import ORPHAN_SECONDS, Lake, commit, hold, sha256
from ..storage.ledger import Ledger
from ..storage.reading import Source
from ..storage.rejects import write_rejects
from ..visibility import arrival
from ..visibility.archives import Member, printable, unpack
from ..visibility.correspondence import as_table
from ..visibility.layouts import recognise
from ..visibility.quoting import plain_table
from ..visibility.readers import READERS
from ..visibility.sniffing import cut_short, read_text
from .arriving import (
    ACCEPTED,
    Arriving,
    Delivery,
    Job,
    Said,
    channels_of,
    context_for,
    modified_at,
    parts,
    stated_for,
    waiting_note,
)

__all__ = ["FileResult", "Loader", "Said"]

AHEAD = timedelta(hours=24)
"""A date further ahead than this after landing is a mistake."""


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


@dataclass(frozen=True)
class _File:
    """A plain file on its way in: the path it is shown under, where its channel may be told, its bytes."""

    shown: str
    folder: str
    member: Member
    checksum: str
    said: Said

    def job(self, reader: Reader, path: Path) -> Job:
        """The file as one reader sees it."""
        return Job(self.member.name, self.member.title, self.checksum, modified_at(path), reader, self.said)


class Loader:
    """Loads files into one workspace."""

    def __init__(  # noqa: PLR0913
        self,
        *,
        lake: Lake,
        ledger: Ledger,
        rejects: Path,
        settings: Settings,
        clock: Clock,
        key: str,
        threads: int | None = None,
        readers: Sequence[Reader] = READERS,
    ) -> None:
        self._lake = lake
        self._ledger = ledger
        self._rejects = rejects
        self._settings = settings
        self._clock = clock
        self._key = key
        self._threads = threads
        self._readers = {r.report: r for r in readers}

    def load(
        self, paths: Sequence[Path], said: Said, progress: Callable[[str], None] = lambda _: None
    ) -> list[FileResult]:
        """Load files and folders; a refused file never stops the others.

        Files that name their marketplace go first, so that in a new workspace the others can follow them.
        """
        results: dict[Path, dict[str, list[FileResult]]] = {}
        self._lake.root.mkdir(parents=True, exist_ok=True)
        files = arrival.first_files_first(self._expand(paths))
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            scratch = Path(folder).resolve()
            _forget_old_scratch(scratch)
            paths = [f.resolve() for f in files]
            ingest = Ingest(paths, self._lake.root, scratch, key=self._key, threads=self._threads)
            try:
                for file in files:
                    progress(str(file))
                    results[file] = self._load_one(file, said, ingest, scratch)
                for file in files:
                    waiting = [n for n, found in results[file].items() if any(r.code == "no_channel" for r in found)]
                    if waiting:
                        results[file] |= self._load_one(file, said, ingest, scratch, only=waiting)
            finally:
                ingest.close()
        return [result for file in files for found in results[file].values() for result in found]

    def _expand(self, paths: Sequence[Path]) -> list[Path]:
        """The files behind paths and folders, each once; what Opswheel wrote itself is no report."""
        found: list[Path] = []
        own = (self._lake.root, self._rejects.resolve())
        for path in paths:
            if path.is_dir():
                inside = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "~")))
                found += [p for p in inside if not any(p.resolve().is_relative_to(o) for o in own)]
            else:
                found.append(path)
        return list(dict.fromkeys(found))

    def _load_one(
        self, path: Path, said: Said, ingest: Ingest, scratch: Path, *, only: Sequence[str] = ()
    ) -> dict[str, list[FileResult]]:
        """What became of each plain file behind a path, by its name; `only` some of them."""
        own = scratch / "file"
        own.mkdir(exist_ok=True)
        results: dict[str, list[FileResult]] = {}
        try:
            for member in unpack(path, own):
                if not only or member.title in only:
                    shown = f"{path}/{member.name}" if member.archive else str(path)
                    results[member.title] = self._try(path, shown, member, said, ingest, own)
        except (RefusedFile, OSError) as error:
            return {printable(path.name): [_refused(str(path), error)]}
        finally:
            shutil.rmtree(own, ignore_errors=True)
        return results

    def _try(  # noqa: PLR0913
        self, path: Path, shown: str, member: Member, said: Said, ingest: Ingest, scratch: Path
    ) -> list[FileResult]:
        try:
            file = _File(printable(shown), arrival.folder_channel(path), member, sha256(member.path), said)
            return self._already(file, path) or self._load_member(file, path, ingest, scratch)
        except (RefusedFile, OSError) as error:
            return [_refused(printable(shown), error)]

    def _already(self, file: _File, path: Path) -> list[FileResult]:
        """The results of this very file where it is sure that reading it again would deliver the same.

        Bytes alone do not decide: an empty list of suppressed listings is the same file every morning.
        """
        said, chosen = file.said, arrival.canonical(file.said.channel) or file.folder
        table, versions = DELIVERIES.sql_table(), {r.report: r.version for r in self._readers.values()}
        query = sa.select(table).where(
            table.c.checksum == file.checksum, table.c.account.in_([said.account, EVERYWHERE])
        )
        with self._ledger.read() as connection:
            rows = connection.execute(query.order_by(table.c.version, table.c.id)).all()
        if not chosen and len({r.channel for r in rows} - {EVERYWHERE}) > 1:
            return []  # several marketplaces inside, or one file loaded for several
        for row in rows:
            same = versions.get(row.report) == row.reader_version
            job = file.job(self._readers[row.report], path) if same else None
            if job is None or not self._same(job, row, chosen):
                return []
        waiting = {r.id: r.note for r in rows if r.complete_in is None}
        self._accept(set(waiting) if said.accept else set(), said.by)
        notes = {i: [ACCEPTED if said.accept else waiting_note(odd)] for i, odd in waiting.items()}
        return [_result(file.shown, "unchanged", r._mapping, notes.get(r.id, [])) for r in rows]

    def _same(self, job: Job, row: Any, chosen: str) -> bool:
        if row.channel not in (chosen or row.channel, EVERYWHERE):
            return False
        where = self._place(job.said, row.channel)
        stated = stated_for(job, where)
        if job.reader.table.kind == "snapshot":
            day = stated.day or stated.to_day
            if day is None and not self._clock.pinned:
                day = channel_day(job.modified, where.zone)
            return bool(row.to_day == day)
        if job.reader.table.kind == "period" and not any(c.to == "from_day" and c.required for c in job.reader.cells):
            return (stated.from_day, stated.to_day) == (row.from_day, row.to_day)
        return True  # its rows tell their days

    def _accept(self, ids: set[int], by: str) -> None:
        if not ids:
            return
        table, now = DELIVERIES.sql_table(), self._clock.now()
        with self._ledger.write() as connection:
            version = commit(connection, at=now, why=f"{by} accepted a partial delivery")
            connection.execute(table.update().where(table.c.id.in_(ids)).values(complete_in=version, accepted_by=by))

    def _load_member(self, file: _File, path: Path, ingest: Ingest, scratch: Path) -> list[FileResult]:
        title = file.member.title
        japanese = (file.said.channel or file.folder).upper().endswith(":JP")
        text = read_text(as_table(file.member.path, title, scratch), title, scratch, japanese=japanese)
        if not text.head.strip():
            raise UnreadableFile(f"{title} is empty.", "Export the report again.")
        layout = recognise(text, title, tuple(self._readers.values()))
        lies, separator = text.path, layout.separator
        if separator and cut_short(text, separator):
            raise UnreadableFile(f"{title} breaks off in the middle of its last row.", "Download it again.")
        if separator not in ("", "\t") and text.quoted:
            lies, separator = plain_table(lies, title, separator, scratch), "\t"
        deliveries: list[Delivery] = []
        rejects: list[Reject] = []
        for name in (layout.reader.report, *layout.reader.also):
            source = Source(
                lies, title, self._readers[name], separator, layout.columns, layout.wrapper, text.wide_blanks
            )
            found, refused = self._read(file.job(self._readers[name], path), source, file.folder, ingest)
            deliveries += found
            rejects += refused
        if not deliveries:
            raise UnreadableFile(f"{title} has a header and no rows.", "Export it again.")
        if file.said.accept:
            self._accept({d.row["id"] for d in deliveries if not d.file and d.row["complete_in"] is None}, file.said.by)
        self._commit(title, deliveries, rejects)
        return [_result(file.shown, "loaded" if d.file else "unchanged", d.row, d.notes) for d in deliveries]

    def _read(self, job: Job, source: Source, folder: str, ingest: Ingest) -> tuple[list[Delivery], list[Reject]]:
        """The deliveries one reader makes of a file, each written to the lake, and the rows it refuses."""
        known = self._known_channels(job.said.account)
        latest = (self._clock.now() + AHEAD).isoformat(sep=" ")
        guess = self._place(job.said, arrival.canonical(job.said.channel) or folder or next(iter(known), ""))
        ingest.stage(source, context_for(guess), latest=latest)
        shares = ingest.shares(by_day=False)
        lost = ingest.unreadable_lines()
        if not (shares or lost or _may_be_empty(job)):
            return [], []
        # A bad row's channel counts too: it may only be bad because it was read as another marketplace's.
        hints = [s.hint for s in shares if s.rows or is_channel(s.hint)] or [""]
        channels = channels_of(job, folder, hints, known)
        stray = [s.hint for s in shares if s.hint not in channels]
        staged, deliveries, rejects = _plain(context_for(guess)), [], []
        for context, own in self._contexts(job.said, channels).items():
            if context != staged:  # its currency or zone was not the one the rows were read with
                ingest.stage(source, context, latest=latest)
                staged, shares = context, ingest.shares(by_day=False)
            found = [s for s in shares if s.hint in (*own, *stray)]
            if lost or any(s.bad for s in found):
                rejects += ingest.rejects(source, context, [*own, *stray], latest=latest)
            lost += sum(s.bad for s in found if s.hint not in own)
            found = [s for s in found if s.hint in own]
            if any(s.rows for s in found) or not (found or lost):
                deliveries += self._deliver(job, {h: channels[h] for h in own}, found, ingest, lost)
                lost = 0
            else:
                lost += sum(s.bad for s in found)
            stray = []
        if rejects and not deliveries:
            raise _all_bad(job, rejects)
        if lost and deliveries:
            deliveries[0].row["rejected"] += lost
        return deliveries, rejects

    def _contexts(self, said: Said, channels: dict[str, str]) -> dict[Context, list[str]]:
        """The hints of a file by how their rows must be read: marketplaces differ in zone, money and dates."""
        found: dict[Context, list[str]] = {}
        for hint, channel in channels.items():
            found.setdefault(_plain(context_for(self._place(said, channel))), []).append(hint)
        return found

    def _deliver(
        self, job: Job, channels: dict[str, str], shares: list[Share], ingest: Ingest, lost: int
    ) -> list[Delivery]:
        with self._ledger.read() as connection:
            arriving = Arriving(lake=self._lake, ingest=ingest, clock=self._clock, connection=connection)
            if job.reader.table.kind == "snapshot":
                hints = [s.hint for s in shares] or [*channels]
                shares = arriving.dated(job, self._place(job.said, next(iter(channels.values()))), hints)
            found = parts(channels, shares)
            found[0] = replace(found[0], bad=found[0].bad + lost)
            return [arriving.deliver(job, self._place(job.said, part.channel), part) for part in found]

    def _place(self, said: Said, channel: str) -> Place:
        account = EVERYWHERE if channel == EVERYWHERE else said.account
        return place(self._settings, account, channel)

    def _known_channels(self, account: str) -> list[str]:
        """The channels of an account, the one with the most deliveries first."""
        table = DELIVERIES.sql_table()
        query = sa.select(table.c.channel).where(table.c.account == account, table.c.channel != EVERYWHERE)
        most = query.group_by(table.c.channel).order_by(sa.func.count().desc(), table.c.channel)
        with self._ledger.read() as connection:
            found = list(connection.execute(most).scalars())
        named = (name.rpartition("/") for name in self._settings.channels)
        return list(dict.fromkeys([*found, *sorted(channel for owner, _, channel in named if owner in ("", account))]))

    def _commit(self, title: str, deliveries: list[Delivery], rejects: list[Reject]) -> None:
        """Make all deliveries of a file visible at once; the file's rejects are safe before they are."""
        fresh = [d for d in deliveries if d.file]
        if not fresh:
            return
        write_rejects(self._rejects, title, fresh[0].row["landed_at"], fresh[0].row["id"], rejects)
        table, coverage = DELIVERIES.sql_table(), COVERAGE.sql_table()
        with self._ledger.write() as connection:
            hold(connection)
            wanted = [d.row["id"] for d in fresh]
            there = set(connection.execute(sa.select(table.c.id).where(table.c.id.in_(wanted))).scalars())
            new = [d for d in fresh if d.row["id"] not in there]
            if new:
                files = [d.file for d in new if d.file]
                version = commit(connection, at=self._clock.now(), why=f"load {title}", add=files)
                for d in new:
                    told = {**d.row, "version": version, "complete_in": version if d.complete else None}
                    connection.execute(table.insert(), [told])
                    if d.coverage:
                        connection.execute(coverage.insert(), d.coverage)
                    if d.confirms:
                        confirmed = table.update().where(table.c.id.in_(d.confirms), table.c.complete_in.is_(None))
                        connection.execute(confirmed.values(complete_in=version))
        for d in fresh:
            if d.row["id"] in there and d.file:  # another process loaded the same file a moment ago
                self._lake.absolute(d.file.path).unlink(missing_ok=True)
                d.file = None


_SCRATCH = "opswheel-load-"


def _forget_old_scratch(own: Path) -> None:
    """Delete scratch folders of loads that were killed: copies of reports in them may name buyers.

    They are old beside `own`, which was made just now by the same disk's clock.
    """
    limit = own.stat().st_mtime - ORPHAN_SECONDS
    for left in own.parent.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < limit:
                shutil.rmtree(left, ignore_errors=True)


def _plain(context: Context) -> Context:
    """A context without its name: what two channels whose files read alike have in common."""
    return replace(context, account="", channel="")


def _may_be_empty(job: Job) -> bool:
    """A list of exceptions may hold none: then it is loaded, because it says that all is well."""
    which = job.reader
    return which.table.kind == "snapshot" and not which.lists_everything and not which.row_by_row


def _all_bad(job: Job, rejects: list[Reject]) -> UnreadableFile:
    first = rejects[0]
    return UnreadableFile(
        f"{job.title}: none of its rows can be read (line {first.line}, column {first.column!r}: {first.reason}).",
        "Check the export.",
    )


def _refused(shown: str, error: RefusedFile | OSError) -> FileResult:
    if isinstance(error, OSError):
        error = UnreadableFile(f"{shown} cannot be read ({error.strerror}).", "Check its rights and the disk.")
    return FileResult(shown, "refused", error=str(error), code=error.code)


def _result(shown: str, status: str, row: Any, notes: Sequence[str] = ()) -> FileResult:
    return FileResult(
        path=shown,
        status=status,
        report=row["report"],
        table=row["table_name"],
        channel=row["channel"],
        rows=row["rows"],
        rejected=row["rejected"],
        days=(row["from_day"], row["to_day"]),
        notes=list(notes),
    )

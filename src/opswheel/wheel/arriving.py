"""One file on its way into the lake: which deliveries it makes, of which days, complete or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock, channel_day, day_start
from ..core.contracts import DELIVERIES, LAKE_FILES
from ..core.errors import BadDays
from ..core.identity import DEFAULT_ACCOUNT, EVERYWHERE, delivery_id
from ..core.reader import Context, Reader
from ..core.settings import Place
from ..storage.duck import quote
from ..storage.ingest import Ingest, Share
from ..storage.lake import Lake, LakeFile
from ..visibility import arrival
from ..visibility.arrival import NOTHING_SAID, Stated

Period = tuple[str, date, date, int]
"""(level, first day, last day, rows)."""


ACCEPTED = "accepted: it counts now"


@dataclass(frozen=True)
class Said:
    """What the command line says about every file of a load."""

    account: str = DEFAULT_ACCOUNT
    channel: str = ""
    days: Stated = NOTHING_SAID
    accept: bool = False
    by: str = "local"


@dataclass(frozen=True)
class Job:
    """A staged file: its name, its bytes' checksum and age, its reader, and what was said about it."""

    name: str
    title: str
    checksum: str
    modified: datetime
    reader: Reader
    said: Said


@dataclass(frozen=True)
class Part:
    """The rows of a file that make one delivery, and how many more of them could not be read.

    `day_only` says that the file holds rows of other days too.
    """

    channel: str
    day: date | None
    hints: tuple[str, ...]
    bad: int = 0
    day_only: bool = False


@dataclass
class Delivery:
    """One arrival, ready for the ledger; without a file if it was there already."""

    row: dict[str, Any]
    file: LakeFile | None = None
    coverage: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = True
    confirms: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Days:
    first: date
    last: date
    known_at: datetime
    periods: list[Period]
    untold: tuple[date | None, date | None] = (None, None)


@dataclass(frozen=True)
class _Compared:
    share: float
    odd: str
    agrees: bool
    confirms: list[int]


def context_for(where: Place) -> Context:
    """What parsing needs to know about a channel."""
    return Context(
        account=where.account,
        channel=where.channel,
        currency=where.currency,
        zone=where.zone,
        comma_decimals=where.comma_decimals,
        day_first=not where.channel.upper().endswith((":US", ":MX")),
    )


def parts(channels: dict[str, str], shares: Sequence[Share]) -> list[Part]:
    """The deliveries a file makes, days in order. Bad rows whose channel or day is unclear count with the first."""
    hints: dict[tuple[str, date | None], list[str]] = {}
    filled = [s for s in shares if s.rows] or [s for s in shares if s.hint in channels]
    for share in sorted(filled, key=lambda s: (s.day or date.min, channels[s.hint], s.hint)):
        hints.setdefault((channels[share.hint], share.day), []).append(share.hint)
    bad = dict.fromkeys(hints, 0)
    first = next(iter(hints))
    for share in shares:
        place = (channels.get(share.hint, first[0]), share.day)
        bad[place if place in bad else next((p for p in bad if p[0] == place[0]), first)] += share.bad
    several = len({day for _, day in hints}) > 1
    return [Part(channel, day, tuple(own), bad[channel, day], several) for (channel, day), own in hints.items()]


def stated_for(job: Job, where: Place) -> Stated:
    """What was said about a file's days, else what its own name tells, else its archive's."""
    day_first = context_for(where).day_first
    own = arrival.stated_days(job.name, job.said.days, day_first=day_first)
    return own if own != NOTHING_SAID else arrival.stated_days(job.title, job.said.days, day_first=day_first)


class Arriving:
    """Turns the staged rows of one channel (and day) into a lake file and its ledger rows."""

    def __init__(self, *, lake: Lake, ingest: Ingest, clock: Clock, connection: sa.Connection) -> None:
        self._lake = lake
        self._ingest = ingest
        self._clock = clock
        self._connection = connection

    def deliver(self, job: Job, where: Place, part: Part) -> Delivery:
        """Write the lake file of one delivery and describe it; nothing is visible yet."""
        reader, table = job.reader, job.reader.table
        days = self._days(job, where, part)
        number = delivery_id(
            job.checksum, where.account, where.channel, reader.report, days.first, days.last, reader.version
        )
        if known := self._known(number):
            return Delivery(known, notes=_notes_again(known, accept=job.said.accept))
        target = self._lake.new_path(table.name)
        constants = _constants(table.kind, where, days, number)
        rows, repeated = self._ingest.write(
            table, part.hints, target, constants, day=part.day if part.day_only else None
        )
        file = self._lake.describe(
            target,
            table.name,
            (where.account, where.channel),
            from_day=days.first,
            to_day=days.last,
            source=reader.report,
            deliveries=(number,),
            rows=rows,
            reader_version=reader.version,
        )
        compared = self._compare(reader, where, days, target, rows=rows, bad=part.bad)
        accepted = bool(compared.odd) and not compared.agrees and job.said.accept
        row = {
            "id": number,
            "account": where.account,
            "channel": where.channel,
            "report": reader.report,
            "table_name": table.name,
            "file_name": job.name,
            "checksum": job.checksum,
            "reader_version": reader.version,
            "landed_at": self._clock.now(),
            "known_at": days.known_at,
            "from_day": days.first,
            "to_day": days.last,
            "rows": rows,
            "rejected": part.bad,
            "share_absent": compared.share,
            "partial": bool(compared.odd),
            "accepted_by": job.said.by if accepted else None,
            "note": compared.odd or None,
        }
        complete = not compared.odd or compared.agrees or accepted
        coverage = [
            {"delivery_id": number, "level": level, "from_day": a, "to_day": b, "rows": n}
            for level, a, b, n in days.periods
        ]
        return Delivery(row, file, coverage, complete, compared.confirms, _notes(compared, repeated, complete))

    def _known(self, number: int) -> dict[str, Any] | None:
        table = DELIVERIES.sql_table()
        row = self._connection.execute(sa.select(table).where(table.c.id == number)).first()
        return dict(row._mapping) if row else None

    def dated(self, job: Job, where: Place, hints: Sequence[str]) -> list[Share]:
        """The shares of a snapshot's staged rows, each with its morning; rows that name none get the file's."""
        shares = [s for s in self._ingest.shares(by_day=True) if s.hint in hints]
        days = {s.day for s in shares if s.rows} or {None}
        settled = {d: self._snapshot_day(job, where, inside=d, several=len(days) > 1) for d in days}
        if len(days) == 1:
            return [replace(s, day=settled.get(s.day)) for s in shares] or [Share(hints[0], settled[None], 0)]
        if None in days:
            self._ingest.fill_day(settled[None])
            shares = [s for s in self._ingest.shares(by_day=True) if s.hint in hints]
        return shares

    def _snapshot_day(self, job: Job, where: Place, *, inside: date | None, several: bool) -> date:
        """The morning rows of a snapshot were taken on. Of several, none may lie after the day of export."""
        stated = stated_for(job, where)
        said = stated.day or stated.to_day
        if several and inside and said and inside <= said:
            stated = NOTHING_SAID
        return arrival.snapshot_day(
            job.title,
            stated,
            inside,
            where,
            modified=job.modified,
            now=self._clock.now(),
            pinned=self._clock.pinned,
        )

    def _days(self, job: Job, where: Place, part: Part) -> _Days:
        kind = job.reader.table.kind
        if kind == "snapshot":
            assert part.day is not None
            return _Days(part.day, part.day, day_start(part.day, where.zone), [("", part.day, part.day, 0)])
        if kind == "period":
            return self._period_days(job, where, part)
        return self._event_days(job, where, part)

    def _period_days(self, job: Job, where: Place, part: Part) -> _Days:
        stated = stated_for(job, where)
        periods: list[Period] = []
        for level, first, last, n in self._ingest.periods(job.reader.table, part.hints):
            a, b = first or stated.from_day, last or stated.to_day
            if a is None or b is None:
                raise BadDays(
                    f"{job.title} does not say which days it covers.", "Say --from YYYY-MM-DD --to YYYY-MM-DD."
                )
            if a > b:
                raise BadDays(f"{job.title} has a period that ends on {b}, before it begins on {a}.", "Mend the file.")
            periods.append((level, a, b, n))
        first, last = min(p[1] for p in periods), max(p[2] for p in periods)
        known_at = arrival.known_after("period", job.title, stated, last, where, now=self._clock.now())
        return _Days(first, last, known_at, periods, (stated.from_day, stated.to_day))

    def _event_days(self, job: Job, where: Place, part: Part) -> _Days:
        now = self._clock.now()
        first, last = self._ingest.span(part.hints, "day")
        if job.reader.table.name == "rates":
            return _Days(first, last, min(day_start(last, where.zone), now), [("", first, last, 0)])
        stated = stated_for(job, where)
        known_at = arrival.known_after("event", job.title, stated, last, where, now=now)
        updated = self._ingest.span(part.hints, "updated_at")
        covered = arrival.covered_by_events(
            (first, last),
            (channel_day(updated[0], where.zone), channel_day(updated[1], where.zone)),
            stated,
            channel_day(known_at, where.zone),
            lines=self._ingest.count(part.hints),
        )
        return _Days(first, last, known_at, [("", *covered, 0)] if covered else [])

    def _compare(  # noqa: PLR0913
        self, reader: Reader, where: Place, days: _Days, target: Path, *, rows: int, bad: int
    ) -> _Compared:
        """Whether a delivery looks partial beside the one before it, and whether a partial one before it agrees."""
        compared = reader.table.kind == "snapshot" and reader.compared and not reader.row_by_row
        before = self._previous(reader.report, where, days.last, complete=True) if compared else None
        key = [k for k in reader.table.key if k != "day"]
        old, absent, _ = self._ingest.overlap(before[1], before[0], target, key) if before else (0, 0, 0)
        share, odd = arrival.completeness(
            lists_everything=reader.lists_everything, before=old, absent=absent, rows=rows, rejected=bad
        )
        if not odd or not before or arrival.bad_share(rows, bad) > arrival.BAD_ROWS:
            return _Compared(share, odd, False, [])
        waiting = self._previous(reader.report, where, days.last, complete=False)
        if not waiting or waiting[2] <= before[2]:
            return _Compared(share, odd, False, [])
        first, missing, now = self._ingest.overlap(waiting[1], waiting[0], target, key)
        agrees = (first - missing) / max(first, now, 1) >= arrival.AGREEMENT
        return _Compared(share, odd, agrees, [waiting[0]] if agrees and waiting[3] <= arrival.BAD_ROWS else [])

    def _previous(
        self, report: str, where: Place, until: date, *, complete: bool
    ) -> tuple[int, Path, tuple[date, int], float] | None:
        """The latest earlier delivery, the complete one or one that waits: number, file, place in time, bad share."""
        table = DELIVERIES.sql_table()
        done = table.c.complete_in.is_not(None) if complete else table.c.complete_in.is_(None)
        query = (
            sa.select(table)
            .where(
                table.c.report == report,
                table.c.account == where.account,
                table.c.channel == where.channel,
                table.c.to_day <= until,
                table.c.to_day >= until - timedelta(days=400),
                done,
            )
            .order_by(table.c.to_day.desc(), table.c.version.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        path = file_of_delivery(self._connection, row.id, row.table_name) if row else None
        if row is None or path is None:
            return None
        return row.id, self._lake.absolute(path), (row.to_day, row.version), arrival.bad_share(row.rows, row.rejected)


def waiting_note(odd: str | None) -> str:
    """What a delivery that looked partial waits for."""
    return (
        f"looks partial ({odd}): the delivery before it stays current until a second one agrees, "
        "or you load this one with --accept"
    )


def _notes_again(known: dict[str, Any], *, accept: bool) -> list[str]:
    if known["complete_in"] is not None:
        return []
    return [ACCEPTED if accept else waiting_note(known["note"])]


def _notes(compared: _Compared, repeated: int, complete: bool) -> list[str]:
    notes = [f"{repeated:,} rows repeat a SKU; the last one counts"] if repeated else []
    if not complete:
        notes.append(waiting_note(compared.odd))
    if compared.agrees:
        notes.append("agrees with the delivery that looked partial: both count")
    return notes


def _constants(kind: str, where: Place, days: _Days, number: int) -> dict[str, str]:
    constants = {
        "account": quote(where.account),
        "channel": quote(where.channel),
        "known_at": f"TIMESTAMP '{days.known_at}'",
        "delivery_id": f"{number}::BIGINT",
    }
    if kind == "snapshot":
        constants["day"] = f"DATE '{days.last}'"
    if kind == "period":
        constants |= {n: f"DATE '{d}'" for n, d in zip(("from_day", "to_day"), days.untold, strict=True) if d}
    return constants


def channels_of(job: Job, folder: str, hints: list[str], known: list[str]) -> dict[str, str]:
    """Which channel each hint of a file stands for; exchange rates and people belong to none."""
    if job.reader.table.name in ("rates", "headcount"):
        return dict.fromkeys(hints, EVERYWHERE)
    return arrival.choose_channels(job.title, said=job.said.channel, folder=folder, hints=hints, known=known)


def file_of_delivery(connection: sa.Connection, number: int, table_name: str) -> str | None:
    """The manifest path that holds a delivery's rows now."""
    files = LAKE_FILES.sql_table()
    held = sa.or_(
        *(files.c.deliveries.like(p) for p in (f"[{number}]", f"[{number},%", f"% {number},%", f"% {number}]"))
    )
    query = sa.select(files.c.path).where(files.c.table_name == table_name, files.c.removed_in.is_(None), held)
    return connection.execute(query).scalar()


def modified_at(path: Path) -> datetime:
    """When a file was last written, naive UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)

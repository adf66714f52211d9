"""One file on its way into the lake: which deliveries it makes, of which days, complete or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock, channel_day, day_start
from ..core.contracts import DELIVERIES, LAKE_FILES
from ..core.errors import BadDays, NoChannel
from ..core.identity import DEFAULT_ACCOUNT, EVERYWHERE, delivery_id
from ..core.reader import Context, Reader
from ..core.settings import Place
from ..storage.ingest import Ingest, Reject, Share
from ..storage.lake import Lake, LakeFile
from ..visibility import arrival
from ..visibility.arrival import Stated


@dataclass(frozen=True)
class Said:
    """What the command line says about every file of a load."""

    account: str = DEFAULT_ACCOUNT
    channel: str = ""
    days: Stated = Stated()
    accept: bool = False
    by: str = "local"


@dataclass
class Delivery:
    """One arrival, ready for the ledger."""

    row: dict[str, Any]
    coverage: list[dict[str, Any]]
    file: LakeFile
    complete: bool
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """A staged file: what was said, what was read, what was refused."""

    path: Path
    checksum: str
    reader: Reader
    said: Said
    rejects: list[Reject]
    bad: int


@dataclass(frozen=True)
class _Days:
    first: date
    last: date
    known_at: datetime
    periods: list[tuple[str, date, date]]


def context_for(where: Place, key: str) -> Context:
    """What parsing needs to know about a channel."""
    return Context(
        account=where.account,
        channel=where.channel,
        currency=where.currency,
        zone=where.zone,
        comma_decimals=where.comma_decimals,
        day_first=not where.channel.upper().endswith((":US", ":MX")),
        key=key,
    )


def parts(channels: dict[str, str], shares: list[Share]) -> list[tuple[str, date | None, list[str]]]:
    """(channel, day, hints) of each delivery a file makes; days in order."""
    found: dict[tuple[str, date | None], list[str]] = {}
    for share in shares:
        found.setdefault((channels[share.hint], share.day), []).append(share.hint)
    return [(channel, day, hints) for (channel, day), hints in found.items()]


class Arriving:
    """Turns the staged rows of one channel (and day) into a lake file and its ledger rows."""

    def __init__(self, *, lake: Lake, ingest: Ingest, clock: Clock, connection: sa.Connection) -> None:
        self._lake = lake
        self._ingest = ingest
        self._clock = clock
        self._connection = connection

    def deliver(self, job: Job, where: Place, hints: list[str], day: date | None) -> Delivery:
        """Write the lake file of one delivery and describe it; nothing is visible yet."""
        reader, table = job.reader, job.reader.table
        days = self._days(job, where, hints, day)
        number = delivery_id(
            job.checksum, where.account, where.channel, reader.report, days.first, days.last, reader.version
        )
        target = self._lake.new_path(table.name)
        constants = _constants(table.kind, where, days, number)
        rows, repeated = self._ingest.write(table, hints, target, constants, day=day)
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
        share, odd, agreed = self._compare(job, where, days, target, rows)
        landed, accepted = self._clock.now(), bool(odd) and job.said.accept
        row = {
            "id": number,
            "account": where.account,
            "channel": where.channel,
            "report": reader.report,
            "table_name": table.name,
            "file_name": job.path.name,
            "checksum": job.checksum,
            "reader_version": reader.version,
            "landed_at": landed,
            "known_at": days.known_at,
            "from_day": days.first,
            "to_day": days.last,
            "rows": rows,
            "rejected": job.bad,
            "share_absent": share,
            "partial": bool(odd),
            "accepted_by": job.said.by if accepted else None,
            "note": odd or None,
        }
        coverage = [
            {"delivery_id": number, "level": level, "from_day": a, "to_day": b, "rows": rows}
            for level, a, b in days.periods
        ]
        notes = [f"{repeated:,} rows repeat a SKU; the last one counts"] if repeated else []
        complete = not odd or agreed or accepted
        if not complete:
            notes.append(
                f"looks partial ({odd}): the delivery before it stays current until a second one agrees, "
                "or you load this one with --accept"
            )
        return Delivery(row, coverage, file, complete, job.rejects, notes)

    def _days(self, job: Job, where: Place, hints: list[str], day: date | None) -> _Days:
        stated = arrival.stated_days(job.path.name, job.said.days, day_first=context_for(where, "").day_first)
        if job.reader.table.kind == "snapshot":
            return self._snapshot_days(job, where, stated, day)
        if job.reader.table.kind == "period":
            return self._period_days(job, where, hints, stated)
        return self._event_days(job, where, hints, stated)

    def _snapshot_days(self, job: Job, where: Place, stated: Stated, inside: date | None) -> _Days:
        modified = datetime.fromtimestamp(job.path.stat().st_mtime, UTC).replace(tzinfo=None)
        several = len({s.day for s in self._ingest.shares(by_day=True)}) > 1
        chosen = arrival.snapshot_day(
            job.path.name,
            Stated() if several else stated,
            inside,
            where,
            modified=modified,
            now=self._clock.now(),
            pinned=self._clock.pinned,
        )
        return _Days(chosen, chosen, day_start(chosen, where.zone), [("", chosen, chosen)])

    def _period_days(self, job: Job, where: Place, hints: list[str], stated: Stated) -> _Days:
        periods = [p for p in self._ingest.periods(hints) if p[1] and p[2]]
        if not periods:
            if not (stated.from_day and stated.to_day):
                raise BadDays(
                    f"{job.path.name} does not say which days it covers.", "Say --from YYYY-MM-DD --to YYYY-MM-DD."
                )
            levels = {p[0] for p in self._ingest.periods(hints)} or {""}
            periods = [(level, stated.from_day, stated.to_day) for level in sorted(levels)]
        first, last = min(p[1] for p in periods), max(p[2] for p in periods)
        exported = Stated(job.said.days.day)
        known_at = arrival.known_after(job.path.name, exported, last, where, now=self._clock.now())
        return _Days(first, last, known_at, periods)

    def _event_days(self, job: Job, where: Place, hints: list[str], stated: Stated) -> _Days:
        first, last = self._ingest.span(hints, "day")
        if job.reader.table.name == "rates":
            return _Days(first, last, day_start(last, where.zone), [("", first, last)])
        known_at = arrival.known_after(job.path.name, stated, last, where, now=self._clock.now())
        updated = self._ingest.span(hints, "updated_at")
        covered = arrival.covered_by_events(
            (first, last),
            (channel_day(updated[0], where.zone), channel_day(updated[1], where.zone)),
            stated,
            channel_day(known_at, where.zone),
        )
        return _Days(first, last, known_at, [("", *covered)] if covered else [])

    def _compare(self, job: Job, where: Place, days: _Days, target: Path, rows: int) -> tuple[float, str, bool]:
        """(share absent, why it looks partial, whether the partial delivery before it agrees)."""
        reader = job.reader
        own = reader.table.kind != "snapshot" or reader.export == "own layout" or reader.row_by_row
        before = None if own else self._previous(reader.report, where, days.last, complete=True)
        key = [k for k in reader.table.key if k != "day"]
        old, absent, _ = self._ingest.overlap(*before, target, key) if before else (0, 0, 0)
        share, odd = arrival.completeness(
            lists_everything=reader.lists_everything, before=old, absent=absent, rows=rows, rejected=job.bad
        )
        waiting = self._previous(reader.report, where, days.last, complete=False) if odd and not own else None
        if not waiting or job.bad:
            return share, odd, False
        first, missing, now = self._ingest.overlap(*waiting, target, key)
        return share, odd, (first - missing) / max(first, now, 1) >= arrival.AGREEMENT

    def _previous(
        self, report: str, where: Place, before: date, *, complete: bool
    ) -> tuple[Path, tuple[int, ...]] | None:
        """The lake file of the latest earlier delivery: the complete one, or one that waits for a second."""
        table = DELIVERIES.sql_table()
        done = table.c.complete_in.is_not(None) if complete else table.c.complete_in.is_(None)
        query = (
            sa.select(table.c.id)
            .where(
                table.c.report == report,
                table.c.account == where.account,
                table.c.channel == where.channel,
                table.c.to_day < before,
                table.c.to_day >= before - timedelta(days=400),
                done,
            )
            .order_by(table.c.to_day.desc(), table.c.version.desc())
            .limit(1)
        )
        number = self._connection.execute(query).scalar()
        path = file_of_delivery(self._connection, number) if number is not None else None
        return (self._lake.absolute(path), (number,)) if path and number is not None else None


def _constants(kind: str, where: Place, days: _Days, number: int) -> dict[str, str]:
    constants = {
        "account": f"'{where.account}'",
        "channel": f"'{where.channel}'",
        "known_at": f"TIMESTAMP '{days.known_at}'",
        "delivery_id": f"{number}::BIGINT",
    }
    if kind == "snapshot":
        constants["day"] = f"DATE '{days.last}'"
    if kind == "period":
        constants |= {"from_day": f"DATE '{days.first}'", "to_day": f"DATE '{days.last}'"}
    return constants


def channels_of(
    job_name: str, reader: Reader, said: Said, folder: str, hints: list[str], known: list[str]
) -> dict[str, str]:
    """Which channel each hint of a file stands for; exchange rates belong to none."""
    if reader.table.name == "rates":
        return dict.fromkeys(hints, EVERYWHERE)
    channels = arrival.choose_channels(job_name, said=said.channel, folder=folder, hints=hints, known=known)
    if any("'" in c or "|" in c for c in channels.values()):
        raise NoChannel(f"{job_name} names a channel Opswheel cannot use.", 'Write it like "amazon:US".')
    return channels


def file_of_delivery(connection: sa.Connection, number: int) -> str | None:
    """The manifest path that holds a delivery's rows now."""
    files = LAKE_FILES.sql_table()
    held = sa.or_(
        *(files.c.deliveries.like(p) for p in (f"[{number}]", f"[{number},%", f"% {number},%", f"% {number}]"))
    )
    return connection.execute(sa.select(files.c.path).where(files.c.removed_in.is_(None), held)).scalar()

"""Retention: what has been kept long enough leaves the manifest; compaction then deletes its files.

The newest delivery of each list stays however old it is: a price list of three years ago is still the price list. What
people did to issues and what it taught is kept for ever.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import (
    DELIVERIES,
    FACTS,
    JOBS,
    KEPT_ANSWERS,
    NOTICES,
    RESULTS,
    SESSIONS,
    WEBHOOK_DELIVERIES,
    Contract,
)
from ..core.settings import Settings
from ..storage.lake import LakeFile, commit, files_at, manifest_version
from ..storage.ledger import Ledger
from .jobs_feed import sweep

_KIND = {c.name: c.kind for c in (*FACTS, *RESULTS)}
_SOON = timedelta(days=1)


def expire(ledger: Ledger, settings: Settings, *, now: datetime, wall: datetime) -> dict[str, int]:
    """Let go of what is older than `[retention]` says; returns how much, by what it was."""
    kept = settings.retention
    with ledger.read() as connection:
        newest = _newest(connection)
        old = [
            f.path
            for f in files_at(connection, manifest_version(connection))
            if _too_old(f, now.date(), facts=kept.facts_months, results=kept.results_months)
            and not newest & set(f.deliveries)
        ]
    for part in chunks(old):
        with ledger.write() as connection:
            commit(connection, at=now, why="retention", remove=part)
    before = wall - timedelta(days=kept.sent_days)
    with ledger.write() as connection:
        sweep(connection)
        return {"lake_files": len(old)} | {
            JOBS.name: _delete(connection, JOBS, JOBS.sql_table().c.changed_at < before, _ended(JOBS)),
            WEBHOOK_DELIVERIES.name: _deliveries(connection, before),
            NOTICES.name: _notices(connection, now - timedelta(days=kept.sent_days)),
            SESSIONS.name: _delete(connection, SESSIONS, SESSIONS.sql_table().c.ends_at < wall),
            KEPT_ANSWERS.name: _delete(connection, KEPT_ANSWERS, KEPT_ANSWERS.sql_table().c.at < wall - _SOON),
        }


def _ended(contract: Contract) -> sa.ColumnElement[bool]:
    return contract.sql_table().c.state.in_(("done", "sent", "dead"))


def _delete(connection: sa.Connection, contract: Contract, *old: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(contract.sql_table().delete().where(*old)).rowcount)


def _deliveries(connection: sa.Connection, before: datetime) -> int:
    """Old deliveries; of what may still be true, such as a broken promise, it is kept that it was told, not what."""
    table = WEBHOOK_DELIVERIES.sql_table()
    old = [table.c.made_at < before, _ended(WEBHOOK_DELIVERIES)]
    lasting = table.c.event.in_(("breached", "run_finished"))
    connection.execute(table.update().where(*old, lasting, table.c.body != "").values(body=""))
    return _delete(connection, WEBHOOK_DELIVERIES, *old, ~lasting)


def _notices(connection: sa.Connection, before: datetime) -> int:
    """Of old notices it is kept that they were told, so that they are not told again; what they said is not."""
    table = NOTICES.sql_table()
    old = table.update().where(table.c.at < before, _ended(NOTICES), table.c.words != "")
    return int(connection.execute(old.values(words="")).rowcount)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    whole = day.year * 12 + day.month - 1 - months
    first = date(whole // 12, whole % 12 + 1, 1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), end)


def _too_old(file: LakeFile, today: date, *, facts: int, results: int) -> bool:
    last = file.to_day or file.from_day
    if last is None:
        return False
    return last < months_before(today, results if _KIND.get(file.table_name) == "result" else facts)


def _newest(connection: sa.Connection) -> set[int]:
    """The last delivery of each list, channel and report: snapshots have no other way to be current."""
    table = DELIVERIES.sql_table()
    grain = (table.c.table_name, table.c.account, table.c.channel, table.c.report)
    lists = [name for name, kind in _KIND.items() if kind == "snapshot"]
    latest = sa.select(*grain, sa.func.max(table.c.from_day).label("day")).where(table.c.table_name.in_(lists))
    found = latest.group_by(*grain).subquery()
    same = sa.and_(*(found.c[c.name] == c for c in grain), found.c.day == table.c.from_day)
    return set(connection.execute(sa.select(table.c.id).join(found, same)).scalars())

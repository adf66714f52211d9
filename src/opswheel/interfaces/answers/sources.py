"""Every source by channel: how fresh, what landed last, what was refused, what is not seen and what that hides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.clock import channel_day
from ...core.contracts import DELIVERIES, LEASES, RUNS
from ...core.errors import Conflict, NotFound, WrongUse
from ...core.identity import EVERYWHERE
from ...core.settings import place
from ...resolution.queue import last_run
from ...storage.lake import commit
from ...wheel.lease import STALE
from ..wiring import Workspace

LAST_FILES = 12
_REJECTS = re.compile(r"\d{8}T\d{6}-[0-9a-f]{12}\.csv")
Sees = Callable[[str], bool]


def sources_answer(workspace: Workspace, sees: Sees = lambda _: True) -> dict[str, Any]:
    """Channels with their sources, deliveries that wait to be accepted, the last files, and the run at work."""
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        newest = _newest(connection)
        waiting = _rows(connection, DELIVERIES.sql_table().c.complete_in.is_(None), None)
        files = _rows(connection, None, LAST_FILES)
        working = at_work(connection, workspace)
    blind = {(b["account"], b["channel"], b["report"]): b for b in (json.loads(run.summary)["blind"] if run else [])}
    held = _kept_rejects(workspace)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in newest:
        if row["account"] == EVERYWHERE or sees(row["account"]):
            key = (row["account"], row["channel"])
            found.setdefault(key, []).append(_source(workspace, row, blind.pop((*key, row["report"]), None), held))
    for (account, channel, report), told in blind.items():
        if sees(account):
            found.setdefault((account, channel), []).append(_never_loaded(workspace, report, told))
    seen = [s for sources in found.values() for s in sources]
    return {
        "channels": [
            {
                "account": account,
                "channel": channel,
                "sources": sorted(sources, key=lambda s: (not s["blind"], s["title"])),
            }
            for (account, channel), sources in sorted(found.items())
        ],
        "waiting": [_delivery(workspace, r, held) for r in waiting if sees(r.account)],
        "files": [_delivery(workspace, r, held) for r in files if r.account == EVERYWHERE or sees(r.account)],
        "total": len(seen),
        "blind": sum(1 for s in seen if s["blind"]),
        "run": None if run is None else {"id": run.id, "as_of": run.as_of, "summary": json.loads(run.summary)},
        "working": working,
        "landed_since": run is not None and any(r.landed_at > run.as_of for r in files),
    }


def at_work(connection: sa.Connection, workspace: Workspace) -> dict[str, Any] | None:
    """The run that is being made, if somebody alive holds its lease."""
    leases, runs = LEASES.sql_table(), RUNS.sql_table()
    held = connection.execute(sa.select(leases).where(leases.c.name == "run")).one_or_none()
    if held is None or workspace.clock.wall() - held.heartbeat_at > STALE:
        return None
    begun = connection.execute(
        sa.select(runs.c.id, runs.c.started_at).where(runs.c.finished_at.is_(None)).order_by(runs.c.id.desc()).limit(1)
    ).one_or_none()
    return {"run": None if begun is None else begun.id, "since": None if begun is None else begun.started_at}


def _newest(connection: sa.Connection) -> list[dict[str, Any]]:
    """The delivery that speaks of the latest day, of each report and channel, and how many there were."""
    table = DELIVERIES.sql_table()
    by = (table.c.account, table.c.channel, table.c.report)
    number = sa.func.row_number().over(partition_by=by, order_by=(table.c.to_day.desc(), table.c.version.desc()))
    count = sa.func.count().over(partition_by=by)
    ranked = sa.select(table, number.label("place"), count.label("deliveries")).subquery()
    rows = connection.execute(sa.select(ranked).where(ranked.c.place == 1)).all()
    return [dict(r._mapping) for r in rows]


def _rows(connection: sa.Connection, where: Any, limit: int | None) -> list[Any]:
    table = DELIVERIES.sql_table()
    query = sa.select(table).order_by(table.c.landed_at.desc(), table.c.version.desc(), table.c.id)
    if where is not None:
        query = query.where(where)
    return list(connection.execute(query if limit is None else query.limit(limit)).all())


def _titles(workspace: Workspace) -> dict[str, Any]:
    return {r.report: r for r in workspace.readers}


def _source(workspace: Workspace, row: dict[str, Any], blind: dict[str, Any] | None, held: set[str]) -> dict[str, Any]:
    reader = _titles(workspace).get(row["report"])
    today = channel_day(workspace.clock.now(), place(workspace.settings, row["account"], row["channel"]).zone)
    last: date | None = row["to_day"]
    return {
        "report": row["report"],
        "title": reader.title if reader else row["report"],
        "table": row["table_name"],
        "last_day": last,
        "days_old": None if last is None else (today - last).days,
        "rhythm": None if reader is None or not reader.expected_days else reader.expected_days,
        "landed_at": row["landed_at"],
        "file": row["file_name"],
        "rows": row["rows"],
        "rejected": row["rejected"],
        "rejects": _rejects_name(row["landed_at"], row["id"], held),
        "deliveries": row["deliveries"],
        "blind": blind,
    }


def _never_loaded(workspace: Workspace, report: str, told: dict[str, Any]) -> dict[str, Any]:
    reader = _titles(workspace).get(report)
    nothing = dict.fromkeys(("last_day", "days_old", "landed_at", "file", "rejects"))
    rhythm = reader.expected_days if reader else None
    counts = {"rows": 0, "rejected": 0, "deliveries": 0, "table": reader.table.name if reader else ""}
    return (
        {"report": report, "title": reader.title if reader else report, "rhythm": rhythm, "blind": told}
        | nothing
        | counts
    )


def _delivery(workspace: Workspace, row: Any, held: set[str]) -> dict[str, Any]:
    reader = _titles(workspace).get(row.report)
    return {
        "id": row.id,
        "account": row.account,
        "channel": row.channel,
        "title": reader.title if reader else row.report,
        "file": row.file_name,
        "landed_at": row.landed_at,
        "from_day": row.from_day,
        "to_day": row.to_day,
        "rows": row.rows,
        "rejected": row.rejected,
        "rejects": _rejects_name(row.landed_at, row.id, held),
        "note": row.note,
        "waits": row.complete_in is None,
        "accepted_by": row.accepted_by,
    }


def _kept_rejects(workspace: Workspace) -> set[str]:
    return {p.name for p in workspace.rejects.glob("*.csv")}


def _rejects_name(landed_at: datetime, number: int, held: set[str]) -> str | None:
    name = f"{landed_at.strftime('%Y%m%dT%H%M%S')}-{number:012x}.csv"
    return name if name in held else None


def rejects_file(workspace: Workspace, name: str, sees: Sees = lambda _: True) -> Path:
    """The list of refused rows of one load; its cells cannot run in a spreadsheet.

    Raises NotFound where there is none, or no longer, or it belongs to an account one does not see.
    """
    path = workspace.rejects / name
    if not _REJECTS.fullmatch(name) or not path.is_file() or not _may_see(workspace, name, sees):
        days = workspace.settings.retention.rejects_days
        raise NotFound("There is no such list of refused rows.", f"They are kept for {days} days.")
    return path


def _may_see(workspace: Workspace, name: str, sees: Sees) -> bool:
    table = DELIVERIES.sql_table()
    number = int(name.partition("-")[2].removesuffix(".csv"), 16)
    with workspace.ledger.read() as connection:
        account = connection.execute(sa.select(table.c.account).where(table.c.id == number)).scalar()
    return account is not None and (account == EVERYWHERE or sees(account))


def accept_delivery(
    workspace: Workspace, number: int, why: str, by: str, sees: Sees = lambda _: True
) -> dict[str, Any]:
    """A delivery that looked partial counts from now on: the rows it lacks are gone. The reason stays with it.

    Raises NotFound, Conflict where it counts already, WrongUse without a reason.
    """
    if not why.strip():
        raise WrongUse("Why is it complete?", "Say it in a few words: whoever wonders later will read them.")
    table = DELIVERIES.sql_table()
    with workspace.ledger.write() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
        if row is None or not sees(row.account):
            raise NotFound("There is no such delivery.", "Look at the sources again.")
        if row.complete_in is not None:
            raise Conflict(f"{row.file_name} counts already.", "Nothing was changed.")
        version = commit(connection, at=workspace.clock.now(), why=f"{by} accepted a partial delivery")
        note = f"{row.note or 'looked partial'}; accepted: {why.strip()[:500]}"
        done = table.update().where(table.c.id == number, table.c.complete_in.is_(None))
        connection.execute(done.values(complete_in=version, accepted_by=by, note=note))
        return {"id": number, "file": row.file_name, "channel": row.channel}

"""The audit log: who did what, when, to what, from where. There is no way here to change or delete a row."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts.people import AUDIT_LOG

_written = itertools.count()
COMMAND = "command"
LONGEST = 2_000
"""The most characters of one value that are kept."""


@dataclass(frozen=True)
class Doer:
    """Who does something, how they are known, and from where."""

    name: str | None
    via: str = COMMAND
    address: str | None = None


def record(  # noqa: PLR0913
    connection: sa.Connection,
    doer: Doer,
    what: str,
    subject: str | None = None,
    *,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one row down, in the transaction of what it tells of. Secrets must not be among `detail`."""
    row = {
        "id": _id(at),
        "at": at,
        "who": doer.name,
        "via": doer.via,
        "what": what,
        "subject": subject,
        "address": doer.address,
        "detail": json.dumps({k: _short(v) for k, v in (detail or {}).items()}, default=str),
    }
    connection.execute(AUDIT_LOG.sql_table().insert(), [row])


def listed(
    connection: sa.Connection, *, who: str | None = None, what: str | None = None, before: str | None = None, limit: int
) -> list[dict[str, Any]]:
    """The newest rows first, those before the row `before` where one is named."""
    log = AUDIT_LOG.sql_table()
    query = sa.select(log).order_by(log.c.id.desc()).limit(limit)
    for column, value in ((log.c.who, who), (log.c.what, what)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(log.c.id < before)
    return [_json(row) for row in connection.execute(query)]


def _json(row: Any) -> dict[str, Any]:
    told = {k: row._mapping[k] for k in ("id", "who", "via", "what", "subject", "address")}
    return told | {"at": show_moment(row.at), "detail": json.loads(row.detail)}


def _id(at: datetime) -> str:
    """Rises with time; within one moment as they were written by this process, and no two are the same."""
    micros = int(at.replace(tzinfo=UTC).timestamp() * 1_000_000)
    return f"{micros:016x}{next(_written) % 65_536:04x}{secrets.token_hex(4)}"


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, Mapping):
        return {str(k)[:100]: _short(v) for k, v in list(value.items())[:50]}
    if isinstance(value, list | tuple | set | frozenset):
        return [_short(v) for v in list(value)[:200]]
    return value

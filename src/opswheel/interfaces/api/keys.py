"""Idempotency keys: the same request sent twice is done once, and gets the same answer for a day."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...core.contracts.people import KEPT_ANSWERS
from ...core.errors import Conflict, KeyReused
from .transaction import one_at_a_time

KEPT_FOR = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=15)
"""An unfinished request older than this is begun anew: its server died. Only what is safe to do twice waits so."""

_under_way: set[tuple[str, str, str]] = set()
_lock = threading.Lock()


@contextlib.contextmanager
def under_way(ledger: str, who: str, key: str | None) -> Iterator[None]:
    """While a request with a key is worked on, a second one is told so; raises Conflict."""
    if key is None:
        yield
        return
    mine = (ledger, who, key)
    with _lock:
        if mine in _under_way:
            raise _busy()
        _under_way.add(mine)
    try:
        yield
    finally:
        with _lock:
            _under_way.discard(mine)


def find(connection: sa.Connection, who: str, key: str, request: str, at: datetime) -> tuple[int, Any] | None:
    """The answer kept for a key: (status, what was told).

    Raises KeyReused where the key stood for another request, Conflict where that is not finished.
    """
    one_at_a_time(connection, f"key {who} {key}")
    kept = KEPT_ANSWERS.sql_table()
    connection.execute(kept.delete().where(kept.c.at <= at - KEPT_FOR))
    row = connection.execute(sa.select(kept).where(kept.c.who == who, kept.c.key == key)).one_or_none()
    if row is None:
        return None
    if row.request != request:
        raise KeyReused("This Idempotency-Key stood for another request.", "Use a fresh one for each thing to be done.")
    if row.status is not None:
        return row.status, json.loads(row.answer)
    if at - row.at < GIVEN_UP:
        raise _busy()
    drop(connection, who, key)
    return None


def keep(  # noqa: PLR0913
    connection: sa.Connection, who: str, key: str, request: str, at: datetime, status: int | None, told: Any = None
) -> None:
    """Keep an answer; without a status, that the request has begun."""
    drop(connection, who, key)
    answer = None if status is None else json.dumps(told, default=str)
    row = {"who": who, "key": key, "request": request, "at": at, "status": status, "answer": answer}
    connection.execute(KEPT_ANSWERS.sql_table().insert(), [row])


def drop(connection: sa.Connection, who: str, key: str) -> None:
    """Forget a key: what it stood for was refused, so that nothing was done."""
    kept = KEPT_ANSWERS.sql_table()
    connection.execute(kept.delete().where(kept.c.who == who, kept.c.key == key))


def _busy() -> Conflict:
    return Conflict("The first request with this Idempotency-Key is still being worked on.", "Ask again in a moment.")

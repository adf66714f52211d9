"""Signed-in browsers: a random cookie, of which only the hash is kept, so that sign-out ends it for good."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ...core.contracts.people import SESSIONS, USERS
from .who import Who

if TYPE_CHECKING:
    from ..wiring import Workspace

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the time somebody was last seen is kept."""


def begin(connection: sa.Connection, workspace: Workspace, person: str, address: str, at: datetime) -> str:
    """Begin a session; returns the new cookie. Sessions that are over are cleared away."""
    sessions, cookie = SESSIONS.sql_table(), secrets.token_urlsafe(32)
    lasts = workspace.settings.serve
    idle = at - timedelta(hours=lasts.idle_hours)
    connection.execute(sessions.delete().where(sa.or_(sessions.c.ends_at <= at, sessions.c.seen_at <= idle)))
    row = {
        "hash": digest(cookie),
        "person": person,
        "since": at,
        "seen_at": at,
        "ends_at": at + timedelta(hours=lasts.session_hours),
        "address": address,
    }
    connection.execute(sessions.insert(), [row])
    return cookie


def known(workspace: Workspace, cookie: str, at: datetime) -> Who | None:
    """Whose browser it is; None where the session is over or never was."""
    sessions, people = SESSIONS.sql_table(), USERS.sql_table()
    query = sa.select(
        *(sessions.c[n] for n in ("seen_at", "ends_at")), *(people.c[n] for n in ("name", "role", "accounts"))
    ).join(people, people.c.name == sessions.c.person)
    mine = sessions.c.hash == digest(cookie)
    with workspace.ledger.read() as connection:
        row = connection.execute(query.where(mine, people.c.disabled_at.is_(None))).one_or_none()
    if row is None or row.ends_at <= at or at - row.seen_at >= timedelta(hours=workspace.settings.serve.idle_hours):
        return None
    if at - row.seen_at > SEEN_EVERY:
        with workspace.ledger.write() as connection:
            connection.execute(sessions.update().where(mine).values(seen_at=at))
    return Who(row.name, row.role, frozenset(json.loads(row.accounts)), via="session")


def end(connection: sa.Connection, cookie: str) -> None:
    """End a session; the cookie is worth nothing afterwards."""
    sessions = SESSIONS.sql_table()
    connection.execute(sessions.delete().where(sessions.c.hash == digest(cookie)))


def digest(cookie: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()

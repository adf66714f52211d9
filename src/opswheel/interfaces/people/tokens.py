"""API tokens: shown once, kept as a hash, for some scopes, until a day; each acts for one user and no further."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts.people import TOKENS, USERS
from ...core.errors import Conflict, NotFound, NotSignedIn, WrongUse
from . import audit, users
from .who import SCOPES, Who

if TYPE_CHECKING:
    from ..wiring import Workspace

SHAPE = re.compile(r"ow_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SEEN_EVERY = timedelta(minutes=1)
"""How exactly `seen_at` is kept: a write for every request would cost more than the request."""
MOST_DAYS = 366


def make(  # noqa: PLR0913
    workspace: Workspace,
    person: str,
    *,
    name: str,
    scopes: Sequence[str],
    days: int | None = None,
    doer: audit.Doer,
) -> dict[str, Any]:
    """Make a token for a user; the answer holds it under `token`, and nothing else ever will."""
    wanted = sorted(set(scopes), key=lambda s: (SCOPES.index(s) if s in SCOPES else 99, s))
    for scope in wanted:
        if scope not in SCOPES:
            raise WrongUse(f"{scope[:80]!r} is no scope.", f"Some of: {', '.join(SCOPES)}.")
    if not wanted:
        raise WrongUse("A token needs a scope.", f"Some of: {', '.join(SCOPES)}.")
    lasts = workspace.settings.serve.token_days if days is None else days
    if not 1 <= lasts <= MOST_DAYS:
        raise WrongUse(f"A token cannot last {lasts} days.", f"Between 1 and {MOST_DAYS}.")
    if not name.strip() or len(name) > 100:
        raise WrongUse("What is the token for?", "Give it a name of at most 100 characters.")
    now, number, secret = workspace.clock.wall(), secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "id": number,
        "hash": _hash(secret),
        "name": name.strip(),
        "person": person,
        "scopes": json.dumps(wanted),
        "created_at": now,
        "created_by": doer.name or "",
        "expires_at": now + timedelta(days=lasts),
    }
    with workspace.ledger.write() as connection:
        if users.find(connection, person).disabled_at is not None:
            raise Conflict(f"{person} is disabled.", "Let them in again first.")
        connection.execute(TOKENS.sql_table().insert(), [row])
        told = {"name": row["name"], "person": person, "scopes": wanted, "days": lasts}
        audit.record(connection, doer, "token.make", f"token/{number}", at=now, detail=told)
        return as_json(_find(connection, number)) | {"token": f"ow_{number}_{secret}"}


def revoke(workspace: Workspace, number: str, *, person: str | None = None, doer: audit.Doer) -> dict[str, Any]:
    """End a token at once; of `person` only, where one is named."""
    now, tokens = workspace.clock.wall(), TOKENS.sql_table()
    with workspace.ledger.write() as connection:
        row = _find(connection, number)
        if person is not None and row.person != person:
            raise NotFound(f"There is no token {number!r}.", "`opswheel tokens` lists them.")
        if row.revoked_at is None:
            connection.execute(tokens.update().where(tokens.c.id == number).values(revoked_at=now))
            audit.record(connection, doer, "token.revoke", f"token/{number}", at=now, detail={"person": row.person})
        return as_json(_find(connection, number))


def listed(connection: sa.Connection, person: str | None = None) -> list[dict[str, Any]]:
    """The tokens of somebody, or all, the newest first; never the tokens themselves."""
    tokens = TOKENS.sql_table()
    query = sa.select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)
    if person is not None:
        query = query.where(tokens.c.person == person)
    return [as_json(row) for row in connection.execute(query)]


def as_json(row: Any) -> dict[str, Any]:
    """A token in the public form."""
    told = {
        k: row._mapping[k] and show_moment(row._mapping[k])
        for k in ("created_at", "expires_at", "revoked_at", "seen_at")
    }
    same = {k: row._mapping[k] for k in ("id", "name", "person", "created_by")}
    return {**same, "scopes": json.loads(row.scopes), **told}


def known(workspace: Workspace, said: str, at: datetime) -> Who:
    """Whom a token acts for; raises NotSignedIn, in the same words for whatever is wrong but its age."""
    shape = SHAPE.fullmatch(said)
    number, secret = shape.groups() if shape else ("", "")
    tokens, people = TOKENS.sql_table(), USERS.sql_table()
    query = sa.select(
        *(tokens.c[n] for n in ("hash", "scopes", "expires_at", "revoked_at", "seen_at")),
        *(people.c[n] for n in ("name", "role", "accounts", "disabled_at")),
    ).join(people, people.c.name == tokens.c.person)
    with workspace.ledger.read() as connection:
        row = connection.execute(query.where(tokens.c.id == number)).one_or_none() if shape else None
    if row is None or not hmac.compare_digest(row.hash, _hash(secret)):
        raise NotSignedIn("This token is not known here.", "Make one: opswheel tokens make.")
    if row.revoked_at is not None or row.disabled_at is not None:
        raise NotSignedIn("This token was revoked.", "Make another: opswheel tokens make.")
    if row.expires_at <= at:
        raise NotSignedIn("This token has expired.", "Make another: opswheel tokens make.")
    if row.seen_at is None or at - row.seen_at > SEEN_EVERY:
        with workspace.ledger.write() as connection:
            connection.execute(tokens.update().where(tokens.c.id == number).values(seen_at=at))
    scopes, accounts = frozenset(json.loads(row.scopes)), frozenset(json.loads(row.accounts))
    return Who(row.name, row.role, accounts, scopes, via=f"token {number}")


def _find(connection: sa.Connection, number: str) -> Any:
    tokens = TOKENS.sql_table()
    row = connection.execute(sa.select(tokens).where(tokens.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no token {number!r}.", "`opswheel tokens` lists them.")
    return row


def _hash(secret: str) -> str:
    """Of 256 random bits a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()

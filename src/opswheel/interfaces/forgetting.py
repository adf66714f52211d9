"""`forget`: nothing here names a customer or a former team member any more.

Of a customer only keyed hashes of order ids are kept: rows that bear one are taken out of the lake. A team member's
name becomes one that means nobody, the same everywhere, so that figures per person still add up. New files are written
first; one transaction of the ledger puts them in the place of the old ones, changes the rows, and queues the deletion
of the old files, which happens at once or, after a power cut, at the next start. Then the ledger's free space is
cleared.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from ..core.contracts import (
    ATTEMPTS,
    AUDIT_LOG,
    CURSORS,
    JOBS,
    LAKE_FILES,
    LEDGER,
    NOTICES,
    SESSIONS,
    TOKENS,
    TOLD_TO,
    USERS,
    Contract,
)
from ..core.errors import Conflict, NotFound, WrongUse
from ..storage.lake import LakeFile, commit
from ..wheel.jobs import put
from ..wheel.lease import lease
from .forgotten_files import bearing, write_anew
from .forgotten_words import FORGOTTEN, PERSON, Words

if TYPE_CHECKING:
    from .wiring import Workspace

What = Literal["user", "customer"]
_GONE = (TOLD_TO, NOTICES, SESSIONS)
"""Rows about a team member that are deleted: addresses, messages, sign-ins."""


@dataclass
class Found:
    """What there is to forget: rows by table, and lake files with how many rows they lose or change."""

    places: dict[str, int] = field(default_factory=dict)
    files: list[tuple[LakeFile, int]] = field(default_factory=list)


def forget(workspace: Workspace, name: str, what: What | None = None, *, dry_run: bool = False) -> dict[str, Any]:
    """Forget a customer or a team member; with `dry_run` only tell what would change.

    Raises WrongUse for a name too short to tell apart, NotFound where nothing bears it, Conflict where it is both.
    """
    name = name.strip()
    if len(name) < 2:
        raise WrongUse("That is too short to be told apart.", "Say the whole name, e-mail address or order id.")
    with lease(workspace.ledger, "run", workspace.clock), lease(workspace.ledger, "compact", workspace.clock):
        kind = what or _kind(workspace, name)
        words = Words(name, pseudonym(workspace.key, name) if kind == "user" else FORGOTTEN, kind == "customer")
        with workspace.ledger.read() as connection:
            found = _look(workspace, connection, words)
        rejects = _rejects(workspace, words)
        if not dry_run and (found.places or found.files or rejects):
            _change(workspace, words, found)
            for path, text in rejects:
                _rewrite(path, text)
            _clear(workspace)
        return _told(workspace, words, kind, found, len(rejects), dry_run)


def pseudonym(key: str, name: str) -> str:
    """The name that stands for a person who was forgotten: always the same, and nobody without the key can make it."""
    return "person-" + hmac.new(key.encode(), name.encode(), hashlib.sha256).hexdigest()[:8]


def _kind(workspace: Workspace, name: str) -> What:
    """Whether a name is a team member's or a customer's, by where it stands."""
    customer = Words(name, FORGOTTEN, customer=True)
    with workspace.ledger.read() as connection:
        named = any(_people(connection, c, name) for c in LEDGER)
        bought = bool(bearing(workspace, connection, customer, hashed_only=True))
        if not named and not bought and customer.everywhere:
            bought = bool(_ledger(connection, customer) or _rejects(workspace, customer))
    if named and bought:
        raise Conflict(f"{name} is both, somebody of the team and a customer.", "Say --as user or --as customer.")
    if not named and not bought:
        raise NotFound(
            f"Nothing here bears {name!r} as the name of a person.",
            "Names are kept as they were typed: mind capitals. --as user or --as customer looks into notes alone, too.",
        )
    return "user" if named else "customer"


def _people(connection: sa.Connection, contract: Contract, name: str) -> bool:
    table = contract.sql_table()
    texts = [table.c[c.name] for c in contract.columns if c.type == "text"]  # `inhibited_by` is a number
    columns = [c for c in texts if c.name in PERSON or c.name.endswith("_by")]
    columns += [table.c.name] if contract is USERS else []
    if not columns:
        return False
    where = sa.or_(*(c == name for c in columns))
    return connection.execute(sa.select(sa.literal(1)).select_from(table).where(where).limit(1)).scalar() is not None


def _look(workspace: Workspace, connection: sa.Connection, words: Words) -> Found:
    return Found(_ledger(connection, words), bearing(workspace, connection, words))


# the ledger


def _ledger(connection: sa.Connection, words: Words) -> dict[str, int]:
    """Rows that would change, by table."""
    counts = {c.name: sum(1 for _ in _changes(connection, c, words)) for c in LEDGER if c is not LAKE_FILES}
    return {name: n for name, n in counts.items() if n}


def _changes(
    connection: sa.Connection, contract: Contract, words: Words
) -> Iterator[tuple[Any, dict[str, Any] | None]]:
    """Rows of a table that bear the name, with their new values; None where the row is deleted."""
    table = contract.sql_table()
    texts = [table.c[c.name] for c in contract.columns if c.type == "text"]
    if not texts:
        return
    bears = sa.or_(*(c.contains(spelling, autoescape=True) for c in texts for spelling in words.spellings))
    for row in connection.execute(sa.select(table).where(bears)).all():
        if not words.customer and _goes(contract, row, words.old):
            yield row, None
            continue
        values = {c.name: words.column(c.name, getattr(row, c.name)) for c in texts}
        if contract is USERS and row.name == words.old and not words.customer:
            values |= {"name": words.new, "email": None, "password": ""}
        changed = {name: value for name, value in values.items() if value != getattr(row, name)}
        if changed:
            yield row, changed


def _goes(contract: Contract, row: Any, name: str) -> bool:
    """Whether a row is about a team member alone and tells nothing about the work."""
    if contract in _GONE:
        return bool(row.person == name)
    if contract is ATTEMPTS:
        return bool(row.subject == f"person:{name}")
    if contract is CURSORS:
        return bool(row.name == f"daily {name}")
    return contract is JOBS and row.line == f"told {name}"


def _change(workspace: Workspace, words: Words, found: Found) -> None:
    now, wall = workspace.clock.now(), workspace.clock.wall()
    written = [(old, write_anew(workspace, old, words)) for old, _ in found.files]
    table = LAKE_FILES.sql_table()
    with workspace.ledger.write() as connection:
        for contract in LEDGER:
            if contract is not LAKE_FILES:
                with _lifted(connection, contract):
                    _apply(connection, contract, words)
        if not words.customer:
            _shut_out(connection, words, wall)
        for old, new in written:
            connection.execute(table.update().where(table.c.path == old.path).values(**new))
        if written:
            commit(connection, at=now, why="forget")
            paths = [old.path for old, _ in written]
            key = hashlib.sha256("".join(paths).encode()).hexdigest()[:16]
            put(connection, "forget", key, {"paths": paths}, wall=wall)
    if written:
        delete_replaced(workspace, [old.path for old, _ in written])


def _apply(connection: sa.Connection, contract: Contract, words: Words) -> None:
    table = contract.sql_table()
    for row, values in list(_changes(connection, contract, words)):
        same = [c == getattr(row, c.name) for c in table.primary_key]
        keys = {name: (values or {}).get(name, getattr(row, name)) for name in contract.key}
        taken = values is not None and set(values) & set(contract.key)
        there = sa.select(sa.literal(1)).select_from(table).where(*(table.c[k] == v for k, v in keys.items()))
        if values is None or (taken and connection.execute(there).scalar() is not None):
            connection.execute(table.delete().where(*same))
        else:
            connection.execute(table.update().where(*same).values(**values))


def _shut_out(connection: sa.Connection, words: Words, wall: Any) -> None:
    """A person who was forgotten signs in no more."""
    users, tokens = USERS.sql_table(), TOKENS.sql_table()
    gone = users.update().where(users.c.name == words.new, users.c.disabled_at.is_(None))
    connection.execute(gone.values(disabled_at=wall))
    open_ = tokens.update().where(tokens.c.person == words.new, tokens.c.revoked_at.is_(None))
    connection.execute(open_.values(revoked_at=wall))


@contextmanager
def _lifted(connection: sa.Connection, contract: Contract) -> Iterator[None]:
    """The audit log forbids every change; for this one alone its guard steps aside (ADR 0022).

    In a savepoint: nobody else ever sees the log without its guard, and an error brings back guard and rows.
    """
    if contract is not AUDIT_LOG:
        yield
        return
    with connection.begin_nested():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
            yield
            connection.execute(sa.text("ALTER TABLE audit_log ENABLE TRIGGER USER"))
            return
        told = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
        guards = connection.execute(sa.text(told)).all()
        for guard in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{guard.name}"')
        yield
        for guard in guards:
            connection.exec_driver_sql(guard.sql)


# files, and the free space of the ledger


def delete_replaced(workspace: Workspace, paths: list[str]) -> None:
    """Delete lake files the manifest names no more, and take their job off the list."""
    table, jobs = LAKE_FILES.sql_table(), JOBS.sql_table()
    with workspace.ledger.read() as connection:
        named = set(connection.execute(sa.select(table.c.path).where(table.c.path.in_(paths))).scalars())
    for path in set(paths) - named:
        workspace.lake.absolute(path).unlink(missing_ok=True)
    key = hashlib.sha256("".join(paths).encode()).hexdigest()[:16]
    with workspace.ledger.write() as connection:
        connection.execute(jobs.delete().where(jobs.c.kind == "forget", jobs.c.key == key))


def _rejects(workspace: Workspace, words: Words) -> list[tuple[Path, str]]:
    """Lists of refused rows that bear it, as they would read."""
    found = []
    for path in sorted(workspace.rejects.glob("*.csv")):
        text = path.read_text(encoding="utf-8")
        changed = words.word(text)
        if changed != text:
            found.append((path, changed))
    return found


def _rewrite(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
    part.replace(path)


def _clear(workspace: Workspace) -> None:
    """Overwrite what the ledger's file still holds of rows that were changed."""
    url = workspace.ledger.url
    workspace.ledger.close()
    if not url.startswith("sqlite:///"):
        return  # a PostgreSQL server reuses the space by its own vacuum; see docs/how-to/forget-and-keep.md
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    with nullcontext(raw):
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        raw.close()


def _told(  # noqa: PLR0913
    workspace: Workspace, words: Words, kind: What, found: Found, rejects: int, dry_run: bool
) -> dict[str, Any]:
    places = [{"place": name, "rows": n} for name, n in sorted(found.places.items())]
    lake: dict[str, int] = {}
    for file, n in found.files:
        lake[file.table_name] = lake.get(file.table_name, 0) + n
    places += [{"place": f"lake/{name}", "rows": n} for name, n in sorted(lake.items())]
    places += [{"place": "rejects", "rows": rejects}] if rejects else []
    return {
        "what": kind,
        "becomes": words.new if kind == "user" else None,
        "dry_run": dry_run,
        "places": places,
        "files": len(found.files),
        "left": _left(workspace, words),
    }


def _left(workspace: Workspace, words: Words) -> list[str]:
    """Where the word still stands: files that are a person's to write, and columns where it may be another word."""
    own = [workspace.folder / "opswheel.toml", *sorted(workspace.playbooks.glob("*.md"))]
    found = [p for p in own if p.is_file() and words.old in p.read_text(encoding="utf-8", errors="replace")]
    left = [p.relative_to(workspace.folder).as_posix() for p in found]
    with workspace.ledger.read() as connection:
        for contract in LEDGER:
            table = contract.sql_table()
            for column in (table.c[c.name] for c in contract.columns if c.type == "text"):
                bears = sa.or_(*(column.contains(s, autoescape=True) for s in words.spellings))
                values = connection.execute(sa.select(column).where(bears)).scalars()
                n = sum(1 for v in values if words.stands_in(v) and words.column(column.name, v) == v)
                left += [f"{contract.name}.{column.name}: {n} rows"] if n else []
    return left

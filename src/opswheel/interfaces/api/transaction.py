"""One request, one transaction: what was asked, its line in the audit log and the answer kept for a retry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from ..wiring import Workspace

if TYPE_CHECKING:
    from ...storage.ledger import Ledger


class OneTransaction:
    """A ledger whose reads and writes all belong to one transaction that has begun; each write is a savepoint of it."""

    def __init__(self, ledger: Ledger, connection: sa.Connection) -> None:
        self._connection = connection
        self.url, self.dialect = ledger.url, ledger.dialect

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """The transaction itself."""
        yield self._connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A part of the transaction that is undone alone if it fails."""
        with self._connection.begin_nested():
            yield self._connection


class Inside(Workspace):
    """A workspace as somebody sees it from within a transaction: whatever is asked of it happens there, by them."""

    def __init__(self, workspace: Workspace, connection: sa.Connection, me: str) -> None:
        self.__dict__.update(workspace.__dict__)
        self.__dict__["ledger"] = cast("Ledger", OneTransaction(workspace.ledger, connection))
        self._asker = me

    @property
    def me(self) -> str:
        """Who asks."""
        return self._asker


def joined(workspace: Workspace, connection: sa.Connection, me: str) -> Workspace:
    """The workspace within a transaction that has begun."""
    _ = workspace.desk, workspace.settings, workspace.clock  # made once, not for every request
    return Inside(workspace, connection, me)


def one_at_a_time(connection: sa.Connection, word: str) -> None:
    """On PostgreSQL, wait until no other transaction holds this word; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:word, 0))"), {"word": word})

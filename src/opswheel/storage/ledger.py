"""The ledger: SQLAlchemy on SQLite (WAL) by default, on PostgreSQL by URL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from ..core.contracts import LEDGER, metadata
from ..core.errors import LedgerTooNew, WrongUse

BATCH_ROWS = 5_000
"""The most rows one transaction of a run writes, so that an operator never waits long."""

HEAD = "0010"
"""The migration this version of the code expects."""


class Ledger:
    """Rows and transactions. `read()` and `write()` are the only two ways in."""

    def __init__(self, url: str) -> None:
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        for contract in LEDGER:
            contract.sql_table()
        self.url = url
        self._engine = _engine(url)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one consistent state and writes nothing."""
        options = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self._engine.connect().execution_options(**options) as connection:
            yield connection
            connection.rollback()

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction; takes the write lock at once, so that two writers queue instead of failing."""
        with self._engine.connect().execution_options(opswheel_write=True) as connection, connection.begin():
            yield connection

    def revision(self) -> str:
        """The migration the tables are at; empty before the first."""
        return self._revision() or ""

    def upgrade(self, to: str) -> None:
        """Bring the tables to one migration, to take in rows written by it; `prepare` goes on from there."""
        from .migrate import upgrade

        upgrade(self._engine, to)

    def prepare(self) -> None:
        """Make or migrate the tables. Cheap when there is nothing to do."""
        try:
            found = self._revision()
        except sa.exc.OperationalError as failed:
            if self.dialect == "sqlite":
                raise
            reason = str(failed.orig).strip().splitlines()[0].rstrip(".")
            raise WrongUse(
                f"The ledger's database does not answer: {reason}.", "See that it runs and that [ledger] url is right."
            ) from failed
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise LedgerTooNew(
                f"This workspace's ledger was written by a later version of Opswheel (migration {found}).",
                "Install that version, or restore a backup made before it.",
            )
        from .migrate import upgrade

        upgrade(self._engine)

    def _revision(self) -> str | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as missing:
            raise WrongUse(
                f"The ledger's URL needs the package {missing.name}.", 'Install it: pip install "opswheel[postgres]".'
            ) from missing
    path = url.removeprefix("sqlite:///")
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)

    @event.listens_for(engine, "connect")
    def _pragmas(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver
        cursor = raw.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        # 64 MiB where needed, not 2: the indexes of many issues are written in no order of theirs, page by page.
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("opswheel_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows; a column a row does not name is null.

    Where the driver takes positions, values are converted by column and handed over as they are: a run's tens of
    thousands of rows spend most of their time in per-row bookkeeping otherwise.
    """
    dialect = connection.dialect
    compiled = table.insert().compile(dialect=dialect, column_keys=[c.name for c in table.columns])
    if not rows:
        return
    if not compiled.positiontup:
        names = [c.name for c in table.columns]
        connection.execute(table.insert(), [{n: r.get(n) for n in names} for r in rows])
        return
    columns = []
    for name in compiled.positiontup:
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        values = [row.get(name) for row in rows]
        columns.append(values if convert is None else list(map(convert, values)))
    connection.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


def tables() -> sa.MetaData:
    """The MetaData of every ledger table."""
    for contract in LEDGER:
        contract.sql_table()
    return metadata()

"""Alembic, run from code: one set of migrations for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from .ledger import tables

ONE_AT_A_TIME = 0x6F707377
"""Number of the PostgreSQL lock that only one process that migrates may hold."""


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Bring the ledger to this version's tables, or to those of migration `to`, in one transaction."""
    with engine.connect().execution_options(opswheel_write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite's write lock makes two of us queue already
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        command.upgrade(config(connection), to)


def configure(context: Any, connection: sa.Connection) -> None:
    """What `env.py` needs of us: our tables, and batch mode because SQLite cannot alter in place."""
    context.configure(connection=connection, target_metadata=tables(), render_as_batch=True, compare_type=True)

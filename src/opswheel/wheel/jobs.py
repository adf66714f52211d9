"""Jobs: work that is done even if the machine stops in the middle of it.

A job is a row. Whoever takes it leases it for a while and keeps the lease alive while working; a job whose lease ran
out was abandoned and is taken again. So a job may be done twice, never not at all: what a job does must bear that. One
that fails is tried again later and later; one that failed too often is dead, stays visible, and can be brought back.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import secrets
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock
from ..core.contracts import JOBS
from ..core.errors import Conflict, NotFound, OpswheelError
from ..storage.ledger import Ledger
from .lease import alive

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 15.0
_log = logging.getLogger("opswheel.jobs")


@dataclass(frozen=True)
class Job:
    """A job in hand; `attempts` counts this one."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int


class NotYet(Exception):
    """Nothing is wrong, but now is not the time; this attempt does not count."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class Failed(Exception):
    """An attempt failed; the words are kept and shown, so they hold no secret."""


class GiveUp(Failed):
    """It failed, and trying again cannot help."""


@dataclass(frozen=True)
class Kind:
    """What doing a kind of job means. Heavy ones have a thread of their own, so that short ones never wait for them."""

    do: Callable[[Job], None]
    heavy: bool = False
    died: Callable[[Job, str], None] = lambda _job, _why: None
    """Called once when it is dead."""


@dataclass(frozen=True)
class Retry:
    """How often and how soon a job is tried again. The jitter depends on the job and `seed` alone."""

    first_seconds: float = 15.0
    most_seconds: float = 3600.0
    attempts: int = 12
    seed: str = "opswheel"

    def after(self, job: Job) -> float:
        """Seconds to wait after a failed attempt: twice as long each time, and up to a quarter more by chance."""
        wait = min(self.first_seconds * 2.0 ** min(job.attempts - 1, 40), self.most_seconds)
        chance = random.Random(f"{self.seed}/{job.kind}/{job.key}/{job.attempts}")  # noqa: S311  spreads load, no secret
        return wait * (1 + chance.random() / 4)


def only_me(connection: sa.Connection) -> None:
    """Let nobody else take or add jobs until this transaction ends; SQLite's write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE jobs IN EXCLUSIVE MODE"))


def put(  # noqa: PLR0913
    connection: sa.Connection,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    wall: datetime,
    line: str = "",
    run_after: datetime | None = None,
) -> bool:
    """Queue a job in the caller's transaction; False where that very work was queued before."""
    table = JOBS.sql_table()
    only_me(connection)
    if connection.execute(sa.select(table.c.id).where(table.c.kind == kind, table.c.key == key)).scalar() is not None:
        return False
    row = dict.fromkeys(JOBS.names())
    row |= {"id": next_id(connection, table), "kind": kind, "key": key, "line": line, "state": "waiting"}
    row |= {"payload": json.dumps(dict(payload)), "run_after": run_after or wall, "attempts": 0}
    connection.execute(table.insert(), row | {"made_at": wall, "changed_at": wall})
    return True


def next_id(connection: sa.Connection, table: sa.Table) -> int:
    """The number after the greatest of a table nobody else writes now."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar() or 0) + 1


class Worker:
    """Takes jobs that are due and does them, one after the other; several workers may share a ledger."""

    def __init__(self, ledger: Ledger, clock: Clock, kinds: Mapping[str, Kind], retry: Retry) -> None:
        self._ledger = ledger
        self._clock = clock
        self._kinds = kinds
        self._retry = retry
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    def work(self, *, heavy: bool = False) -> bool:
        """Do the next job that is due, if there is one; whether there was."""
        job = self._take(heavy)
        if job is None:
            return False
        kind = self._kinds[job.kind]
        try:
            with self._keeping(job):
                kind.do(job)
        except NotYet as later:
            self._settle(job, "waiting", after=later.seconds, attempts=job.attempts - 1)
        except Exception as wrong:
            self._failed(job, kind, wrong)
        else:
            self._settle(job, "done")
        return True

    def _take(self, heavy: bool) -> Job | None:
        with self._ledger.read() as connection:
            if self._next(connection, heavy) is None:
                return None  # so that waiting for work takes no write lock
        with self._ledger.write() as connection:
            only_me(connection)
            row = self._next(connection, heavy)
            if row is None:
                return None
            table, now = JOBS.sql_table(), self._clock.wall()
            values = {"leased_by": self.holder, "lease_until": now + LEASE, "attempts": row.attempts + 1}
            taken = table.update().where(table.c.id == row.id)
            connection.execute(taken.values(**values, state="working", changed_at=now))
        return Job(row.id, row.kind, row.key, json.loads(row.payload), row.attempts + 1)

    def _next(self, connection: sa.Connection, heavy: bool) -> Any | None:
        """The job to do next: due longest, of a line in which nobody works."""
        table, other, now = JOBS.sql_table(), JOBS.sql_table().alias("other"), self._clock.wall()
        mine = [name for name, kind in self._kinds.items() if kind.heavy == heavy]
        working = connection.execute(sa.select(table).where(table.c.state == "working")).all()
        lost = [r.id for r in working if r.lease_until <= now or not alive(r.leased_by)]
        busy = [r.id for r in working if r.id not in lost]
        in_line = sa.exists().where(other.c.line == table.c.line, other.c.line != "", other.c.id.in_(busy))
        due = sa.or_(sa.and_(table.c.state == "waiting", table.c.run_after <= now), table.c.id.in_(lost))
        query = sa.select(table).where(table.c.kind.in_(mine), due, ~in_line)
        return connection.execute(query.order_by(table.c.run_after, table.c.id).limit(1)).one_or_none()

    @contextlib.contextmanager
    def _keeping(self, job: Job) -> Iterator[None]:
        """Keep the lease alive while the block runs."""
        stop, table = threading.Event(), JOBS.sql_table()

        def beat() -> None:
            while not stop.wait(BEAT_SECONDS):
                mine = table.update().where(table.c.id == job.id, table.c.leased_by == self.holder)
                with contextlib.suppress(sa.exc.OperationalError), self._ledger.write() as connection:
                    connection.execute(mine.values(lease_until=self._clock.wall() + LEASE))

        thread = threading.Thread(target=beat, name=f"job {job.id}", daemon=True)
        thread.start()
        try:
            if job.attempts > self._retry.attempts:
                raise GiveUp(f"the server stopped while doing it, the last of {self._retry.attempts} times")
            yield
        finally:
            stop.set()
            thread.join()

    def _failed(self, job: Job, kind: Kind, wrong: Exception) -> None:
        words = said(wrong)
        dead = isinstance(wrong, GiveUp) or job.attempts >= self._retry.attempts
        _log.warning("job %d (%s) failed, attempt %d: %s", job.id, job.kind, job.attempts, words)
        if dead:
            self._settle(job, "dead", words=words)
            kind.died(job, words)
        else:
            self._settle(job, "waiting", words=words, after=self._retry.after(job))

    def _settle(
        self, job: Job, state: str, *, words: str | None = None, after: float = 0.0, attempts: int | None = None
    ) -> None:
        """Write how it ended, unless somebody else took it over; after a failure its line waits with it for a while."""
        table, now = JOBS.sql_table(), self._clock.wall()
        values: dict[str, Any] = {"state": state, "leased_by": None, "lease_until": None, "last_error": words}
        values |= {"changed_at": now, "run_after": now + timedelta(seconds=after)}
        values |= {} if attempts is None else {"attempts": attempts}
        mine = table.update().where(table.c.id == job.id, table.c.leased_by == self.holder)
        with self._ledger.write() as connection:
            done = connection.execute(mine.where(table.c.state == "working").values(**values))
            if done.rowcount and state == "waiting" and words:
                line = sa.select(table.c.line).where(table.c.id == job.id).scalar_subquery()
                pause = now + timedelta(seconds=min(after, self._retry.first_seconds * 2))
                others = table.update().where(table.c.line == line, table.c.line != "", table.c.state == "waiting")
                connection.execute(others.where(table.c.run_after < pause).values(run_after=pause))


def said(wrong: Exception) -> str:
    """Why an attempt failed, without what it was working on: only our own words are quoted."""
    if isinstance(wrong, Failed | OpswheelError):
        return str(wrong)[:500]
    frames = traceback.extract_tb(wrong.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(wrong).__name__}{where}"


def revive(connection: sa.Connection, number: int, *, wall: datetime) -> None:
    """Try a dead job again, from the first attempt on.

    Raises NotFound where there is none of that number, Conflict where it is not dead.
    """
    table = JOBS.sql_table()
    row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no job {number}.", "opswheel jobs lists them.")
    if row.state != "dead":
        raise Conflict(f"Job {number} is {row.state}, not dead.", "Only dead jobs are brought back.")
    values = {"state": "waiting", "attempts": 0, "run_after": wall, "changed_at": wall}
    connection.execute(table.update().where(table.c.id == number).values(**values))

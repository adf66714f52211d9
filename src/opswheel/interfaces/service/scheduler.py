"""The service: what time brings about, what jobs do, and the threads that see to both.

A tick writes rows: a schedule that is due becomes a job, events become deliveries, news becomes notices. The jobs do
the rest. Whoever ticks holds the lease `service`, and asks for it in each transaction, so that one who was away too
long (a machine that slept) writes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import RUNS
from ...core.errors import RunInProgress
from ...resolution.notices import broken
from ...wheel import clocks
from ...wheel.jobs import Job, Kind, NotYet, Retry, Worker, put
from ...wheel.jobs_feed import hand_over, tell_breaches, tell_runs
from ...wheel.jobs_feed import hooks as listening
from ...wheel.jobs_keep import expire
from ...wheel.jobs_schedule import due, slot_before
from ...wheel.lease import lease, still_held
from . import hooks, telling
from .asleep import asleep_since

if TYPE_CHECKING:
    from ..wiring import Workspace

LEASE = "service"
SHORT_THREADS = 3
"""Threads for messages and webhooks: one target that hangs holds one of them, and only for a while."""
POLL_SECONDS = 1.0
FEED_SECONDS = 2.0
STAND_BY_SECONDS = 5.0
STOP_SECONDS = 10.0
"""How long stopping waits for work in hand; what is not done by then is done after the next start."""
_log = logging.getLogger("opswheel.service")


class Lost(Exception):
    """Another server holds the lease by now."""


class Service:
    """The work of a server on one workspace, step by step; `Threads` calls the steps, and so may a test."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        said = workspace.settings.schedule
        self._slots: dict[str, datetime | None] = {}
        self.retry = Retry(said.retry_seconds, said.retry_most_seconds, said.attempts)
        self.kinds = {
            "run": Kind(self._run, heavy=True),
            "keep": Kind(self._keep, heavy=True),
            "notice": Kind(
                lambda job: telling.send(workspace, job), died=lambda j, why: telling.mark_dead(workspace, j, why)
            ),
            "webhook": Kind(
                lambda job: hooks.deliver(workspace, job),
                died=lambda j, why: hooks.mark_dead(workspace, int(j.payload["delivery"]), why),
            ),
            "forget": Kind(self._forget),
        }

    def worker(self) -> Worker:
        """Something that does jobs."""
        return Worker(self.workspace.ledger, self.workspace.clock, self.kinds, self.retry)

    # what time brings

    def schedules(self, holder: str | None = None) -> list[str]:
        """Queue what the schedules say is due; returns the jobs' keys. A pinned clock schedules nothing."""
        here = self.workspace
        here.refresh()
        if here.clock.pinned:
            return []
        now, zone, said = here.clock.now(), here.settings.staffed.zone, here.settings.schedule
        planned = {"run": said.runs, "keep": (said.keep,) if said.keep else ()}
        slots = {kind: slot_before(times, zone, now) for kind, times in planned.items()}
        if slots == self._slots:  # nothing has come since the last look: no need to write
            return []
        made = []
        with here.ledger.write() as connection:
            self._mine(connection, holder)
            for kind, times in planned.items():
                slot = due(connection, f"schedule {kind}", times, zone, now) if times else None
                key = "" if slot is None else show_moment(slot)
                if key and put(connection, kind, key, {"slot": key}, wall=here.clock.wall(), line=kind):
                    made.append(f"{kind} {key}")
        self._slots = slots
        return made

    def clocks(self, holder: str | None = None) -> dict[str, int]:
        """Let time pass over the issues: claims and snoozes that ran out, promises that broke; tell who must know."""
        here = self.workspace
        now, wall = here.clock.now(), here.clock.wall()
        with here.ledger.write() as connection:
            self._mine(connection, holder)
            run = self._last_run(connection)
            done = {} if run is None else clocks.tick(connection, here.settings, at=now, run_id=run)
            if run is not None and asleep_since(connection, "webhooks") is None:
                tell_breaches(connection, broken(connection, run, now), at=now, wall=wall)
            telling.watch(here, connection)
        return done

    def feed(self, holder: str | None = None) -> int:
        """Hand what happened to the webhooks; returns how many events there were."""
        n, wall = 0, self.workspace.clock.wall()
        with self.workspace.ledger.read() as connection:
            if not listening(connection) or asleep_since(connection, "webhooks") is not None:
                return 0
        while True:
            with self.workspace.ledger.write() as connection:
                self._mine(connection, holder)
                taken = hand_over(connection, wall=wall)
                if not taken:
                    tell_runs(connection, wall=wall)
                    return n
            n += taken

    def _mine(self, connection: sa.Connection, holder: str | None) -> None:
        if holder is not None and not still_held(connection, LEASE, holder):
            raise Lost

    def _last_run(self, connection: sa.Connection) -> int | None:
        runs = RUNS.sql_table()
        done = sa.select(runs.c.id).where(runs.c.finished_at.is_not(None))
        return connection.execute(done.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)).scalar()

    # what jobs do

    def _run(self, job: Job) -> None:
        """One rotation of the wheel, unless there was one since it was asked for."""
        slot = datetime.fromisoformat(job.payload["slot"].rstrip("Z"))
        runs = RUNS.sql_table()
        with self.workspace.ledger.read() as connection:
            last = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.finished_at.is_not(None))
            since = connection.execute(last).scalar()
        if since is not None and since >= min(slot, self.workspace.clock.now()):
            return
        try:
            self.workspace.wheel().run()
        except RunInProgress as busy:
            raise NotYet(20.0) from busy

    def _keep(self, _job: Job) -> None:
        """Let go of what is old, then merge small files and delete what nothing needs."""
        here = self.workspace
        expire(here.ledger, here.settings, now=here.clock.now(), wall=here.clock.wall())
        try:
            here.compactor().compact()
        except RunInProgress as busy:
            raise NotYet(60.0) from busy

    def _forget(self, job: Job) -> None:
        """Delete the files a `forget` has replaced, where it was stopped before it could."""
        from ..forgetting import delete_replaced

        delete_replaced(self.workspace, job.payload["paths"])

    def work_off(self, most: int = 10_000) -> int:
        """Do every job that is due, in this thread; returns how many."""
        worker = self.worker()
        for n in range(most):
            if not (worker.work() or worker.work(heavy=True)):
                return n
        return most


class Threads:
    """The threads of a server: one that ticks and holds the lease, one for long jobs, a few for short ones."""

    def __init__(self, workspace: Workspace, service: Service | None = None) -> None:
        self._workspace = workspace
        self._service = service or Service(workspace)
        self._stop = threading.Event()
        self._acting = threading.Event()

    @property
    def acting(self) -> bool:
        """Whether this server does the work now, or stands by."""
        return self._acting.is_set()

    def start(self) -> Callable[[], None]:
        """Start them; returns what stops them."""
        here = self._workspace
        _ = here.settings, here.ledger, here.desk, here.key  # opened once, before threads share them
        work = [("service ticks", self._keep_ticking), ("service runs", lambda: self._work(heavy=True))]
        work += [(f"service sends {n}", lambda: self._work(heavy=False)) for n in range(SHORT_THREADS)]
        threads = [threading.Thread(target=do, name=name, daemon=True) for name, do in work]
        for thread in threads:
            thread.start()

        def stop() -> None:
            self._stop.set()
            until = time.monotonic() + STOP_SECONDS
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

        return stop

    def _keep_ticking(self) -> None:
        while not self._stop.is_set():
            try:
                with lease(self._workspace.ledger, LEASE, self._workspace.clock) as holder:
                    self._acting.set()
                    self._tick_on(holder)
            except RunInProgress:
                self._stop.wait(STAND_BY_SECONDS)  # another server does it; when it dies, we do
            except Lost:
                _log.warning("another server took over")
            except Exception:
                _log.exception("the service stumbled; it goes on in a moment")
                self._stop.wait(STAND_BY_SECONDS)
            finally:
                self._acting.clear()

    def _tick_on(self, holder: str) -> None:
        clock, service = self._workspace.clock, self._service
        every = timedelta(minutes=self._workspace.settings.schedule.clocks_minutes)
        looked: datetime | None = None
        while not self._stop.is_set():
            service.schedules(holder)
            wall = clock.wall()
            if looked is None or not looked <= wall < looked + every:  # a clock set back is looked at anew
                service.clocks(holder)
                looked = wall
            service.feed(holder)
            self._stop.wait(FEED_SECONDS)

    def _work(self, *, heavy: bool) -> None:
        worker = self._service.worker()
        while not self._stop.is_set():
            try:
                if self._acting.is_set() and worker.work(heavy=heavy):
                    continue
            except Exception:
                _log.exception("a job could not be taken; tried again in a moment")
                self._stop.wait(STAND_BY_SECONDS)
            self._stop.wait(POLL_SECONDS)

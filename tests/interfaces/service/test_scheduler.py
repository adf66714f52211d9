"""A server turns the wheel on time and lets the clocks run; of several servers one acts, and another takes over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUES, JOBS, LEASES, RUNS
from opswheel.core.errors import RunInProgress
from opswheel.interfaces.answers.jobs import work_once
from opswheel.interfaces.service.scheduler import LEASE, Lost, Service, Threads
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution import triage
from opswheel.wheel.lease import lease
from tests.resolution.shop import events, fill, now
from tests.stories.seller import Seller

SCHEDULE = '[schedule]\nruns = ["06:00", "12:30"]\nkeep = ""\n'


class Turns:
    """Counts the turns of the wheel in place of turning it."""

    def __init__(self, here):
        self.at = []
        here.wheel = lambda: self
        self.here = here

    def run(self):
        self.at.append(self.here.clock.now())


def pass_time(here, service, hours, *, step=10):
    for _ in range(int(hours * 60 / step)):
        here.clock.on(minutes=step)
        service.schedules()
        service.work_off()


def test_the_wheel_turns_at_the_times_of_the_schedule(make):
    here = make(SCHEDULE)
    turns, service = Turns(here), Service(here)
    here.clock.at = datetime(2026, 11, 23, 1)
    pass_time(here, service, 30)
    assert turns.at == [datetime(2026, 11, 23, 6), datetime(2026, 11, 23, 12, 30), datetime(2026, 11, 24, 6)]


def test_a_server_that_restarts_does_not_turn_the_wheel_again_and_makes_up_for_days_off_once(make):
    here = make(SCHEDULE)
    turns = Turns(here)
    here.clock.at = datetime(2026, 11, 23, 5)
    pass_time(here, Service(here), 3)
    pass_time(here, Service(here), 1)
    assert len(turns.at) == 1
    here.clock.on(days=3)
    pass_time(here, Service(here), 1)
    assert len(turns.at) == 2


def test_a_clock_set_back_by_an_hour_turns_the_wheel_once(make):
    here = make(SCHEDULE)
    turns, service = Turns(here), Service(here)
    here.clock.at = datetime(2026, 11, 23, 5, 30)
    pass_time(here, service, 1)
    here.clock.on(hours=-1)
    pass_time(here, service, 3)
    assert len(turns.at) == 1


def test_a_run_somebody_made_in_the_meantime_is_not_made_again(make, ledger):
    here = make(SCHEDULE)
    fill(ledger, 1)
    turns, service = Turns(here), Service(here)
    here.clock.at = datetime(2026, 11, 23, 5, 55)
    service.schedules()
    here.clock.on(minutes=10)
    service.schedules()
    runs = RUNS.sql_table()
    with ledger.write() as connection:
        later = datetime(2026, 11, 23, 6, 3)
        connection.execute(runs.update().where(runs.c.id == 1).values(as_of=later, finished_at=later))
    service.work_off()
    assert turns.at == []


def test_a_run_waits_while_somebody_elses_run_is_at_work(make):
    here = make(SCHEDULE)
    turns, service = Turns(here), Service(here)
    here.clock.at = datetime(2026, 11, 23, 5, 55)
    service.schedules()
    here.clock.on(minutes=10)
    service.schedules()

    def busy():
        raise RunInProgress("Another run is at work.")

    turns.run = busy
    service.work_off(1)
    del turns.run
    service.work_off()
    assert turns.at == []
    here.clock.on(seconds=21)
    service.work_off()
    assert len(turns.at) == 1


def test_a_pinned_clock_schedules_nothing(make):
    here = make(SCHEDULE)
    here.clock.pinned = True
    here.clock.at = datetime(2026, 11, 23, 7)
    assert [Service(here).schedules(), Service(here).schedules()] == [[], []]


def test_a_snooze_ends_and_a_claim_lapses_between_runs(here):
    with here.ledger.write() as connection:
        triage.snooze(connection, 1, triage.Snooze("supplier", until=datetime(2026, 11, 23, 12)), by="tom",
                      at=here.clock.now(), desk=here.desk)  # fmt: skip
    service = Service(here)
    here.clock.at = datetime(2026, 11, 23, 11, 59)
    service.clocks()
    assert now(here.ledger, 1).snoozed_until is not None
    here.clock.on(minutes=2)
    service.clocks()
    service.clocks()
    assert now(here.ledger, 1).snoozed_until is None
    assert events(here.ledger, 1).count("woken") == 1


def test_a_clock_set_back_breaks_no_promise_twice(here):
    service = Service(here)
    here.clock.at = datetime(2026, 11, 23, 10, 30)
    first = service.clocks()
    here.clock.on(hours=-2)
    back = service.clocks()
    here.clock.on(hours=3)
    again = service.clocks()
    assert (first.get("escalated"), back.get("escalated"), again.get("escalated")) == (2, None, None)


def test_who_was_away_too_long_writes_nothing(here):
    service = Service(here)
    with lease(here.ledger, LEASE, here.clock) as holder:
        service.clocks(holder)
        table = LEASES.sql_table()
        with here.ledger.write() as connection:
            connection.execute(table.update().values(holder="elsewhere/1/aa"))
        here.clock.at = datetime(2026, 11, 23, 10, 30)
        with pytest.raises(Lost):
            service.clocks(holder)
    assert events(here.ledger, 1) == []


def until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_of_two_servers_one_acts_and_the_other_takes_over_when_it_stops(here, monkeypatch):
    monkeypatch.setattr("opswheel.interfaces.service.scheduler.STAND_BY_SECONDS", 0.1)
    first, second = Threads(here), Threads(here)
    stop_first = first.start()
    until(lambda: first.acting)
    stop_second = second.start()
    time.sleep(0.3)
    assert (first.acting, second.acting) == (True, False)
    with pytest.raises(RunInProgress):
        work_once(here)
    stop_first()
    until(lambda: second.acting)
    stop_second()
    assert not second.acting
    assert work_once(here) == 0


CHILD = """
import sys, time
from pathlib import Path
from opswheel.interfaces.wiring import Workspace
from opswheel.interfaces.service import start
here = Workspace(Path(sys.argv[1]))
stop = start(here)
print("up", flush=True)
time.sleep(120)
"""


@pytest.mark.long
def test_a_server_killed_in_the_middle_of_a_run_leaves_it_to_the_next_one(tmp_path):
    seller = Seller(tmp_path / "shop", settings='\n[schedule]\nkeep = ""\n')
    seller.now = datetime(2026, 11, 23, 16)
    seller.load(seller.sales(-20, 19), seller.listings(20, ["CUP"]), seller.stock(20))
    seller.workspace.ledger.close()
    here = Workspace(seller.folder)
    from opswheel.wheel.jobs import put

    with here.ledger.write() as connection:
        put(connection, "run", "now", {"slot": "2026-11-23T16:00:00Z"}, wall=here.clock.wall(), line="run")
    jobs, runs, issues = JOBS.sql_table(), RUNS.sql_table(), ISSUES.sql_table()

    def rows(query):
        with here.ledger.read() as connection:
            return [tuple(r) for r in connection.execute(query)]

    def begin():
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OPSWHEEL_NOW": "2026-11-23T16:00:00Z"}
        line = [sys.executable, "-c", CHILD, str(seller.folder)]
        return subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[3])

    victim = begin()
    until(lambda: rows(sa.select(runs.c.id)), 240)  # the run has begun and cannot be finished yet
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert rows(sa.select(jobs.c.state, jobs.c.attempts)) == [("working", 1)]
    assert rows(sa.select(runs.c.finished_at)) == [(None,)]
    heir = begin()
    try:
        until(lambda: rows(sa.select(jobs.c.state)) == [("done",)], 240)
    finally:
        heir.kill()
        heir.wait()
    assert rows(sa.select(jobs.c.attempts)) == [(2,)]
    assert len(rows(sa.select(runs.c.id).where(runs.c.finished_at.is_not(None)))) == 1
    assert rows(sa.select(issues.c.kind, issues.c.sku, issues.c.episode)) == [("listing_inactive", "CUP", 1)]

"""Work is done even if the machine stops in the middle, never by two at once, and what cannot be done stays visible."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import JOBS
from opswheel.core.errors import Conflict, NotFound
from opswheel.wheel.jobs import Failed, GiveUp, Job, Kind, NotYet, Retry, Worker, put, revive, said

from .hands import Hands

TABLE = JOBS.sql_table()
QUICK = Retry(first_seconds=10, most_seconds=100, attempts=4)


class Bench:
    """A ledger with jobs, and what doing them did."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.clock = Hands()
        self.done = []
        self.dead = []
        self.act = lambda job: self.done.append(job.key)
        kind = Kind(lambda job: self.act(job), died=lambda job, why: self.dead.append((job.key, why)))
        self.kinds = {"send": kind, "run": Kind(lambda job: self.act(job), heavy=True)}

    def worker(self, retry=QUICK):
        return Worker(self.ledger, self.clock, self.kinds, retry)

    def put(self, key, kind="send", **more):
        with self.ledger.write() as connection:
            return put(connection, kind, key, {"n": 1}, wall=self.clock.wall(), **more)

    def rows(self, *columns):
        with self.ledger.read() as connection:
            found = connection.execute(sa.select(*(TABLE.c[c] for c in columns)).order_by(TABLE.c.id)).all()
        return [tuple(r) for r in found]


@pytest.fixture
def bench(ledger):
    return Bench(ledger)


def fail(words="the target was away"):
    def act(_job):
        raise Failed(words)

    return act


def test_each_job_is_done_once_and_the_same_work_is_never_queued_twice(bench):
    assert [bench.put("a"), bench.put("b"), bench.put("a")] == [True, True, False]
    worker = bench.worker()
    assert [worker.work() for _ in range(3)] == [True, True, False]
    assert bench.done == ["a", "b"]
    assert bench.put("a") is False  # done is done
    assert bench.rows("key", "state", "attempts", "leased_by") == [("a", "done", 1, None), ("b", "done", 1, None)]


def test_nothing_is_begun_before_its_time_or_by_a_worker_for_other_work(bench):
    bench.put("later", run_after=bench.clock.at.replace(hour=10))
    bench.put("long", kind="run")
    assert not bench.worker().work()
    assert bench.worker().work(heavy=True)
    bench.clock.on(hours=1)
    assert bench.worker().work()
    assert bench.done == ["long", "later"]


def test_a_job_that_fails_waits_twice_as_long_each_time_and_then_is_dead_and_seen(bench):
    bench.put("a")
    bench.act = fail()
    waits = []
    for _ in range(3):
        assert bench.worker().work()
        assert not bench.worker().work()  # not before its time
        (after,) = bench.rows("run_after")[0]
        waits.append((after - bench.clock.at).total_seconds())
        bench.clock.at = after
    assert [10 <= waits[0] <= 12.5, 20 <= waits[1] <= 25, 40 <= waits[2] <= 50] == [True] * 3
    assert len({w / 2**n for n, w in enumerate(waits)}) == 3  # the jitter differs from attempt to attempt
    bench.worker().work()
    assert bench.rows("state", "attempts", "last_error") == [("dead", 4, "the target was away")]
    assert bench.dead == [("a", "the target was away")]


def test_the_same_attempt_of_the_same_job_waits_equally_long_on_every_machine():
    job = Job(7, "send", "a", {}, 3)
    assert QUICK.after(job) == QUICK.after(job) != Retry(10, 100, 4, seed="other").after(job)
    assert Retry().after(Job(7, "send", "a", {}, 90)) <= 3600 * 1.25


def test_a_dead_job_is_tried_again_when_somebody_says_so(bench):
    bench.put("a")
    bench.act = lambda _job: (_ for _ in ()).throw(GiveUp("gone for good"))
    bench.worker().work()
    assert bench.rows("state") == [("dead",)]  # trying again could not help
    del bench.act
    bench.act = lambda job: bench.done.append(job.key)
    with bench.ledger.write() as connection:
        revive(connection, 1, wall=bench.clock.wall())
    assert bench.worker().work() and bench.done == ["a"]
    with bench.ledger.write() as connection:
        with pytest.raises(Conflict, match="Job 1 is done, not dead"):
            revive(connection, 1, wall=bench.clock.wall())
        with pytest.raises(NotFound):
            revive(connection, 2, wall=bench.clock.wall())


def test_a_job_whose_worker_vanished_is_taken_by_another_and_settled_once(bench):
    bench.put("a")
    slept = bench.worker()
    job = slept._take(False)
    assert not bench.worker().work()  # while the lease holds
    bench.clock.on(seconds=61)
    assert bench.worker().work() and bench.done == ["a"]
    slept._settle(job, "waiting", words="too late")  # it wakes up and must not undo what the other did
    assert bench.rows("state", "attempts", "last_error") == [("done", 2, None)]


def test_a_job_of_a_dead_process_of_this_machine_is_taken_at_once(bench):
    bench.put("a")
    gone = bench.worker()
    gone.holder = f"{gone.holder.partition('/')[0]}/999999999/aa"
    gone._take(False)
    assert bench.worker().work() and bench.done == ["a"]


def test_a_job_that_stops_the_server_each_time_it_is_begun_ends_as_dead(bench):
    bench.put("poison")
    for _ in range(4):
        assert bench.worker()._take(False) is not None
        bench.clock.on(seconds=61)
    assert bench.worker().work() and bench.done == []
    ((state, words),) = bench.rows("state", "last_error")
    assert (state, words) == ("dead", "the server stopped while doing it, the last of 4 times")


def test_jobs_of_one_line_are_done_one_at_a_time_and_wait_when_the_first_fails(bench):
    for key, line in (("a1", "webhook 1"), ("a2", "webhook 1"), ("b1", "webhook 2")):
        bench.put(key, line=line)
    first = bench.worker()
    job = first._take(False)
    assert bench.worker().work() and bench.done == ["b1"]  # another line's
    assert not bench.worker().work()  # a2 waits for a1
    first._failed(job, bench.kinds["send"], Failed("away"))
    assert not bench.worker().work()  # and a little longer: its target is away
    bench.clock.on(seconds=21)
    assert bench.worker().work() and bench.worker().work()
    assert sorted(bench.done) == ["a1", "a2", "b1"]


def test_now_is_not_the_time_counts_as_no_attempt(bench):
    bench.put("a")
    bench.act = lambda _job: (_ for _ in ()).throw(NotYet(30))
    for _ in range(6):
        assert bench.worker().work()
        bench.clock.on(seconds=31)
    assert bench.rows("state", "attempts", "last_error") == [("waiting", 0, None)]


def test_what_went_wrong_is_kept_without_what_it_was_working_on():
    def post(secret):
        raise ValueError(f"cannot reach {secret}")

    try:
        post("https://hooks.example.com/s3cret")
    except ValueError as wrong:
        words = said(wrong)
    assert words.startswith("ValueError at test_jobs.py:") and "s3cret" not in words
    assert said(Failed("the target was away")) == "the target was away"

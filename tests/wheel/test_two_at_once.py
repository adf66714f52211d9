"""Several at work on one workspace: one wins, the other is told clearly, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, LEASES, RANKS, RUNS
from opswheel.core.errors import Conflict, RunInProgress
from opswheel.storage.duck import DuckEngine
from opswheel.wheel.lease import lease
from opswheel.wheel.writing import RunWriter
from tests.conftest import fresh_database
from tests.stories.seller import Seller, at

DOWN = ("BOWL", "CUP", "JUG", "PLATE", "VASE")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shop(request, tmp_path_factory):
    """Everything is off: five issues; the next reports show it all on again, but for the vase."""
    url = "" if request.param == "sqlite" else fresh_database(request.getfixturevalue("postgres"))
    seller = Seller(tmp_path_factory.mktemp("shop") / "shop", url=url)
    seller.load(seller.sales(-40, -2))
    seller.morning(0, DOWN)
    yield seller
    seller.workspace.ledger.close()


@pytest.fixture
def other(shop):
    """A second person at the same workspace, with connections of their own."""
    made = Seller(shop.folder)
    made.now = shop.now + timedelta(minutes=5)
    yield made
    made.workspace.ledger.close()


def at_compute(seller, act):
    """A wheel that lets `act` happen once, while the run has read the issues and computes."""
    done = []

    def make():
        if not done:
            done.append(True)
            act()
        return DuckEngine(seller.workspace.lake.root, threads=1)

    seller._tick()
    wheel = seller.workspace.wheel()
    wheel.make_engine = make
    return wheel


def state_of(seller):
    issues = ISSUES.sql_table()
    with seller.workspace.ledger.read() as connection:
        return {r.sku: (r.state, r.owner, r.resolution) for r in connection.execute(sa.select(issues))}


def assert_whole(seller):
    """Events without a gap or a double, the projection and the queue's copy equal to them."""
    issues, events, ranks = ISSUES.sql_table(), ISSUE_EVENTS.sql_table(), RANKS.sql_table()
    with seller.workspace.ledger.read() as connection:
        versions = {i.id: i.version for i in connection.execute(sa.select(issues))}
        told = connection.execute(sa.select(events.c.issue_id, events.c.version).order_by(*events.primary_key)).all()
        joined = sa.select(issues.c.state, issues.c.owner, ranks.c.state, ranks.c.owner, ranks.c.open)
        copies = connection.execute(joined.join(ranks, ranks.c.issue_id == issues.c.id)).all()
    assert [tuple(t) for t in told] == [(i, v) for i in sorted(versions) for v in range(1, versions[i] + 1)]
    for state, owner, copied, copied_owner, open_ in copies:
        assert (state, owner) == (copied, copied_owner)
        assert open_ == (state in ("new", "assigned", "in_progress", "waiting", "regressed"))


def test_what_people_do_while_a_run_computes_wins_over_what_the_run_had_in_mind(shop, other):
    """First story of the module: the others go on from where it ends."""
    number = {r[2]: r[0] for r in shop.rows()}
    shop.now = other.now = at(1)
    shop.load(shop.listings(1, ["VASE"]))

    def people():
        other.act("claim", number["CUP"])
        other.close(number["JUG"], root_cause="closed_by_us")
        other.close(number["PLATE"], "false_alarm", why="expected")
        other.act("note", number["VASE"], "the kiln is cold")

    result = at_compute(shop, people).run()
    assert state_of(shop) == {
        "BOWL": ("closed", None, "self_healed"),  # nobody acted: the run closed it
        "CUP": ("in_progress", "ines", None),  # was to heal by itself; somebody works on it now
        "JUG": ("fixed", "ines", "fixed"),
        "PLATE": ("closed", "ines", "false_alarm"),
        "VASE": ("new", None, None),
    }
    assert [(r[2], r[3]) for r in shop.rows()] == [("VASE", "new"), ("CUP", "in_progress")]
    assert result.summary["issues"]["verified"] == 0
    assert_whole(shop)


def test_what_people_do_in_the_moment_before_a_run_publishes_wins_too(shop, other, monkeypatch):
    number = {r[2]: r[0] for r in shop.rows()}
    shop.now, other.now = at(2), at(2, 17)
    shop.load(shop.listings(2))
    publish = RunWriter.finish

    def people_first(self, summary):
        other.act("claim", number["VASE"])  # about to be closed as healed by itself
        other.act("reopen", next(i for i, sku in shop.column("sku").items() if sku == "PLATE"))
        publish(self, summary)

    monkeypatch.setattr(RunWriter, "finish", people_first)
    shop.run()  # yesterday's claim of the cup ran out
    assert {sku: s[0] for sku, s in state_of(shop).items()} == {
        "BOWL": "closed", "CUP": "assigned", "JUG": "fixed", "PLATE": "in_progress", "VASE": "in_progress"
    }  # fmt: skip
    assert sorted(r[2] for r in shop.rows()) == ["CUP", "PLATE", "VASE"]  # also the one reopened meanwhile
    assert_whole(shop)


def test_a_second_run_is_told_who_is_at_work_and_changes_nothing(shop, other):
    shop.now = other.now = at(3)
    refused = []

    def second():
        with pytest.raises(RunInProgress) as told:
            other.run()
        refused.append(str(told.value))

    before = len(shop.ledger_rows(RUNS))
    at_compute(shop, second).run()
    assert refused[0].startswith("Another run is at work (")
    assert "Wait for it to finish" in refused[0]
    assert len(shop.ledger_rows(RUNS)) == before + 1
    assert shop.ledger_rows(LEASES) == []


def test_reports_that_land_while_a_run_is_at_work_count_from_the_next_run_on(shop, other):
    shop.now = other.now = at(4)
    shop.load(shop.listings(4))

    at_compute(shop, lambda: other.load(other.stock(4, ["BOWL"]))).run()
    assert "BOWL" not in {r[2] for r in shop.rows()}
    shop.run()
    assert ("out_of_stock", "BOWL") in {(r[1], r[2]) for r in shop.rows()}
    assert_whole(shop)


def test_a_run_that_seemed_dead_and_was_replaced_publishes_nothing(shop, other):
    shop.now = at(5)

    def taken_over():
        leases = LEASES.sql_table()
        with other.workspace.ledger.write() as connection:
            connection.execute(leases.update().values(heartbeat_at=shop.now - timedelta(minutes=2)))
        other.now = at(5)
        other.run()

    before = len(shop.ledger_rows(RUNS))
    with pytest.raises(Conflict, match="Another run took over"):
        at_compute(shop, taken_over).run()
    runs = shop.ledger_rows(RUNS, "id", "finished_at")
    assert len(runs) == before + 1 and all(finished for _, finished in runs)
    assert_whole(shop)


def test_a_run_of_an_earlier_moment_that_had_to_wait_is_replayed_not_written(shop, other, monkeypatch):
    """Two people start a run; the one with the earlier moment gets the lease second."""
    shop.now = at(7)
    other.now = at(6)
    wheel = other.workspace.wheel
    asked = []
    real = type(wheel())._is_past

    def late(self, when):
        asked.append(when)
        if len(asked) == 1:
            shop.run()
            return False  # as it was before the other run finished
        return real(self, when)

    monkeypatch.setattr(type(wheel()), "_is_past", late)
    assert other.run().replay
    with shop.workspace.ledger.read() as connection:
        newest = connection.execute(sa.select(RUNS.sql_table().c.as_of).order_by(sa.desc("id")).limit(1)).scalar()
    assert newest == at(7)


def test_compaction_waits_for_no_one_and_says_so(shop, other):
    with lease(shop.workspace.ledger, "compact", shop.workspace.clock), pytest.raises(RunInProgress, match="compact"):
        other.compact()


CLERK = """
import sys
from datetime import datetime
from pathlib import Path
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution import actions

here, numbers = Workspace(Path(sys.argv[1])), [int(n) for n in sys.argv[2:]]
for turn in range(20):
    for number in numbers:
        with here.ledger.write() as connection:
            actions.note(connection, number, f"note {turn}", by="tom", at=datetime(2026, 11, 10, 16, turn))
print("done")
"""


def test_a_clerk_in_another_process_and_a_run_do_not_disturb_each_other(shop):
    numbers = [str(i) for i, state in shop.column("state").items() if state == "in_progress"]
    shop.now = at(8)
    shop.load(shop.listings(8, ["CUP"]))
    clerk = subprocess.Popen(
        [sys.executable, "-c", CLERK, str(shop.folder), *numbers], stdout=subprocess.PIPE, text=True
    )
    while clerk.poll() is None:
        shop.run()
    said, _ = clerk.communicate()
    assert said == "done\n"
    for number in numbers:
        assert shop.events(int(number)).count("noted") >= 20
    assert_whole(shop)

"""Power cuts: `load`, `run`, `close` and `compact` killed anywhere; the next start makes it as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opswheel.core.clock import show_moment
from opswheel.core.contracts import DELIVERIES, ISSUE_EVENTS, ISSUES, LAKE_FILES, LEASES, OUTCOMES, RANKS, RUNS
from opswheel.wheel.lease import alive
from tests.stories.seller import Seller, at

ROOT = Path(__file__).parents[2]
KILLS = {"load": 20, "run": 18, "close": 18, "compact": 18}
"""How often each dies at a point chosen by chance."""
SHOTS = 2
"""How often each is shot down from outside as a command line of its own."""
pytestmark = pytest.mark.long


class Driver:
    """The process that forks the victims."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.wheel.killing"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, seller: Seller, *arguments: str, kill_at: int = 0) -> dict[str, Any]:
        """One command on a seller's workspace, in a process of its own."""
        seller.workspace.ledger.close()
        job = {
            "workspace": str(seller.folder),
            "arguments": arguments,
            "kill_at": kill_at,
            "now": show_moment(seller.now),
        }
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()


# Where each command starts from, and what it is.


@pytest.fixture(scope="module")
def before_load(tmp_path_factory: pytest.TempPathFactory) -> Seller:
    """A workspace with two mornings in it, and a folder of reports of which one repeats what is there."""
    seller = Seller(tmp_path_factory.mktemp("load") / "shop")
    seller.load(seller.sales(-40, -2), seller.listings(0), seller.stock(0))
    seller.now = at(2)
    seller.listings(1, ["CUP"])
    seller.stock(1)
    bad = seller.sales(-1, 0, ["CUP"])
    bad.write_text(bad.read_text() + "\nB0CUP,not a day,two,x,1,1,1\n")
    return seller


@pytest.fixture(scope="module")
def before_run(tmp_path_factory: pytest.TempPathFactory) -> Seller:
    """A run that opens, verifies, regresses, heals, keeps what a person works on, and learns."""
    seller = Seller(tmp_path_factory.mktemp("run") / "shop")
    seller.load(seller.sales(-40, -2))
    seller.morning(0, ["CUP", "VASE", "JUG"], out=["PLATE"])
    numbers = {r[2]: r[0] for r in seller.rows()}
    seller.close(numbers["CUP"])
    seller.close(numbers["VASE"])
    seller.act("claim", numbers["PLATE"])
    seller.morning(3, ["VASE"], run=False)
    seller.morning(4, ["VASE"], run=False)
    seller.load(seller.stock(4))
    seller.now = at(5)
    seller.load(seller.listings(5, ["VASE", "BOWL"]))
    return seller


@pytest.fixture(scope="module")
def before_close(before_run: Seller, tmp_path_factory: pytest.TempPathFactory) -> Seller:
    """The queue of that run."""
    seller = before_run.copy(tmp_path_factory.mktemp("close") / "shop")
    seller.run()
    return seller


@pytest.fixture(scope="module")
def before_compact(tmp_path_factory: pytest.TempPathFactory) -> Seller:
    """Two closed months of small files and runs, of which none must be kept for a replay."""
    seller = Seller(tmp_path_factory.mktemp("compact") / "shop", settings="\n[retention]\nreplay_days = 1\n")
    seller.now = at(0)
    seller.load(*(seller.listings(n) for n in (-12, -9, -6)), *(seller.stock(n) for n in (-12, -9)))
    seller.load(seller.sales(-30, -3))
    seller.morning(0, ["CUP"])
    seller.morning(1, ["CUP"])
    seller.compact()
    seller.now = at(32)
    seller.load(*(seller.listings(n, ["CUP"]) for n in (30, 31, 32)))
    seller.run()
    return seller


def told(seller: Seller) -> dict[str, Any]:
    """What must not depend on power cuts.

    Of the ranks, those of the last finished run and of any later one: a run killed right after it was published leaves
    those of the run before, which nobody reads and the next run deletes.
    """
    last = max((n for n, done in seller.ledger_rows(RUNS, "id", "finished_at") if done is not None), default=0)
    files = (
        "table_name",
        "account",
        "channel",
        "from_day",
        "to_day",
        "source",
        "rows",
        "checksum",
        "added_in",
        "removed_in",
    )
    found = {
        "files": seller.ledger_rows(LAKE_FILES, *files),
        "deliveries": seller.ledger_rows(DELIVERIES),
        "issues": seller.ledger_rows(ISSUES),
        "events": seller.ledger_rows(ISSUE_EVENTS),
        "outcomes": seller.ledger_rows(OUTCOMES),
        "ranks": [r for r in seller.ledger_rows(RANKS) if r[RANKS.names().index("run_id")] >= last],
        "runs": seller.ledger_rows(RUNS, "id", "as_of", "finished_at", "manifest_version", "parameters"),
        "queue": seller.queue() | {"seconds": None},
        "rejects": sorted((p.name, p.read_text()) for p in (seller.folder / "rejects").glob("*.csv")),
    }
    missing = [p for (p, gone) in seller.ledger_rows(LAKE_FILES, "path", "removed_in")
               if gone is None and not (seller.folder / "lake" / p).exists()]  # fmt: skip
    assert missing == []
    return found


def arguments(command: str, seller: Seller) -> tuple[str, ...]:
    if command == "load":
        return ("load", str(seller.folder / "reports"))
    if command == "close":
        wanted = next(r[0] for r in seller.rows() if r[2] == "BOWL")
        return ("close", str(wanted), "--resolution", "not_meant_to_sell", "--minutes", "3", "--note", "old stock")
    return (command,)


def again(driver: Driver, seller: Seller, command: str, given: tuple[str, ...]) -> None:
    """What a person does after a power cut: the same again, unless it is seen to be done."""
    if command == "run" and seller.ledger_rows(RUNS, "id", "as_of", "finished_at")[-1][1:] == (seller.now, seller.now):
        return
    answer = driver.run(seller, *given)
    assert answer["status"] == 0 or (command == "close" and answer["status"] == 2), answer


@pytest.mark.parametrize("command", KILLS)
def test_a_power_cut_at_any_point_loses_nothing_and_counts_nothing_twice(driver, command, request, tmp_path):
    base: Seller = request.getfixturevalue(f"before_{command}")
    whole = base.copy(tmp_path / "undisturbed")
    given = arguments(command, whole)
    begun = told(whole)
    answer = driver.run(whole, *given)
    assert answer["status"] == 0
    undisturbed, points = told(whole), answer["points"]
    assert undisturbed != begun and points > KILLS[command]
    chance = random.Random(command)
    killed = 0
    for kill_at in sorted({1, 2, *chance.sample(range(3, points), KILLS[command] - 2)}):
        seller = base.copy(tmp_path / "cut")
        given = arguments(command, seller)
        killed += driver.run(seller, *given, kill_at=kill_at)["killed"]
        visible = told(seller)  # whoever looks now sees a whole state, not half of one
        for name in ("queue", "deliveries", "outcomes"):
            if command != "load":
                assert visible[name] in (begun[name], undisturbed[name]), (kill_at, name)
        again(driver, seller, command, given)
        found = told(seller)
        for name, expected in undisturbed.items():
            assert found[name] == expected, (command, kill_at, name)
        # a run killed right after it was published may leave its lease: that of a dead process, which nobody waits for
        assert [holder for (holder,) in seller.ledger_rows(LEASES, "holder") if alive(holder)] == []
        shutil.rmtree(seller.folder)
    assert killed >= KILLS[command] - 3  # how many points there are varies a little at the very end


@pytest.mark.parametrize("command", KILLS)
def test_a_command_line_shot_down_at_a_random_moment_can_simply_be_typed_again(driver, command, request, tmp_path):
    base: Seller = request.getfixturevalue(f"before_{command}")
    whole = base.copy(tmp_path / "undisturbed")
    given = arguments(command, whole)
    environment = {**os.environ, "OPSWHEEL_NOW": show_moment(whole.now)}
    whole.workspace.ledger.close()
    subprocess.run(_line(whole, given), env=environment, check=True, capture_output=True)
    undisturbed = told(whole)
    warm = base.copy(tmp_path / "warm")
    warm.workspace.ledger.close()
    began = time.monotonic()
    subprocess.run(_line(warm, given), env=environment, check=True, capture_output=True)
    takes = time.monotonic() - began
    chance = random.Random(command)
    killed = tried = 0
    while killed < SHOTS and tried < 4 * SHOTS:  # one that was quicker than we shot is tried again, sooner
        seller = base.copy(tmp_path / "cut")
        given = arguments(command, seller)
        seller.workspace.ledger.close()
        victim = subprocess.Popen(
            _line(seller, given), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            victim.wait(chance.uniform(0.5, 1.0) * takes * 0.8**tried)
        except subprocess.TimeoutExpired:
            victim.kill()
            killed += victim.wait() == -9
        tried += 1
        again(driver, seller, command, given)
        assert told(seller) == undisturbed
        shutil.rmtree(seller.folder)
    assert killed == SHOTS


def _line(seller: Seller, given: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "opswheel", "--workspace", str(seller.folder), *given]


def test_a_workspace_whose_making_was_cut_short_can_be_used_or_made_again(driver, tmp_path):
    whole = tmp_path / "whole"
    seller = Seller(tmp_path / "any")
    seller.workspace.__dict__["folder"] = seller.folder
    points = driver.run(seller, "init", str(whole))["points"]
    for kill_at in (2, points // 3, points // 2, points - 1):
        folder = tmp_path / f"cut{kill_at}"
        assert driver.run(seller, "init", str(folder), kill_at=kill_at)["killed"]
        after = driver.run(seller, "init", str(folder))["status"]
        assert after in (0, 2)  # made now, or there already
        cut = Seller(folder)
        cut.now = at(0)
        assert driver.run(cut, "load", str(cut.listings(0)))["status"] == 0
        with cut.workspace.ledger.read() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(DELIVERIES.sql_table())).scalar() == 1

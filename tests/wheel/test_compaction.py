"""Merging small files changes no answer, no replay, and loses nothing anybody may still ask for."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from opswheel.core.contracts import LAKE_FILES, RUNS
from tests.stories.seller import Seller, at


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """Small files of October and November, runs in November, and it is the fifth of December."""
    seller = Seller(tmp_path_factory.mktemp("months") / "shop")
    seller.load(*(seller.listings(n) for n in (-12, -9, -6)), *(seller.stock(n) for n in (-12, -9, -6)))
    seller.load(seller.sales(-30, -13), seller.sales(-12, -8), seller.sales(-7, -2))
    seller.morning(0, ["CUP"], out=["JUG"])
    seller.morning(1, ["CUP"])
    seller.now = at(2)
    seller.load(seller.listings(2, ["CUP", "VASE"]), seller.stock(2, ["JUG"]))
    seller.run()
    seller.morning(27, ["CUP"])
    seller.morning(33, ["CUP", "BOWL"])
    return seller


@pytest.fixture(scope="module")
def merged(months, tmp_path_factory):
    seller = months.copy(tmp_path_factory.mktemp("merged") / "shop")
    seller.done = seller.compact()
    return seller


def files(seller, *columns):
    return seller.ledger_rows(LAKE_FILES, *columns)


def answers(seller):
    """What people see, whatever lies in which file."""
    now = seller.queue()
    past = [seller.queue(at(n)) for n in (0, 1, 27)]
    return now, past, [seller.why(r["id"]) for r in now["issues"]], seller.whynot("JUG")


def test_closed_months_become_one_file_for_each_table_and_channel(merged):
    assert merged.done["merged_files"] > merged.done["new_files"] > 0
    columns = ("table_name", "from_day", "to_day", "removed_in")
    live = [(name, last.month) for name, _, last, gone in files(merged, *columns) if gone is None]
    assert sorted(name for name, month in live if month == 10) == ["listings", "stock", "traffic"]
    november = [name for name, month in live if month == 11]
    for name in ("exposures", "listings", "rank_history", "signals", "stock"):
        assert november.count(name) == 1, name
    assert len([name for name, month in live if month == 12]) > 4  # the month that is not over is left alone


def test_no_answer_changes_with_the_files_it_comes_from(months, merged):
    assert answers(merged) == answers(months)


def test_a_past_morning_is_still_rebuilt_byte_for_byte(months, merged):
    assert merged.run(at(1)).rows == months.run(at(1)).rows != []


def test_the_next_run_over_merged_files_finds_what_it_would_have_found(months, merged, tmp_path):
    found = []
    for seller in (months, merged):
        mine = seller.copy(tmp_path / str(len(found)))
        mine.morning(34, ["CUP", "BOWL", "PLATE"])
        found.append([{**r, "run_id": 0} for r in mine.recorded(6)])
    assert found[0] == found[1] != []


def test_observations_the_next_run_looks_back_at_stay_one_file_for_each_run(merged):
    kept = [f for f in files(merged, "table_name", "from_day", "source", "removed_in") if f[0] == "observations"]
    living = {f[2] for f in kept if f[3] is None}
    assert {"run 4", "run 5"} <= living


def test_replaced_files_live_until_no_run_that_may_be_replayed_names_them(months, merged, tmp_path):
    seller = merged.copy(tmp_path / "shop")
    replaced = [p for p, gone in files(seller, "path", "removed_in") if gone is not None]
    assert replaced and all((seller.folder / "lake" / p).exists() for p in replaced)
    seller.compact()
    assert all((seller.folder / "lake" / p).exists() for p in replaced)  # the runs of November may be asked for
    text = (seller.folder / "opswheel.toml").read_text()
    (seller.folder / "opswheel.toml").write_text(text + "\n[retention]\nreplay_days = 1\n")
    later = Seller(seller.folder)
    later.now = at(40)
    later.load(later.listings(40, ["CUP", "BOWL"]))
    later.run()
    before = later.queue()
    assert later.compact()["deleted_files"] >= len(replaced)
    assert not any((seller.folder / "lake" / p).exists() for p in replaced)
    assert later.queue() == before
    assert later.queue(at(1))["issues"] == months.queue(at(1))["issues"]  # as recorded: for ever


def test_files_no_manifest_names_are_deleted_once_a_day_old(merged, tmp_path):
    seller = merged.copy(tmp_path / "shop")
    fresh, old = (seller.folder / "lake" / "listings" / f"{name}.parquet" for name in ("fresh", "old"))
    for path in (fresh, old):
        path.write_bytes(b"half of a file")
    long_ago = (path.stat().st_mtime) - timedelta(hours=25).total_seconds()
    os.utime(old, (long_ago, long_ago))
    assert seller.compact()["deleted_files"] == 1
    assert (fresh.exists(), old.exists()) == (True, False)


def test_merging_twice_changes_nothing_more(merged, tmp_path):
    seller = merged.copy(tmp_path / "shop")
    assert seller.compact() == {"merged_files": 0, "new_files": 0, "deleted_files": 0}
    assert len(seller.ledger_rows(RUNS)) == 5

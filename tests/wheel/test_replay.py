"""A past morning can be rebuilt as it was, whatever has landed, been closed or been set since."""

from __future__ import annotations

import json

import pytest

from opswheel.core.contracts import INTENTS, LEDGER, RANK_HISTORY, RUNS
from tests.stories.seller import SKUS, Seller, at, refusal


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """Three mornings, what people did between them, and then everything that can change a past morning."""
    seller = Seller(tmp_path_factory.mktemp("past") / "shop")
    seller.load(seller.sales(-40, -2))
    seller.morning(0, ["CUP", "VASE"], out=["PLATE"])
    seller.close(1)  # at the very moment the run speaks of: the clock is pinned
    seller.close(2, "not_meant_to_sell")
    seller.morning(1, ["CUP", "VASE", "JUG"])
    seller.now = at(1, 19)
    seller.act("claim", 3)
    seller.close(4, "wont_fix")
    seller.morning(2, ["JUG"])
    seller.first = [replayed(seller, n) for n in (0, 1)]
    return seller


@pytest.fixture(scope="module")
def changed(past, tmp_path_factory):
    """The same seller after late files, replaced periods, corrected snapshots, closes and other settings."""
    seller = past.copy(tmp_path_factory.mktemp("changed") / "shop")
    seller.first = past.first
    text = (seller.folder / "opswheel.toml").read_text()
    (seller.folder / "opswheel.toml").write_text(text + '\n[horizon]\ndays = 10\n\n[[routes]]\nowner = "tom"\n')
    seller = Seller(seller.folder)
    seller.first = past.first
    seller.now = at(3)
    seller.load(seller.sales(-60, -41))  # earlier history, landed late
    seller.load(seller.put("amazon-US/traffic-late.csv", seller.sales(-30, -2, skus=["CUP"]).read_text()))  # replaced
    seller.load(seller.listings(-1, ["BOWL"]))  # a morning nobody had
    again = seller.listings(1, ["BOWL"])
    seller.load(again)  # a corrected snapshot of a past morning
    seller.load(seller.stock(1, ["CUP"]))
    seller.act("note", 3, "called the supplier")
    seller.morning(3, ["BOWL"])
    return seller


def replayed(seller, n):
    """The answer about a past morning as text, without what measures the machine."""
    result = seller.run(at(n))
    summary = {k: v for k, v in result.summary.items() if k != "seconds"}
    summary["detectors"] = [{k: v for k, v in d.items() if k != "seconds"} for d in summary["detectors"]]
    assert result.run_id is None and summary["replay"]
    return json.dumps([summary, result.rows], default=str, sort_keys=True)


def everything(seller):
    """Every row of the ledger and every file of the lake."""
    files = sorted(
        (p.relative_to(seller.folder).as_posix(), p.stat().st_mtime_ns) for p in seller.folder.rglob("lake/**/*")
    )
    return {c.name: seller.ledger_rows(c) for c in LEDGER}, files


@pytest.mark.parametrize("n", [0, 1])
def test_a_past_morning_is_rebuilt_byte_for_byte_after_everything_has_changed(changed, n):
    before = everything(changed)
    assert replayed(changed, n) == changed.first[n]
    assert everything(changed) == before  # and nothing is written


def test_a_replay_gives_exactly_what_its_run_recorded(changed):
    names = RANK_HISTORY.names()
    summaries = {n: json.loads(text) for n, text in changed.ledger_rows(RUNS, "id", "summary")}
    for n in range(3):
        again = changed.run(at(n))
        assert again.rows == [{name: r[name] for name in names} for r in changed.recorded(n + 1)] != []
        then = summaries[n + 1]
        for name in ("revenue_at_risk", "avoidable", "blind", "withheld", "cut_line", "missing_rates"):
            assert again.summary[name] == then[name], (n, name)
        assert [d["signals"] for d in again.summary["detectors"]] == [d["signals"] for d in then["detectors"]]


def test_the_queue_of_a_past_morning_is_shown_as_recorded_with_what_people_did_by_then(changed):
    def shown(when):
        found = changed.queue(when)
        return found["run"], [(r["id"], r["sku"], r["state"], r["owner"]) for r in found["issues"]]

    assert shown(at(0)) == (1, [(3, "PLATE", "new", None)])  # two were closed at that very moment
    run, noon = shown(at(1, 18))
    run2, evening = shown(at(1, 20))
    assert run == run2 == 2
    assert [r for r in noon if r[0] == 4] == [(4, "JUG", "new", None)]
    assert [r[0] for r in evening] == [3]
    assert [r[2:] for r in evening] == [("in_progress", "ines")]
    assert changed.queue(at(0), state="fixed")["total"] == 1


def test_a_morning_before_the_first_run_is_refused_unless_hindsight_is_asked_for(changed):
    assert refusal(lambda: changed.run(at(-5))) == (
        "No run speaks of 2026-10-28T16:00:00Z or before. "
        "Say --hindsight to compute it with what is known now; nothing is written."
    )
    assert refusal(lambda: changed.queue(at(-5))).startswith("No run speaks of 2026-10-28T16:00:00Z or before.")
    before = everything(changed)
    result = changed.run(at(0, 15), hindsight=True)
    assert result.summary["hindsight"] and result.summary["replay"]
    # as is known now, the vase had sold nothing for a month, and the cup is the issue it became later
    assert [(r["kind"], r["sku"], r["issue_id"]) for r in result.rows] == [
        ("out_of_stock", "PLATE", 3),
        ("listing_inactive", "CUP", 1),
    ]
    assert everything(changed) == before


def test_what_came_late_is_counted_and_told(changed):
    with changed.workspace.ledger.read() as connection:
        from opswheel.resolution.queue import last_run

        summary = json.loads(last_run(connection).summary)
    assert summary["late_rows"] == 20 * 5 + 29 + 5 + 5 + 5
    assert summary["replay"] is False
    assert len(SKUS) == 5


def test_a_second_run_of_the_same_moment_sees_what_was_said_meanwhile(past, tmp_path):
    seller = past.copy(tmp_path / "shop")
    seller.now = at(2)
    assert seller.ledger_rows(INTENTS, "sku", "after_run") == [("VASE", 1)]
    seller.close(seller.rows()[0][0], "not_meant_to_sell")
    assert seller.run().run_id == 4
    assert sorted(seller.ledger_rows(INTENTS, "sku", "after_run"))[0][1] == 3
    assert seller.rows() == []

"""The sample shop's queue: every planted loss is found for what it is and what it costs, and nothing else is listed."""

from __future__ import annotations

import shutil

import pytest

from opswheel.interfaces.answers import queue_answer, why_answer
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution.queue import Wanted
from opswheel.wheel.loading import Said

from .test_mug_shop_files import REPORTS, SHOP, US, truth

AHEAD = {"MUG-12-INK": 7, "CUP-08-TEA": 30}
"""Losses that begin on a coming day, and how many days they last: until units arrive, or the whole horizon."""
CLAIMED = {"MUG-12-ASH": (0.0, 0.1 * 4.5 * 12.90)}
"""Told by the team, not shown by the sales: between nothing and what was told."""


def losses():
    """SKU → (kind, loss a day) of the README's table."""
    import re

    found = re.findall(
        r"^\| ([A-Z0-9-]+) \| (\w+) \| \S+ \| [\d.]+ \| [\d.]+ \| ([\d.]+) \|", (SHOP / "README.md").read_text(), re.M
    )
    return {sku: (kind, float(loss)) for sku, kind, loss in found}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queue")
    shutil.copy(SHOP / "opswheel.toml", folder)
    workspace = Workspace(folder)
    workspace.loader().load([REPORTS], Said())
    workspace.wheel().run()
    yield workspace
    workspace.ledger.close()


@pytest.fixture(scope="module")
def queue(shop):
    return queue_answer(shop, Wanted(limit=100), None)


@pytest.mark.parametrize("sku", losses())
def test_a_planted_loss_is_listed_once_as_its_kind_with_its_money(queue, sku):
    kind, loss = losses()[sku]
    (row,) = [r for r in queue["issues"] if r["sku"] == sku]
    assert (row["kind"], row["channel"]) == (kind, US)
    a_day = row["exposure_per_day"]["mean"]
    if sku in AHEAD:
        assert a_day == 0.0
        pace, price = truth()[sku][2:]
        share = 0.6 if kind == "search_suppressed" else 1.0
        assert row["revenue_at_risk"]["mean"] == pytest.approx(pace * price * share * AHEAD[sku], rel=0.06)
    elif sku in CLAIMED:
        assert CLAIMED[sku][0] <= a_day <= CLAIMED[sku][1]
    else:
        assert a_day == pytest.approx(loss, rel=0.06, abs=0.02)
        spread = row["exposure_per_day"]
        assert spread["p10"] <= loss <= spread["p90"]


def test_nothing_but_the_planted_losses_and_two_sweeps_is_listed(queue):
    others = [(r["kind"], r["members"], r["channel"]) for r in queue["issues"] if r["sku"] not in losses()]
    assert sorted(others) == [("dead_backlog", 4, US), ("unknown_intent", 2, US)]
    assert len(queue["issues"]) == 17 + 2
    assert queue["blind"] == []


def test_each_loss_stands_in_the_lane_where_something_can_be_done_about_it(queue):
    lanes = {r["sku"]: r["lane"] for r in queue["issues"] if r["sku"]}
    assert lanes.pop("MUG-12-SND") == "stop_selling"
    assert lanes.pop("TPT-08-SLT") == "deadlines"
    assert {lanes.pop(s) for s in ("MUG-14-COP", "KET-10-WHT", "JUG-03-SND")} == {"verify"}
    assert lanes.pop("MUG-16-GRN") == "watch"
    assert set(lanes.values()) == {"queue"}


def test_the_hero_leads_the_queue_and_its_parts_multiply(shop, queue):
    first = next(r for r in queue["issues"] if r["lane"] == "queue")
    assert first["sku"] == "KET-17-ASH"
    told = why_answer(shop, first["id"], None)
    product = 1.0
    for part in told["parts"]:
        product *= part["value"]
    assert product == pytest.approx(told["score"], rel=1e-5)


def test_what_is_held_back_is_told_with_its_money(queue):
    held = {w["reason"]: w["n"] for w in queue["withheld"]}
    assert held == {"dead": 4, "unknown_intent": 2, "verify": 3, "watch": 1}
    assert all(w["revenue_at_risk"] >= 0 for w in queue["withheld"])

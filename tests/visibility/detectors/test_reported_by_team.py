"""What people wrote down: the measure of what rules miss, and a row with money only where they told a share."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, REPORTED, STOCK

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look, selling

ROWS: list[dict[str, Any]] = [
    {"sku": "told", "what": "Photos show the old colour", "share_lost": 0.4, "since_day": ago(9), "owner": "Ana"},
    {"sku": "no share", "what": "Looks odd", "since_day": ago(2)},
    {"sku": "no day", "what": "Looks odd", "share_lost": 0.1},
    {"sku": "170 %", "what": "Everything is wrong", "share_lost": 1.7},
    {"sku": "minus", "what": "Sells better", "share_lost": -0.5},
    {"sku": "twice", "what": "Younger", "share_lost": 0.9, "since_day": ago(3)},
    {"sku": "twice", "what": "Older", "share_lost": 0.2, "since_day": ago(30)},
    {"sku": "twice", "what": "No day", "share_lost": 0.5},
    {"sku": "seen by a rule", "what": "No stock", "kind": "out_of_stock", "share_lost": 1.0},
    {"sku": "long", "what": 'He said "no"\n' + "and on " * 40, "share_lost": 0.5},
    {"sku": "not ours", "what": "Typo in the SKU", "share_lost": 1.0},
    {"sku": "discontinued", "what": "Still asked for", "share_lost": 1.0},
    {"sku": "struck off", "what": "Solved", "share_lost": 1.0, "day": ago(1)},
]
TOLD = ["reported_by_team"]
EXPECTED: dict[str, list[str]] = {
    "neighbour": [],
    "told": TOLD,
    "no share": TOLD,
    "no day": TOLD,
    "170 %": TOLD,
    "minus": TOLD,
    "twice": TOLD,
    "seen by a rule": ["out_of_stock", *TOLD],
    "long": TOLD,
    "not ours": [],
    "discontinued": [],
    "struck off": [],
}


def the_shop() -> Scene:
    scene = selling(Scene(), *[s for s in EXPECTED if s != "not ours"])
    scene.add(REPORTED, ROWS).add(STOCK, [{"sku": "seen by a rule", "sellable_units": 0}])
    scene.add(INTENT, [{"sku": "discontinued", "intent": "discontinued"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_every_row_of_the_newest_list_is_told_once_per_listing(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "share", "state", "loss"),
    [
        ("told", ago(9), 0.4, "told", 8.0),
        ("no share", ago(2), None, "unknown", 0.0),
        ("no day", ago(0), 0.1, "told", 2.0),
        ("170 %", ago(0), 1.0, "told", 20.0),
        ("minus", ago(0), 0.0, "told", 0.0),
        ("twice", ago(30), 0.2, "told", 4.0),
    ],
)
def test_a_share_makes_money_and_the_oldest_row_stands_for_the_listing(
    looked: Looked, sku: str, onset: date, share: float | None, state: str, loss: float
) -> None:
    row = looked.signal("reported_by_team", sku)
    assert (row["onset_day"], row["share_lost"], row["share_state"]) == (onset, share, state)
    assert row["loss_per_day"] == pytest.approx(loss)
    assert row["threshold_id"] is None


def test_the_words_are_the_teams_own_and_stay_one_line(looked: Looked) -> None:
    assert looked.said("reported_by_team", "told") == "Photos show the old colour"
    said = looked.said("reported_by_team", "long")
    assert said.startswith('He said "no" and on') and len(said) == 80 and said.endswith("…")
    evidence = json.loads(looked.signal("reported_by_team", "told")["evidence"])
    assert evidence == {"what": "Photos show the old colour", "owner": "Ana"}


def test_a_list_of_another_channel_says_nothing_about_this_one() -> None:
    scene = abroad(listed(Scene(), "MUG-1").sells("MUG-1", 1, days=days(42, 1)))
    scene.add(REPORTED, [{"channel": CA, "sku": "MUG-1", "what": "Label in one language", "share_lost": 0.5}])
    found = look(scene)
    assert (found.fired("MUG-1"), found.fired("MUG-1", CA)) == ([], TOLD)
    assert found.signal("reported_by_team", "MUG-1", CA)["loss_per_day"] == pytest.approx(20 * 0.75 * 0.5)

"""Cases in which the marketplace wrote last: one issue each, worth a week of what its listing loses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from opswheel.core.contracts import CASES, SUPPRESSIONS

from ...factory import MORNING, Scene, ago
from ..looking import BY_KIND, CA, US, Looked, abroad, listed, look, selling

Row = tuple[int, str, dict[str, Any]]
STORIES: dict[str, list[Row]] = {
    # case: days ago, what tells it, the rest of the row
    "they wrote": [(9, "letter", {"direction": "us"}), (4, "letter", {"direction": "them", "item_id": "mug"})],
    "we answered": [(4, "letter", {"direction": "them", "item_id": "mug"}), (2, "letter", {"direction": "us"})],
    "they closed it": [(4, "letter", {"direction": "them", "status": "closed", "item_id": "mug"})],
    "suppressed": [(4, "letter", {"direction": "them", "item_id": "bowl"})],
    "hidden": [(4, "letter", {"direction": "them", "item_id": "cup"})],
    "two offers": [(4, "letter", {"direction": "them", "item_id": "shared"})],
    "no item": [(4, "letter", {"direction": "them"})],
    "another's item": [(4, "letter", {"direction": "them", "item_id": "B0NOTOURS"})],
    "came yesterday": [(1, "letter", {"direction": "them", "item_id": "mug"})],
    "log says us": [(20, "log", {"status": "waiting_on_us", "item_id": "mug"})],
    "log says them": [
        (4, "letter", {"direction": "them", "item_id": "mug"}),
        (4, "log", {"status": "waiting_on_them"}),
    ],
    "log says closed": [
        (4, "letter", {"direction": "them", "item_id": "mug"}),
        (4, "log", {"status": "closed"}),
    ],
    "item named before": [
        (9, "letter", {"direction": "us", "item_id": "mug"}),
        (4, "letter", {"direction": "them"}),
    ],
}
EXPECTED: dict[str, dict[str, float | None]] = {
    # case: what is at risk of each listing; each sells 20.00 a day
    "they wrote": {"mug": 0.1 * 20 * 7},
    "suppressed": {"bowl": 20.0 * 7},
    "hidden": {"cup": 0.6 * 20 * 7},
    "two offers": {"A": 0.1 * 10 * 7, "B": 0.1 * 10 * 7},
    "no item": {"": None},
    "another's item": {"": None},
    "came yesterday": {"mug": 0.1 * 20 * 7},
    "log says us": {"mug": 0.1 * 20 * 7},
    "item named before": {"mug": 0.1 * 20 * 7},
}


def told(case: str, days: int, by: str, **row: Any) -> dict[str, Any]:
    at = MORNING - timedelta(days=days, hours=4)
    return {"case_id": case, "told": by, "at": at, "updated_at": at, "day": ago(days), **row}


def the_shop() -> Scene:
    scene = selling(Scene(), "mug", "bowl", "cup", "neighbour")
    listed(scene, "A", "B", "neighbour of two")
    for row in scene.rows["listings"]:
        if row["sku"] in ("A", "B"):
            row["item_id"] = "shared"
    scene.sells("shared", 1, days=[ago(n) for n in range(42, 0, -1)])
    abroad(scene)
    scene.add(SUPPRESSIONS, [{"sku": "bowl", "state": "suppressed", "since_day": ago(10)}])
    scene.add(SUPPRESSIONS, [{"sku": "cup", "state": "search_suppressed", "since_day": ago(10)}])
    for case, rows in STORIES.items():
        scene.add(CASES, [told(case, days, by, **row) for days, by, row in rows])
    return scene.add(CASES, [told("they wrote", 2, "letter", direction="us", channel=CA)])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked, case: str) -> dict[str, dict[str, Any]]:
    key = f"main|{US}|{case}"
    return {r["sku"]: r for r in looked.signals if (r["kind"], r["subject_key"]) == ("case_waiting_on_us", key)}


def test_a_case_waits_on_us_where_they_wrote_last_and_it_is_open(looked: Looked) -> None:
    assert looked.errors == []
    fired = [r for r in looked.signals if r["kind"] == "case_waiting_on_us"]
    assert {r["subject_key"] for r in fired} == {f"main|{US}|{case}" for case in EXPECTED}
    assert {r["subject_type"] for r in fired} == {"case"}


@pytest.mark.parametrize("case", EXPECTED)
def test_an_answer_saves_a_week_of_what_its_listing_loses(looked: Looked, case: str) -> None:
    rows = of(looked, case)
    assert {sku: r["amount_at_risk"] for sku, r in rows.items()} == {
        sku: amount if amount is None else pytest.approx(amount) for sku, amount in EXPECTED[case].items()
    }
    assert {r["share_state"] for r in rows.values()} == {"unknown" if "" in rows else "sales_at_once"}


def test_it_says_how_long_it_has_waited_and_when_it_was_last_seen(looked: Looked) -> None:
    row = of(looked, "log says us")["mug"]
    assert BY_KIND["case_waiting_on_us"].sentence(row) == "Case log says us has waited on us for 20 days"
    row = of(looked, "came yesterday")["mug"]
    assert BY_KIND["case_waiting_on_us"].sentence(row) == "Case came yesterday has waited on us for 1 day"
    assert (row["onset_day"], json.loads(row["evidence"])["last_seen"]) == (ago(1), "2026-11-21")


def test_its_listing_has_no_signal_of_its_own_for_it(looked: Looked) -> None:
    assert "case_waiting_on_us" in looked.fired("mug") and looked.fired("neighbour") == []

"""Orders that must leave today: one issue for each channel and hour, over by that hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from opswheel.core.contracts import OPEN_ORDERS

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, Looked, abroad, look, selling

MIDNIGHT, NEXT = datetime(2026, 11, 22, 8), datetime(2026, 11, 23, 8)
"""When 22 November begins and ends in Los Angeles, UTC."""
TONIGHT = datetime(2026, 11, 23, 1)

LINES: dict[str, dict[str, Any]] = {
    "tonight": {"sku": "mug", "ship_by_at": TONIGHT, "line_minor": 4000},
    "tonight too": {"sku": "bowl", "ship_by_at": TONIGHT, "line_minor": 1000},
    "end of the day": {"sku": "mug", "ship_by_at": NEXT, "line_minor": 5000},
    "first second of tomorrow": {"sku": "mug", "ship_by_at": datetime(2026, 11, 23, 8, 0, 1), "line_minor": 9900},
    "yesterday": {"sku": "mug", "ship_by_at": MIDNIGHT, "line_minor": 9900},
    "shipped": {"sku": "mug", "ship_by_at": TONIGHT, "line_minor": 9900, "open_units": 0},
    "half shipped": {"sku": "mug", "ship_by_at": TONIGHT, "line_minor": 4000, "units": 4, "open_units": 2},
    "no hour told": {"sku": "mug", "ship_by_at": None, "line_minor": 9900},
    "price of the listing": {"sku": "cup", "ship_by_at": TONIGHT, "line_minor": None, "units": 3, "open_units": 3},
    "not listed": {"sku": "gone", "ship_by_at": TONIGHT, "line_minor": 2000},
}


def order(name: str, **row: Any) -> dict[str, Any]:
    """An open line of one unit, bought two days ago."""
    at = datetime(2026, 11, 20, 12)
    return {"order_hash": name, "line": 1, "at": at, "units": 1, "open_units": 1, **row}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "bowl", "cup", "neighbour"))
    scene.add(OPEN_ORDERS, [order(name, **row) for name, row in LINES.items()])
    twice = {"report": "amazon_open_orders", **LINES["tonight"]}
    scene.add(OPEN_ORDERS, [order("tonight", **twice)])
    tomorrow = {"sku": "mug", "ship_by_at": datetime(2026, 11, 24, 1), "line_minor": 4000, "currency": "CAD"}
    return scene.add(OPEN_ORDERS, [order("later", channel=CA, **tomorrow)])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked, key: str) -> dict[str, dict[str, Any]]:
    rows = [r for r in looked.signals if r["kind"] == "ship_by_today" and r["subject_key"] == key]
    return {r["sku"]: r for r in rows}


def cut_off(at: datetime) -> str:
    return f"main|amazon:US|{at}"


def test_there_is_one_issue_for_each_hour_of_today_and_none_for_tomorrow(looked: Looked) -> None:
    assert looked.errors == []
    keys = {r["subject_key"] for r in looked.signals if r["kind"] == "ship_by_today"}
    assert keys == {cut_off(TONIGHT), cut_off(NEXT)}
    assert {r["subject_type"] for r in of(looked, cut_off(TONIGHT)).values()} == {"cut_off"}


def test_what_is_late_in_one_case_of_ten_is_lost(looked: Looked) -> None:
    amounts = {sku: r["amount_at_risk"] for sku, r in of(looked, cut_off(TONIGHT)).items()}
    assert amounts == {
        "mug": pytest.approx(0.1 * (40 + 20)),
        "bowl": pytest.approx(0.1 * 10),
        "cup": pytest.approx(0.1 * 3 * 20),
        "gone": pytest.approx(0.1 * 20),
    }
    assert of(looked, cut_off(NEXT))["mug"]["amount_at_risk"] == pytest.approx(5.0)


def test_orders_are_counted_once_and_the_hour_is_the_deadline(looked: Looked) -> None:
    tonight = of(looked, cut_off(TONIGHT))
    assert {r["observed"] for r in tonight.values()} == {5.0}
    assert {r["deadline_at"] for r in tonight.values()} == {TONIGHT}
    assert BY_KIND["ship_by_today"].sentence(tonight["mug"]) == "5 orders must leave today"
    assert BY_KIND["ship_by_today"].sentence(of(looked, cut_off(NEXT))["mug"]) == "1 order must leave today"


@pytest.mark.parametrize(("days", "fires"), [(0, True), (1, True), (2, False)])
def test_a_list_older_than_yesterday_is_not_believed(days: int, fires: bool) -> None:
    scene = selling(Scene(), "mug")
    scene.add(OPEN_ORDERS, [order("tonight", day=ago(days), **LINES["tonight"])])
    assert bool(look(scene).signals) is fires

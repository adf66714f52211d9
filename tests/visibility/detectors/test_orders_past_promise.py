"""Orders that should have left: one issue for each channel and day promised."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from opswheel.core.contracts import OPEN_ORDERS

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, Looked, abroad, look, selling
from .test_ship_by_today import order

YESTERDAY, BEFORE = datetime(2026, 11, 22, 1), datetime(2026, 11, 21, 1)
LINES: dict[str, dict[str, Any]] = {
    "yesterday": {"sku": "mug", "ship_by_at": YESTERDAY, "line_minor": 4000},
    "yesterday too": {"sku": "bowl", "ship_by_at": YESTERDAY, "line_minor": 1000, "near_cancellation": True},
    "last second of yesterday": {"sku": "mug", "ship_by_at": datetime(2026, 11, 22, 7, 59, 59), "line_minor": 1000},
    "the day before": {"sku": "mug", "ship_by_at": BEFORE, "line_minor": 5000},
    "days told, not the hour": {"sku": "cup", "ship_by_at": None, "late_days": 4, "line_minor": 3000},
    "today": {"sku": "mug", "ship_by_at": datetime(2026, 11, 22, 20), "line_minor": 9900},
    "shipped": {"sku": "mug", "ship_by_at": BEFORE, "line_minor": 9900, "open_units": 0},
    "nothing told": {"sku": "mug", "ship_by_at": None, "line_minor": 9900},
    "not late": {"sku": "mug", "ship_by_at": None, "late_days": -2, "line_minor": 9900},
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "bowl", "cup", "neighbour"))
    scene.add(OPEN_ORDERS, [order(name, **row) for name, row in LINES.items()])
    in_time = {"sku": "mug", "ship_by_at": datetime(2026, 11, 25, 1), "line_minor": 4000, "currency": "CAD"}
    return scene.add(OPEN_ORDERS, [order("in time", channel=CA, **in_time)])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked, days: int) -> dict[str, dict[str, Any]]:
    key = f"main|amazon:US|{ago(days)}"
    return {r["sku"]: r for r in looked.signals if (r["kind"], r["subject_key"]) == ("orders_past_promise", key)}


def test_every_day_promised_is_one_issue_and_nothing_in_time_is_one(looked: Looked) -> None:
    assert looked.errors == []
    rows = [r for r in looked.signals if r["kind"] == "orders_past_promise"]
    assert {r["subject_key"] for r in rows} == {f"main|amazon:US|{ago(n)}" for n in (1, 2, 4)}
    assert {(r["subject_type"], r["share_state"]) for r in rows} == {("cut_off", "sales_at_once")}


def test_one_in_five_is_lost_and_all_that_are_about_to_be_cancelled(looked: Looked) -> None:
    late = of(looked, 1)
    assert late["mug"]["amount_at_risk"] == pytest.approx(0.2 * (40 + 10))
    assert late["bowl"]["amount_at_risk"] == pytest.approx(10.0)
    assert of(looked, 2)["mug"]["amount_at_risk"] == pytest.approx(10.0)


def test_it_is_late_from_the_day_after_its_promise(looked: Looked) -> None:
    row = of(looked, 4)["cup"]
    assert (row["onset_day"], row["last_good_day"], row["baseline"]) == (ago(3), ago(4), 4.0)


def test_the_account_pays_too(looked: Looked) -> None:
    assert json.loads(of(looked, 2)["mug"]["evidence"])["counts_against"] == "late shipment rate"


@pytest.mark.parametrize(
    ("days", "sku", "said"),
    [(1, "mug", "3 orders 1 day late, 1 about to be cancelled"), (4, "cup", "1 order 4 days late")],
)
def test_the_sentence_counts_orders_and_days(looked: Looked, days: int, sku: str, said: str) -> None:
    assert BY_KIND["orders_past_promise"].sentence(of(looked, days)[sku]) == said

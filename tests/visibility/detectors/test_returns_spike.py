"""More of what was sold comes back: orders of one age against orders of the same age, young ones left out."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from opswheel.core.contracts import ORDERS, RETURNS

from ...factory import Scene, ago, days
from ..looking import BY_KIND, US, Looked, listed, look

SOLD_DAYS = days(130, 1)
SHOP = "walmart:US"
BACK: dict[str, tuple[range, range, int, str]] = {
    # SKU: which of its orders came back (by days ago they were bought) before and lately, after how many days, why
    "neighbour": (range(50, 130, 10), range(22, 50, 10), 7, "UNWANTED_ITEM"),
    "bad lot": (range(50, 130, 10), range(22, 50), 7, "DEFECTIVE"),
    "as bad as ever": (range(50, 130, 2), range(22, 50, 2), 7, "DEFECTIVE"),
    "later than three weeks": (range(50, 130, 10), range(23, 50), 22, "DEFECTIVE"),
    "three came back": (range(0), range(22, 46, 8), 7, "DEFECTIVE"),
    "young orders": (range(50, 130, 10), range(3, 21, 1), 2, "DEFECTIVE"),
    "cheap": (range(50, 130, 10), range(22, 50), 7, "DEFECTIVE"),
    **{f"healthy {n}": (range(50, 130, 10), range(22, 50, 10), 7, "UNWANTED_ITEM") for n in range(6)},
}
EXPECTED = {sku: ["returns_spike"] if sku == "bad lot" else [] for sku in BACK}


def the_shop() -> Scene:
    scene = Scene()
    for sku, (before, lately, after, reason) in BACK.items():
        cheap = sku == "cheap"
        listed(scene, sku, channel=SHOP, price_minor=5 if cheap else 2000)
        for n, day in enumerate(reversed(SOLD_DAYS), start=1):
            for unit in (1, 2):
                scene.add(ORDERS, [_line(sku, n, day, unit, minor=5 if cheap else 2000)])
        scene.add(RETURNS, [_back(sku, n, after, reason) for n in (*before, *lately) if n > after])
    scene.add(RETURNS, [_back("neighbour", n, 1, "UNWANTED_ITEM", unit=2) for n in (2, 129)])  # told until yesterday
    again = _back("three came back", 22, 7, "DEFECTIVE")
    scene.add(RETURNS, [{**again, "updated_at": again["at"] + timedelta(days=k)} for k in (1, 2, 3)])
    listed(scene, *BACK)
    for sku in BACK:
        scene.sells(sku, 2, days=days(42, 1))
    return scene


def _line(sku: str, n: int, day: Any, unit: int, *, minor: int) -> dict[str, Any]:
    at = datetime.combine(day, time(20))
    return {
        **{
            "channel": SHOP,
            "sku": sku,
            "item_id": sku,
            "order_hash": f"{sku} {n} {unit}",
            "day": day,
            "at": at,
            "updated_at": at,
        },
        **{"units": 1, "line_minor": minor, "covers": (SOLD_DAYS[0], SOLD_DAYS[-1])},
    }


def _back(sku: str, n: int, after: int, reason: str, *, unit: int = 1) -> dict[str, Any]:
    at = datetime.combine(ago(n - after), time(20))
    return {
        **{
            "channel": SHOP,
            "sku": sku,
            "item_id": sku,
            "order_hash": f"{sku} {n} {unit}",
            "line": 1,
            "day": ago(n - after),
            "at": at,
        },
        **{"updated_at": at, "units": 1, "reason": reason, "fulfillment": "marketplace", "report": "returns_csv"},
    }


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_only_what_came_back_more_often_than_before_at_the_same_age_is_told(looked: Looked, sku: str) -> None:
    assert looked.fired(sku, SHOP) == EXPECTED[sku]


def test_the_same_skus_on_another_channel_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == ("returns_spike", US)]


def test_the_cohort_is_four_weeks_of_orders_that_are_three_weeks_old(looked: Looked) -> None:
    row = looked.signal("returns_spike", "bad lot", SHOP)
    told = json.loads(row["evidence"])
    assert (told["came_back"], told["of_sold"]) == (28, 56)
    assert (row["cause"], told["named_by"]) == ("DEFECTIVE", 28)
    assert BY_KIND["returns_spike"].sentence(row).startswith("28 of 56 units came back, ")


def test_a_cent_a_piece_is_not_worth_a_look(looked: Looked) -> None:
    assert looked.saw("returns_spike", "cheap", SHOP) is not None
    assert looked.fired("cheap", SHOP) == []


def test_orders_too_young_to_have_come_back_do_not_count(looked: Looked) -> None:
    assert looked.saw("returns_spike", "young orders", SHOP) is None


def test_a_return_told_again_is_one_return(looked: Looked) -> None:
    assert looked.saw("returns_spike", "three came back", SHOP) is None

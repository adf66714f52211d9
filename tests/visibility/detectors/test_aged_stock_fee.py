"""Stock the next surcharge on age falls on, by the day it is counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, STOCK_HEALTH

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

ROWS: dict[str, dict[str, Any]] = {
    "aged": {"aged_fee_units": 120, "aged_fee_minor": 6000, "recommended_action": "Create removal order"},
    "young": {"aged_fee_units": 0, "aged_fee_minor": 0},
    "fee told, units by age": {"aged_fee_minor": 3000, "age_181_270_units": 10, "age_366_plus_units": 20},
    "half on a removal order": {"aged_fee_units": 100, "aged_fee_minor": 4000, "pending_removal_units": 50},
    "all on a removal order": {"aged_fee_units": 100, "aged_fee_minor": 4000, "pending_removal_units": 100},
    "15.00": {"aged_fee_units": 30, "aged_fee_minor": 1500},
    "14.99": {"aged_fee_units": 30, "aged_fee_minor": 1499},
    "discontinued": {"aged_fee_units": 1, "aged_fee_minor": 2000},
    "no longer listed": {"aged_fee_units": 10, "aged_fee_minor": 2000},
    "in another currency": {"aged_fee_units": 10, "aged_fee_minor": 9000, "currency": "EUR"},
}
EXPECTED = {
    "aged": 60.0,
    "fee told, units by age": 30.0,
    "half on a removal order": 20.0,
    "15.00": 15.0,
    "discontinued": 20.0,
    "no longer listed": 20.0,
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "neighbour", *[s for s in ROWS if s != "no longer listed"]))
    scene.add(STOCK_HEALTH, [{"sku": s, "available_units": 200, **row} for s, row in ROWS.items()])
    scene.add(STOCK_HEALTH, [{"sku": "aged", "available_units": 200, "channel": CA, "currency": "CAD"}])
    scene.add(STOCK_HEALTH, [{"sku": s, "available_units": 200, "day": ago(14)} for s in ROWS])
    scene.add(STOCK_HEALTH, [{"sku": s, "available_units": 200, "day": ago(7), **row} for s, row in ROWS.items()])
    return scene.add(INTENT, [{"sku": "discontinued", "intent": "discontinued"}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def test_a_surcharge_worth_half_an_hour_is_told_even_of_what_is_not_meant_to_sell(looked: Looked) -> None:
    assert looked.errors == []
    fired = {r["sku"]: r["amount_at_risk"] for r in looked.signals if r["kind"] == "aged_stock_fee"}
    assert fired == {sku: pytest.approx(amount) for sku, amount in EXPECTED.items()}
    assert {r["channel"] for r in looked.observed if r["kind"] == "aged_stock_fee"} == {US}


def test_just_below_the_floor_it_is_seen_and_cut(looked: Looked) -> None:
    row = looked.saw("aged_stock_fee", "14.99")
    assert row is not None and row["amount_at_risk"] == pytest.approx(14.99)


def test_stock_is_counted_on_the_fifteenth(looked: Looked) -> None:
    row = looked.signal("aged_stock_fee", "aged")
    assert (row["deadline_at"], row["share_state"]) == (datetime(2026, 12, 15), "cash")
    assert (row["onset_day"], row["last_good_day"]) == (ago(7), ago(14))
    assert looked.said("aged_stock_fee", "aged") == "120 aged units pay a surcharge on 2026-12-15"
    assert looked.said("aged_stock_fee", "discontinued") == "1 aged unit pays a surcharge on 2026-12-15"


@pytest.mark.parametrize(
    ("morning", "counted"),
    [
        (datetime(2026, 12, 14, 20), datetime(2026, 12, 15)),
        (datetime(2026, 12, 15, 20), datetime(2026, 12, 15)),
        (datetime(2026, 12, 16, 20), datetime(2027, 1, 15)),
    ],
)
def test_on_the_day_itself_it_is_still_ahead(morning: datetime, counted: datetime) -> None:
    scene = Scene(as_of=morning)
    selling(scene, "aged")
    scene.add(STOCK_HEALTH, [{"sku": "aged", "available_units": 200, **ROWS["aged"]}])
    assert look(scene).signal("aged_stock_fee", "aged")["deadline_at"] == counted

"""The fee on low stock, where the report says that it is charged."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import STOCK_HEALTH

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

ROWS: dict[str, dict[str, Any]] = {
    "neighbour": {"low_level_charged": False, "shipped_30_units": 500, "history_cover_days": 50},
    "charged": {"low_level_charged": True, "shipped_30_units": 100, "history_cover_days": 9},
    "two to three weeks": {"low_level_charged": True, "shipped_30_units": 100, "history_cover_days": 14},
    "three to four weeks": {"low_level_charged": True, "shipped_30_units": 100, "history_cover_days": 27.9},
    "the longer history counts": {
        "low_level_charged": True,
        "shipped_30_units": 100,
        "history_short_days": 9,
        "history_long_days": 22,
    },
    "cover not told": {"low_level_charged": True, "shipped_30_units": 100},
    "exempt": {"low_level_charged": True, "low_level_exempt": True, "shipped_30_units": 100},
    "by its pace": {"low_level_charged": True, "history_cover_days": 9},
    "few units": {"low_level_charged": True, "shipped_30_units": 16, "history_cover_days": 9},
    "one unit more": {"low_level_charged": True, "shipped_30_units": 17, "history_cover_days": 9},
    "not told": {"shipped_30_units": 100},
}
EXPECTED = {
    "charged": 89.0,
    "two to three weeks": 63.0,
    "three to four weeks": 32.0,
    "the longer history counts": 32.0,
    "cover not told": 32.0,
    "by its pace": 26.70,
    "one unit more": 15.13,
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), *ROWS))
    scene.add(STOCK_HEALTH, [{"sku": s, "available_units": 10, **row} for s, row in ROWS.items()])
    told = {"available_units": 10, "low_level_charged": True}
    scene.add(STOCK_HEALTH, [{"sku": s, "day": ago(7), **told} for s in ROWS])
    scene.add(STOCK_HEALTH, [{"sku": s, "day": ago(14), **told, "low_level_exempt": True} for s in ROWS])
    return scene.add(STOCK_HEALTH, [{"channel": CA, "sku": "charged", "currency": "CAD", **ROWS["neighbour"]}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def test_a_month_of_the_fee_is_told_where_the_report_charges_it(looked: Looked) -> None:
    assert looked.errors == []
    fired = {r["sku"]: r["amount_at_risk"] for r in looked.signals if r["kind"] == "low_inventory_fee"}
    assert fired == {sku: pytest.approx(amount) for sku, amount in EXPECTED.items()}
    assert {r["channel"] for r in looked.observed} == {US}


def test_below_the_floor_it_is_seen_and_cut(looked: Looked) -> None:
    row = looked.saw("low_inventory_fee", "few units")
    assert row is not None and row["amount_at_risk"] == pytest.approx(14.24)


def test_the_sentence_tells_past_cover_where_it_is_known(looked: Looked) -> None:
    assert looked.said("low_inventory_fee", "charged") == "Low-inventory fee charged this week: 9 days of past cover"
    assert looked.said("low_inventory_fee", "cover not told") == "Low-inventory fee charged this week"
    row = looked.signal("low_inventory_fee", "charged")
    assert (row["share_state"], row["onset_day"], row["last_good_day"]) == ("cash", ago(7), ago(14))

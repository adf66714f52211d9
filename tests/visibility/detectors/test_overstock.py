"""Units that will pass 180 days unsold: what another month of them costs."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import INTENT, STOCK_HEALTH, STRANDED

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, listed, look, selling

FEE = {"storage_minor": 10000}
ROWS: dict[str, dict[str, Any]] = {
    # every SKU sells a unit a day unless it says otherwise: 180 units sell before the first is 181 days old
    "neighbour": {"available_units": 150, "age_0_90_units": 150, **FEE},
    "180 of them": {"available_units": 180, "age_0_90_units": 180, **FEE},
    "a fifth too much": {"available_units": 225, "age_0_90_units": 225, **FEE},
    "a little less": {"available_units": 224, "age_0_90_units": 224, **FEE},
    "half too much": {"available_units": 360, "age_0_90_units": 360, **FEE},
    "old ones first": {"available_units": 200, "age_0_90_units": 50, "age_91_180_units": 150, **FEE},
    "aged already": {"available_units": 300, "age_181_270_units": 300, "aged_fee_units": 300, "aged_fee_minor": 30000},
    "aged and more": {"available_units": 360, "age_0_90_units": 180, "age_181_270_units": 180, **FEE},
    "on removal": {"available_units": 360, "age_0_90_units": 360, "pending_removal_units": 180, **FEE},
    "never sold": {"available_units": 40, "age_0_90_units": 40, **FEE},
    "no age told": {"available_units": 360, **FEE},
    "no storage told": {"available_units": 360, "age_0_90_units": 360},
    "a cheap half": {"available_units": 360, "age_0_90_units": 360, "storage_minor": 2999},
    "a dear half": {"available_units": 360, "age_0_90_units": 360, "storage_minor": 3000},
    "stranded": {"available_units": 360, "age_0_90_units": 360, **FEE},
    "sold elsewhere": {"available_units": 360, "age_0_90_units": 360, "shipped_90_units": 90, **FEE},
}
EXPECTED: dict[str, tuple[float, float]] = {
    # SKU: share of the units held, a month of storage and surcharge
    "a fifth too much": (0.2, 20.0),
    "half too much": (0.5, 50.0),
    "old ones first": (0.4, 40.0 + 20.0),
    "aged and more": (0.5, 50.0),
    "never sold": (1.0, 100.0),
    "no age told": (0.5, 50.0),
    "a dear half": (0.5, 15.0),
    "sold elsewhere": (0.5, 50.0),
}


def the_shop() -> Scene:
    scene = selling(Scene(), *[s for s in ROWS if s != "never sold"])
    listed(scene, "never sold")
    abroad(scene)
    scene.add(STOCK_HEALTH, [{"sku": s, **row} for s, row in ROWS.items()])
    scene.add(STOCK_HEALTH, [{"sku": "half too much", "channel": CA, "currency": "CAD", **ROWS["neighbour"]}])
    scene.add(STRANDED, [{"sku": "stranded", "sellable_units": 1}])
    return scene.add(INTENT, [{"sku": "sold elsewhere", "intent": "not_ours"}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked, sku: str) -> dict[str, Any]:
    return looked.signal("overstock", sku)


def test_what_sells_in_time_is_not_too_much_and_what_is_stranded_is_told_elsewhere(looked: Looked) -> None:
    assert looked.errors == []
    fired = {r["sku"] for r in looked.signals if r["kind"] == "overstock"}
    assert fired == set(EXPECTED)
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize("sku", EXPECTED)
def test_its_money_is_a_month_of_what_the_unsold_units_cost(looked: Looked, sku: str) -> None:
    row = of(looked, sku)
    assert (row["observed"], row["amount_at_risk"]) == pytest.approx(EXPECTED[sku])
    assert (row["share_state"], row["onset_day"]) == ("cash", ago(0))


@pytest.mark.parametrize(("sku", "name"), [("a little less", "observed"), ("a cheap half", "amount_at_risk")])
def test_below_the_share_or_below_the_floor_it_is_seen_and_cut(looked: Looked, sku: str, name: str) -> None:
    row = looked.saw("overstock", sku)
    assert row is not None and row[name] < {"observed": 0.2, "amount_at_risk": 15.0}[name]


def test_without_a_storage_fee_its_money_is_not_known(looked: Looked) -> None:
    row = looked.saw("overstock", "no storage told")
    assert row is not None and (row["share_state"], row["amount_at_risk"]) == ("unknown", None)


def test_the_sentence_says_how_long_it_lasts(looked: Looked) -> None:
    assert looked.said("overstock", "half too much") == (
        "Too much stock: 50% will pass 180 days unsold; it lasts 360 days"
    )
    assert looked.said("overstock", "never sold") == (
        "Too much stock: 100% will pass 180 days unsold; it does not sell"
    )

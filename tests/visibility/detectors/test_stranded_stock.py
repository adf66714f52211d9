"""Units that lie sellable behind no live offer: worth a case only from a certain value on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTINGS, STRANDED, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look, selling

ROWS: list[tuple[str, int, dict[str, Any]]] = [
    # SKU, days ago of the report, its row; reports lie here for the mornings 4, 2 and 0 days ago
    ("stranded", 2, {"sellable_units": 40, "reason": "Listing closed"}),
    ("stranded", 0, {"sellable_units": 30, "reason": "Listing closed"}),
    ("day told", 0, {"sellable_units": 30, "stranded_day": ago(12), "auto_removal_day": ago(-9)}),
    ("always", 4, {"sellable_units": 30}),
    ("always", 2, {"sellable_units": 30}),
    ("always", 0, {"sellable_units": 30}),
    ("cured", 2, {"sellable_units": 30}),
    ("no sellable unit", 0, {"sellable_units": 0, "reason": "Damaged"}),
    ("worth 50.00", 0, {"sellable_units": 5}),
    ("worth 49.95", 0, {"sellable_units": 5}),
    ("price only here", 0, {"sellable_units": 5, "price_minor": 1500}),
    ("no price anywhere", 0, {"sellable_units": 5}),
    ("inactive too", 0, {"sellable_units": 30}),
    ("suppressed too", 0, {"sellable_units": 30}),
    ("dead", 0, {"sellable_units": 1}),
    ("liquidated", 0, {"sellable_units": 30}),
    ("selling through", 0, {"sellable_units": 30}),
    ("told twice", 0, {"sellable_units": 2, "reason": "A", "fnsku": "X1"}),
    ("told twice", 0, {"sellable_units": 30, "reason": "B", "fnsku": "X2"}),
]
EXPECTED = {
    "neighbour": [],
    "stranded": ["stranded_stock"],
    "day told": ["stranded_stock"],
    "always": ["stranded_stock"],
    "cured": [],
    "no sellable unit": [],
    "worth 50.00": ["stranded_stock"],
    "worth 49.95": [],
    "price only here": ["stranded_stock"],
    "no price anywhere": [],
    "inactive too": ["stranded_stock"],
    "suppressed too": ["listing_suppressed", "stranded_stock"],
    "dead": ["stranded_stock"],
    "liquidated": [],
    "selling through": ["stranded_stock"],
    "told twice": ["stranded_stock"],
}
UNLISTED = ("price only here", "no price anywhere")


def the_shop() -> Scene:
    scene = Scene().delivered(STRANDED, ago(4), ago(2))
    odd = ("worth 50.00", "worth 49.95", "inactive too", "dead", *UNLISTED)
    selling(scene, *[s for s in EXPECTED if s not in odd])
    selling(scene, "worth 50.00", price=10.0)
    selling(scene, "worth 49.95", price=9.99)
    listed(scene, "inactive too", status="inactive").sells("inactive too", 1, days=days(42, 1))
    listed(scene, "dead", price_minor=1000)
    scene.add(STRANDED, [{"sku": s, "day": ago(d), **row} for s, d, row in ROWS])
    scene.add(SUPPRESSIONS, [{"sku": "suppressed too", "state": "suppressed"}])
    scene.add(
        INTENT, [{"sku": "liquidated", "intent": "not_ours"}, {"sku": "selling through", "intent": "sell_through"}]
    )
    scene.add(INTENT, [{"sku": "no price anywhere", "intent": "sell"}])
    abroad(scene).rows["listings"] += [
        {**r, "price_minor": 1400, "sku": "worth 52.50 in Canada", "item_id": "worth 52.50 in Canada"}
        for r in scene.rows["listings"]
        if r["channel"] == CA and r["sku"] == "neighbour"
    ]
    scene.add(STRANDED, [{"channel": CA, "sku": "worth 52.50 in Canada", "sellable_units": 5}])
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_stock_behind_a_dead_offer_is_told_where_it_is_worth_a_case(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet_and_the_floor_is_in_one_money(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["sku"] for r in looked.observed if r["channel"] != US} == {"worth 52.50 in Canada"}
    row = looked.signal("stranded_stock", "worth 52.50 in Canada", CA)
    assert row["stock_value"] == pytest.approx(5 * 14.00 * 0.75)


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "deadline"),
    [
        ("stranded", ago(2), ago(4), None),
        ("day told", ago(12), ago(13), ago(-9)),
        ("always", ago(4), None, None),
        ("worth 50.00", ago(0), ago(2), None),
    ],
)
def test_it_begins_where_the_report_says_and_ends_on_the_removal_day(
    looked: Looked, sku: str, onset: date, last_good: date | None, deadline: date | None
) -> None:
    row = looked.signal("stranded_stock", sku)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)
    assert row["deadline_at"] == (deadline and datetime(deadline.year, deadline.month, deadline.day))


def test_the_value_of_the_units_is_cut_and_their_number_is_told(looked: Looked) -> None:
    assert looked.said("stranded_stock", "stranded") == "Stranded: 30 units without a live offer"
    assert looked.said("stranded_stock", "told twice") == "Stranded: 30 units without a live offer"
    row = looked.signal("stranded_stock", "worth 50.00")
    assert (row["stock_value"], row["loss_per_day"]) == (pytest.approx(50.0), pytest.approx(10.0))
    under = looked.saw("stranded_stock", "worth 49.95")
    assert under is not None and under["stock_value"] == pytest.approx(49.95)


def test_a_listing_said_to_be_sold_elsewhere_only_is_not_in_two_rows() -> None:
    """A second delivery of the same morning replaces the first: nothing is counted twice."""
    scene = selling(Scene(), "MUG-1", "MUG-2").add(STRANDED, [{"sku": "MUG-1", "sellable_units": 30}])
    scene.add(LISTINGS, [{"sku": "MUG-1", "item_id": "MUG-1", "day": ago(1), "status": "inactive"}])
    assert [(r["kind"], r["sku"]) for r in look(scene).signals] == [("stranded_stock", "MUG-1")]

"""Inactive listings no report explains: classified by elimination, never told twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTING_STATUS, STOCK, STRANDED, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look, sold_in_28_days

MORNINGS: dict[str, str] = {
    # SKU: its status 6, 4, 2 and 0 days ago; a dot where the report does not name it
    "neighbour": "aaaa",
    "closed": "aaii",
    "on and off": "iaii",
    "always off": "iiii",
    "new and off": "...i",
    "back on": "iiia",
    "incomplete": "aaac",
    "no longer listed": "aii.",
    "out of stock": "aaai",
    "pool has more": "aaai",
    "its twin": "aaaa",
    "suppressed": "aaai",
    "stranded": "aaai",
    "removed": "aaai",
    "hidden as well": "aaai",
    "API says well": "aaii",
    "API said well before": "aaai",
    "API alone says off": "aaaa",
    "API said off before": "aaaa",
    "1.00 a day": "aaai",
    "0.96 a day": "aaai",
    "never sold": "iiii",
    "closed on purpose": "aaai",
    "selling through": "aaai",
}
STATUS = {"a": "active", "i": "inactive", "c": "incomplete"}
EXPECTED = {
    "neighbour": [],
    "closed": ["listing_inactive"],
    "on and off": ["listing_inactive"],
    "always off": ["listing_inactive"],
    "new and off": ["listing_inactive"],
    "back on": [],
    "incomplete": ["listing_inactive"],
    "no longer listed": [],
    "out of stock": ["out_of_stock"],
    "pool has more": ["listing_inactive"],
    "its twin": [],
    "suppressed": ["listing_suppressed"],
    "stranded": ["stranded_stock"],
    "removed": ["item_removed"],
    "hidden as well": ["listing_inactive"],
    "API says well": [],
    "API said well before": ["listing_inactive"],
    "API alone says off": ["listing_inactive"],
    "API said off before": [],
    "1.00 a day": ["listing_inactive"],
    "0.96 a day": [],
    "never sold": ["listing_inactive"],
    "closed on purpose": [],
    "selling through": ["listing_inactive"],
}
ASKED: list[tuple[str, int, dict[str, Any]]] = [
    ("API says well", 0, {"buyable": True}),
    ("API said well before", 1, {"buyable": True}),
    ("API alone says off", 0, {"buyable": False}),
    ("API said off before", 1, {"buyable": False}),
    ("removed", 0, {"buyable": False, "action": "CATALOG_ITEM_REMOVED"}),
    ("hidden as well", 0, {"buyable": False, "discoverable": False, "action": "SEARCH_SUPPRESSED"}),
]


def the_shop() -> Scene:
    scene = Scene()
    for sku, marks in MORNINGS.items():
        for n, mark in zip((6, 4, 2, 0), marks, strict=True):
            if mark != ".":
                listed(scene, sku, day=ago(n), status=STATUS[mark])
    for sku, units in (("1.00 a day", 28), ("0.96 a day", 27)):
        sold_in_28_days(scene, sku, units, price=1.0, until=3)
    for sku in MORNINGS:
        if sku not in ("never sold", "1.00 a day", "0.96 a day"):
            scene.sells(sku, 1, days=days(42, 1))
    scene.add(LISTING_STATUS, [{"sku": s, "day": ago(d), **answer} for s, d, answer in ASKED])
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed"}])
    scene.add(STRANDED, [{"sku": "stranded", "sellable_units": 30}])
    scene.add(
        STOCK,
        [
            {"sku": "neighbour", "sellable_units": 90},
            {"sku": "closed", "sellable_units": 90},
            {"sku": "out of stock", "sellable_units": 0},
            {"sku": "pool has more", "sellable_units": 0, "fnsku": "X1"},
            {"sku": "its twin", "sellable_units": 700, "fnsku": "X1"},
        ],
    )
    scene.add(
        INTENT,
        [
            {"sku": "closed on purpose", "intent": "discontinued"},
            {"sku": "selling through", "intent": "sell_through"},
        ],
    )
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_an_inactive_listing_is_left_to_the_rule_that_can_explain_it(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [
        ("closed", ago(2), ago(4)),
        ("on and off", ago(2), ago(4)),
        ("always off", ago(6), None),
        ("new and off", ago(0), None),
        ("incomplete", ago(0), ago(2)),
        ("API alone says off", ago(0), None),
    ],
)
def test_it_begins_on_the_first_morning_it_was_off_after_the_last_it_was_on(
    looked: Looked, sku: str, onset: date, last_good: date | None
) -> None:
    row = looked.signal("listing_inactive", sku)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)


def test_the_words_tell_inactive_from_incomplete(looked: Looked) -> None:
    assert looked.said("listing_inactive", "closed") == "Inactive, no reason given"
    assert looked.said("listing_inactive", "incomplete") == "Incomplete: a required value is missing"
    assert looked.signal("listing_inactive", "closed")["evidence"] == '{"status": "inactive", "source": "listings"}'


def test_the_floor_is_a_dollar_a_day_except_for_what_goes_into_one_batch_row(looked: Looked) -> None:
    assert looked.signal("listing_inactive", "1.00 a day")["loss_per_day"] == pytest.approx(1.0)
    under = looked.saw("listing_inactive", "0.96 a day")
    assert under is not None and under["loss_per_day"] == pytest.approx(27 / 28)
    dead = looked.signal("listing_inactive", "never sold")
    assert (dead["loss_per_day"], dead["intent"]) == (0.0, "dead")


def test_without_a_listings_report_nothing_is_called_inactive() -> None:
    scene = Scene().sells("MUG-1", 1, days=days(42, 1))
    scene.add(STOCK, [{"sku": "MUG-1", "sellable_units": 500}])
    assert look(scene).observed == []

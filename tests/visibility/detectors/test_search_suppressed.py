"""Listings that can be bought but not found: a share of the sales is lost, not all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTING_STATUS, LISTINGS, STOCK, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, look, selling, sold_in_28_days

ON: dict[str, Any] = {"state": "search_suppressed", "reason": "Missing info"}
HIDDEN: dict[str, Any] = {"buyable": True, "discoverable": False, "action": "SEARCH_SUPPRESSED"}
WELL: dict[str, Any] = {"buyable": True, "discoverable": True}

ON_THE_LIST: list[tuple[str, dict[str, Any]]] = [
    ("hidden", {**ON, "since_day": ago(9), "issue_text": "Main image is missing"}),
    ("hidden and out", {**ON, "since_day": ago(3)}),
    ("inactive", ON),
    ("API says well", {**ON, "since_day": ago(3)}),
    ("1.67 a day", {**ON, "since_day": ago(2)}),
    ("1.61 a day", {**ON, "since_day": ago(2)}),
    ("off season", ON),
    ("both say hidden", {**ON, "since_day": ago(9)}),
]
ASKED: list[tuple[str, int, dict[str, Any]]] = [
    ("API says hidden", 4, WELL),
    ("API says hidden", 2, {**HIDDEN, "issue_category": "QUALITY"}),
    ("API says hidden", 0, {**HIDDEN, "issue_category": "QUALITY"}),
    ("API says well", 1, WELL),
    ("both say hidden", 0, HIDDEN),
    ("findable anyway", 0, {**WELL, "action": "SEARCH_SUPPRESSED"}),
    ("not asked", 0, {"buyable": True, "discoverable": None}),
    ("exempt", 0, {**WELL, "exempt_action": "SEARCH_SUPPRESSED"}),
    ("exempt for a day", 0, {**WELL, "exempt_action": "SEARCH_SUPPRESSED", "exempt_until": ago(-1)}),
    ("not buyable either", 0, {**HIDDEN, "buyable": False}),
    ("closed since", 1, HIDDEN),
    ("held back", 0, {**HIDDEN, "buyable": False, "action": "LISTING_SUPPRESSED"}),
]
EXPECTED = {
    "neighbour": [],
    "hidden": ["search_suppressed"],
    "hidden and out": ["out_of_stock", "search_suppressed"],
    "inactive": ["listing_suppressed"],
    "API says hidden": ["search_suppressed"],
    "API says well": ["search_suppressed"],
    "findable anyway": [],
    "not asked": [],
    "exempt": [],
    "exempt for a day": ["search_suppressed"],
    "not buyable either": ["listing_inactive"],
    "held back": ["listing_suppressed"],
    "closed since": ["listing_inactive"],
    "1.67 a day": ["search_suppressed"],
    "1.61 a day": [],
    "off season": [],
    "both say hidden": ["search_suppressed"],
}
CLOSED = ("inactive", "closed since")


def the_shop() -> Scene:
    scene = Scene()
    selling(scene, *[s for s in EXPECTED if s not in (*CLOSED, "1.67 a day", "1.61 a day")])
    for sku in CLOSED:
        scene.add(LISTINGS, [{"sku": sku, "item_id": sku, "status": "inactive"}])
        scene.sells(sku, 1, days=days(42, 1))
    for sku, units in (("1.67 a day", 28), ("1.61 a day", 27)):
        scene.add(LISTINGS, [{"sku": sku, "item_id": sku, "price_minor": 167}])
        sold_in_28_days(scene, sku, units, price=1.67, until=3)
    scene.add(SUPPRESSIONS, [{"sku": s, **row} for s, row in ON_THE_LIST])
    scene.add(LISTING_STATUS, [{"sku": s, "day": ago(d), **answer} for s, d, answer in ASKED])
    scene.add(STOCK, [{"sku": "hidden and out", "sellable_units": 0}])
    scene.add(INTENT, [{"sku": "off season", "intent": "seasonal", "from_day": ago(-3), "to_day": ago(-60)}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_hidden_is_what_can_be_bought_but_not_found(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "starts"),
    [
        ("hidden", ago(9), ago(10), None),
        ("both say hidden", ago(9), ago(10), None),
        ("API says hidden", ago(2), ago(4), None),
        ("exempt for a day", ago(-1), ago(0), ago(-1)),
    ],
)
def test_it_begins_on_the_day_told_else_on_the_first_bad_answer(
    looked: Looked, sku: str, onset: date, last_good: date, starts: date | None
) -> None:
    row = looked.signal("search_suppressed", sku)
    assert (row["onset_day"], row["last_good_day"], row["starts_day"]) == (onset, last_good, starts)


def test_the_floor_is_held_against_the_share_assumed_lost(looked: Looked) -> None:
    """60 % of 1.67 a day is just over a dollar, 60 % of 1.61 just under."""
    assert looked.signal("search_suppressed", "1.67 a day")["loss_per_day"] == pytest.approx(1.002)
    under = looked.saw("search_suppressed", "1.61 a day")
    assert under is not None and under["loss_per_day"] == pytest.approx(0.6 * 1.67 * 27 / 28)
    assert looked.signal("search_suppressed", "hidden")["share_state"] == "hidden"


def test_the_words_name_the_reason(looked: Looked) -> None:
    assert looked.said("search_suppressed", "hidden") == "Hidden from search: missing info"
    assert looked.said("search_suppressed", "exempt for a day").startswith("Will be hidden from search")
    assert looked.signal("search_suppressed", "API says hidden")["cause"] == "QUALITY"

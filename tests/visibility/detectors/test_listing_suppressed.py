"""Listings the marketplace holds back, told by its list or by its API."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest

from opswheel.core.contracts import (
    INTENT,
    LISTING_CHANGES,
    LISTING_STATUS,
    LISTINGS,
    PROMOTION_RESULTS,
    STOCK,
    SUPPRESSIONS,
)

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, look, selling, sold_in_28_days

ON: dict[str, Any] = {"state": "suppressed", "reason": "Missing info", "issue_text": "Image is missing"}
HELD: dict[str, Any] = {"buyable": False, "discoverable": False, "action": "LISTING_SUPPRESSED"}
WELL: dict[str, Any] = {"buyable": True, "discoverable": True}

ON_THE_LIST: list[tuple[str, int, dict[str, Any]]] = [
    # SKU, days ago the list was exported, its row; a list lies here for each of the mornings 6, 4, 2 and 0 days ago
    ("day told", 0, {**ON, "since_day": ago(9)}),
    ("after a deal", 0, {**ON, "since_day": ago(9)}),
    ("no day told", 2, ON),
    ("no day told", 0, ON),
    ("on and off", 6, ON),
    ("on and off", 2, ON),
    ("on and off", 0, ON),
    ("always on", 6, ON),
    ("always on", 4, ON),
    ("always on", 2, ON),
    ("always on", 0, ON),
    ("gone from the list", 4, ON),
    ("gone from the list", 2, ON),
    ("hidden and active", 0, {**ON, "state": "search_suppressed"}),
    ("hidden and inactive", 0, {**ON, "state": "search_suppressed"}),
    ("inactive too", 0, ON),
    ("API says well", 0, {**ON, "since_day": ago(3)}),
    ("API said well before", 0, {**ON, "since_day": ago(1)}),
    ("API says hidden", 0, {**ON, "since_day": ago(3)}),
    ("removed", 0, ON),
    ("out as well", 0, {**ON, "since_day": ago(3)}),
    ("1.00 a day", 0, {**ON, "since_day": ago(2)}),
    ("0.96 a day", 0, {**ON, "since_day": ago(2)}),
    ("said off", 0, ON),
    ("selling through", 0, ON),
]
ASKED: list[tuple[str, int, dict[str, Any]]] = [
    ("API says held", 3, WELL),
    ("API says held", 1, {**HELD, "issue_category": "MISSING_ATTRIBUTE"}),
    ("API says well", 0, WELL),
    ("API said well before", 1, WELL),
    ("API says hidden", 0, {"buyable": True, "discoverable": False, "action": "SEARCH_SUPPRESSED"}),
    ("held, told well", 3, {**HELD, "issue_category": "MISSING_ATTRIBUTE"}),
    ("removed", 0, {**HELD, "action": "CATALOG_ITEM_REMOVED"}),
    ("exempt", 0, {**WELL, "exempt_action": "LISTING_SUPPRESSED"}),
    ("exempt for a day", 0, {**WELL, "exempt_action": "LISTING_SUPPRESSED", "exempt_until": ago(-1)}),
    ("attribute only", 0, {**WELL, "action": "ATTRIBUTE_SUPPRESSED"}),
]
TOLD: list[tuple[str, int, dict[str, Any]]] = [
    # SKU, so many days ago at noon, what the marketplace's message said
    ("neighbour", 5, {"buyable": True, "discoverable": True}),
    ("told held", 1, {"buyable": False, "discoverable": False}),
    ("told held", 1, {"told": "issues", "action": "LISTING_SUPPRESSED"}),
    ("held, told well", 1, {"buyable": True, "discoverable": True}),
    ("told enforced only", 1, {"told": "issues", "action": "LISTING_SUPPRESSED"}),
    ("told hidden, on no list", 1, {"buyable": True, "discoverable": False}),
]
EXPECTED = {
    "neighbour": [],
    "after a deal": ["listing_suppressed"],
    "told held": ["listing_suppressed"],
    "held, told well": [],
    "told enforced only": [],
    "told hidden, on no list": [],
    "day told": ["listing_suppressed"],
    "no day told": ["listing_suppressed"],
    "on and off": ["listing_suppressed"],
    "always on": ["listing_suppressed"],
    "gone from the list": [],
    "hidden and active": ["search_suppressed"],
    "hidden and inactive": ["listing_suppressed"],
    "inactive too": ["listing_suppressed"],
    "API says well": [],
    "API said well before": ["listing_suppressed"],
    "API says hidden": ["search_suppressed"],
    "API says held": ["listing_suppressed"],
    "removed": ["item_removed"],
    "out as well": ["listing_suppressed", "out_of_stock"],
    "exempt": [],
    "exempt for a day": ["listing_suppressed"],
    "attribute only": [],
    "1.00 a day": ["listing_suppressed"],
    "0.96 a day": [],
    "said off": [],
    "selling through": ["listing_suppressed"],
}
INACTIVE = ("hidden and inactive", "inactive too")


def _message(sku: str, n: int, told: dict[str, Any]) -> dict[str, Any]:
    at = datetime.combine(ago(n), time(20))
    return {"sku": sku, "day": ago(n), "at": at, "updated_at": at, "told": "status", **told}


def _dealt(row: dict[str, Any]) -> bool:
    return row["item_id"] == "after a deal" and row["from_day"] in days(20, 16)


def the_shop() -> Scene:
    scene = Scene().delivered(SUPPRESSIONS, *(ago(n) for n in (6, 4, 2, 0)))
    selling(scene, *[s for s in EXPECTED if s not in (*INACTIVE, "1.00 a day", "0.96 a day")])
    scene.add(LISTINGS, [{"sku": s, "item_id": s, "status": "inactive"} for s in INACTIVE])
    for sku in INACTIVE:
        scene.sells(sku, 1, days=days(42, 1))
    for sku, units in (("1.00 a day", 28), ("0.96 a day", 27)):
        scene.add(LISTINGS, [{"sku": sku, "item_id": sku, "price_minor": 100}])
        sold_in_28_days(scene, sku, units, price=1.0, until=3)
    scene.add(SUPPRESSIONS, [{"sku": s, "day": ago(d), **row} for s, d, row in ON_THE_LIST])
    scene.add(LISTING_STATUS, [{"sku": s, "day": ago(d), **answer} for s, d, answer in ASKED])
    deal = {"promotion_id": "D1", "kind": "best_deal", "state": "approved", "from_day": ago(20), "to_day": ago(16)}
    scene.add(PROMOTION_RESULTS, [{"item_id": "after a deal", "day": ago(9), **deal}])
    scene.rows["traffic"] = [r for r in scene.rows["traffic"] if not _dealt(r)]
    scene.sells("after a deal", 50, days=days(20, 16))
    scene.add(LISTING_CHANGES, [_message(*told) for told in TOLD])
    scene.add(STOCK, [{"sku": "out as well", "sellable_units": 0}, {"sku": "neighbour", "sellable_units": 90}])
    scene.add(INTENT, [{"sku": "said off", "intent": "not_ours"}, {"sku": "selling through", "intent": "sell_through"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_what_shoppers_cannot_buy_is_told_once_by_the_rule_that_knows_most(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "starts"),
    [
        ("day told", ago(9), ago(10), None),
        ("no day told", ago(2), ago(4), None),
        ("on and off", ago(2), ago(4), None),
        ("always on", ago(6), None, None),
        ("API says held", ago(1), ago(3), None),
        ("API said well before", ago(1), ago(2), None),
        ("told held", ago(1), ago(2), None),
        ("exempt for a day", ago(-1), ago(0), ago(-1)),
    ],
)
def test_it_begins_on_the_day_told_else_on_the_first_morning_that_named_it(
    looked: Looked, sku: str, onset: date, last_good: date | None, starts: date | None
) -> None:
    row = looked.signal("listing_suppressed", sku)
    assert (row["onset_day"], row["last_good_day"], row["starts_day"]) == (onset, last_good, starts)


def test_the_words_are_the_marketplaces_own(looked: Looked) -> None:
    assert looked.said("listing_suppressed", "day told") == "Suppressed: missing info"
    assert looked.said("listing_suppressed", "API says held") == "Suppressed: missing attribute"
    assert looked.said("listing_suppressed", "exempt for a day") == "Will be suppressed: listing suppressed"
    row = looked.signal("listing_suppressed", "day told")
    assert row["evidence"] == '{"reason": "Image is missing", "code": "Missing info", "source": "suppressions"}'
    assert (row["observed"], row["baseline"], row["share_state"]) == (0.0, 1.0, "not_buyable")


def test_the_floor_is_a_dollar_a_day_of_the_listing_itself(looked: Looked) -> None:
    assert looked.signal("listing_suppressed", "1.00 a day")["loss_per_day"] == pytest.approx(1.0)
    under = looked.saw("listing_suppressed", "0.96 a day")
    assert under is not None and under["loss_per_day"] == pytest.approx(27 / 28)


def test_what_a_deal_sold_is_not_what_is_lost_without_it(looked: Looked) -> None:
    told, neighbour = (looked.signal("listing_suppressed", s)["loss_per_day"] for s in ("after a deal", "day told"))
    assert told == pytest.approx(neighbour) == pytest.approx(20.0)

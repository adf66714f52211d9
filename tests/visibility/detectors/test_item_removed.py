"""Items the marketplace took out of its catalog: state decides, the enforcement only names it."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTING_STATUS, STOCK, STRANDED, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look, selling, sold_in_28_days

GONE: dict[str, Any] = {"buyable": False, "discoverable": False, "action": "CATALOG_ITEM_REMOVED"}
WELL: dict[str, Any] = {"buyable": True, "discoverable": True}
EXEMPT: dict[str, Any] = {**WELL, "exempt_action": "CATALOG_ITEM_REMOVED"}

STATUS: list[tuple[str, int, dict[str, Any]]] = [
    # SKU, days ago the API was asked, its answer
    ("removed", 5, WELL),
    ("removed", 3, {**GONE, "issue_category": "RESTRICTED_PRODUCT", "issue_text": "Not allowed"}),
    ("removed", 0, {**GONE, "issue_category": "RESTRICTED_PRODUCT", "issue_text": "Not allowed"}),
    ("neighbour", 0, WELL),
    ("named but buyable", 0, {**WELL, "action": "CATALOG_ITEM_REMOVED"}),
    ("exempt for 5 days", 0, {**EXEMPT, "exempt_until": ago(-5)}),
    ("exempt for ever", 0, EXEMPT),
    ("exemption over", 2, {**EXEMPT, "exempt_until": ago(1)}),
    ("only suppressed", 0, {**GONE, "action": "LISTING_SUPPRESSED"}),
    ("back since", 4, GONE),
    ("back since", 0, WELL),
    ("answer of last week", 6, GONE),
    ("stale answer", 7, GONE),
    ("in every report", 0, GONE),
    ("out as well", 0, GONE),
    ("1.00 a day", 1, WELL),
    ("1.00 a day", 0, GONE),
    ("0.96 a day", 1, WELL),
    ("0.96 a day", 0, GONE),
    ("said off", 0, GONE),
    ("selling through", 0, GONE),
    ("never sold", 0, GONE),
]
EXPECTED = {
    "removed": ["item_removed"],
    "neighbour": [],
    "named but buyable": [],
    "exempt for 5 days": ["item_removed"],
    "exempt for ever": [],
    "exemption over": ["item_removed"],
    "only suppressed": ["listing_suppressed"],
    "back since": [],
    "answer of last week": ["item_removed"],
    "stale answer": [],
    "in every report": ["item_removed", "stranded_stock"],
    "out as well": ["item_removed", "out_of_stock"],
    "1.00 a day": ["item_removed"],
    "0.96 a day": [],
    "said off": [],
    "selling through": ["item_removed"],
    "never sold": ["item_removed"],
}


def the_shop() -> Scene:
    scene = Scene()
    cheap, plain = ("1.00 a day", "0.96 a day"), ("never sold", "in every report")
    selling(scene, *[s for s in EXPECTED if s not in cheap + plain])
    listed(scene, *cheap, price_minor=100)
    for sku, units in zip(cheap, (28, 27), strict=True):
        sold_in_28_days(scene, sku, units, price=1.0, until=2)
    listed(scene, "never sold")
    listed(scene, "in every report", status="inactive").sells("in every report", 1, days=days(42, 1))
    scene.add(LISTING_STATUS, [{"sku": s, "day": ago(d), **answer} for s, d, answer in STATUS])
    scene.add(SUPPRESSIONS, [{"sku": "in every report", "state": "suppressed", "since_day": ago(2)}])
    scene.add(STRANDED, [{"sku": "in every report", "sellable_units": 30, "stranded_day": ago(2)}])
    scene.add(STOCK, [{"sku": "out as well", "sellable_units": 0}])
    scene.add(INTENT, [{"sku": "said off", "intent": "discontinued"}])
    scene.add(INTENT, [{"sku": "selling through", "intent": "sell_through"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_removal_is_seen_where_the_item_is_gone_and_only_there(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good", "starts"),
    [
        ("removed", ago(3), ago(5), None),
        ("exempt for 5 days", ago(-5), ago(0), ago(-5)),
        ("exemption over", ago(1), ago(2), None),
        ("answer of last week", ago(6), None, None),
    ],
)
def test_it_begins_on_the_first_bad_day_after_the_last_good_one(
    looked: Looked, sku: str, onset: object, last_good: object, starts: object
) -> None:
    row = looked.signal("item_removed", sku)
    assert (row["onset_day"], row["last_good_day"], row["starts_day"]) == (onset, last_good, starts)


def test_it_says_what_the_marketplace_said(looked: Looked) -> None:
    assert looked.said("item_removed", "removed") == "Removed from the catalog"
    assert looked.said("item_removed", "exempt for 5 days") == "Will be removed from the catalog"
    row = looked.signal("item_removed", "removed")
    assert row["share_state"] == "not_buyable"
    assert row["evidence"] == '{"reason": "Not allowed", "code": "RESTRICTED_PRODUCT", "source": "listing_status"}'


def test_a_small_loss_is_observed_before_it_is_cut(looked: Looked) -> None:
    """A back-test can only lower a cut line over what was stored."""
    under = looked.saw("item_removed", "0.96 a day")
    assert under is not None and under["loss_per_day"] == pytest.approx(27 / 28)
    assert looked.signal("item_removed", "1.00 a day")["threshold_id"] == "item_removed.min_loss_per_day:1"
    assert looked.signal("item_removed", "never sold")["loss_per_day"] == 0.0
    assert looked.signal("item_removed", "never sold")["intent"] == "dead"

"""A slipped decimal point gives margin away with every sale; a planned discount does not look like one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTINGS, PRICE_RULES, PROMOTIONS

from ...factory import Scene, ago, days
from ...prioritization.scenes import sold
from ..looking import CA, US, Looked, abroad, listed, look, selling

ASKED: dict[str, tuple[float, float | None, float | None, float | None]] = {
    # SKU: what it sold for until three days ago, then the price asked 4, 2 and 0 days ago (None: not named)
    "neighbour": (20.0, 20.0, 20.0, 20.0),
    "halved": (20.0, 20.0, 20.0, 10.0),
    "nearly halved": (20.0, 20.0, 20.0, 10.01),
    "off by a quarter": (20.0, 20.0, 20.0, 15.0),
    "off by less": (20.0, 20.0, 20.0, 15.01),
    "slipped": (19.9, 19.9, 1.99, 1.99),  # in the hours after the first of these mornings
    "up and down": (20.0, 5.0, 20.0, 5.0),
    "only today": (20.0, None, None, 5.0),
    "3.00 a unit": (6.0, 6.0, 6.0, 3.0),
    "2.99 a unit": (5.98, 5.98, 5.98, 2.99),
    "under a rule": (20.0, 20.0, 20.0, 5.0),
    "with a right price": (20.0, 20.0, 20.0, 5.0),
    "with a maximum only": (20.0, 20.0, 20.0, 5.0),
    "promoted today": (20.0, 20.0, 20.0, 5.0),
    "promoted until yesterday": (20.0, 20.0, 20.0, 5.0),
    "promoted from tomorrow": (20.0, 20.0, 20.0, 5.0),
    "inactive": (20.0, 20.0, 20.0, 5.0),
    "free": (20.0, 20.0, 20.0, 0.0),
    "never sold": (20.0, 20.0, 20.0, 5.0),
}
LOW = ["price_too_low"]
EXPECTED: dict[str, list[str]] = {
    "neighbour": [],
    "halved": LOW,
    "nearly halved": [],
    "off by a quarter": [],
    "off by less": [],
    "slipped": LOW,
    "up and down": LOW,
    "only today": LOW,
    "3.00 a unit": LOW,
    "2.99 a unit": [],
    "under a rule": ["price_outside_rules"],
    "with a right price": [],
    "with a maximum only": LOW,
    "promoted today": [],
    "promoted until yesterday": LOW,
    "promoted from tomorrow": LOW,
    "inactive": ["listing_inactive"],
    "free": [],
    "never sold": [],
}


def minor(price: float) -> int:
    return round(price * 100)


def the_shop() -> Scene:
    scene = Scene()
    for sku, (usual, *asked) in ASKED.items():
        for n, price in zip((4, 2, 0), asked, strict=True):
            status = "inactive" if sku == "inactive" and n == 0 else "active"
            if price is not None:
                listed(scene, sku, day=ago(n), price_minor=minor(price), status=status)
        if sku != "never sold":
            scene.sells(sku, 1, days=[d for d in days(42, 3) if (sku, d) != ("slipped", ago(4))], price=usual)
            slipped = sku == "slipped"
            scene.sells(sku, 300 if slipped else 1, days=days(2, 1), price=1.99 if slipped else usual)
    scene.sells("slipped", 300, days=[ago(4)], price=1.99)
    scene.add(
        PRICE_RULES,
        [
            {"sku": "under a rule", "min_minor": 1500},
            {"sku": "with a right price", "right_minor": 500},
            {"sku": "with a maximum only", "max_minor": 9900},
        ],
    )
    deals: list[dict[str, Any]] = [
        {"sku": "promoted today", "from_day": ago(3), "to_day": ago(0)},
        {"sku": "promoted until yesterday", "from_day": ago(9), "to_day": ago(1)},
        {"sku": "promoted from tomorrow", "from_day": ago(-1), "to_day": ago(-9)},
    ]
    scene.add(PROMOTIONS, deals)
    abroad(scene)
    for sku, usual in (("4.00 CAD a unit", 8.0), ("3.90 CAD a unit", 7.8)):
        listed(scene, sku, channel=CA, currency="CAD", price_minor=minor(usual / 2))
        scene.sells(sku, 1, days=days(42, 1), price=usual, channel=CA)
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_price_is_a_mistake_at_half_the_usual_one_and_no_earlier(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet_and_the_floor_is_in_one_money(looked: Looked) -> None:
    """4.00 Canadian dollars a unit are 3.00 US dollars, 3.90 are less."""
    assert looked.errors == []
    told = {(r["channel"], r["sku"]) for r in looked.signals if r["channel"] != US}
    assert told == {(CA, "4.00 CAD a unit")}
    under = looked.saw("price_too_low", "3.90 CAD a unit", CA)
    assert under is not None and under["loss_per_day"] == pytest.approx(3.9 * 0.75)


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [
        ("slipped", ago(2), ago(4)),
        ("halved", ago(0), ago(2)),
        ("up and down", ago(0), ago(2)),
        ("only today", ago(0), None),
    ],
)
def test_it_begins_with_the_first_wrong_price_after_the_last_right_one(
    looked: Looked, sku: str, onset: date, last_good: date | None
) -> None:
    row = looked.signal("price_too_low", sku)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)


def test_sales_at_the_wrong_price_do_not_make_it_the_usual_one(looked: Looked) -> None:
    row = looked.signal("price_too_low", "slipped")
    assert (row["observed"], row["baseline"]) == (pytest.approx(0.1), pytest.approx(19.9))
    assert row["loss_per_day"] == pytest.approx(17.91)
    assert looked.said("price_too_low", "slipped") == "Price far too low: 10% of what it usually sells for"


def test_a_discount_is_kept_for_back_tests_from_a_quarter_on(looked: Looked) -> None:
    seen = [s for s in ("nearly halved", "off by a quarter", "off by less") if looked.saw("price_too_low", s)]
    assert seen == ["nearly halved", "off by a quarter"]


def test_selling_too_cheaply_is_told_even_of_what_is_not_meant_to_sell() -> None:
    scene = listed(Scene(), "MUG-1", price_minor=400)
    listed(scene, "MUG-2", "MUG-3").add(INTENT, [{"sku": s, "intent": "discontinued"} for s in ("MUG-1", "MUG-2")])
    for sku in ("MUG-1", "MUG-2", "MUG-3"):
        sold(scene, sku, 1, days(42, 1))
    found = look(scene)
    assert [(r["kind"], r["sku"]) for r in found.signals] == [("price_too_low", "MUG-1")]
    row = found.signal("price_too_low", "MUG-1")
    assert (row["intent"], row["share_state"]) == ("off", "price_gap")


def test_without_sales_before_it_there_is_no_usual_price() -> None:
    scene = selling(Scene(), "MUG-2")
    scene.add(LISTINGS, [{"sku": "MUG-1", "item_id": "MUG-1", "day": ago(n), "price_minor": 2000} for n in (4, 2)])
    listed(scene, "MUG-1", price_minor=100)
    assert look(scene).observed == []

"""A launch that does not get going, held against what its category's launches had at the same age."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opswheel.core.contracts import LISTINGS, RATES, STOCK

from ...factory import Scene, ago, days
from ..looking import CA, CAD, US, Looked, listed, look

LAMPS, BOWLS = "lamps", "bowls"
OLDER = [f"lamp {n}" for n in range(10)]
LAUNCHED: dict[str, dict[str, Any]] = {
    # SKU: days since it was opened, units a day and page views a day since, and what else is so
    "neighbour": {"age": 30, "units": 1, "views": 100},
    "not found": {"age": 30, "units": 0, "views": 10},
    "not bought": {"age": 30, "units": 0, "views": 100},
    "a little slower": {"age": 30, "units": 1, "views": 95},
    "two weeks old": {"age": 15, "units": 0, "views": 10},
    "thirteen days old": {"age": 13, "units": 0, "views": 10},
    "grown up": {"age": 63, "units": 0, "views": 10},
    "cheap": {"age": 30, "units": 0, "views": 10, "price_minor": 20},
    "sold out": {"age": 30, "units": 0, "views": 10},
    "was off": {"age": 30, "units": 0, "views": 10},
    "closed": {"age": 30, "units": 0, "views": 10, "status": "inactive"},
    "without like": {"age": 30, "units": 0, "views": 10, "category": BOWLS},
}
STUCK = {"not found", "not bought", "two weeks old"}


def the_shop() -> Scene:
    scene = Scene()
    for n, sku in enumerate(OLDER):
        opened(scene, sku, 120 - n, units=1, views=100)
    for n in range(9):
        opened(scene, f"bowl {n}", 120 - n, units=1, views=100, category=BOWLS)
    for sku, told in LAUNCHED.items():
        opened(scene, sku, **told)
    scene.sells("long here", 1, days=days(150, 1))
    listed(scene, "long here", category=LAMPS)
    for sku in ("sold out", "closed"):  # without a sale they would not even be meant to sell
        scene.sells(sku, 1, days=days(9, 6), views=0)
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}])
    scene.add(LISTINGS, [{"sku": "was off", "item_id": "was off", "day": ago(20), "status": "inactive"}])
    return far_from_home(scene)


def opened(scene: Scene, sku: str, age: int, units: int, views: int, **columns: Any) -> Scene:
    """A listing opened `age` days ago that sold and was seen alike every day since."""
    listed(scene, sku, **{"category": LAMPS, "opened_on": ago(age), **columns})
    price = columns.get("price_minor", 2000) / 100
    return scene.sells(sku, units, days=days(age, 1), views=views, price=price)


def far_from_home(scene: Scene) -> Scene:
    """The same launches in Canada, where each sells what the others do."""
    for sku in (*OLDER, *LAUNCHED):
        age = LAUNCHED.get(sku, {"age": 100})["age"]
        listed(scene, sku, channel=CA, currency="CAD", category=LAMPS, opened_on=ago(age))
        scene.sells(sku, 1, days=days(age, 1), channel=CA)
    return scene.add(RATES, [{"day": ago(1), "currency": "CAD", "to_currency": "USD", "rate": CAD}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def test_only_launches_that_could_sell_and_do_not_are_told(looked: Looked) -> None:
    assert looked.errors == []
    told = {(r["channel"], r["sku"]) for r in looked.signals if r["kind"] == "launch_stuck"}
    assert told == {(US, sku) for sku in STUCK}


def test_it_says_whether_it_is_not_found_or_not_bought(looked: Looked) -> None:
    row = looked.signal("launch_stuck", "not found")
    assert (row["cause"], row["onset_day"]) == ("not_found", ago(30))
    said = {sku: looked.said("launch_stuck", sku) for sku in STUCK}
    assert said["not found"] == "280 views in its first 28 days, its category's slowest tenth: 2,800"
    assert said["not bought"] == "0 sold in its first 28 days, its category's slowest tenth: 28"
    assert all(len(words) <= 80 for words in said.values())


def test_it_is_held_against_launches_of_the_same_age(looked: Looked) -> None:
    """Fourteen days of its own against fourteen of theirs; the slowest of eleven is not the slowest tenth."""
    row = looked.signal("launch_stuck", "two weeks old")
    assert (row["baseline"], json.loads(row["evidence"])["compared_with"]) == (1400, 11)


def test_half_of_what_the_middle_launch_sells_in_a_month_is_at_risk(looked: Looked) -> None:
    row = looked.signal("launch_stuck", "not found")
    assert row["amount_at_risk"] == pytest.approx(1.0 * 20.0 * 30 * 0.5)
    assert looked.saw("launch_stuck", "cheap") is not None
    assert looked.saw("launch_stuck", "cheap")["amount_at_risk"] < 15.0  # type: ignore[index]


def test_one_launch_in_ten_is_slower_than_the_others_and_that_alone_is_no_news(looked: Looked) -> None:
    row = looked.saw("launch_stuck", "a little slower")
    assert row is not None and 0.95 < row["observed"] < 1.0
    assert "launch_stuck" not in looked.fired("a little slower")


def test_under_ten_launches_its_category_has_no_slowest_tenth(looked: Looked) -> None:
    assert looked.saw("launch_stuck", "without like") is None


def test_a_launch_that_could_not_be_bought_for_a_while_is_not_judged(looked: Looked) -> None:
    for sku in ("sold out", "was off", "closed", "grown up", "thirteen days old", "neighbour"):
        assert looked.saw("launch_stuck", sku) is None, sku


def test_a_day_nobody_loaded_is_not_a_day_without_sales() -> None:
    scene = the_shop()
    scene.rows["traffic"] = [r for r in scene.rows["traffic"] if r["from_day"] != ago(10)]
    assert not [r for r in look(scene).observed if (r["kind"], r["channel"]) == ("launch_stuck", US)]

"""Prices outside the bounds the team set: a percentage of the bound and a sum of money, both."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.core.contracts import INTENT, PRICE_RULES

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, abroad, listed, look

ASKED: dict[str, tuple[int, dict[str, int]]] = {
    # SKU: the price asked in cents, its rule
    "neighbour": (2000, {"min_minor": 1500, "max_minor": 2500, "map_minor": 1800}),
    "no rule": (1, {}),
    "at the minimum": (1500, {"min_minor": 1500}),
    "at the maximum": (2500, {"max_minor": 2500}),
    "1 % under": (2970, {"min_minor": 3000}),
    "less than 1 % under": (2971, {"min_minor": 3000}),
    "25 cents under": (975, {"min_minor": 1000}),
    "24 cents under": (976, {"min_minor": 1000}),
    "1 % over": (3030, {"max_minor": 3000}),
    "less than 1 % over": (3029, {"max_minor": 3000}),
    "25 cents over": (1025, {"max_minor": 1000}),
    "24 cents over": (1024, {"max_minor": 1000}),
    "under MAP": (1700, {"min_minor": 1500, "map_minor": 1800}),
    "under both": (1400, {"min_minor": 1500, "map_minor": 1800}),
    "right price told": (1400, {"min_minor": 1500, "right_minor": 2000}),
    "a rule without bounds": (1400, {"right_minor": 2000}),
    "inactive": (1400, {"min_minor": 1500}),
    "discontinued, too cheap": (1400, {"min_minor": 1500}),
    "discontinued, too dear": (2600, {"max_minor": 2500}),
}
OUTSIDE = ["price_outside_rules"]
EXPECTED: dict[str, list[str]] = {
    "neighbour": [],
    "no rule": [],
    "at the minimum": [],
    "at the maximum": [],
    "1 % under": OUTSIDE,
    "less than 1 % under": [],
    "25 cents under": OUTSIDE,
    "24 cents under": [],
    "1 % over": OUTSIDE,
    "less than 1 % over": [],
    "25 cents over": OUTSIDE,
    "24 cents over": [],
    "under MAP": OUTSIDE,
    "under both": OUTSIDE,
    "right price told": OUTSIDE,
    "a rule without bounds": [],
    "inactive": ["listing_inactive"],
    "discontinued, too cheap": OUTSIDE,
    "discontinued, too dear": [],
}
HISTORY: dict[str, tuple[int, int]] = {"under both": (1600, 1400), "1 % over": (2900, 2900), "under MAP": (1700, 1700)}
"""Prices asked 4 and 2 days ago."""


def the_shop() -> Scene:
    scene = Scene()
    for sku, (asked, rule) in ASKED.items():
        listed(scene, sku, price_minor=asked, status="inactive" if sku == "inactive" else "active")
        scene.sells(sku, 1, days=days(42, 1), price=asked / 100)
        if rule:
            scene.add(PRICE_RULES, [{"sku": sku, **rule}])
    for sku, prices in HISTORY.items():
        for n, price in zip((4, 2), prices, strict=True):
            listed(scene, sku, day=ago(n), price_minor=price)
    scene.add(INTENT, [{"sku": s, "intent": "discontinued"} for s in ASKED if s.startswith("discontinued")])
    abroad(scene)
    for sku, asked in (("34 CAD cents under", 966), ("33 CAD cents under", 967)):
        listed(scene, sku, channel=CA, currency="CAD", price_minor=asked)
        scene.sells(sku, 1, days=days(42, 1), price=10.0, channel=CA)
        scene.add(PRICE_RULES, [{"sku": sku, "channel": CA, "min_minor": 1000, "currency": "CAD"}])
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_breach_counts_beyond_rounding_in_per_cent_and_in_money(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet_and_the_floor_is_in_one_money(looked: Looked) -> None:
    """34 Canadian cents are more than 25 US cents, 33 are less."""
    assert looked.errors == []
    assert {(r["channel"], r["sku"]) for r in looked.signals if r["channel"] != US} == {(CA, "34 CAD cents under")}


@pytest.mark.parametrize("sku", ["at the minimum", "at the maximum", "neighbour", "a rule without bounds"])
def test_a_price_on_its_bound_breaks_nothing(looked: Looked, sku: str) -> None:
    assert looked.saw("price_outside_rules", sku) is None


@pytest.mark.parametrize(
    ("sku", "cause", "state", "breach", "right"),
    [
        ("1 % under", "below_min", "price_gap", 0.01, 30.0),
        ("1 % over", "above_max", "over_max", 0.01, 30.0),
        ("under MAP", "below_map", "map_breach", 1 / 18, 18.0),
        ("under both", "below_min", "price_gap", 1 / 15, 15.0),
        ("right price told", "below_min", "price_gap", 1 / 15, 20.0),
    ],
)
def test_the_gravest_breach_is_told_with_the_price_it_should_have(
    looked: Looked, sku: str, cause: str, state: str, breach: float, right: float
) -> None:
    row = looked.signal("price_outside_rules", sku)
    assert (row["cause"], row["share_state"]) == (cause, state)
    assert (row["observed"], row["baseline"]) == (pytest.approx(breach), pytest.approx(right))
    assert row["loss_per_day"] == pytest.approx(abs(right - ASKED[sku][0] / 100))


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [
        ("under both", ago(2), ago(4)),
        ("1 % over", ago(0), ago(2)),
        ("under MAP", ago(4), None),
        ("25 cents under", ago(0), None),
    ],
)
def test_it_begins_with_the_first_price_that_breaks_this_bound(
    looked: Looked, sku: str, onset: date, last_good: date | None
) -> None:
    row = looked.signal("price_outside_rules", sku)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)


def test_the_words_name_the_bound(looked: Looked) -> None:
    said = [looked.said("price_outside_rules", s) for s in ("under both", "1 % over", "under MAP")]
    assert said == ["Price 7% under its minimum", "Price 1% over its maximum", "Price 6% under the agreed MAP"]


def test_without_a_list_of_rules_it_is_off() -> None:
    scene = listed(Scene(), "MUG-1", price_minor=1).sells("MUG-1", 1, days=days(42, 1), price=0.01)
    assert [r for r in look(scene).observed if r["kind"] == "price_outside_rules"] == []

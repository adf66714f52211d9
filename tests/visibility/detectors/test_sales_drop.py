"""A listing sells far less than before, and neither a report nor its visits say why."""

from __future__ import annotations

import math

import pytest

from ...factory import Scene, ago
from ..looking import US, Looked, look
from .falling import SELLING, SINCE, the_street

FELL = {
    "visits gone": ["traffic_drop"],
    "visits gone, sales not yet": ["traffic_drop"],
    "nobody buys": ["conversion_drop"],
    "no visits told": ["sales_drop"],
    "sold out": ["out_of_stock"],
    "hidden": ["search_suppressed"],
    "off": ["listing_inactive"],
}


def the_shop() -> Scene:
    return the_street()


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", SELLING)
def test_a_fall_is_told_once_and_only_where_nothing_known_explains_it(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == FELL.get(sku, [])


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.signals if r["kind"].endswith("_drop")} == {US}


def test_it_began_on_the_first_poorer_day(looked: Looked) -> None:
    row = looked.signal("sales_drop", "no visits told")
    assert (row["onset_day"], row["last_good_day"]) == (ago(SINCE), ago(SINCE + 1))


def test_what_was_expected_and_what_came_are_told(looked: Looked) -> None:
    row = looked.signal("sales_drop", "no visits told")
    assert math.isclose(row["baseline"], 40.0, rel_tol=0.15)  # some of its neighbours fell as well
    assert math.isclose(row["share_lost"], 1 - 11 / 41, rel_tol=0.07)
    assert looked.said("sales_drop", "no visits told").startswith("Sells 69% less: 10 units instead of 3")


@pytest.mark.parametrize("sku", ["nobody buys", "no visits told"])
def test_the_pace_it_is_measured_by_is_that_of_before_the_fall(looked: Looked, sku: str) -> None:
    """4 a day at 20.00 before it fell, times 0.949 for its category, of which some fell as well.

    A baseline that holds the fall would make it look cheap.
    """
    (row,) = [r for r in looked.signals if r["sku"] == sku and r["channel"] == US]
    assert math.isclose(row["loss_per_day"], 80.0 * 0.949 * row["share_lost"], rel_tol=0.001)

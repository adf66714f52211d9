"""Customers fare worse with a listing: the marketplace's word, and shares with intervals against earlier ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opswheel.core.contracts import CUSTOMER_EXPERIENCE, LISTINGS

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, US, Looked, abroad, default_cuts, look, selling

KIND = "customer_experience_drop"
Reading = tuple[int, str | None, int | None, int | None]
READ: dict[str, list[Reading]] = {
    # SKU: days ago, health, orders, and of them those that went badly
    "worse": [(63, "good", 400, 12), (35, "good", 400, 14), (7, "fair", 400, 60), (0, "fair", 400, 64)],
    "neighbour": [(63, "good", 400, 12), (0, "good", 400, 14)],
    "a few more": [(63, "good", 400, 12), (0, "good", 400, 26)],
    "two of three": [(63, "good", 100, 0), (0, "fair", 3, 2)],
    "better": [(63, "fair", 400, 64), (0, "good", 400, 12)],
    "bad before the last 180 days": [(190, "good", 400, 12), (175, "fair", 400, 60), (0, "fair", 400, 64)],
    "poor": [(14, "good", None, None), (7, "poor", None, None), (0, "poor", None, None)],
    "very poor": [(0, "very_poor", 40, 9)],
    "fair again": [(14, "poor", None, None), (0, "fair", None, None)],
    "closed": [(14, "fair", None, None), (0, "very_poor", None, None)],
    "cheap": [(14, "fair", None, None), (0, "poor", None, None)],
    "not read again": [(63, "good", 400, 12), (21, "fair", 400, 64)],
    "no orders": [(63, "good", 0, 0), (0, "good", 0, 0)],
}
EXPECTED = {sku: [KIND] if sku in ("worse", "poor", "very poor", "not read again") else [] for sku in READ}
EXPECTED["closed"] = ["listing_inactive"]


def the_shop() -> Scene:
    scene = selling(Scene(), *[s for s in READ if s not in ("cheap", "closed")])
    selling(scene, "cheap", price=0.20)
    scene.add(LISTINGS, [{"sku": "closed", "item_id": "closed", "status": "inactive"}])
    scene.sells("closed", 1, days=[ago(n) for n in range(42, 0, -1)])
    abroad(scene)
    for sku, readings in READ.items():
        scene.add(CUSTOMER_EXPERIENCE, [_row(sku, US, *reading) for reading in readings])
        scene.add(CUSTOMER_EXPERIENCE, [_row(sku, CA, day, "good", 400, 12) for day in (63, 0)])
    return scene


def _row(sku: str, channel: str, day: int, health: str | None, orders: int | None, bad: int | None) -> dict[str, Any]:
    told = {"health": health, "orders": orders, "negative_orders": bad}
    return {"sku": sku, "channel": channel, "day": ago(day), **told}


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_only_what_surely_got_worse_or_is_called_poor_is_told(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == (KIND, CA)]


def test_the_rise_is_told_at_the_lower_end_of_its_interval(looked: Looked) -> None:
    """64 and 12 of 400: Wilson's 99.7 % intervals are 0.1130–0.2218 and 0.0129–0.0685; 0.13 − √(0.0470² + 0.0385²)."""
    row = looked.signal(KIND, "worse")
    assert row["observed"] == pytest.approx(0.0693, abs=2e-4)
    assert row["baseline"] == 0.03
    assert row["amount_at_risk"] == pytest.approx(20.0 * 30 * 0.13 * 0.5, rel=0.1)


def test_it_began_between_the_last_good_reading_and_the_first_bad_one(looked: Looked) -> None:
    row = looked.signal(KIND, "worse")
    assert (row["last_good_day"], row["onset_day"], row["seen_day"]) == (ago(35), ago(7), ago(0))
    row = looked.signal(KIND, "poor")
    assert (row["last_good_day"], row["onset_day"], row["cause"]) == (ago(14), ago(7), "poor")


def test_chance_is_seen_and_not_told_and_a_better_listing_is_not_even_seen(looked: Looked) -> None:
    row = looked.saw(KIND, "a few more")
    assert row is not None and row["observed"] < 0.01
    for sku in ("two of three", "better", "bad before the last 180 days", "fair again", "no orders", "neighbour"):
        seen = looked.saw(KIND, sku)
        assert seen is None or seen["observed"] < 0.0, sku


def test_very_poor_puts_three_times_as_much_at_risk_as_poor(looked: Looked) -> None:
    poor, very = (looked.signal(KIND, sku)["amount_at_risk"] for sku in ("poor", "very poor"))
    assert poor == pytest.approx(20.0 * 30 * 0.1, rel=0.1)
    assert very == pytest.approx(3 * poor, rel=0.01)


def test_a_cent_a_day_is_not_worth_a_look(looked: Looked) -> None:
    assert looked.saw(KIND, "cheap") is not None


def test_people_read_what_is_wrong(looked: Looked) -> None:
    said = {sku: looked.said(KIND, sku) for sku in ("worse", "poor", "very poor")}
    assert said == {
        "worse": "64 of 400 orders went badly for the customer, 3.0% before",
        "poor": "Customer experience is poor: the offer may be closed",
        "very poor": "Customer experience is very poor: the offer may be closed any day",
    }
    assert json.loads(looked.signal(KIND, "very poor")["evidence"])["chance_to_be_closed_assumed"] == 0.3


def test_an_old_reading_stands_until_the_next_one_is_good(looked: Looked) -> None:
    """A person copies other listings today: their day does not verify a listing nobody looked at."""
    assert looked.signal(KIND, "not read again")["seen_day"] == ago(21)
    scene = the_shop().add(CUSTOMER_EXPERIENCE, [_row("not read again", US, 0, "good", 400, 13)])
    assert look(scene).fired("not read again") == []


def test_a_lead_may_ask_for_more_than_one_in_a_hundred() -> None:
    cuts = [{**c, "value": 0.08} if (c["kind"], c["name"]) == (KIND, "min_rise") else c for c in default_cuts()]
    assert look(the_shop(), cuts=cuts).fired("worse") == []
    assert BY_KIND[KIND].tunable

"""New ratings of an item lie far below its average: what two shown averages and their numbers can prove."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opswheel.core.contracts import ITEM_RATINGS, LISTINGS

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

KIND = "item_stars_drop"
RATED: dict[str, list[tuple[int, float | None, int]]] = {
    # SKU: days ago, stars as shown, number of ratings
    "bad lot": [(56, 4.5, 198), (30, 4.5, 200), (12, 4.3, 220), (0, 4.2, 240)],
    "neighbour": [(30, 4.5, 200), (0, 4.5, 240)],
    "a tenth may be rounding": [(30, 4.5, 2000), (0, 4.4, 2040)],
    "two decimals tell": [(30, 4.50, 2000), (0, 4.43, 2080)],
    "exact": [(30, 4.512, 2000), (0, 4.435, 2080)],
    "four new": [(30, 4.5, 20), (0, 3.9, 24)],
    "nine before": [(30, 4.5, 9), (0, 3.1, 20)],
    "as low as ever": [(30, 3.1, 200), (0, 3.0, 240)],
    "ratings taken down": [(30, 4.5, 200), (0, 4.2, 190)],
    "recovers": [(90, 4.6, 100), (30, 4.0, 200), (0, 4.1, 240)],
    "two weeks old": [(14, 4.5, 200), (0, 4.2, 240)],
    "no stars": [(30, None, 0), (0, None, 0)],
    "closed": [(30, 4.5, 200), (0, 4.2, 240)],
    "cheap": [(30, 4.5, 200), (0, 4.2, 240)],
}
FELL = ("bad lot", "two weeks old", "exact")
EXPECTED = {sku: [KIND] if sku in FELL else [] for sku in RATED}
EXPECTED["closed"] = ["listing_inactive"]


def the_shop() -> Scene:
    scene = selling(Scene(), *[s for s in RATED if s not in ("cheap", "closed")], price=300.0)
    selling(scene, "cheap", price=20.0)
    scene.add(LISTINGS, [{"sku": "closed", "item_id": "closed", "status": "inactive"}])
    scene.sells("closed", 1, days=[ago(n) for n in range(42, 0, -1)], price=300.0)
    abroad(scene)
    for sku, readings in RATED.items():
        scene.add(ITEM_RATINGS, [_row(sku, US, *reading) for reading in readings])
        scene.add(ITEM_RATINGS, [_row(sku, CA, *reading) for reading in RATED["neighbour"]])
    return scene


def _row(sku: str, channel: str, day: int, stars: float | None, ratings: int) -> dict[str, Any]:
    return {"sku": sku, "channel": channel, "day": ago(day), "stars": stars, "ratings": ratings}


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_only_items_whose_new_ratings_are_surely_worse_are_told(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert not [r for r in looked.observed if (r["kind"], r["channel"]) == (KIND, CA)]


def test_what_the_new_ratings_were_follows_from_two_averages_and_their_rounding(looked: Looked) -> None:
    """(4.2 · 240 − 4.5 · 200) ÷ 40 = 2.7; shown rounded, they are at most (4.25 · 240 − 4.45 · 200) ÷ 40 = 3.25.

    As shares of the way from five stars to one: 0.4375 of 40 against 0.1375 of 200. Wilson's 99.7 % intervals end at
    0.2329 and 0.2250, so the fall is at least 4 · (0.3 − √(0.2046² + 0.0875²)) = 0.31 stars.
    """
    row = looked.signal(KIND, "bad lot")
    told = json.loads(row["evidence"])
    assert (told["new_ratings"], told["new_average"], told["new_average_at_most"]) == (40, 2.7, 3.25)
    assert row["observed"] == pytest.approx(0.31, abs=0.02)
    assert looked.said(KIND, "bad lot") == "40 new ratings average 3.25 stars at most, the item had 4.5"


def test_it_began_between_two_readings_and_is_held_against_one_four_weeks_old(looked: Looked) -> None:
    row = looked.signal(KIND, "bad lot")
    assert (row["last_good_day"], row["onset_day"], row["seen_day"]) == (ago(30), ago(12), ago(0))
    assert json.loads(row["evidence"])["before_day"] == str(ago(30))


def test_seven_in_a_hundred_of_sales_are_lost_for_each_star_the_page_shows_less(looked: Looked) -> None:
    row = looked.signal(KIND, "bad lot")
    assert (row["share_state"], row["share_lost"]) == ("stars_fell", pytest.approx(0.3 * 0.07))
    assert row["loss_per_day"] == pytest.approx(300.0 * 0.021, rel=0.1)
    assert looked.saw(KIND, "cheap") is not None  # 42 cents a day


def test_rounding_few_ratings_and_ratings_taken_down_prove_nothing(looked: Looked) -> None:
    for sku in ("a tenth may be rounding", "four new", "nine before", "ratings taken down", "recovers", "no stars"):
        assert looked.saw(KIND, sku) is None, sku
    row = looked.saw(KIND, "as low as ever")
    assert row is None or row["observed"] < 0.3


def test_two_reports_that_count_ratings_differently_are_not_compared() -> None:
    scene = selling(Scene(), "mug", "jug", price=300.0)
    for sku, of_ours in (("mug", (30, 4.5, 200)), ("jug", (0, 4.5, 240))):
        scene.add(ITEM_RATINGS, [_row(sku, US, *of_ours)])
        scene.add(ITEM_RATINGS, [{**_row(sku, US, 0, 4.2, 240), "report": "walmart_item_ratings"}])
    scene.add(ITEM_RATINGS, [{**_row("jug", US, 30, 4.5, 200), "report": "walmart_item_ratings"}])
    assert not [r for r in look(scene).observed if r["kind"] == KIND]

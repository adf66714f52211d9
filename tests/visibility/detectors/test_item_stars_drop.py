"""New ratings of an item lie far below its average: what two shown averages and their numbers can prove."""

from __future__ import annotations

import json
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from opswheel.core.contracts import ITEM_RATINGS, LISTINGS
from opswheel.visibility.detectors.item_stars_drop import compared

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

KIND = "item_stars_drop"
RATED: dict[str, list[tuple[int, float | None, int]]] = {
    # SKU: days ago, stars as shown, number of ratings
    "bad lot": [(56, 4.5, 198), (30, 4.5, 200), (12, 4.3, 220), (0, 4.2, 240)],
    "neighbour": [(30, 4.5, 200), (0, 4.5, 240)],
    "a tenth may be rounding": [(30, 4.5, 2000), (0, 4.4, 2040)],
    "one digit though two were written": [(30, 4.50, 2000), (0, 4.43, 2080)],
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

    As shares of the way from five stars to one: 0.4375 of 40 against 0.1375 of 200. Wilson's 95 % intervals end at
    0.2960 and 0.1920, so the fall is at least 4 · (0.3 − √(0.1415² + 0.0545²)) = 0.593 stars.
    """
    row = looked.signal(KIND, "bad lot")
    told = json.loads(row["evidence"])
    assert (told["new_ratings"], told["new_average"], told["new_average_at_most"]) == (40, 2.7, 3.25)
    assert row["observed"] == pytest.approx(0.593, abs=0.003)
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


@pytest.mark.parametrize(("before", "new", "told"), [(20, 5, 0.002), (100, 20, 0.002), (100, 60, 0.002)])
def test_chance_reaches_the_cut_line_in_one_item_of_hundreds_at_most(before: int, new: int, told: float) -> None:
    assert _share_told(before, new, LIKE_MOST) <= told


def test_a_bad_lot_is_told_of_most_items_by_its_sixtieth_rating() -> None:
    """Four of ten get a broken one. With twenty ratings it is told of a few; with thousands before, of none."""
    shares = [_share_told(before, new, BAD_LOT) for before, new in ((100, 60), (100, 20), (5000, 60))]
    assert shares[0] > 0.6 > shares[1] > 0.2 > shares[2]


LIKE_MOST = np.array([0.10, 0.03, 0.05, 0.12, 0.70])
BAD_LOT = 0.6 * LIKE_MOST + np.array([0.4, 0, 0, 0, 0])


def _share_told(before: int, new: int, stars: Any, items: int = 20_000) -> float:
    """Of how many items with ratings so spread, shown to one digit, the rule would speak."""
    draw, of = np.random.default_rng(7), np.arange(1, 6)
    old, late = draw.multinomial(before, LIKE_MOST, items) @ of, draw.multinomial(new, stars, items) @ of
    shown = {"stars_before": np.round(old / before, 1), "stars": np.round((old + late) / (before + new), 1)}
    counts = {"ratings_before": np.full(items, before), "ratings": np.full(items, before + new)}
    rows = compared(ibis.memtable(pa.table(shown | counts)))
    fell = (rows.stars < rows.stars_before) & (rows.most < rows.usual) & (rows.fall >= 0.3)
    return float(rows.agg(told=fell.mean()).to_pyarrow()["told"][0].as_py())

"""Customers rate us worse as a seller than before: shares with intervals, so that a bad day is no bad month."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

import pytest

from opswheel.core.contracts import FEEDBACK

from ...factory import Scene, ago, days
from ..looking import BY_KIND, CA, US, Looked, abroad, look, selling

WORSE = {"now": (40, 10), "before": (200, 10)}
RATED: dict[str, dict[str, tuple[int, int]]] = {
    # channel: ratings, and bad ones among them, of the last 30 days and of the time before
    US: WORSE,
    CA: {"now": (40, 2), "before": (200, 10)},
    "amazon:MX": {"now": (10, 2), "before": (200, 10)},
    "amazon:UK": {"now": (4, 3), "before": (19, 0)},
    "amazon:DE": {"now": (40, 10), "before": (200, 50)},
    "amazon:FR": {"now": (3, 2), "before": (30, 0)},
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "neighbour"))
    for channel, told in RATED.items():
        scene.add(FEEDBACK, rated(channel, *told["now"], [ago(n) for n in range(1, 30)]))
        scene.add(FEEDBACK, rated(channel, *told["before"], [ago(n) for n in range(30, 150)]))
    return scene


def rated(channel: str, ratings: int, bad: int, on: list[Any], **more: Any) -> list[dict[str, Any]]:
    """Ratings spread over days, the bad ones first; bad ones have 3, 2 and 1 stars in turn, good ones 4 and 5."""
    found = []
    for n in range(ratings):
        day = on[n % len(on)]
        stars = (3, 2, 1)[n % 3] if n < bad else (4, 5)[n % 2]
        row = {"channel": channel, "order_hash": f"{channel} {on[0]} {n}", "day": day, "rating": stars}
        at = datetime.combine(day, time(8))
        found.append({**row, "updated_at": at, "commented": False, "answered": False, **more})
    return found


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["channel"]: r for r in looked.signals if r["kind"] == "rating_drop"}


def test_only_the_channel_whose_ratings_surely_got_worse_is_told(looked: Looked) -> None:
    assert looked.errors == []
    assert set(of(looked)) == {US}
    row = of(looked)[US]
    assert (row["subject_type"], row["subject_key"]) == ("account", "main|amazon:US|seller_rating")
    assert (row["onset_day"], row["seen_day"], row["share_state"]) == (ago(10), ago(1), "sales_at_once")
    assert BY_KIND["rating_drop"].sentence(row) == "10 of 40 seller ratings had 3 stars or fewer, 5% is usual"


def test_few_ratings_may_be_chance_and_are_seen_but_not_told(looked: Looked) -> None:
    scene = selling(Scene(), "mug")
    scene.add(FEEDBACK, rated(US, 12, 3, days(29, 1))).add(FEEDBACK, rated(US, 200, 10, days(149, 30)))
    few = look(scene)
    (row,) = [r for r in few.observed if r["kind"] == "rating_drop"]
    assert row["observed"] < 0.05 and "rating_drop" not in {r["kind"] for r in few.signals}
    assert {r["channel"] for r in looked.observed if r["kind"] == "rating_drop"} == {US}


def test_the_rise_is_told_at_the_lower_end_of_its_interval(looked: Looked) -> None:
    """10 of 40 and 10 of 200: Wilson's 95 % intervals are 0.1419–0.4019 and 0.0274–0.0896.

    Newcombe's lower end is 0.20 − √((0.25 − 0.1419)² + (0.0896 − 0.05)²) = 0.0849.
    """
    assert of(looked)[US]["observed"] == pytest.approx(0.0849, abs=2e-4)
    assert of(looked)[US]["baseline"] == 0.05


def test_a_tenth_of_the_orders_of_those_made_unhappy_is_at_risk(looked: Looked) -> None:
    """Two listings of a unit a day at 20.00; the share of bad ratings rose by 0.2."""
    assert of(looked)[US]["amount_at_risk"] == pytest.approx(40.0 * 30 * 0.2 * 0.1, rel=0.06)
    assert json.loads(of(looked)[US]["evidence"])["one_star"] == 3


def test_a_rating_told_again_counts_once_and_as_it_was_told_last() -> None:
    scene = selling(Scene(), "mug").add(FEEDBACK, rated(US, 200, 10, days(149, 30)))
    rows = rated(US, 40, 10, days(29, 1))
    scene.add(FEEDBACK, rows)
    better = [{**r, "rating": 5, "updated_at": datetime.combine(ago(0), time(9))} for r in rows[:10]]
    scene.add(FEEDBACK, [{**r, "report": "amazon_feedback"} for r in better])
    assert not [r for r in look(scene).observed if r["kind"] == "rating_drop"]


def test_last_months_ratings_are_the_yardstick_and_not_the_news() -> None:
    scene = selling(Scene(), "mug").add(FEEDBACK, rated(US, 40, 10, days(59, 30)))
    scene.add(FEEDBACK, rated(US, 200, 10, days(250, 60))).add(FEEDBACK, rated(US, 40, 2, days(29, 1)))
    assert not [r for r in look(scene).observed if r["kind"] == "rating_drop"]

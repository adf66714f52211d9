"""Forecasts that miss to one side week after week, or by more than they used to; noise to both sides is no news."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, US, Looked, abroad, look, selling

NEWEST = 30
TOLD: dict[tuple[str, str], list[tuple[float, float, float]]] = {
    # channel and group: units forecast, units sold, error of single listings; newest first, a week apart
    (US, "fast"): [(1000, 1000, 0.3), (1050, 1000, 0.3), (950, 1000, 0.3)] * 3,
    (US, "steady"): [(1300, 1000, 0.4)] * 9,
    (US, "slow"): [(1050, 1000, 0.3)] * 9,
    (US, "rare"): [(1000, 1000, 0.9)] + [(1000, 1000, 0.5)] * 8,
    (US, "new"): [(1300, 1000, 0.4)] * 5,
    (CA, "steady"): [(1000, 1000, 0.4)] * 9,
    (CA, "rare"): [(1000, 1000, 0.5)] * 9,
    (CA, "fast"): [(600, 1000, 0.4), (1400, 1000, 0.4)] * 4,
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "neighbour"))
    for (channel, segment), told in TOLD.items():
        rows = [cycle(segment, NEWEST + 7 * n, *one, channel=channel) for n, one in enumerate(told)]
        scene.rows["forecast_cycles"] += rows
    return scene


def cycle(segment: str, made: int, forecast: float, sold: float, wape: float, channel: str = US) -> dict[str, Any]:
    """What came of a forecast made `made` days ago."""
    row = {"account": "main", "channel": channel, "segment": segment, "made_day": ago(made), "items": 40}
    return {**row, "forecast_units": forecast, "sold_units": sold, "wape": wape}


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["subject_key"]: r for r in looked.signals if r["kind"] == "forecast_drift"}


def test_only_groups_that_miss_to_one_side_or_more_than_ever_are_told(looked: Looked) -> None:
    assert looked.errors == []
    said = {key.removeprefix("main|"): BY_KIND["forecast_drift"].sentence(row) for key, row in of(looked).items()}
    assert said == {
        "amazon:US|steady|bias": "Forecasts of steady sellers are 30% too high week after week",
        "amazon:US|rare|error": "Forecasts of rare sellers miss by 40 points more than usual",
    }


def test_eight_of_eight_to_one_side_is_twice_the_limit_of_the_signal(looked: Looked) -> None:
    row = of(looked)["main|amazon:US|steady|bias"]
    assert (row["observed"], row["share_lost"]) == (2.0, pytest.approx(0.3))
    assert (row["cause"], row["onset_day"], row["seen_day"]) == ("too_high", ago(NEWEST + 49), ago(NEWEST))
    assert json.loads(row["evidence"])["forecasts"] == 8


def test_the_usual_error_is_that_of_the_eight_weeks_before(looked: Looked) -> None:
    row = of(looked)["main|amazon:US|rare|error"]
    assert row["observed"] == pytest.approx(0.9 / 0.5 / 1.25)
    assert (row["onset_day"], json.loads(row["evidence"])["off_by"]) == (ago(NEWEST), pytest.approx(0.4))


def test_a_twentieth_of_the_value_of_the_wrong_units_of_28_days_is_at_risk(looked: Looked) -> None:
    assert of(looked)["main|amazon:US|steady|bias"]["amount_at_risk"] == pytest.approx(300 * 20.0 * 0.05)


def test_how_many_listings_it_speaks_of_is_told_by_the_newest_forecast() -> None:
    scene = selling(Scene(), "mug")
    rows = [cycle("steady", NEWEST + 7 * n, 1300, 1000, 0.4) | {"items": 40 + n} for n in range(9)]
    scene.rows["forecast_cycles"] += rows
    (row,) = of(look(scene)).values()
    assert json.loads(row["evidence"])["listings"] == 40


def test_a_small_bias_is_seen_and_not_told(looked: Looked) -> None:
    seen = [r for r in looked.observed if r["subject_key"] == "main|amazon:US|slow|bias"]
    assert [(r["observed"], round(r["share_lost"], 3)) for r in seen] == [(2.0, 0.05)]


def test_a_forecast_every_day_counts_once_a_week() -> None:
    scene = selling(Scene(), "mug")
    rows = [cycle("steady", NEWEST + n, 1600, 1000, 0.4) for n in range(7)]
    rows += [cycle("steady", NEWEST + 7 * n, 1000 if n % 2 else 1001, 1000, 0.4) for n in range(1, 9)]
    scene.rows["forecast_cycles"] += rows
    assert "forecast_drift" not in {r["kind"] for r in look(scene).signals}


def test_nothing_is_told_once_planning_has_been_off_for_two_months() -> None:
    scene = selling(Scene(), "mug")
    scene.rows["forecast_cycles"] += [cycle("steady", 60 + 7 * n, 1300, 1000, 0.4) for n in range(9)]
    assert not [r for r in look(scene).observed if r["kind"] == "forecast_drift"]


def test_of_a_week_of_forecasts_the_newest_counts() -> None:
    scene = selling(Scene(), "mug")
    rows = [cycle("steady", NEWEST + 7 * n, 1000 if n % 2 else 1001, 1000, 0.4) for n in range(9)]
    rows += [cycle("steady", NEWEST + n, 9000, 1000, 8.0) for n in range(1, 7)]  # mended on the newest day
    scene.rows["forecast_cycles"] += rows
    assert "forecast_drift" not in {r["kind"] for r in look(scene).signals}


def test_the_last_digit_of_an_average_is_no_news_on_any_engine() -> None:
    scene = selling(Scene(), "mug")
    rows = [
        cycle("steady", NEWEST, 1000, 1000, 0.4 + 1e-12),
        *(cycle("steady", NEWEST + 7 * n, 1000, 1000, 0.4) for n in range(1, 9)),
    ]
    scene.rows["forecast_cycles"] += rows
    assert not [r for r in look(scene).observed if r["kind"] == "forecast_drift"]

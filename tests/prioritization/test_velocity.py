"""How fast listings sell: what a group may say about one of its listings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opswheel.core.contracts import LISTINGS, SUPPRESSIONS
from opswheel.prioritization.velocity import FLAT, MANY, MOST_DAYS, Moments, RatePrior, fit, fit_groups

from ..factory import Scene, ago, days
from .scenes import morning

DAYS = 28.0


def moments(units: np.ndarray, days: float = DAYS) -> Moments:
    x = units.astype(float)
    factorial = (x / days, x * (x - 1) / days**2, x * (x - 1) * (x - 2) / days**3)
    return Moments(len(x), int((x == 0).sum()), *(float(m.mean()) for m in factorial), days)


def group(units: np.ndarray, **named: Any) -> dict[str, Any]:
    m = moments(units)
    row = {"account": "main", "channel": "amazon:US", "category": "mugs", "tier": 3}
    row |= {"n": m.n, "silent": m.silent, "m1": m.m1, "m2": m.m2, "m3": m.m3, "days": m.n * DAYS}
    return row | named


def believed(prior: RatePrior, units: float, days: float = DAYS) -> float:
    """Posterior mean of a listing that sold `units` > 0."""
    return (prior.shape + units) / (prior.rate + days)


def test_many_listings_tell_pace_spread_and_how_many_are_dead() -> None:
    rng = np.random.default_rng(3)
    pace = rng.gamma(0.8, 1 / 20, 40_000) * (rng.random(40_000) > 0.3)
    prior = fit(moments(rng.poisson(pace * DAYS)), "test")
    assert prior.shape == pytest.approx(0.8, rel=0.15)
    assert prior.rate == pytest.approx(20.0, rel=0.15)
    assert prior.dead == pytest.approx(0.3, abs=0.06)
    assert (1 - prior.dead) * prior.shape / prior.rate == pytest.approx(pace.mean(), rel=0.02)


def test_without_dead_listings_the_mean_and_spread_are_found() -> None:
    rng = np.random.default_rng(4)
    prior = fit(moments(rng.poisson(rng.gamma(2.0, 0.1, 20_000) * DAYS)), "test")
    assert prior.shape == pytest.approx(2.0, rel=0.1)
    assert prior.rate == pytest.approx(10.0, rel=0.1)
    assert prior.dead < 0.05


@pytest.mark.parametrize("n", [1, 2, 5, 20])
@pytest.mark.parametrize("pace", [0.05, 0.5, 40.0])
def test_a_handful_of_listings_may_not_outvote_a_listings_own_days(n: int, pace: float) -> None:
    alike = Moments(n, 0, pace, pace**2, pace**3, DAYS)
    prior = fit(alike, "test")
    assert prior.rate <= MOST_DAYS * n / (n + MANY)
    assert prior.rate < (DAYS if n < 20 else 1.3 * DAYS)
    assert prior.shape / prior.rate == pytest.approx(pace)
    slump = believed(prior, units=pace * DAYS / 2)
    assert slump < 0.8 * pace


def test_how_much_listings_differ_cannot_be_read_off_a_few_that_are_alike() -> None:
    for pace in (0.5, 40.0):
        few, many = (fit(Moments(n, 0, pace, pace**2, pace**3, DAYS), "test") for n in (5, 100_000))
        assert few.shape < 1.5  # about one unit sold
        assert many.rate > 100


def test_two_slow_listings_of_a_shop_barely_inform_each_other() -> None:
    found = fit_groups([group(np.array([1, 0]))])
    assert found[0]["rate"] <= MOST_DAYS * 2 / (2 + MANY)


def test_a_prior_never_weighs_more_than_a_year() -> None:
    alike = Moments(100_000, 0, 0.01, 0.0001, 0.000001, DAYS)
    assert fit(alike, "test").rate <= MOST_DAYS


def test_one_best_seller_does_not_lift_its_slow_neighbours() -> None:
    rng = np.random.default_rng(5)
    for n in (5, 50, 1000):
        units = np.append(rng.poisson(rng.gamma(1.0, 0.1, n - 1) * DAYS), 14_000)
        prior = fit(moments(units), "test")
        assert believed(prior, units=3) < 2.5 * 3 / DAYS, n
        assert believed(prior, units=14_000) == pytest.approx(500, rel=0.1)


def test_a_heavy_tail_is_not_taken_for_a_graveyard() -> None:
    rng = np.random.default_rng(6)
    pace = rng.lognormal(-3.0, 2.0, 5_000)
    units = rng.poisson(pace * DAYS)
    prior = fit(moments(units), "test")
    assert prior.dead <= (units == 0).mean()
    assert believed(prior, units=28) == pytest.approx(1.0, rel=0.25)


@given(
    st.integers(0, 400),
    st.integers(0, 400),
    st.tuples(*[st.floats(0, 1e9) | st.sampled_from([math.nan, math.inf, 0.0, 1e-300])] * 4),
)
def test_a_prior_is_always_a_number(n: int, silent: int, means: tuple[float, float, float, float]) -> None:
    prior = fit(Moments(n, min(silent, n), *means), "test")
    assert all(math.isfinite(x) and x >= 0 for x in (prior.shape, prior.rate, prior.dead))
    assert prior == FLAT or (prior.shape > 0 and prior.rate > 0 and prior.dead < 1)


def test_a_group_in_which_nothing_sold_says_nothing() -> None:
    assert fit(Moments(30, 30, 0.0, 0.0, 0.0, DAYS), "test") == FLAT
    assert fit(Moments(0, 0, 0.0, 0.0, 0.0), "test") == FLAT


def test_a_small_category_leans_on_its_channels_tier() -> None:
    rng = np.random.default_rng(8)
    mugs, cups = rng.poisson(rng.gamma(2.0, 0.5, 500) * DAYS), np.array([0, 0])
    abroad = group(np.array([2800]), channel="amazon:DE", category="cups")
    found = fit_groups([group(mugs), group(cups, category="cups"), abroad])
    by_place = {(r["channel"], r["category"]): r for r in found}
    lent = by_place["amazon:US", "cups"]
    assert lent["shape"] / lent["rate"] == pytest.approx(1.0, rel=0.2)
    assert lent["source"] == "2 listings of tier 3 of amazon:US, cups"
    assert by_place["amazon:DE", "cups"]["rate"] < 2.0


def test_missing_statistics_count_as_nothing() -> None:
    nothing = group(np.array([0])) | {"m1": None, "m2": math.nan, "m3": None, "days": None}
    assert fit_groups([nothing])[0]["rate"] == 0.0


def test_the_priors_do_not_depend_on_the_order_of_the_groups() -> None:
    rng = np.random.default_rng(9)
    rows = [group(rng.poisson(rng.gamma(1.0, 0.2, 30) * DAYS), category=c) for c in "abcde"]
    assert fit_groups(rows) == fit_groups(reversed(rows))


def test_a_slump_of_one_listing_in_a_shop_of_two_is_believed_end_to_end() -> None:
    scene = Scene()
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.add(SUPPRESSIONS, [{"sku": "MUG-1", "item_id": "MUG-1", "state": "suppressed", "since_day": ago(1)}])
    scene.sells("MUG-1", 1, days=days(29, 2)).sells("MUG-2", 3, days=days(29, 1))
    row = morning(scene, fit=fit_groups).money["listing_suppressed", "MUG-1"]
    assert row["velocity"] == pytest.approx(1.0, rel=0.15)

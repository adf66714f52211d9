"""A new choice of models is held against the one in force on months it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from opswheel.planning.combine import Said, Weights, learn_weights
from opswheel.planning.models import NAMES
from opswheel.planning.rival import compare
from opswheel.planning.segments import SEGMENTS

N, HORIZON = 60, 28


def said(seed, good=0, noise=0.3):
    """An origin at which one model knows each item's pace and the others are off by a third or more."""
    rng = np.random.default_rng(seed)
    pace = rng.uniform(20.0, 90.0, N)
    models = pace[:, None] * rng.uniform(1.3, 1.9, (N, len(NAMES)))
    models[:, good] = pace * rng.normal(1.0, noise / 10, N)
    actual = rng.poisson(pace[:, None], (N, HORIZON)).astype(float)
    ones = np.ones((N, HORIZON))
    return Said(
        origin=seed, models=models, yearly=ones, factor=ones, actual=actual, open_=ones > 0, whole=ones > 0,
        scale=np.sqrt(2 * pace), value=pace * 10, segment=np.where(np.arange(N) < 50, 0, 2), phi=np.ones(N),
    )  # fmt: skip


def alone(model):
    row = np.zeros(len(NAMES))
    row[model] = 1.0
    return Weights(np.tile(row, (len(SEGMENTS), 1)), 0.0)


def told(origins, now):
    return {r["segment"]: r for r in compare(origins, now)}


def test_a_choice_that_finds_the_better_model_is_surely_closer_on_months_it_has_not_seen():
    found = told([said(n) for n in range(5)], alone(3))
    fast = found["fast"]
    assert (fast["items"], fast["origins"]) == (50, 5)
    assert fast["error_after"] < fast["error_before"] and fast["chance"] == 1.0
    assert fast["change"]["p10"] < fast["change"]["mean"] < fast["change"]["p90"] < -0.05
    assert found["rare"]["items"] == 0 and found["rare"]["change"] is None


def test_a_choice_as_good_as_the_one_in_force_is_not_called_better():
    origins = [said(n) for n in range(5)]
    fast = told(origins, learn_weights(origins))["fast"]
    assert abs(fast["change"]["mean"]) < 0.01 and fast["chance"] < 0.8


def test_a_model_that_was_good_in_one_month_only_does_not_win_by_having_seen_it():
    """Weights that have seen every month look better on them than the same weights learned without each."""
    origins = [said(n, good=n + 1) for n in range(4)]
    fast = told(origins, learn_weights(origins))["fast"]
    assert fast["error_after"] > fast["error_before"] * 1.005 and fast["chance"] < 0.5


def test_segments_whose_choices_are_of_different_times_keep_their_own_season():
    one = replace(said(1), yearly=np.full((N, HORIZON), 2.0))
    both = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    weights = Weights(alone(0).by_segment, both)
    mean = weights.mean(one.models, one.yearly, one.factor, one.segment)
    plain = one.models[:, 0]
    assert np.allclose(mean[:50, 0], plain[:50]) and np.allclose(mean[50:, 0], 2 * plain[50:])
    assert [weights.power(i) for i in (0, 2)] == [0.0, 1.0]

"""What a close takes: a group's own as far as groups truly differ, its kind's where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.learning.sizes import sizes


def closes(means, n, *, kind="suppressed", spread=1.0, seed=1):
    """Log-normal losses: one cause per mean, `n` closes each."""
    rng = np.random.default_rng(seed)
    draw = {f"c{k}": m * np.exp(spread * rng.standard_normal(n) - spread**2 / 2) for k, m in enumerate(means)}
    return {(cause, kind, "all", ""): list(values) for cause, values in draw.items()}


def test_where_causes_do_not_differ_one_dear_close_moves_nothing():
    groups = closes([100.0] * 12, 8)
    dear = ("c0", "suppressed", "all", "")
    groups[dear] = [100.0, 2000.0]  # a plain mean would say 1050
    told = sizes(groups)
    rest = np.mean([s.mean for key, s in told.items() if key != dear])
    assert told[dear].mean < 2 * rest


def test_where_causes_truly_differ_each_keeps_its_own():
    means = [10.0, 20.0, 50.0, 100.0, 400.0, 1000.0]
    for mean, size in zip(means, sizes(closes(means, 30)).values(), strict=True):
        assert size.mean == pytest.approx(mean, rel=0.45)


def test_all_groups_together_take_what_their_kind_takes():
    groups = closes([10.0, 50.0, 400.0, 100.0, 30.0], 20)
    told = sizes(groups)
    assert np.mean([s.mean for s in told.values()]) == pytest.approx(np.mean(list(groups.values())), rel=1e-6)


def test_the_fewer_closes_the_less_surely_its_mean_is_known():
    groups = closes([10.0, 20.0, 50.0, 100.0, 400.0], 20)
    groups["few", "suppressed", "all", ""] = [60.0, 30.0]
    told = sizes(groups)
    assert told["few", "suppressed", "all", ""].known_cv2 > 2 * told["c1", "suppressed", "all", ""].known_cv2


def test_the_interval_of_a_mean_holds_the_truth_four_times_in_five():
    inside = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 5])
        means = 100 * np.exp(0.7 * rng.standard_normal(12))
        told = sizes(closes(means, 6, seed=seed))
        for size, mean in zip(told.values(), means, strict=True):
            inside.append(abs(np.log(mean / size.mean)) <= 1.2816 * np.sqrt(np.log1p(size.known_cv2)))
    assert 0.72 <= np.mean(inside) <= 0.9


def test_a_kind_that_never_lost_anything_is_not_given_what_others_lose():
    groups = closes([100.0] * 6, 5) | {("typo", "cosmetic", "all", ""): [0.0, 0.0]}
    assert sizes(groups)["typo", "cosmetic", "all", ""].mean == 0.0
    assert sizes({("typo", "cosmetic", "all", ""): [0.0, 0.0]})["typo", "cosmetic", "all", ""].mean == 0.0
    assert sizes({}) == {}

"""Claimed against measured: held against sales after recovery, never against the velocity the claim was made from."""

from __future__ import annotations

from datetime import date

import pytest

from opswheel.learning import grading
from opswheel.learning.grading import After, Claim

TEN_A_DAY = Claim(days=10, mean=10.0, p10=6.0, p90=14.5, price=5.0)  # two units a day for ten days: 100.00


def after(units: float, during: float = 0.0, **more):
    told = {"clean_days": 28, "clean_units": units, "during_days": 10, "during_units": during, "price": 5.0}
    return After(**(told | more))


def graded(claim: Claim, seen: After):
    row = grading.grade(claim, seen, seed=1)
    return row["verdict"], row["measured"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(after(60.0), ("held", pytest.approx(107.14, abs=0.01)), id="60 units in 28 days: 21.4 in ten"),
        pytest.param(after(560.0), ("too_low", pytest.approx(1000.0)), id="ten times as much as claimed"),
        pytest.param(after(140.0, 75.0), ("too_high", pytest.approx(-125.0)), id="it had gone on selling"),
        pytest.param(after(140.0, 49.0), ("held", pytest.approx(5.0)), id="5.00 seen, but 50.00 may well have been"),
        pytest.param(after(40.0), ("cannot_tell", None), id="14 units would have sold: too few to tell"),
        pytest.param(after(60.0, clean_days=13), ("cannot_tell", None), id="thirteen clean days"),
        pytest.param(after(60.0, during_days=0), ("cannot_tell", None), id="no settled day of the episode"),
    ],
)
def test_a_claim_is_held_against_what_was_sold_afterwards(seen, expected):
    assert graded(TEN_A_DAY, seen) == expected


def test_what_cannot_be_told_says_why_and_what_can_says_which_way_it_still_leans():
    assert "14 units" in grading.grade(TEN_A_DAY, after(40.0), 1)["why"]
    assert "a little too small" in grading.grade(TEN_A_DAY, after(60.0), 1)["why"]


def test_the_days_after_a_long_outage_begin_later_than_those_after_a_short_one():
    assert grading.window(date(2026, 3, 1), 4) == (date(2026, 3, 30), date(2026, 4, 26))  # days 29 to 56
    assert grading.window(date(2026, 3, 1), 3) == (date(2026, 3, 16), date(2026, 4, 12))  # days 15 to 42


def test_the_interval_of_a_claim_is_as_wide_as_the_claim_and_the_noise_of_counts_together():
    sure = Claim(10, 10.0, 10.0, 10.0, 5.0)
    low, high = grading.predicted(sure)
    assert (low, high) == (5.0 * 14, 5.0 * 26)  # Poisson(20): P10 is 14, P90 is 26
    wide_low, wide_high = grading.predicted(TEN_A_DAY)
    assert wide_low < low and wide_high > high
    assert grading.predicted(Claim(10, 0.0, 0.0, 0.0, 5.0)) == (0.0, 0.0)


def test_the_gamma_of_a_claim_has_the_p90_the_queue_showed():
    from scipy import special

    for mean, p90 in ((10.0, 14.5), (10.0, 22.0), (1.0, 2.6)):
        shape = grading.shape_of(mean, p90)
        assert special.gammaincinv(shape, 0.9) / shape * mean == pytest.approx(p90, rel=1e-3)


def test_a_grade_is_the_same_whenever_it_is_made():
    assert grading.grade(TEN_A_DAY, after(60.0), 7) == grading.grade(TEN_A_DAY, after(60.0), 7)

"""The shipped functions on histories with known truth: a few of the worlds the benchmark plays by the hundred."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.interfaces.bench import proof
from opswheel.performance.stall import handoffs, stalled_at
from opswheel.performance.survival import quantile
from opswheel.simulation.histories import BREAKS, KINDS, PARAMETERS, ROUGHER, TEAM, history, plant, quarter, speeds

FEW = 8
STALLS = {
    "none": None,
    "prioritization": "visibility_to_prioritization",
    "capacity": "prioritization_to_capacity",
    "data": "resolution_to_data",
    "decisions": "data_to_decisions",
}


def worlds(kind, n):
    for seed in range(n):
        rng = np.random.default_rng([80, KINDS.index(kind), seed])
        yield history(plant(kind, rng), rng)


@pytest.mark.parametrize("kind", ["compounding", "flat", "stalled"])
def test_most_worlds_are_named_and_none_wrongly(kind):
    said = [proof.verdict_of(one) for one in worlds(kind, FEW)]
    assert set(said) <= {kind, "cannot_tell"}
    assert said.count(kind) >= FEW - 3


@pytest.mark.parametrize("kind", ["between", "narrow"])
def test_worlds_that_must_not_be_called_are_not(kind):
    """A catalog that moved by three percent may leave a rounded headcount as it was: then nothing moved at all."""
    said = [proof.verdict_of(one) for one in worlds(kind, FEW)]
    assert set(said) <= {"cannot_tell", "flat"}
    assert said.count("cannot_tell") >= FEW - 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_rougher_market_makes_the_answer_silent_and_not_wrong(kind):
    """Nothing was chosen on it: repeats bunch more, revenue scatters more, people come later."""
    said = []
    for seed in range(FEW):
        rng = np.random.default_rng([180, KINDS.index(kind), seed])
        said.append(proof.verdict_of(history(plant(kind, rng), rng, ROUGHER)))
    assert set(said) <= {kind, "cannot_tell", *(("flat",) if kind in ("between", "narrow") else ())}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_broken_hand_off_is_named_and_a_healthy_team_has_none(broken):
    found = []
    for seed in range(20):
        work, closed = quarter(broken, proof.END, np.random.default_rng([81, seed]))
        one = stalled_at(handoffs(work, closed, days_of_runs=91))
        found.append(one.name if one else None)
    assert found.count(STALLS[broken]) >= 17
    assert set(found) <= {STALLS[broken], None}


def test_the_true_median_lies_in_its_interval_most_of_the_time():
    inside = 0
    for seed in range(60):
        median, times = speeds(np.random.default_rng([82, seed]))
        found = quantile(times)
        inside += found.low <= median and (found.high is None or median <= found.high)
    assert inside >= 50


def test_the_same_seed_is_the_same_history():
    first, again = (next(iter(worlds("stalled", 1))) for _ in range(2))
    assert first == again


def test_every_parameter_says_where_it_comes_from():
    assert all(len(told.source) > 10 for told in (*PARAMETERS.values(), *TEAM.values()))


@pytest.mark.long
def test_the_benchmark_tells_every_kind_break_and_median():
    rows = proof.measure(10)
    assert len(rows) == 2 * len(KINDS) + len(BREAKS) + 2

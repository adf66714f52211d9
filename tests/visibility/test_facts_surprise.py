"""How surprising a share is: the rule's arithmetic against exact chances."""

from __future__ import annotations

import math

import ibis
import pyarrow as pa
import pytest

from opswheel.visibility.facts.surprise import fell_apart, rise_at_least


def evidence(trials: float, hits: float, trials_before: float, hits_before: float) -> float:
    row = ibis.memtable(pa.table({"n": [trials], "k": [hits], "m": [trials_before], "j": [hits_before]}))
    told = row.select(e=fell_apart(row.n, row.k, row.m, row.j)).to_pyarrow().to_pylist()
    return float(told[0]["e"])


@pytest.mark.parametrize(("n", "k", "usual"), [(7, 3, 0.97), (20, 8, 0.9), (100, 70, 0.9), (5, 0, 0.6)])
def test_chance_brings_such_a_fall_no_more_often_than_it_says(n: int, k: int, usual: float) -> None:
    known_well = 1_000_000
    exact = sum(math.comb(n, i) * usual**i * (1 - usual) ** (n - i) for i in range(k + 1))
    told = math.exp(-evidence(n, k, known_well, known_well * usual))
    assert exact <= told <= 30 * exact


def test_few_views_before_say_less_and_an_equal_share_says_nothing() -> None:
    assert evidence(20, 8, 20, 18) < 0.6 * evidence(20, 8, 1_000_000, 900_000)
    assert evidence(50, 45, 1_000_000, 900_000) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("hits", "before"), [(0.0, 0.0), (10.0, 100.0), (0.0, 100.0)])
def test_a_share_of_all_or_nothing_is_a_number(hits: float, before: float) -> None:
    assert 0 <= evidence(10, hits, 100, before) < 1000


@pytest.mark.parametrize(("n", "before", "usual"), [(20, 100, 0.08), (100, 100, 0.03), (400, 400, 0.03)])
def test_chance_alone_hardly_ever_raises_a_share_for_sure(n: int, before: int, usual: float) -> None:
    """Every pair of counts with its exact chance; at 3 the lower end of the rise is above 1 in 100 once in hundreds."""
    counts = [(k, j) for k in range(1, n + 1) for j in range(before + 1)]
    rows = ibis.memtable(pa.table({"k": [k for k, _ in counts], "j": [j for _, j in counts]}))
    told = rows.mutate(low=rise_at_least(rows.k / n, n, rows.j / before, before, sure=3.0)).to_pyarrow().to_pylist()

    def chance(of: int, hits: int) -> float:
        return math.comb(of, hits) * usual**hits * (1 - usual) ** (of - hits)

    false = sum(chance(n, r["k"]) * chance(before, r["j"]) for r in told if r["low"] >= 0.01 and r["k"] >= 3)
    assert false < 0.002

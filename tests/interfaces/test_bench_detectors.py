"""The benchmark of the rules holds their rows against the truth of the simulated market."""

from __future__ import annotations

import numpy as np
import pytest

from opswheel.interfaces.bench.detectors import Found, Watched, _add, _is_true, _rows
from opswheel.simulation.parameters import read_world


@pytest.fixture(scope="module")
def market() -> Watched:
    market = Watched(read_world(), listings=60, days=2, seed=3)
    while market.day < 1:
        market.begin()
        market.trade()
    market.begin()
    return market


def test_a_row_is_true_where_its_own_fault_is_on_and_nowhere_else(market: Watched) -> None:
    at = int(market.plan.listing[0])
    hidden = market.plan.kinds.index("hidden")
    market.plan.kind[0], market.plan.onset[0] = hidden, market.day - 1
    market.began[0], market.ends[0] = True, market.day + 5
    assert _is_true(market, "search_suppressed", at)
    assert not _is_true(market, "listing_suppressed", at)
    market.ends[0] = market.day - 4
    assert not _is_true(market, "search_suppressed", at)


def test_a_drop_is_true_where_a_sixth_of_its_sales_is_gone_since_the_last_week(market: Watched) -> None:
    usual = [np.ones(60) for _ in range(60)]
    market.left = [*usual, *(np.full(60, 0.84) for _ in range(7))]
    assert _is_true(market, "sales_drop", 5)
    market.left = [*usual, *(np.full(60, 0.86) for _ in range(7))]
    assert not _is_true(market, "sales_drop", 5)


def test_the_figures_are_shares_of_rows_and_of_dollars_and_the_rest_is_named() -> None:
    found = Found()
    found.rows.update({"search_suppressed": 4, "out_of_stock": 2, "ads_stopped": 3})
    found.true.update({"search_suppressed": 1, "out_of_stock": 2})
    found.dollars.update({"search_suppressed": 100.0, "out_of_stock": 300.0, "drops": 50.0})
    found.seen.update({"search_suppressed": 50.0, "out_of_stock": 300.0})
    found.by_any.update({"search_suppressed": 80.0, "out_of_stock": 300.0, "drops": 50.0})
    lines = {line["name"]: line for line in _rows(found, 60, 2, 1)}
    assert lines["precision of search_suppressed"]["ours"] == 0.25
    told = lines["precision of search_suppressed"]
    assert (told["kind"], told["low"], told["high"]) == ("search_suppressed", 0.0456, 0.6994)
    assert (lines["recall of search_suppressed"]["low"], lines["recall of search_suppressed"]["high"]) == (0.0, 1.0)
    assert (lines["recall of search_suppressed"]["ours"], lines["recall of search_suppressed"]["by_any_rule"]) == (
        0.5,
        0.8,
    )
    assert lines["median precision"]["ours"] == 0.625
    assert lines["recall of what reports tell"]["ours"] == 0.95
    assert lines["recall of what reports tell"]["no_truth_here_for"] == "ads_stopped"


def test_a_recall_of_dollars_is_as_sure_as_its_faults_are_alike() -> None:
    found = Found()
    for fault in range(10):
        for _ in range(3):
            _add(found, "stranded_stock", 10.0, (1, fault), own=fault < 8, other=False)
    (line,) = [r for r in _rows(found, 60, 2, 1) if r["name"] == "recall of stranded_stock"]
    assert (line["ours"], line["faults"], line["dollars"]) == (0.8, 10, 300)
    assert 0.45 < line["low"] < 0.55 and line["high"] == 1.0

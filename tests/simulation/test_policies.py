"""Each rival orders the queue as the people it stands for would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from opswheel.core.errors import WrongUse
from opswheel.simulation.policies import POLICIES, find_policy, severity, to_work

MONDAY = datetime(2026, 8, 3, 16)


def row(number: int, **more: Any) -> dict[str, Any]:
    """A row of the queue: worked, ranked, found on the first Monday."""
    base = {
        "issue_id": number,
        "rank": number,
        "lane": "queue",
        "kind": "listing_suppressed",
        "tier": 3,
        "detected_at": MONDAY,
        "bundle_avoidable": 100.0,
    }
    return base | more


ROWS = [
    row(1, tier=3, detected_at=MONDAY - timedelta(days=9), bundle_avoidable=5.0),
    row(2, tier=1, kind="search_suppressed", detected_at=MONDAY - timedelta(days=2), bundle_avoidable=9_000.0),
    row(3, tier=1, bundle_avoidable=800.0),
    row(4, tier=2, kind="stockout_ahead", detected_at=MONDAY - timedelta(days=5), bundle_avoidable=700.0),
    row(5, tier=2, detected_at=MONDAY + timedelta(days=1), bundle_avoidable=1.0),
    row(6, lane="watch", tier=1),
    row(7, rank=None, tier=1),
    row(8, lane="verify", tier=1),
]


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("first_in_first_out", [1, 4, 2, 3, 5]),
        ("newest_first", [5, 3, 2, 4, 1]),
        ("severity_label", [3, 2, 5, 1, 4]),
        ("tier_then_age", [2, 3, 4, 5, 1]),
        ("revenue_at_risk", [1, 2, 3, 4, 5]),
        ("value_per_hour_learning", [1, 2, 3, 4, 5]),
    ],
)
def test_a_rule_orders_the_rows_that_are_worked(rule, order):
    assert [r["issue_id"] for r in to_work(find_policy(rule), ROWS)] == order


def test_dollar_bands_are_dearest_first_and_oldest_first_inside():
    rows = [row(n, bundle_avoidable=1_000.0 - n, detected_at=MONDAY - timedelta(days=n % 7)) for n in range(100)]
    order = [r["issue_id"] for r in to_work(find_policy("severity_dollar_quantile"), rows)]
    assert set(order[:5]) == {0, 1, 2, 3, 4}
    assert set(order[5:20]) == set(range(5, 20))
    assert order[:5] == [4, 3, 2, 1, 0]  # oldest of the dearest first


def test_a_person_calls_a_dead_hero_critical_and_a_hidden_tail_item_low():
    assert severity(row(1, tier=1)) == 1
    assert severity(row(1, tier=1, kind="search_suppressed")) == 2
    assert severity(row(1, tier=3, kind="search_suppressed")) == 4
    assert severity(row(1, tier=None, kind="price_too_low")) == 3


def test_only_the_clairvoyant_is_told_the_truth_and_rivals_do_not_learn():
    assert [p.name for p in POLICIES if p.oracle] == ["clairvoyant"]
    assert {p.name for p in POLICIES if p.learns} == {"exposure_per_hour_learning", "value_per_hour_learning"}


def test_an_unknown_rule_is_refused_with_those_there_are():
    with pytest.raises(WrongUse, match="severity_label"):
        find_policy("loudest")

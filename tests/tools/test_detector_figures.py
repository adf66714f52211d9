"""Every rule's page says how well it sees, or that nobody can tell; the figures are of rules that exist."""

from __future__ import annotations

import json

from tools.detector_figures import FIGURES, made_of, words

from opswheel.visibility.detectors import DETECTORS

MADE = {
    "light_worlds": 4,
    "light_listings": 400,
    "worlds": 1,
    "listings": 600,
    "days": 30,
    "date": "2026-11-22",
    "version": "0.1.0",
    "world_sha256": "27b2" * 16,
}


def test_the_figures_kept_are_of_rules_that_exist_and_say_where_they_come_from() -> None:
    told = json.loads(FIGURES.read_text(encoding="utf-8"))
    kinds = {d.kind for d in DETECTORS}
    assert set(told["rules"]) <= kinds
    assert set(told["made"]) == {*MADE, "command"}
    assert len(told["rules"]) >= 8
    for rule in told["rules"].values():
        assert all(0 <= f["low"] <= f["ours"] <= f["high"] <= 1 for at in rule.values() for f in at.values())
    assert all(words(kind, told) for kind in kinds)


def test_a_rule_without_a_fault_in_the_market_says_that_it_cannot_tell() -> None:
    lines = [
        {"name": "precision of out_of_stock", "kind": "out_of_stock", "ours": 0.5, "low": 0.1, "high": 0.9, "rows": 4},
        {"name": "recall of drops", "kind": "drops", "ours": 0, "low": 0, "high": 0.4, "dollars": 174, "faults": 6},
        {"name": "recall of ads_efficiency_break, light world", "kind": "ads_efficiency_break", "ours": 0.5, "low": 0.2}
        | {"high": 0.8, "dollars": 1234, "faults": 9, "world": "light"},
        {"name": "median precision", "ours": 0.5},
    ]
    told = {"made": MADE, "rules": made_of(lines)}
    assert sorted(told["rules"]) == [
        "ads_efficiency_break",
        "conversion_drop",
        "out_of_stock",
        "sales_drop",
        "traffic_drop",
    ]
    stock = words("out_of_stock", told)
    assert "of 4 rows 0.50 were true (0.10 … 0.90); recall cannot be told, it has no such fault." in stock
    assert "of the 174 dollars of 6 faults no report tells of 0.00 were seen" in words("sales_drop", told)
    assert words("ads_efficiency_break", told).startswith(
        "On light worlds (4 × 400 listings, one morning): it gave no row"
    )
    assert words("map_broken", told).startswith("Cannot tell")

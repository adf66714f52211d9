"""Listings nobody means to sell never flood the queue: one row each, told with their money."""

from __future__ import annotations

from typing import Any

from opswheel.core.contracts import LISTINGS, SUPPRESSIONS
from opswheel.prioritization.ranking import Extra, withhold

from ..factory import Scene, ago, days
from .rows import exposed, queue, ranked, signal, table
from .scenes import morning


def row(sku: str, intent: str = "sell", **named: Any) -> dict[str, Any]:
    return signal("listing_suppressed", sku, intent=intent, **named)


CATALOG = [
    row("LIVE"),
    row("D1", "dead", velocity=0.1),
    row("D2", "dead", velocity=0.2),
    signal("search_suppressed", "D2", intent="dead", velocity=0.2),
    row("U1", "unknown", velocity=0.4),
    row("U1", "unknown", velocity=0.4, channel="amazon:CA"),
    row("LIVE", channel="amazon:CA"),
]


def test_dead_and_unknown_listings_gather_into_one_row_per_channel() -> None:
    found = ranked(CATALOG)
    batches = [r for r in queue(found, "kind", "lane", "subject_type", "subject_key", "risk_mean", "batch") if r[-1]]
    assert batches == [
        ("unknown_intent", "verify", "account", "main|amazon:CA", 240.0, True),
        ("unknown_intent", "verify", "account", "main|amazon:US", 240.0, True),
        ("dead_backlog", "watch", "account", "main|amazon:US", 180.0, True),
    ]
    others = [r[:2] for r in queue(found, "kind", "lane", "batch") if not r[-1]]
    assert others == [("listing_suppressed", "queue")] * 2


def test_a_batch_row_has_its_own_odds_and_minutes() -> None:
    found = ranked(CATALOG)
    assert dict(queue(found, "kind", "sentence")) == {
        "listing_suppressed": None,
        "unknown_intent": "Down, and nobody said if meant to sell: 1 listing",
        "dead_backlog": "Down, and dead until proven otherwise: 2 listings",
    }
    told = {r[0]: r[1:] for r in queue(found, "kind", "p_real", "minutes", "urgency", "bundle_minutes")}
    assert told["dead_backlog"] == (0.05, 10.0, 1.0, 10.0)
    assert told["unknown_intent"] == (0.2, 10.0, 1.0, 10.0)


def test_the_members_of_a_batch_are_its_rows_and_its_money_is_counted_once() -> None:
    found = ranked(CATALOG)
    at = found.columns["kind"].index("dead_backlog")
    assert found.members[at] == [1, 3, 2] or found.members[at] == [1, 2, 3]
    exposures = exposed(CATALOG).columns
    assert found.columns["risk_mean"][at] == sum(exposures["risk_mean"][i] for i in (1, 2, 3)) == 180.0
    assert found.columns["first"][at] in (2, 3)


def test_what_is_batched_is_told_once_under_its_own_reason() -> None:
    assert ranked(CATALOG).withheld == [
        {"reason": "dead", "n": 2, "revenue_at_risk": 180.0},
        {"reason": "unknown_intent", "n": 2, "revenue_at_risk": 480.0},
    ]


def test_a_batch_neither_inhibits_nor_is_inhibited() -> None:
    rows = [
        signal("out_of_stock", "A", subject_key="main|X", intent="sell"),
        row("A"),
        signal("out_of_stock", "B", subject_key="main|X", intent="dead"),
        row("B", "dead"),
    ]
    found = ranked(rows)
    assert queue(found, "kind", "rank", "batch") == [
        ("listing_suppressed", 1, False),
        ("out_of_stock", None, False),
        ("dead_backlog", 2, True),
    ]
    assert [len(m) for m in found.members] == [1, 1, 2]


def test_a_channel_without_an_exchange_rate_is_in_no_issue_at_all() -> None:
    rows = [
        *CATALOG,
        row("EU", channel="amazon:DE", price=None),
        row("EU-DEAD", "dead", channel="amazon:DE", price=None),
    ]
    found = ranked(rows, missing={"amazon:DE": "EUR"})
    assert "amazon:DE" not in found.columns["channel"]
    assert found.withheld[-1] == {"reason": "missing_rate", "n": 2, "revenue_at_risk": 0.0}
    assert [w["n"] for w in found.withheld] == [2, 2, 2]
    keep, _ = withhold(table(rows), exposed(rows), {"amazon:DE": "EUR"})
    assert keep.tolist() == [True, False, False, False, False, False, True, False, False]


def test_a_batch_takes_none_of_the_day_from_the_queue() -> None:
    assert ranked(CATALOG).cut_line["of"] == 2


def test_a_row_without_money_can_be_added_and_is_asked_about_last() -> None:
    guard = Extra(
        "volume_guard", "main", "amazon:US", "main|amazon:US|featured_offer_lost", "Is this cut right?", "fires on 9 %"
    )
    found = ranked([*CATALOG, signal("search_suppressed", "V", share_state="unknown")], extras=[guard])
    told = dict(
        zip(found.columns["kind"], queue(found, "lane", "subject_type", "subject_key", "why_lane"), strict=True)
    )
    assert told["volume_guard"] == ("verify", "account", guard.subject_key, "fires on 9 %")
    at = found.columns["kind"].index("volume_guard")
    assert (found.columns["first"][at], found.members[at], found.columns["risk_mean"][at]) == (-1, [], 0.0)
    assert found.columns["rank"][at] is not None
    assert [w["n"] for w in found.withheld if w["reason"] == "verify"] == [1]


def test_only_extras_make_a_queue_too() -> None:
    guard = Extra("volume_guard", "main", "amazon:US", "main|amazon:US|x", "Is this cut right?")
    assert queue(ranked([], extras=[guard]), "kind", "rank") == [("volume_guard", 1)]


def test_facts_of_listings_nobody_spoke_of_for_months_settle_in_one_row() -> None:
    scene = Scene()
    old = [f"OLD-{n}" for n in range(12)]
    scene.add(LISTINGS, [{"sku": s, "item_id": s} for s in ("MUG-1", "MUG-2")])
    scene.add(LISTINGS, [{"sku": s, "item_id": s, "status": "inactive"} for s in old])
    gone = [{"sku": s, "item_id": s, "state": "suppressed", "since_day": ago(120)} for s in old]
    scene.add(SUPPRESSIONS, [*gone, {"sku": "MUG-1", "item_id": "MUG-1", "state": "suppressed", "since_day": ago(2)}])
    scene.sells("MUG-1", 2, days=days(160, 3)).sells("MUG-2", 2, days=days(160, 1))
    for sku in old:
        scene.sells(sku, 1, days=days(160, 121))
    found = morning(scene).ranked
    assert queue(found, "kind", "lane", "subject_key", "exposure_mean") == [
        ("listing_suppressed", "queue", "main|amazon:US|MUG-1", 40.0),
        ("unknown_intent", "verify", "main|amazon:US", 12 * 20.0),
    ]
    assert [len(rows) for rows in found.members] == [1, 12]
    assert found.withheld == [{"reason": "unknown_intent", "n": 12, "revenue_at_risk": 12 * 600.0}]

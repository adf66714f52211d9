"""What keeps the account open: close to its bound, past it, or one violation more; a small chance of all sales."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import ACCOUNT_HEALTH

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, US, Looked, abroad, look, selling

UNDER = {"target_side": "less_than", "state": "good", "base": 1000}
ABOVE = {"target_side": "greater_than", "state": "good", "base": 1000, "target": 0.95}
COUNT = {"target_side": "equals", "target": 0.0, "state": "good"}

MEASURES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    # measure: today's row, and what it said nine days ago where that was different
    "late_shipment_rate": ({**UNDER, "rate": 0.039, "target": 0.04}, {"rate": 0.01}),
    "cancellation_rate": ({**UNDER, "rate": 0.011, "target": 0.025}, None),
    "order_defect_rate_mfn": ({**UNDER, "rate": 1 / 150, "base": 150, "target": 0.01}, None),
    "order_defect_rate_afn": ({**UNDER, "rate": 0.0, "base": 150, "target": 0.01}, None),
    "invoice_defect_rate": ({**UNDER, "rate": 0.0395, "target": 0.05}, None),
    "refund_rate": ({**UNDER, "rate": 0.0385, "target": 0.05}, None),
    "valid_tracking_rate": ({**ABOVE, "rate": 0.953}, None),
    "on_time_delivery_rate": ({**ABOVE, "rate": 0.94, "state": "bad"}, {"rate": 0.99, "state": "good"}),
    "unit_on_time_delivery_rate": ({**ABOVE, "rate": None, "base": None, "state": "none"}, None),
    "listing_policy_violations": ({**COUNT, "counted": 5}, {"counted": 2}),
    "ip_complaints": ({**COUNT, "counted": 5}, None),
    "safety_complaints": ({**COUNT, "counted": 2}, {"counted": 4}),
    "restricted_product_violations": ({**COUNT, "counted": 3, "state": "bad"}, None),
    "document_requests": ({**COUNT, "counted": 8}, None),
    "warning_spamming_seller_messaging": ({"state": "bad"}, None),
    "warning_fake_reviews": ({"state": "good"}, None),
    "account_health_rating": ({"state": "warned"}, {"state": "great"}),
    "account_status": ({"state": "at_risk"}, {"state": "normal"}),
}
SAID = {
    "late_shipment_rate": "Late shipment rate 3.9%: 1 more and it is over 4.0%",
    "order_defect_rate_mfn": "Order defect rate mfn 0.7%: 1 more and it is over 1.0%",
    "invoice_defect_rate": "Invoice defect rate 4.0%: 11 more and it is over 5.0%",
    "valid_tracking_rate": "Valid tracking rate 95.3%: 3 more and it is under 95.0%",
    "on_time_delivery_rate": "On time delivery rate 94.0%, under its bound of 95.0%",
    "listing_policy_violations": "3 new: listing policy violations, 5 in all",
    "restricted_product_violations": "3 open: restricted product violations",
    "warning_spamming_seller_messaging": "Warning spamming seller messaging: the marketplace is not content",
    "account_health_rating": "Account health rating: warned",
    "account_status": "The account is at risk of being closed",
}
A_DAY = 2000.0


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "hero", price=A_DAY))
    for metric, (today, before) in MEASURES.items():
        scene.add(ACCOUNT_HEALTH, [{"metric": metric, **today}])
        if metric != "document_requests":
            scene.add(ACCOUNT_HEALTH, [{"metric": metric, "day": ago(9), **today, **(before or {})}])
    well = {**UNDER, "rate": 0.001, "target": 0.04}
    scene.add(ACCOUNT_HEALTH, [{"channel": CA, "metric": "late_shipment_rate", **well}])
    scene.add(ACCOUNT_HEALTH, [{"channel": CA, "metric": "account_status", "state": "normal"}])
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def about(looked: Looked, metric: str) -> dict[str, Any]:
    (row,) = [r for r in looked.observed if r["subject_key"] == f"main|{US}|{metric}"]
    return row


def test_only_measures_near_their_bound_and_new_violations_are_told_and_none_abroad(looked: Looked) -> None:
    assert looked.errors == []
    fired = {r["subject_key"]: r for r in looked.signals if r["kind"] == "account_health"}
    assert set(fired) == {f"main|{US}|{metric}" for metric in SAID}
    assert {(r["subject_type"], r["sku"]) for r in fired.values()} == {("account", "")}
    assert looked.fired("hero") == []


@pytest.mark.parametrize("metric", SAID)
def test_it_says_how_many_more_defects_the_account_bears(looked: Looked, metric: str) -> None:
    assert BY_KIND["account_health"].sentence(about(looked, metric)) == SAID[metric]
    assert len(SAID[metric]) <= 80


@pytest.mark.parametrize(
    ("metric", "used"),
    [
        ("late_shipment_rate", 0.975 + 0.025),
        ("order_defect_rate_mfn", 4 / 3),
        ("invoice_defect_rate", 0.81),
        ("refund_rate", 0.79),
        ("valid_tracking_rate", 0.96),
        ("on_time_delivery_rate", 1.22),
    ],
)
def test_the_share_of_the_bound_counts_the_next_defect_in(looked: Looked, metric: str, used: float) -> None:
    assert about(looked, metric)["observed"] == pytest.approx(used)


@pytest.mark.parametrize(
    ("metric", "chance"),
    [
        ("late_shipment_rate", 0.005),
        ("on_time_delivery_rate", 0.03),
        ("listing_policy_violations", 0.01),
        ("account_health_rating", 0.05),
        ("account_status", 0.10),
    ],
)
def test_the_money_is_a_chance_of_thirty_days_without_the_channel(looked: Looked, metric: str, chance: float) -> None:
    row = about(looked, metric)
    assert row["share_state"] == "sales_at_once"
    assert row["amount_at_risk"] == pytest.approx(chance * A_DAY * 30)
    assert json.loads(row["evidence"])["chance_assumed"] == chance


@pytest.mark.parametrize(
    ("metric", "onset", "last_good"),
    [
        ("late_shipment_rate", ago(0), ago(9)),
        ("valid_tracking_rate", ago(9), None),
        ("listing_policy_violations", ago(0), ago(9)),
        ("account_status", ago(0), ago(9)),
    ],
)
def test_it_begins_on_the_first_snapshot_that_showed_it(
    looked: Looked, metric: str, onset: date, last_good: date | None
) -> None:
    row = about(looked, metric)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)


def test_a_new_violation_is_told_for_a_month_and_then_is_known() -> None:
    scene = selling(Scene(), "hero", price=A_DAY)
    for day, counted in ((40, 1), (29, 1), (20, 2), (0, 2)):
        scene.add(ACCOUNT_HEALTH, [{"metric": "ip_complaints", "day": ago(day), **COUNT, "counted": counted}])
    for day, counted in ((40, 1), (31, 1), (30, 2), (0, 2)):
        scene.add(ACCOUNT_HEALTH, [{"metric": "safety_complaints", "day": ago(day), **COUNT, "counted": counted}])
    (row,) = [r for r in look(scene).signals if r["kind"] == "account_health"]
    assert (row["subject_key"], row["onset_day"], row["last_good_day"]) == (
        f"main|{US}|ip_complaints",
        ago(20),
        ago(29),
    )


def test_a_shop_that_sells_next_to_nothing_has_no_sales_to_lose() -> None:
    scene = selling(Scene(), "hero", price=20.0)
    scene.add(ACCOUNT_HEALTH, [{"metric": "late_shipment_rate", **UNDER, "rate": 0.05, "target": 0.04}])
    looked = look(scene)
    assert about(looked, "late_shipment_rate")["amount_at_risk"] == pytest.approx(0.03 * 20 * 30)
    assert looked.signals == []

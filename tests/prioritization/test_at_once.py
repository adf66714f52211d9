"""Money lost at one stroke: cash, and sales that are no listing's daily ones. Outside the chain, in no total."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from opswheel.prioritization.ranking import headline_rows

from ..factory import MORNING
from .rows import exposed, names, queue, ranked, signal


def cash(sku: str, amount: float, kind: str = "aged_stock_fee", **named: Any) -> dict[str, Any]:
    """A fee of `amount` on a listing that sells 10.00 a day."""
    return signal(kind, sku, **({"share_state": "cash", "amount_at_risk": amount} | named))


def account(measure: str, amount: float, **named: Any) -> dict[str, Any]:
    """A chance of losing all of a channel's sales: about no listing."""
    none = dict.fromkeys(("item_id", "price", "intent", "tier", "price_source", "velocity_source"))
    named = {"share_state": "sales_at_once", "amount_at_risk": amount, **named}
    row = signal("account_health", "", velocity=0.0, subject_type="account", subject_key=f"main|amazon:US|{measure}")
    return {**row, **none, **named, "sku": None}


def test_an_amount_is_at_risk_once_and_loses_nothing_a_day() -> None:
    found = exposed([cash("A", 60.0), account("late_shipment_rate", 300.0)]).columns
    assert found["risk_mean"].tolist() == found["avoidable_mean"].tolist() == [60.0, 300.0]
    for name in ("exposure_mean", "lost_to_date", "alone_per_day", "saved_days", "committed"):
        assert found[name].tolist() == [0.0, 0.0], name
    assert found["sku"] == ["A", ""]


def test_cash_is_known_to_a_third_and_a_chance_only_in_its_order_of_magnitude() -> None:
    found = exposed([cash("A", 100.0), account("x", 100.0)]).columns
    low, high = found["risk_p10"].tolist(), found["risk_p90"].tolist()
    assert 60 < low[0] < 70 and 135 < high[0] < 145
    assert low[1] < 15 and high[1] > 220


def test_it_takes_nothing_from_the_listings_other_causes_and_they_nothing_from_it() -> None:
    rows = [cash("A", 60.0), signal("listing_suppressed", "A")]
    found = ranked(rows)
    assert sorted(queue(found, "kind", "risk_mean", "rank")) == [
        ("aged_stock_fee", 60.0, 2),
        ("listing_suppressed", 300.0, 1),
    ]


def test_cash_counts_what_it_takes_to_earn_it_and_a_chance_of_sales_counts_as_sales() -> None:
    found = ranked([cash("A", 50.0), account("x", 100.0), signal("listing_suppressed", "B")], contribution_margin=0.2)
    assert queue(found, "kind", "into_revenue", "lane") == [
        ("listing_suppressed", 1.0, "queue"),
        ("aged_stock_fee", 5.0, "queue"),
        ("account_health", 1.0, "queue"),
    ]


def test_it_is_in_no_total_of_revenue_at_risk_nor_of_margin_given_away() -> None:
    rows = [cash("A", 60.0), account("x", 100.0), signal("listing_suppressed", "B")]
    found, exposures = ranked(rows), exposed(rows)
    assert headline_rows(found, exposures) == [2]
    assert headline_rows(found, exposures, margin=True) == []


@pytest.mark.parametrize(("days", "urgency"), [(None, 1.0), (0, 1.0), (7, 1.0), (14, 0.5), (28, 0.25)])
def test_it_weighs_little_until_a_week_before_its_last_day(days: int | None, urgency: float) -> None:
    at = None if days is None else MORNING.replace(hour=0) + timedelta(days=days)
    found = ranked([cash("A", 60.0, deadline_at=at)], contribution_margin=0.5)
    assert queue(found, "urgency", "score_revenue_at_risk") == [(urgency, pytest.approx(60 * 0.8 * 2 * urgency))]


@pytest.mark.parametrize("intent", ["dead", "unknown", "sell_through", None])
def test_it_is_no_part_of_the_batch_of_what_nobody_sells(intent: str | None) -> None:
    found = ranked([cash("A", 60.0, intent=intent), signal("listing_suppressed", "B")])
    assert sorted(queue(found, "kind")) == [("aged_stock_fee",), ("listing_suppressed",)]


def test_an_issue_of_several_listings_sums_their_amounts() -> None:
    rows = [
        cash(s, n, "units_unreimbursed", subject_type="account", subject_key="main|amazon:US")
        for s, n in (("A", 10.0), ("B", 30.0))
    ]
    (row,) = queue(ranked(rows), "risk_mean", "avoidable_mean", "subject_type")
    assert row == (40.0, 40.0, "account")


def test_orders_for_units_that_are_not_there_stop_the_sale_first() -> None:
    rows = [
        signal("oversell", "A", share_state="oversold", amount_at_risk=50.0),
        signal("oversell", "B", share_state="sales_at_once", amount_at_risk=90.0),
        signal("listing_suppressed", "C"),
    ]
    found = ranked(rows)
    assert [(sku, lane) for (_, sku), (lane,) in zip(names(found), queue(found, "lane"), strict=True)] == [
        ("A", "stop_selling"),
        ("C", "queue"),
        ("B", "queue"),
    ]
    assert found.columns["why_lane"][0] == "orders come in for units that are not there"


def test_an_amount_nobody_told_is_asked_about() -> None:
    found = ranked([account("x", 0.0, share_state="unknown", amount_at_risk=None)])
    assert queue(found, "lane", "why_lane") == [("verify", "nobody said how much is lost")]


def test_a_channel_without_a_rate_is_held_back_with_its_amounts() -> None:
    assert queue(ranked([cash("A", 60.0)], missing={"amazon:US": "CAD"}), "kind") == []

"""Money that is no listing's daily sales, through whole runs: about the account, in cash, with a last day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opswheel.core.contracts import ISSUE_SUBJECTS, OUTCOMES

from .seller import Seller, at, day

MARKET = "ATVPDKIKX0DER"


def health(seller: Seller, n: int, rate: float) -> Path:
    """The account health report of a morning with its late shipment rate; the bound is 4 %."""
    late = {
        "status": "BAD" if rate >= 0.04 else "GOOD",
        "rate": rate,
        "targetValue": 0.04,
        "targetCondition": "LESS_THAN",
        "orderCount": 1000,
    }
    told = {
        "accountStatuses": [{"marketplaceId": MARKET, "status": "NORMAL"}],
        "performanceMetrics": [{"marketplaceId": MARKET, "lateShipmentRate": late}],
    }
    return seller.put(f"amazon-US/health-{day(n)}.json", json.dumps(told))


def shipment(seller: Seller, n: int, received: int) -> Path:
    """Two listings' lines of a closed shipment as a morning's list tells them."""
    lines = [f"FBA1,{sku},20,{received},closed,{day(-50)},{day(n)}" for sku in ("CUP", "JUG")]
    head = "shipment_id,sku,expected,received,status,closed,day"
    return seller.put(f"amazon-US/shipments-{day(n)}.csv", "\n".join([head, *lines]))


@pytest.fixture(scope="module")
def began(tmp_path_factory: pytest.TempPathFactory) -> Seller:
    """A healthy shop, but for an account past its bound and a shipment closed short fifty days ago."""
    seller = Seller(tmp_path_factory.mktemp("cash") / "shop")
    seller.load(seller.sales(-40, -2), health(seller, 0, 0.05), shipment(seller, 0, 15))
    seller.morning(0)
    return seller


def issues(seller: Seller, **wanted: Any) -> dict[str, dict[str, Any]]:
    return {row["kind"]: row for row in seller.queue(**wanted)["issues"]}


def test_the_account_and_a_shipment_stand_in_the_queue_beside_the_listings(began: Seller) -> None:
    found = issues(began)
    assert set(found) == {"account_health", "shipment_short"}
    account, short = found["account_health"], found["shipment_short"]
    assert (account["subject"]["type"], account["sku"], account["item_id"]) == ("account", None, None)
    assert (short["subject"]["key"], short["members"]) == ("main|amazon:US|FBA1", 2)
    assert short["deadline_at"] == f"{day(11)}T00:00:00Z"
    assert account["avoidable"]["mean"] == pytest.approx(0.03 * 30 * 5 * 2 * 20.0)
    assert short["avoidable"]["mean"] == pytest.approx(2 * 5 * 0.4 * 20.0)
    assert {row["exposure_per_day"]["mean"] for row in found.values()} == {0.0}


def test_cash_is_no_revenue_at_risk(began: Seller, tmp_path: Path) -> None:
    seller = began.copy(tmp_path / "shop")
    summary = seller.run().summary
    assert summary["revenue_at_risk"]["mean"] == summary["margin_given_away"]["mean"] == 0.0


def test_why_shows_the_amount_and_that_cash_counts_what_it_takes_to_earn_it(began: Seller) -> None:
    found = issues(began)
    parts = {p["name"]: p["value"] for p in began.why(found["shipment_short"]["id"])["parts"]}
    assert (parts["avoidable"], parts["into revenue"]) == (80.0, 4.0)
    assert parts["urgency"] == pytest.approx(7 / 11, rel=1e-5)
    told = began.why(found["account_health"]["id"])
    assert "Late shipment rate 5.0%, over its bound of 4.0%" in json.dumps(told)
    rows = began.ledger_rows(ISSUE_SUBJECTS, "issue_id", "sku")
    assert (found["account_health"]["id"], "") in rows
    assert (found["shipment_short"]["id"], "JUG") in rows


def test_it_is_verified_like_any_other_issue_when_the_reports_are_well(began: Seller, tmp_path: Path) -> None:
    seller = began.copy(tmp_path / "shop")
    number = issues(seller)["account_health"]["id"]
    seller.now = at(0, 20)
    seller.close(number, root_cause="delivery_promise")
    for n in (4, 5):
        seller.now = at(n)
        seller.load(health(seller, n, 0.01))
        seller.morning(n)
    assert seller.issue(number)["state"] == "verified"
    assert "account_health" not in issues(seller)


def test_cash_that_was_saved_is_not_booked_as_cleared_revenue(began: Seller, tmp_path: Path) -> None:
    seller = began.copy(tmp_path / "shop")
    number = issues(seller)["shipment_short"]["id"]
    closed = seller.close(number, root_cause="units_lost")
    assert closed["outcome"]["cleared"] == 0.0
    assert seller.ledger_rows(OUTCOMES, "issue_id", "cleared", "loss_stopped_per_day") == [(number, 0.0, 0.0)]

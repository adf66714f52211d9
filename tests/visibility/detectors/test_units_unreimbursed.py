"""Units the marketplace lost or damaged and did not pay for: one issue per channel, a row for every listing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from opswheel.core.contracts import COSTS, REIMBURSEMENTS, STOCK_LEDGER

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

BOOKS: list[tuple[str, int, dict[str, int]]] = [
    # SKU, days ago, what was booked on that day
    ("lost", 30, {"lost_units": -5}),
    ("lost", 20, {"damaged_units": -1}),
    ("found again", 30, {"lost_units": -5}),
    ("found again", 25, {"found_units": 5}),
    ("paid", 30, {"lost_units": -5}),
    ("paid in part", 30, {"lost_units": -5}),
    ("given back as stock", 30, {"lost_units": -5}),
    ("paid, then taken back", 30, {"lost_units": -5}),
    ("paid for an older loss", 30, {"lost_units": -5}),
    ("window closed", 61, {"lost_units": -5}),
    ("last day of the window", 60, {"lost_units": -2}),
    ("last week", 6, {"lost_units": -5}),
    ("a week ago", 7, {"lost_units": -1}),
    ("cost told", 30, {"lost_units": -2}),
    ("not listed", 30, {"lost_units": -2}),
    ("neighbour", 30, {"shipped_units": -5}),
]
PAID: dict[str, list[tuple[int, dict[str, Any]]]] = {
    "paid": [(10, {"cash_units": 5, "amount_minor": 4000})],
    "paid in part": [(10, {"cash_units": 3, "amount_minor": 2400})],
    "given back as stock": [(10, {"stock_units": 5, "amount_minor": 0})],
    "paid, then taken back": [
        (20, {"cash_units": 5, "amount_minor": 4000}),
        (10, {"cash_units": 4, "amount_minor": -3200}),
    ],
    "paid for an older loss": [(31, {"cash_units": 5, "amount_minor": 4000})],
}
UNPAID = {
    "lost": 6,
    "paid in part": 2,
    "paid, then taken back": 4,
    "paid for an older loss": 5,
    "last day of the window": 2,
    "a week ago": 1,
    "cost told": 2,
    "not listed": 2,
}


def book(scene: Scene, rows: list[tuple[str, int, dict[str, int]]], channel: str = US) -> Scene:
    rest = {"disposition": "sellable", "ending_units": 100, "channel": channel}
    return scene.add(STOCK_LEDGER, [{"sku": s, "from_day": ago(n), "to_day": ago(n), **rest, **b} for s, n, b in rows])


def pay(scene: Scene, sku: str, days: int, number: int = 1, **row: Any) -> Scene:
    at = datetime(2026, 11, 22, 16) - timedelta(days=days)
    told = {"reimbursement_id": f"R{sku}{number}", "line": 1, "reason": "Lost_Warehouse", "at": at, "updated_at": at}
    return scene.add(REIMBURSEMENTS, [{**told, "sku": sku, "day": ago(days), **row}])


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), *{s for s, _, _ in BOOKS if s != "not listed"}))
    book(scene, BOOKS)
    for sku, rows in PAID.items():
        for number, (days, row) in enumerate(rows):
            pay(scene, sku, days, number, **row)
    scene.add(COSTS, [{"sku": "cost told", "unit_cost_minor": 1500}])
    return book(scene, [("lost", 30, {"lost_units": -50})], CA)  # no reimbursements are loaded there


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def rows(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["sku"]: r for r in looked.signals if r["kind"] == "units_unreimbursed"}


def test_units_lost_and_not_paid_are_claimed_within_the_window_and_nothing_else(looked: Looked) -> None:
    assert looked.errors == []
    fired = rows(looked)
    assert set(fired) == set(UNPAID)
    assert {r["channel"] for r in fired.values()} == {US}
    assert {(r["subject_type"], r["subject_key"]) for r in fired.values()} == {("account", f"main|{US}")}
    assert {r["observed"] for r in fired.values()} == {float(sum(UNPAID.values()))}


@pytest.mark.parametrize(("sku", "amount"), [("lost", 6 * 8.0), ("cost told", 2 * 15.0), ("not listed", 0.0)])
def test_a_unit_is_worth_its_cost_or_part_of_its_price(looked: Looked, sku: str, amount: float) -> None:
    row = rows(looked)[sku]
    assert (row["share_state"], row["amount_at_risk"]) == ("cash", pytest.approx(amount))


def test_the_first_window_that_closes_is_the_deadline_of_all(looked: Looked) -> None:
    found = rows(looked)
    assert {r["deadline_at"] for r in found.values()} == {datetime(2026, 11, 23)}
    assert looked.said("units_unreimbursed", "lost") == "24 lost or damaged units not paid for; claim by 2026-11-22"


def test_the_floor_is_on_the_sum_of_the_channel_not_on_each_listing() -> None:
    def fired(mugs: int, bowls: int) -> list[str]:
        scene = selling(Scene(), "mug", "bowl", "paid")
        book(scene, [("mug", 30, {"lost_units": -mugs}), ("bowl", 30, {"lost_units": -bowls})])
        return sorted(rows(look(pay(scene, "paid", 30, cash_units=1, amount_minor=1))))

    assert fired(1, 1) == ["bowl", "mug"]  # 2 · 0.4 · 20 = 16 dollars
    assert fired(1, 0) == []


def test_a_corrected_payment_counts_once() -> None:
    scene = book(selling(Scene(), "mug"), [("mug", 30, {"lost_units": -9})])
    pay(scene, "mug", 20, cash_units=2, amount_minor=1600)
    again = datetime(2026, 11, 20)
    pay(scene, "mug", 20, cash_units=4, amount_minor=3200, updated_at=again)
    assert rows(look(scene))["mug"]["observed"] == 5.0

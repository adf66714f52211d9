"""Dates of the team's list: a listing that goes down, cash that is lost, or only a date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from opswheel.core.contracts import DEADLINES

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, Looked, abroad, look, selling

ROWS: dict[str, tuple[str, int, dict[str, Any]]] = {
    # what: kind, days until it is due, and the rest of its row
    "GPSR statement": ("document", 12, {"sku": "mug"}),
    "ISO certificate": ("document", 30, {"sku": None}),
    "ISO certificate of next year": ("document", 31, {"sku": None}),
    "lost pallet": ("claim", 0, {"sku": "mug", "amount_minor": 40000, "currency": "USD"}),
    "parcel in euros": ("claim", 5, {"sku": "mug", "amount_minor": 40000, "currency": "EUR"}),
    "passed": ("claim", -1, {"sku": "mug", "amount_minor": 40000}),
    "far away": ("claim", 91, {"sku": "mug", "amount_minor": 40000}),
    "lot 7": ("lot_expiry", 20, {"sku": "bowl", "amount_minor": 9900, "units": 90}),
    "not listed any more": ("lot_expiry", 20, {"sku": "gone", "amount_minor": 9900}),
    "spring offer": ("offer_end", 3, {"sku": "bowl"}),
    "A-to-z 112": ("guarantee_claim", 1, {"sku": None, "amount_minor": 2599, "reference": "112"}),
}
EXPECTED: dict[str, tuple[str, float | None, date | None]] = {
    # what: the state its money goes by, the amount, and the day its listing goes down
    "GPSR statement": ("not_buyable", None, ago(-13)),
    "ISO certificate": ("unknown", None, None),
    "lost pallet": ("cash", 400.0, None),
    "parcel in euros": ("unknown", None, None),
    "lot 7": ("cash", 99.0, None),
    "not listed any more": ("cash", 99.0, None),
    "spring offer": ("not_buyable", None, ago(-4)),
    "A-to-z 112": ("cash", 25.99, None),
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "bowl", "neighbour"))
    for what, (kind, days, more) in ROWS.items():
        scene.add(DEADLINES, [{"what": what, "kind": kind, "due_day": ago(-days), "currency": None, **more}])
    far = {"channel": CA, "sku": "mug", "kind": "claim", "what": "far", "due_day": ago(-80), "amount_minor": 100}
    return scene.add(DEADLINES, [far])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def about(rows: list[dict[str, Any]], what: str) -> dict[str, Any]:
    (row,) = [r for r in rows if r["kind"] == "deadline_near" and r["subject_key"].endswith("|" + what)]
    return row


def test_every_near_date_is_an_issue_of_its_own_and_no_passed_or_distant_one(looked: Looked) -> None:
    assert looked.errors == []
    fired = [r["subject_key"] for r in looked.signals if r["kind"] == "deadline_near"]
    assert sorted(key.rpartition("|")[2] for key in fired) == sorted(EXPECTED)
    assert {r["channel"] for r in looked.signals} == {"amazon:US"}


@pytest.mark.parametrize("what", EXPECTED)
def test_what_is_lost_with_it_is_sales_cash_or_not_known(looked: Looked, what: str) -> None:
    row = about(looked.signals, what)
    amount = row["amount_at_risk"]
    assert (row["share_state"], amount if amount is None else round(amount, 2), row["starts_day"]) == EXPECTED[what]


def test_the_last_day_ends_at_midnight(looked: Looked) -> None:
    assert about(looked.signals, "lost pallet")["deadline_at"] == datetime(2026, 11, 23)
    assert about(looked.signals, "GPSR statement")["deadline_at"] == datetime(2026, 12, 5)


def test_the_cut_is_thirty_days(looked: Looked) -> None:
    assert about(looked.observed, "ISO certificate of next year")["observed"] == 31


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("GPSR statement", "Document runs out in 12 days: GPSR statement"),
        ("lost pallet", "Claim must be filed today: lost pallet"),
        ("A-to-z 112", "Guarantee claim must be answered tomorrow: A-to-z 112"),
        ("lot 7", "Lot expires in 20 days: lot 7"),
    ],
)
def test_it_says_what_and_by_when(looked: Looked, what: str, said: str) -> None:
    assert BY_KIND["deadline_near"].sentence(about(looked.signals, what)) == said


def test_a_long_text_is_cut_to_what_fits() -> None:
    scene = selling(Scene(), "mug")
    scene.add(DEADLINES, [{"kind": "other", "what": 'say "hello" ' * 20, "due_day": ago(-2), "currency": None}])
    (row,) = look(scene).signals
    said = BY_KIND["deadline_near"].sentence(row)
    assert said.startswith('Must be done in 2 days: say "hello"') and len(said) == 80

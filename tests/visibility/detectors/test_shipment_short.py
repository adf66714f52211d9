"""Shipments the marketplace closed with fewer units than we sent: one issue each, until the claim window closes."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from opswheel.core.contracts import COSTS, INBOUND_SHIPMENTS

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

CLOSED = {"status": "closed", "closed_day": ago(20)}
LINES: list[tuple[str, str, int, int, dict[str, Any]]] = [
    # shipment, SKU, units sent, units received, the rest of the row
    ("FBA1", "mug", 100, 90, CLOSED),
    ("FBA1", "bowl", 50, 48, CLOSED),
    ("FBA1", "neighbour", 50, 50, CLOSED),
    ("FBA2 whole", "mug", 100, 100, CLOSED),
    ("FBA3 too much", "mug", 100, 104, CLOSED),
    ("FBA4 receiving", "mug", 100, 10, {"status": "receiving"}),
    ("FBA5 no status", "mug", 100, 10, {}),
    ("FBA6 window closed", "mug", 100, 10, {**CLOSED, "closed_day": ago(61)}),
    ("FBA7 last day", "mug", 100, 10, {**CLOSED, "closed_day": ago(60)}),
    ("FBA8 one in a hundred", "mug", 300, 297, CLOSED),
    ("FBA9 less than one in a hundred", "mug", 400, 397, CLOSED),
    ("FBA10 one cheap unit", "bowl", 10, 9, CLOSED),
    ("FBA11 seen closed", "mug", 100, 90, {"status": "closed"}),
    ("FBA12 cost told", "cup", 10, 9, CLOSED),
]
EXPECTED = {
    # shipment: units short in all, their value
    "FBA1": (12, 96.0),
    "FBA7 last day": (90, 720.0),
    "FBA8 one in a hundred": (3, 24.0),
    "FBA11 seen closed": (10, 80.0),
    "FBA12 cost told": (1, 15.0),
}


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "bowl", "neighbour", "cup"))
    told = [
        {"shipment_id": s, "sku": sku, "expected_units": sent, "received_units": got, **more}
        for s, sku, sent, got, more in LINES
    ]
    scene.add(INBOUND_SHIPMENTS, told)
    before = [{**r, "day": ago(3)} for r in told if r["shipment_id"] == "FBA11 seen closed"]
    scene.add(INBOUND_SHIPMENTS, [*before, *({**r, "day": ago(9), "status": "receiving"} for r in before)])
    scene.add(INBOUND_SHIPMENTS, [{**told[1], "channel": CA}])  # the two units of one listing are worth too little
    return scene.add(COSTS, [{"sku": "cup", "unit_cost_minor": 1500}])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(rows: list[dict[str, Any]], shipment: str) -> list[dict[str, Any]]:
    found = [r for r in rows if r["subject_key"] == f"main|{US}|{shipment}"]
    return sorted(found, key=lambda r: str(r["sku"]))


def test_every_shipment_closed_short_within_its_window_is_one_issue(looked: Looked) -> None:
    assert looked.errors == []
    fired = [r for r in looked.signals if r["kind"] == "shipment_short"]
    assert {r["subject_key"] for r in fired} == {f"main|{US}|{s}" for s in EXPECTED}
    assert {r["subject_type"] for r in fired} == {"shipment"}


@pytest.mark.parametrize("shipment", EXPECTED)
def test_its_money_is_what_the_missing_units_cost(looked: Looked, shipment: str) -> None:
    found = of(looked.signals, shipment)
    short, value = EXPECTED[shipment]
    assert json.loads(found[0]["evidence"])["short_in_all"] == short
    assert sum(r["amount_at_risk"] for r in found) == pytest.approx(value)
    assert all(r["stock_value"] == pytest.approx(value) for r in found)


def test_only_the_listings_that_are_short_are_behind_it(looked: Looked) -> None:
    assert [(r["sku"], r["amount_at_risk"]) for r in of(looked.signals, "FBA1")] == [
        ("bowl", pytest.approx(16.0)),
        ("mug", pytest.approx(80.0)),
    ]


@pytest.mark.parametrize(
    ("shipment", "since", "deadline"),
    [
        ("FBA1", ago(20), datetime(2027, 1, 2)),
        ("FBA7 last day", ago(60), datetime(2026, 11, 23)),
        ("FBA11 seen closed", ago(3), datetime(2027, 1, 19)),
    ],
)
def test_the_window_counts_from_the_day_it_was_closed(
    looked: Looked, shipment: str, since: date, deadline: datetime
) -> None:
    row = of(looked.signals, shipment)[0]
    assert (row["onset_day"], row["deadline_at"]) == (since, deadline)


def test_the_sentence_names_the_shipment_and_the_last_day(looked: Looked) -> None:
    assert looked.said("shipment_short", "bowl") == "Shipment FBA1: 12 units short; claim by 2027-01-01"


def test_miscounted_units_and_a_unit_of_little_worth_are_seen_and_cut(looked: Looked) -> None:
    assert of(looked.observed, "FBA9 less than one in a hundred")[0]["observed"] == pytest.approx(0.0075)
    assert of(looked.observed, "FBA10 one cheap unit")[0]["stock_value"] == pytest.approx(8.0)

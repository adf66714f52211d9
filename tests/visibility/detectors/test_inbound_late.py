"""Units on their way that should be here by now: one issue for each shipment or order number."""

from __future__ import annotations

from typing import Any

import pytest

from opswheel.core.contracts import INBOUND, INBOUND_SHIPMENTS

from ...factory import Scene, ago
from ..looking import CA, US, Looked, abroad, look, selling

EXPECTED_ON: list[tuple[str, str, int, int]] = [
    # order number, SKU, units, days ago it was expected
    ("PO1 late", "mug", 100, 5),
    ("PO1 late", "bowl", 50, 4),
    ("PO2 two days", "mug", 100, 2),
    ("PO3 three days", "mug", 100, 3),
    ("PO4 to come", "mug", 100, -5),
    ("PO5 few units", "mug", 10, 9),
    ("FBA5 told twice", "mug", 100, -3),
]
SENT: list[tuple[str, dict[str, Any]]] = [
    # shipment, the newest row; units received stand as they are since so many days ago
    ("FBA1 long on the way", {"status": "shipped", "sent_day": ago(60)}),
    ("FBA2 on the way", {"status": "shipped", "sent_day": ago(10)}),
    ("FBA3 stuck", {"status": "receiving", "sent_day": ago(30), "received_units": 40, "since": 20}),
    ("FBA4 moving", {"status": "receiving", "sent_day": ago(12), "received_units": 40, "since": 3}),
    ("FBA5 told twice", {"status": "shipped", "sent_day": ago(60)}),
    ("FBA6 whole", {"status": "receiving", "sent_day": ago(60), "received_units": 100, "since": 20}),
    ("FBA7 closed", {"status": "closed", "sent_day": ago(90), "closed_day": ago(3), "received_units": 100}),
    ("FBA8 no word", {"sent_day": ago(60)}),
]
LATE = {"PO1 late": 5.0, "PO3 three days": 3.0, "FBA1 long on the way": 41.0, "FBA3 stuck": 20.0}


def the_shop() -> Scene:
    scene = selling(Scene(), "mug", "bowl", "neighbour")
    abroad(scene)
    for reference, sku, units, late in EXPECTED_ON:
        scene.add(INBOUND, [{"sku": sku, "units": units, "eta": ago(late), "reference": reference}])
    for shipment, row in SENT:
        told = {k: v for k, v in row.items() if k != "since"}
        line = {"shipment_id": shipment, "sku": "mug", "expected_units": 100, "received_units": 0, **told}
        scene.add(INBOUND_SHIPMENTS, [line])
        for n in (20, 16, 3):
            had = line["received_units"] if n <= row.get("since", 99) else 0
            scene.add(INBOUND_SHIPMENTS, [{**line, "day": ago(n), "received_units": had, "closed_day": None}])
    coming = {"channel": CA, "sku": "mug", "units": 100, "eta": ago(-9), "reference": "PO9"}
    return scene.add(INBOUND, [coming])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in looked.signals:
        if row["kind"] == "inbound_late":
            found.setdefault(row["subject_key"].removeprefix(f"main|{US}|"), []).append(row)
    return found


def test_only_what_is_past_its_day_or_does_not_move_is_told(looked: Looked) -> None:
    assert looked.errors == []
    assert {name: rows[0]["observed"] for name, rows in of(looked).items()} == LATE


def test_an_order_of_several_skus_is_one_issue_with_a_row_for_each(looked: Looked) -> None:
    rows = sorted(of(looked)["PO1 late"], key=lambda r: r["sku"])
    assert [(r["sku"], r["amount_at_risk"]) for r in rows] == [
        ("bowl", pytest.approx(50 * 8.0 * 0.1)),
        ("mug", pytest.approx(100 * 8.0 * 0.1)),
    ]
    assert {(r["onset_day"], r["last_good_day"]) for r in rows} == {(ago(4), ago(5))}


def test_a_tenth_of_a_few_cheap_units_is_not_worth_a_call(looked: Looked) -> None:
    few = [r for r in looked.observed if r["kind"] == "inbound_late" and "few units" in r["subject_key"]]
    assert [r["stock_value"] for r in few] == [80.0]


def test_stuck_is_not_the_same_word_as_late(looked: Looked) -> None:
    from ..looking import BY_KIND

    said = {name: BY_KIND["inbound_late"].sentence(rows[0]) for name, rows in of(looked).items()}
    assert said["FBA3 stuck"] == "Shipment FBA3 stuck has not moved for 20 days: 60 units"
    assert said["PO1 late"] == "Shipment PO1 late is late by 5 days: 150 units"

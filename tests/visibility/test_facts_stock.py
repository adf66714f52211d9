"""Which report of stock is believed, who shares the units, and since when there are none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import STOCK, STOCK_LEDGER
from opswheel.core.detector import Facts
from opswheel.core.settings import Settings
from opswheel.visibility.facts.stock import disagreements

from ..factory import Scene, ago, days
from .looking import CA, US, facts_of, listed, look

FBA, RESTOCK, OWN = "amazon_fba_inventory", "amazon_restock", "stock_csv"
ALL = "amazon_all_listings"

TOLD: list[tuple[str, str, int, int, dict[str, Any]]] = [
    # SKU, report, days ago, sellable units, more
    ("FBA and restock", FBA, 0, 5, {}),
    ("FBA and restock", RESTOCK, 0, 90, {"transfer_units": 7}),
    ("restock alone", RESTOCK, 0, 6, {}),
    ("restock and own", RESTOCK, 0, 7, {}),
    ("restock and own", OWN, 0, 90, {}),
    ("own warehouse", OWN, 0, 90, {"fulfillment": "merchant"}),
    ("own warehouse", FBA, 0, 10, {"fulfillment": "marketplace"}),
    ("oversold", OWN, 0, -4, {}),
    ("in transfer", OWN, 0, 0, {"transfer_units": 3}),
    ("empty", OWN, 0, 0, {"inbound_working_units": 3}),
    ("merchant with a list", OWN, 0, 11, {"fulfillment": "merchant"}),
]


@pytest.fixture(scope="module")
def stock() -> dict[Any, dict[str, Any]]:
    scene = Scene()
    for sku, report, n, units, more in TOLD:
        scene.add(STOCK, [{"sku": sku, "report": report, "day": ago(n), "sellable_units": units, **more}])
    listed(scene, *sorted({s for s, *_ in TOLD if s != "merchant with a list"}))
    for sku, units in (("merchant with a list", 90), ("merchant alone", 12), ("merchant at zero", 0)):
        listed(scene, sku, fulfillment="merchant", quantity_units=units, report=ALL)
    listed(scene, "FBA without a list", quantity_units=0, report=ALL)
    return facts_of(scene, "stock_now")["stock_now"]


@pytest.mark.parametrize(
    ("sku", "report", "units", "state"),
    [
        ("FBA and restock", FBA, 5, "in"),
        ("restock alone", RESTOCK, 6, "in"),
        ("restock and own", RESTOCK, 7, "in"),
        ("own warehouse", FBA, 10, "in"),
        ("merchant with a list", OWN, 11, "in"),
        ("merchant alone", ALL, 12, "in"),
        ("merchant at zero", ALL, 0, "out"),
        ("oversold", OWN, 0, "out"),
        ("in transfer", OWN, 0, "transfer_only"),
        ("empty", OWN, 0, "out"),
    ],
)
def test_the_best_fresh_report_of_the_way_it_is_fulfilled_is_believed(
    stock: dict[Any, dict[str, Any]], sku: str, report: str, units: int, state: str
) -> None:
    row = stock[sku]
    assert (row["source"], row["sellable_units"], row["state"]) == (report, units, state)


@pytest.mark.parametrize(("age", "report"), [(0, FBA), (3, FBA), (4, RESTOCK)])
def test_a_better_report_gives_way_once_it_is_more_than_three_days_older(age: int, report: str) -> None:
    scene = listed(Scene(), "MUG-1", "MUG-2")
    scene.add(STOCK, [{"sku": "MUG-1", "report": FBA, "day": ago(age), "sellable_units": 8}])
    scene.add(STOCK, [{"sku": s, "report": RESTOCK, "sellable_units": 90} for s in ("MUG-1", "MUG-2")])
    found = facts_of(scene, "stock_now")["stock_now"]
    assert (found["MUG-1"]["source"], found["MUG-2"]["source"]) == (report, RESTOCK)


def test_a_negative_quantity_is_flagged_and_nothing_to_sell(stock: dict[Any, dict[str, Any]]) -> None:
    assert {s for s, r in stock.items() if r["oversold"]} == {"oversold"}


def test_the_quantity_of_a_listing_the_marketplace_fulfils_is_no_stock(stock: dict[Any, dict[str, Any]]) -> None:
    assert "FBA without a list" not in stock


def test_units_in_transfer_are_kept_whichever_report_tells_them(stock: dict[Any, dict[str, Any]]) -> None:
    assert stock["FBA and restock"]["transfer_units"] == 7


def test_channels_that_share_a_pool_share_its_units() -> None:
    """A label that is empty in one country's report and full in the other's can be sold in both."""
    shared = {US: {"stock_pool": "NA"}, CA: {"stock_pool": "NA"}}
    rows: list[tuple[str, str, str, int]] = [
        # channel, SKU, label, sellable units
        (US, "shared", "X1", 0),
        (CA, "shared", "X1", 500),
        (US, "both empty", "X2", 0),
        (CA, "both empty", "X2", 0),
        (US, "another label", "X3", 0),
        (CA, "another label", "X4", 500),
    ]
    found = {}
    for name, channels in (("apart", {}), ("together", shared)):
        scene = Scene(settings=Settings.model_validate({"channels": channels}))
        for channel, sku, label, units in rows:
            listed(scene, sku, channel=channel).sells(sku, 1, days=days(42, 1), channel=channel)
            scene.add(STOCK, [{"channel": channel, "sku": sku, "fnsku": label, "sellable_units": units}])
        signals = look(scene, cuts=()).signals
        out = [r for r in signals if r["kind"] == "out_of_stock" and r["channel"] == US]
        found[name] = sorted((r["sku"], r["subject_key"]) for r in out)
    assert found["apart"] == [
        ("another label", "main|amazon:US/X3"),
        ("both empty", "main|amazon:US/X2"),
        ("shared", "main|amazon:US/X1"),
    ]
    assert found["together"] == [("another label", "main|NA/X3"), ("both empty", "main|NA/X2")]


def test_a_listing_whose_label_has_units_in_another_row_is_in_stock() -> None:
    scene = listed(Scene(), "A", "B", "C", "D", "E")
    told = (("A", "X1", 0, 0), ("B", "X1", 7, 0), ("C", "X2", 0, 0), ("D", "X2", 0, 4), ("E", "X3", 0, 0))
    for sku, label, units, transfer in told:
        scene.add(STOCK, [{"sku": sku, "fnsku": label, "sellable_units": units, "transfer_units": transfer}])
    found = facts_of(scene, "stock_now")["stock_now"]
    states = {"A": "in", "B": "in", "C": "transfer_only", "D": "transfer_only", "E": "out"}
    assert {s: r["state"] for s, r in found.items()} == states
    assert [found[s]["onset_day"] for s in "ABCDE"] == [None, None, ago(0), ago(0), ago(0)]


OUT: dict[str, list[tuple[str, int, int]]] = {
    # SKU: (report, days ago, units)
    "FBA empty for 4 days": [(FBA, n, 0 if n < 5 else 3) for n in range(9, -1, -1)],
    "own list tells otherwise": [(FBA, n, 0 if n < 5 else 3) for n in range(9, -1, -1)]
    + [(OWN, n, 40) for n in range(9, -1, -1)],
    "restock before FBA was loaded": [(RESTOCK, n, 0 if n < 25 else 3) for n in (30, 23, 16)] + [(FBA, 0, 0)],
    "a gap in the mornings": [(FBA, 9, 3), (FBA, 2, 0), (FBA, 0, 0)],
}
AS_MERCHANT = {OWN: "merchant"}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [
        ("FBA empty for 4 days", ago(4), ago(5)),
        ("own list tells otherwise", ago(4), ago(5)),
        ("restock before FBA was loaded", ago(23), ago(30)),
        ("a gap in the mornings", ago(2), ago(9)),
    ],
)
def test_it_is_out_since_the_first_empty_morning_after_the_last_with_units(
    empty: dict[Any, dict[str, Any]], sku: str, onset: date, last_good: date
) -> None:
    assert (empty[sku]["onset_day"], empty[sku]["last_good_day"]) == (onset, last_good)


@pytest.fixture(scope="module")
def empty() -> dict[Any, dict[str, Any]]:
    scene = listed(Scene(), *OUT)
    for sku, told in OUT.items():
        for report, n, units in told:
            way = AS_MERCHANT.get(report, "marketplace")
            row = {"sku": sku, "report": report, "day": ago(n), "sellable_units": units, "fulfillment": way}
            scene.add(STOCK, [row])
    return facts_of(scene, "stock_now")["stock_now"]


def test_a_worse_report_that_shows_nothing_does_not_spoil_healthy_days() -> None:
    """Our warehouse is empty and the restock report lags; the marketplace has units: those are clean days."""
    scene = listed(Scene(), "MUG-1", "MUG-2", "MUG-3")
    for sku in ("MUG-1", "MUG-2", "MUG-3"):
        scene.sells(sku, 2, days=days(42, 1))
    for n in range(42, -1, -1):
        row = {"sku": "MUG-1", "day": ago(n)}
        scene.add(STOCK, [{**row, "report": FBA, "fulfillment": "marketplace", "sellable_units": 500}])
        scene.add(STOCK, [{**row, "report": OWN, "fulfillment": "merchant", "sellable_units": 0}])
        scene.add(STOCK, [{**row, "report": RESTOCK, "sellable_units": 0}])
        scene.add(STOCK, [{"sku": "MUG-2", "day": ago(n), "report": FBA, "sellable_units": 500 if n > 7 else 0}])
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: (r["velocity"], r["clean_days"]) for s, r in found.items()} == {
        "MUG-1": (2.0, 28),
        "MUG-2": (2.0, 28),
        "MUG-3": (2.0, 28),
    }
    assert found["MUG-2"]["anchor_day"] < found["MUG-1"]["anchor_day"]


def test_a_listing_that_vanished_from_the_report_has_no_known_stock() -> None:
    scene = listed(Scene(), "MUG-1", "MUG-2")
    scene.add(STOCK, [{"sku": s, "day": ago(1), "sellable_units": 4} for s in ("MUG-1", "MUG-2")])
    scene.add(STOCK, [{"sku": "MUG-2", "sellable_units": 4}])
    assert sorted(facts_of(scene, "stock_now")["stock_now"]) == ["MUG-2"]


def test_two_stock_reports_far_apart_are_a_finding_and_near_ones_are_not() -> None:
    told = {"apart": (100, 80), "a tenth": (100, 90), "few units": (8, 4), "alone": (50, None), "five": (5, 0)}
    scene = Scene()
    for sku, (better, worse) in told.items():
        scene.add(STOCK, [{"sku": sku, "report": FBA, "day": ago(0), "sellable_units": better}])
        if worse is not None:
            scene.add(STOCK, [{"sku": sku, "report": RESTOCK, "day": ago(0), "sellable_units": worse}])
    scene.add(STOCK, [{"sku": "five", "report": FBA, "day": ago(0), "sellable_units": 5, "channel": CA}])
    listed(scene, *told)
    engine = scene.prepared()
    found = engine.fetch("disagreements", lambda: disagreements(Facts())).to_pylist()
    assert {(r["channel"], r["sku"]) for r in found} == {(US, "apart"), (US, "five")}


# the marketplace's own books --------------------------------------------------------------------------------


def _books(sku: str, units: dict[int, int], **named: Any) -> list[dict[str, Any]]:
    """Rows of the ledger: units at the end of the day so many days ago."""
    usual = {"sku": sku, "fnsku": f"X {sku}", "disposition": "sellable", "location": "US"}
    return [{**usual, "from_day": ago(n), "to_day": ago(n), "ending_units": left, **named} for n, left in units.items()]


def _whole(*, but: dict[int, int | None]) -> dict[int, int]:
    """Nine units on each of the last forty days, `but` on some; None where the books have no row."""
    told = {n: but.get(n, 9) for n in range(40, 0, -1)}
    return {n: left for n, left in told.items() if left is not None}


def _clean_days(scene: Scene) -> dict[str, int]:
    return {s: r["clean_days"] for s, r in facts_of(scene, "baselines")["baselines"].items()}


def test_days_the_books_call_empty_are_not_clean_and_full_ones_are() -> None:
    books: dict[str, list[dict[str, Any]]] = {
        "neighbour": _books("neighbour", _whole(but={})),
        "empty for three days": _books("empty for three days", _whole(but={12: 0, 11: 0, 10: 0})),
        "no row for three days": _books("no row for three days", _whole(but={12: None, 11: None, 10: None})),
        "oversold for a day": _books("oversold for a day", _whole(but={12: -2})),
        "only damaged units left": [
            *_books("only damaged units left", _whole(but={12: None})),
            *_books("only damaged units left", {12: 9}, disposition="defective"),
        ],
        "empty in one place": [
            *_books("empty in one place", _whole(but={12: 0})),
            *_books("empty in one place", {12: 4}, location="CA"),
        ],
        "first sent in a week ago": _books("first sent in a week ago", dict.fromkeys(range(7, 0, -1), 9)),
        "we ship it": _books("we ship it", _whole(but=dict.fromkeys(range(30, 0, -1), 0))),
        "we ship it, our books": _books("we ship it, our books", _whole(but={12: 0}), fnsku=None),
        "not in the books": [],
    }
    scene = Scene()
    for sku, rows in books.items():
        way = "merchant" if sku.startswith("we ship") else "marketplace"
        listed(scene, sku, fulfillment=way).sells(sku, 2, days=days(40, 1)).add(STOCK_LEDGER, rows)
        listed(scene, sku, channel=CA).sells(sku, 2, days=days(40, 1), channel=CA)
    assert _clean_days(scene) == {
        "neighbour": 28,
        "empty for three days": 25,
        "no row for three days": 25,
        "oversold for a day": 27,
        "only damaged units left": 27,
        "empty in one place": 28,
        "first sent in a week ago": 28,
        "we ship it": 28,
        "we ship it, our books": 27,
        "not in the books": 28,
    }
    abroad = facts_of(scene, "baselines", channel=CA)["baselines"]
    assert {(r["clean_days"], r["stock_known"]) for r in abroad.values()} == {(28, False)}


def test_the_books_tell_to_the_day_what_weekly_snapshots_leave_open() -> None:
    """Empty on one Monday, full on the next: seven days to a snapshot, two to the books."""
    scene = Scene()
    for sku in ("with books", "snapshots only", "neighbour"):
        listed(scene, sku).sells(sku, 2, days=days(40, 1))
        empty = 15 if sku != "neighbour" else None
        scene.add(
            STOCK, [{"sku": sku, "day": ago(n), "sellable_units": 9 if n != empty else 0} for n in (22, 15, 8, 1)]
        )
    scene.add(STOCK_LEDGER, _books("with books", _whole(but={15: 0, 14: 0})))
    assert _clean_days(scene) == {"with books": 26, "snapshots only": 21, "neighbour": 28}


@pytest.mark.parametrize(("first", "last", "clean"), [(40, 14, 28 - 1 - 4), (13, 1, 28 - 3), (10, 1, 28 - 6)])
def test_where_the_books_begin_or_end_snapshots_tell_the_rest(first: int, last: int, clean: int) -> None:
    """A snapshot finds it empty 16 days ago, and the next one, 9 days ago, full; by the books it was one day."""
    scene = listed(Scene(), "MUG-1", "MUG-2")
    for sku in ("MUG-1", "MUG-2"):
        scene.sells(sku, 2, days=days(40, 1))
        scene.add(STOCK, [{"sku": sku, "day": ago(n), "sellable_units": 0 if n == 16 else 9} for n in (23, 16, 9, 2)])
    told = {n: left for n, left in _whole(but={16: 0}).items() if first >= n >= last}
    scene.add(STOCK_LEDGER, _books("MUG-1", told))
    assert _clean_days(scene) == {"MUG-1": clean, "MUG-2": 21}


@pytest.mark.parametrize(("first", "known"), [(15, True), (14, False)])
def test_two_weeks_of_books_make_stock_history_known(first: int, known: bool) -> None:
    scene = listed(Scene(), "MUG-1", "MUG-2").sells("MUG-1", 2, days=days(40, 1)).sells("MUG-2", 2, days=days(40, 1))
    scene.add(STOCK_LEDGER, _books("MUG-1", {first: 9, 1: 9}))
    found = facts_of(scene, "baselines")["baselines"]
    assert [found[s]["stock_known"] for s in ("MUG-1", "MUG-2")] == [known, known]

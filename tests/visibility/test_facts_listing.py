"""Each listing this morning, and what keeps shoppers from it: which report is believed, and since when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTING_STATUS, STOCK, STRANDED, SUPPRESSIONS

from ..factory import Scene, ago, days
from .looking import facts_of, listed

Table = dict[Any, dict[str, Any]]
ALL, OWN = "amazon_all_listings", "listings_csv"


@pytest.mark.parametrize(
    ("all_days_ago", "own_days_ago", "believed"),
    [(0, 0, "inactive"), (1, 0, "active"), (0, 1, "inactive"), (3, 2, "active")],
)
def test_of_two_reports_the_newer_is_believed_and_of_one_morning_the_better(
    all_days_ago: int, own_days_ago: int, believed: str
) -> None:
    scene = Scene()
    for report, n, status, neighbour in ((ALL, all_days_ago, "inactive", "A"), (OWN, own_days_ago, "active", "B")):
        listed(scene, "MUG-1", report=report, day=ago(n), status=status)
        listed(scene, neighbour, report=report, day=ago(n))
    now = facts_of(scene, "listing_now")["listing_now"]
    assert {s: r["status"] for s, r in now.items()} == {"A": "active", "B": "active", "MUG-1": believed}


def test_a_listing_that_vanished_from_its_report_is_ours_no_more() -> None:
    scene = listed(Scene(), "MUG-1", "MUG-2", day=ago(3), report=ALL)
    listed(scene, "MUG-1", report=ALL)
    assert sorted(facts_of(scene, "listing_now")["listing_now"]) == ["MUG-1"]


def test_offers_on_one_item_are_counted_without_those_not_meant_to_sell() -> None:
    scene = Scene()
    for sku, item in (("A", "MUG"), ("B", "MUG"), ("C", "MUG"), ("D", "CUP"), ("E", None)):
        listed(scene, sku, item_id=item)
    scene.add(INTENT, [{"sku": s, "intent": "discontinued"} for s in ("C", "D")])
    now = facts_of(scene, "listing_now")["listing_now"]
    assert {s: (r["item_id"], r["own_offers"]) for s, r in now.items()} == {
        "A": ("MUG", 2),
        "B": ("MUG", 2),
        "C": ("MUG", 2),
        "D": ("CUP", 1),
        "E": ("E", 1),
    }


def test_a_workspace_without_a_list_of_all_listings_still_knows_what_other_reports_name() -> None:
    scene = listed(Scene(), "listed", report="amazon_active_listings")
    scene.add(LISTING_STATUS, [{"sku": "asked", "buyable": False}, {"sku": "both", "buyable": True}])
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed", "title": "Mug"}])
    scene.add(STRANDED, [{"sku": "stranded", "sellable_units": 3, "price_minor": 1200}])
    scene.add(STOCK, [{"sku": s, "sellable_units": 3} for s in ("held", "both", "listed")])
    now = facts_of(scene, "listing_now")["listing_now"]
    assert {s: r["status"] for s, r in now.items()} == {
        "listed": "active",
        "asked": "inactive",
        "both": "active",
        "suppressed": "active",
        "stranded": "active",
        "held": "active",
    }
    assert (now["suppressed"]["title"], now["stranded"]["price_minor"]) == ("Mug", 1200)


def test_stock_of_a_listing_that_left_the_whole_list_does_not_bring_it_back() -> None:
    scene = listed(Scene(), "kept", "gone", "asked", "suppressed", "stranded", day=ago(3), report=ALL)
    listed(scene, "kept", report=ALL)
    scene.add(STOCK, [{"sku": s, "sellable_units": 3} for s in ("kept", "gone")])
    scene.add(LISTING_STATUS, [{"sku": "asked", "buyable": True}])
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed"}])
    scene.add(STRANDED, [{"sku": "stranded", "sellable_units": 3}])
    now = facts_of(scene, "listing_now")["listing_now"]
    assert sorted(now) == ["asked", "kept", "stranded", "suppressed"]


SAID: list[tuple[str, dict[str, Any], str | None]] = [
    ("nothing said", {}, None),
    ("sell", {"intent": "sell"}, "sell"),
    ("sell through", {"intent": "sell_through"}, "sell_through"),
    ("discontinued", {"intent": "discontinued"}, "off"),
    ("not ours", {"intent": "not_ours"}, "off"),
    ("unknown", {"intent": "unknown"}, None),
    ("season", {"intent": "seasonal", "from_day": ago(9), "to_day": ago(-9)}, "sell"),
    ("season starts", {"intent": "seasonal", "from_day": ago(0), "to_day": ago(-9)}, "sell"),
    ("season ends", {"intent": "seasonal", "from_day": ago(9), "to_day": ago(0)}, "sell"),
    ("season over", {"intent": "seasonal", "from_day": ago(9), "to_day": ago(1)}, "off"),
    ("season ahead", {"intent": "seasonal", "from_day": ago(-1)}, "off"),
    ("settled since", {"intent": "sell"}, "off"),
    ("settled before", {"intent": "sell"}, "sell"),
]


def test_what_was_said_last_counts_and_a_season_has_a_first_and_a_last_day() -> None:
    scene = listed(Scene(), *[sku for sku, _, _ in SAID])
    scene.add(INTENT, [{"sku": sku, **row} for sku, row, _ in SAID if row])
    settled: list[dict[str, Any]] = [
        {"sku": "settled since", "intent": "not_ours"},
        {"sku": "settled before", "intent": "not_ours", "known_at": datetime(2026, 11, 1)},
    ]
    now = facts_of(scene, "listing_now", intents=settled)["listing_now"]
    assert {s: r["said_intent"] for s, r in now.items()} == {sku: meant for sku, _, meant in SAID}


WELL: dict[str, Any] = {"buyable": True, "discoverable": True}
HIDDEN: dict[str, Any] = {"buyable": True, "discoverable": False, "action": "SEARCH_SUPPRESSED"}
HELD: dict[str, Any] = {"buyable": False, "discoverable": False, "action": "LISTING_SUPPRESSED"}
ASKED: list[tuple[str, int, dict[str, Any]]] = [
    ("hidden, then held", 6, WELL),
    ("hidden, then held", 4, HIDDEN),
    ("hidden, then held", 1, HELD),
    ("held, then hidden", 6, WELL),
    ("held, then hidden", 4, HELD),
    ("held, then hidden", 1, HIDDEN),
    ("both sources", 2, WELL),
    ("both sources", 0, HELD),
    ("asked twice a day", 0, HELD),
    ("never asked before", 0, HIDDEN),
    ("off for no reason", 3, WELL),
    ("off for no reason", 0, {"buyable": False, "discoverable": True}),
]


@pytest.fixture(scope="module")
def states() -> Table:
    scene = listed(Scene(), *sorted({sku for sku, *_ in ASKED}), "neighbour")
    listed(scene, "inactive and stranded", status="inactive")
    listed(scene, "inactive and stranded", day=ago(3))
    scene.add(LISTING_STATUS, [{"sku": s, "day": ago(d), **answer} for s, d, answer in ASKED])
    scene.add(SUPPRESSIONS, [{"sku": "both sources", "state": "suppressed", "since_day": ago(9), "reason": "Image"}])
    scene.add(STRANDED, [{"sku": "inactive and stranded", "sellable_units": 4, "stranded_day": ago(2)}])
    return facts_of(scene, "listing_state")["listing_state"]


@pytest.mark.parametrize(
    ("sku", "state", "source", "onset", "last_good", "stated"),
    [
        ("hidden, then held", "suppressed", "listing_status", ago(1), ago(4), False),
        ("held, then hidden", "hidden", "listing_status", ago(4), ago(6), False),
        ("both sources", "suppressed", "suppressions", ago(9), ago(10), True),
        ("never asked before", "hidden", "listing_status", ago(0), None, False),
        ("off for no reason", "inactive", "listing_status", ago(0), ago(3), False),
        ("inactive and stranded", "inactive", "listings", ago(0), ago(3), False),
        ("inactive and stranded", "stranded", "stranded", ago(2), ago(3), True),
    ],
)
def test_a_state_begins_where_it_was_first_told_and_no_earlier(
    states: Table, sku: str, state: str, source: str, onset: date, last_good: date | None, stated: bool
) -> None:
    """A listing hidden for weeks that cannot be bought since yesterday sold until yesterday."""
    row = states[sku, state]
    assert (row["source"], row["onset_day"], row["last_good_day"], row["stated"]) == (source, onset, last_good, stated)


def test_a_listing_is_in_the_states_told_and_in_no_other(states: Table) -> None:
    assert sorted(states) == [
        ("asked twice a day", "suppressed"),
        ("both sources", "suppressed"),
        ("held, then hidden", "hidden"),
        ("hidden, then held", "suppressed"),
        ("inactive and stranded", "inactive"),
        ("inactive and stranded", "stranded"),
        ("never asked before", "hidden"),
        ("off for no reason", "inactive"),
    ]


def test_a_listing_seen_active_after_the_answer_is_not_called_inactive() -> None:
    scene = Scene()
    for sku, asked in (("active since", 2), ("asked since", 0)):
        listed(scene, sku, day=ago(1)).add(LISTING_STATUS, [{"sku": sku, "day": ago(asked), "buyable": False}])
    assert sorted(facts_of(scene, "listing_state")["listing_state"]) == [("asked since", "inactive")]


def test_sales_before_it_was_held_back_are_no_sales_since() -> None:
    """Hidden for five weeks and selling a little, then held back: the little is not "still selling"."""
    scene = listed(Scene(), "MUG-1", "MUG-2").sells("MUG-2", 4, days=days(80, 1))
    scene.sells("MUG-1", 4, days=days(80, 37)).sells("MUG-1", 1, days=days(36, 3)).sells("MUG-1", 0, days=days(2, 1))
    for n in range(42, -1, -3):
        answer = WELL if n > 36 else HIDDEN if n > 3 else HELD
        scene.add(LISTING_STATUS, [{"sku": "MUG-1", "day": ago(n), **answer}])
    found = facts_of(scene, "listing_state", "baselines")
    assert found["listing_state"]["MUG-1", "suppressed"]["onset_day"] == ago(3)
    row = found["baselines"]["MUG-1"]
    assert (row["velocity"], row["window_days"]) == (pytest.approx(4.0), 84)

"""Messages: a suppression is known within minutes, and a listing that came back is well before any report."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest

from opswheel.core.contracts import LISTING_CHANGES, LISTING_STATUS, SUPPRESSIONS

from ..factory import Scene, ago, days
from .looking import CA, US, facts_of, listed

Table = dict[Any, dict[str, Any]]
ON, HIDDEN, OFF = (True, True), (True, False), (False, False)
HELD, REMOVED, NONE = "LISTING_SUPPRESSED", "CATALOG_ITEM_REMOVED", "NONE"
WELL: dict[str, Any] = {"buyable": True, "discoverable": True}
DOWN: dict[str, Any] = {"buyable": False, "discoverable": False, "action": HELD}


def said(sku: str, n: int, what: tuple[bool, bool] | str, hour: int = 20, channel: str = US) -> dict[str, Any]:
    """A message so many days ago, noon of Los Angeles unless another hour of UTC: on and found or not, or an action."""
    at = datetime.combine(ago(n), time(hour))
    row = {"channel": channel, "sku": sku, "day": ago(n), "at": at, "updated_at": at}
    if isinstance(what, str):
        return {**row, "told": "issues", "action": what}
    return {**row, "told": "status", "buyable": what[0], "discoverable": what[1]}


TOLD: dict[str, tuple[tuple[int, Any], ...]] = {
    # SKU: so many days ago, what the message said; all are active in this morning's report unless said below
    "neighbour": ((5, ON),),
    "held": ((9, ON), (2, HELD), (2, OFF)),
    "held, told twice": ((9, ON), (4, OFF), (3, HELD), (1, OFF)),
    "removed": ((3, REMOVED), (3, OFF)),
    "back": ((4, HELD), (4, OFF), (1, ON)),
    "back, then off again": ((9, OFF), (6, ON), (2, OFF), (2, HELD)),
    "hidden": ((3, HIDDEN),),
    "hidden, then held": ((6, HIDDEN), (2, OFF), (2, HELD)),
    "held, then hidden": ((6, OFF), (2, HIDDEN)),
    "enforced only": ((2, HELD),),
    "lifted, and active since": ((4, HELD), (4, OFF), (2, NONE)),
    "off, reported inactive": ((2, OFF),),
    "off, reported active": ((2, OFF),),
    "on, reported inactive": ((2, OFF), (1, ON)),
    "off, explained before": ((2, OFF),),
    "good news lost": ((20, OFF), (1, OFF), (1, HELD)),
    "asked before": ((1, OFF), (1, HELD)),
    "asked before, enforced since": ((1, REMOVED),),
    "asked before, on since": ((1, ON),),
    "asked after": ((5, OFF),),
    "asked after, off": ((5, OFF),),
    "asked after, off before": ((2, OFF),),
    "asked too long ago": ((1, HELD),),
}
ASKED: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("asked before", 3, {**WELL, "issue_category": "OTHER"}),
    ("off, explained before", 3, {**WELL, "issue_category": "INVALID_PRICE"}),
    ("asked before, enforced since", 3, {**DOWN, "issue_category": "MISSING_ATTRIBUTE", "issue_text": "No image"}),
    ("asked before, on since", 3, DOWN),
    ("asked after", 0, WELL),
    ("asked after, off", 2, {**DOWN, "issue_category": "MISSING_ATTRIBUTE", "issue_text": "No image"}),
    ("asked after, off before", 4, DOWN),
    ("asked after, off before", 0, DOWN),
    ("asked too long ago", 9, DOWN),
    ("only asked", 0, DOWN),
)
INACTIVE = ("off, reported inactive", "on, reported inactive", "off, explained before")
API = "listing_status"


@pytest.fixture(scope="module")
def states() -> Table:
    scene = listed(Scene(), *(s for s in TOLD if s not in INACTIVE), "only asked")
    listed(scene, *INACTIVE, status="inactive")
    listed(scene, "good news lost", day=ago(10))
    scene.add(LISTING_CHANGES, [said(sku, n, what) for sku, told in TOLD.items() for n, what in told])
    asked = [{"sku": s, "day": ago(n), "report": "amazon_listings_items", **row} for s, n, row in ASKED]
    scene.add(LISTING_STATUS, asked)
    listed(scene, *TOLD, channel=CA)
    scene.add(LISTING_CHANGES, [said(sku, 1, ON, channel=CA) for sku in TOLD])
    found = {channel: facts_of(scene, "listing_state", channel=channel)["listing_state"] for channel in (US, CA)}
    assert found[CA] == {}
    return found[US]


EXPECTED: dict[tuple[str, str], tuple[str, date, date | None, bool, str | None]] = {
    # SKU, state: the report that says so, onset, last good day, whether the onset is told, cause
    ("held", "suppressed"): (API, ago(2), ago(3), True, HELD),
    ("held, told twice", "suppressed"): (API, ago(4), ago(5), True, HELD),
    ("removed", "removed"): (API, ago(3), ago(4), True, REMOVED),
    ("back, then off again", "suppressed"): (API, ago(2), ago(3), True, HELD),
    ("hidden", "hidden"): (API, ago(3), ago(4), True, None),
    ("hidden, then held", "suppressed"): (API, ago(2), ago(3), True, HELD),
    ("held, then hidden", "hidden"): (API, ago(6), ago(7), True, None),
    ("off, reported inactive", "inactive"): (API, ago(2), ago(3), True, None),
    ("off, explained before", "inactive"): (API, ago(2), ago(3), True, "INVALID_PRICE"),
    ("on, reported inactive", "inactive"): ("listings", ago(0), None, False, "inactive"),
    ("good news lost", "suppressed"): (API, ago(1), ago(2), True, HELD),
    ("asked before", "suppressed"): (API, ago(1), ago(2), True, HELD),
    ("asked before, enforced since", "removed"): (API, ago(3), None, False, REMOVED),
    ("asked after, off", "suppressed"): (API, ago(5), ago(6), True, "MISSING_ATTRIBUTE"),
    ("asked after, off before", "suppressed"): (API, ago(4), None, False, HELD),
    ("only asked", "suppressed"): (API, ago(0), None, False, HELD),
}


def test_a_listing_is_in_the_state_last_told_since_the_moment_it_happened(states: Table) -> None:
    columns = ("source", "onset_day", "last_good_day", "stated", "cause")
    assert {key: tuple(row[c] for c in columns) for key, row in states.items()} == EXPECTED


def test_the_words_of_an_older_answer_explain_no_newer_enforcement(states: Table) -> None:
    assert states["asked before, enforced since", "removed"]["detail"] is None
    assert states["asked after, off", "suppressed"]["detail"] == "No image"


@pytest.mark.parametrize(
    ("sku", "told", "row", "expected"),
    [
        ("on since", (1, ON), {}, {}),
        ("on before", (2, ON), {}, {"suppressed": (ago(1), False)}),
        ("off since", (4, OFF), {}, {"suppressed": (ago(4), True)}),
        ("off since, list knows better", (4, OFF), {"since_day": ago(6)}, {"suppressed": (ago(6), True)}),
        ("found by the list", (3, HIDDEN), None, {}),
        ("hidden since the list", (1, HIDDEN), None, {"hidden": (ago(1), True)}),
    ],
)
def test_the_suppressed_list_and_messages_take_back_what_the_older_of_them_said(
    sku: str, told: tuple[int, Any], row: dict[str, Any] | None, expected: dict[str, tuple[date, bool]]
) -> None:
    scene = listed(Scene(), sku, "neighbour").delivered(SUPPRESSIONS, ago(1))
    scene.add(LISTING_CHANGES, [said(sku, *told), said("neighbour", 5, ON)])
    if row is not None:
        scene.add(SUPPRESSIONS, [{"sku": sku, "day": ago(1), "state": "suppressed", **row}])
    found = facts_of(scene, "listing_state")["listing_state"]
    assert {k: (r["onset_day"], r["stated"]) for k, r in found.items()} == {(sku, s): e for s, e in expected.items()}


def test_days_that_messages_call_off_or_hidden_are_not_clean() -> None:
    """Two weeks off in the middle of the window, told to the day; nobody knows how long the last lasted."""
    told = {
        "off for two weeks": ((22, OFF), (8, ON)),
        "hidden for two weeks": ((22, HIDDEN), (8, ON)),
        "off for an hour": ((22, OFF), (22, ON)),
        "good news lost": ((22, OFF),),
        "enforced only": ((22, HELD),),
        "neighbour": ((22, ON),),
    }
    scene = listed(Scene(), *told, "silent")
    for sku in (*told, "silent"):
        scene.sells(sku, 2, days=days(40, 1))
    scene.add(LISTING_CHANGES, [said(sku, n, what) for sku, rows in told.items() for n, what in rows])
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: r["clean_days"] for s, r in found.items()} == {
        "off for two weeks": 40 - 15,
        "hidden for two weeks": 40 - 15,
        "off for an hour": 27,
        "good news lost": 21,
        "enforced only": 28,
        "neighbour": 28,
        "silent": 28,
    }

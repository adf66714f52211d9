"""The life of an issue, decided from facts: verified, regressed, healed, muted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from opswheel.resolution.lifecycle import Looked, Seen, next_change, repeat_of

GRACE = timedelta(hours=48)
FIXED = datetime(2026, 11, 10, 12)
NOW = datetime(2026, 11, 22, 16)


def at(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 11, day, hour)


def issue(state: str = "new", **more: Any) -> Any:
    usual = {
        "state": state,
        "fixed_at": FIXED if state == "fixed" else None,
        "absent_at": None,
        "touched": False,
        "muted": False,
        "until_day": None,
    }
    return SimpleNamespace(**{**usual, **more})


def seen(day: int) -> Seen:
    return Seen(at(day))


def decided(one: Any, found: Seen | None, looked: Looked = Looked()) -> tuple[str, Any] | None:  # noqa: B008
    change = next_change(one, found, looked, as_of=NOW, grace=GRACE)
    return None if change is None else (change.event, change.set.get("state"))


@pytest.mark.parametrize(
    ("absent_on", "expected"),
    [
        ((), None),
        ((at(13),), ("absent", None)),
        ((at(13, 1), at(13, 20)), ("absent", None)),
        ((at(13), at(14, 4)), ("verified", "verified")),
        ((at(13), at(14), at(15)), ("verified", "verified")),
        ((at(11), at(12, 11)), None),
    ],
    ids=[
        "no report since",
        "one report is not two",
        "two reports nineteen hours apart are one look",
        "two complete reports twenty hours apart agree",
        "more reports change nothing",
        "reports within the marketplace's 48 hours do not count",
    ],
)
def test_a_fix_is_verified_only_by_two_complete_reports_after_its_grace(absent_on, expected):
    assert decided(issue("fixed"), None, Looked(absent_on=absent_on)) == expected


def test_a_source_that_comes_once_a_week_verifies_with_one_report():
    assert decided(issue("fixed"), None, Looked(absent_on=(at(14),), slow=True)) == ("verified", "verified")


@pytest.mark.parametrize(
    ("day", "expected"),
    [(9, None), (12, None), (13, ("regressed", "regressed"))],
    ids=[
        "a report older than the fix says nothing, even if it lands today",
        "the marketplace still has its 48 hours",
        "still there afterwards",
    ],
)
def test_a_fix_that_did_not_hold_comes_back_by_the_day_of_the_facts_not_of_their_arrival(day, expected):
    assert decided(issue("fixed"), seen(day)) == expected


def test_a_fix_that_was_gone_once_and_there_again_is_not_verified():
    looked = Looked(absent_on=(at(14), at(16)), present_on=(at(15),))
    assert decided(issue("fixed"), None, looked) == ("regressed", "regressed")


@pytest.mark.parametrize("state", ["new", "assigned", "regressed", "waiting"])
def test_what_vanishes_without_anybodys_doing_healed_by_itself(state):
    assert decided(issue(state), None) == ("self_healed", "closed")


@pytest.mark.parametrize(
    ("one", "looked"),
    [
        (issue("new"), Looked(blind=True)),
        (issue("new"), Looked(listing_gone=True)),
        (issue("in_progress", touched=True), Looked()),
        (issue("fixed"), Looked(blind=True, absent_on=(at(13), at(14)))),
        (issue("fixed"), Looked(listing_gone=True, absent_on=(at(13), at(14)))),
    ],
    ids=[
        "its source is late or partial",
        "the listing itself vanished from the report",
        "a person is working on it",
        "a fix while its source is blind",
        "a fix whose listing vanished",
    ],
)
def test_nothing_closes_by_itself_when(one, looked):
    assert decided(one, None, looked) is None


def test_an_issue_that_is_still_seen_stays_as_it_is():
    assert decided(issue("assigned"), seen(22)) is None


def test_a_false_alarm_stays_quiet_until_its_signal_has_been_gone():
    muted = issue("closed", muted=True)
    assert decided(muted, seen(22)) is None
    assert decided(muted, None, Looked(blind=True)) is None
    change = next_change(muted, None, Looked(), as_of=NOW, grace=GRACE)
    assert change is not None
    assert (change.event, change.set) == ("signal_gone", {"muted": False})


def test_an_accepted_risk_speaks_up_again_after_its_day():
    muted = issue("closed", muted=True, until_day=date(2026, 11, 21))
    assert decided(muted, seen(22)) == ("risk_expired", None)
    assert decided(issue("closed", muted=True, until_day=date(2026, 11, 22)), seen(22)) is None


def test_a_repeat_is_the_latest_verified_issue_of_the_ninety_days_before():
    def verified(number: int, days_ago: int | None) -> Any:
        when = None if days_ago is None else NOW - timedelta(days=days_ago)
        return SimpleNamespace(id=number, verified_at=when)

    assert repeat_of([verified(1, 91), verified(2, None)], NOW) is None
    assert repeat_of([verified(1, 89), verified(2, 40), verified(3, None)], NOW) == 2

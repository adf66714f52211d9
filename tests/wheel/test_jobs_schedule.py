"""A schedule acts once for each of its times, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from opswheel.wheel.jobs_schedule import due, slot_before

NEW_YORK = "America/New_York"


def moment(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("times", "now", "expected"),
    [
        (("06:00", "12:30"), "2026-11-23 11:30", "2026-11-23 11:00"),
        (("06:00", "12:30"), "2026-11-23 10:59", "2026-11-22 17:30"),
        (("06:00", "12:30"), "2026-11-23 17:30", "2026-11-23 17:30"),
        (("02:30",), "2026-03-08 12:00", "2026-03-08 07:30"),
        (("02:30",), "2026-11-01 12:00", "2026-11-01 07:30"),
        (("01:30",), "2026-11-01 12:00", "2026-11-01 05:30"),
        ((), "2026-11-23 11:30", None),
    ],
    ids=[
        "this morning's",
        "yesterday's until this morning's has come",
        "to the second",
        "02:30 on the night it does not exist",
        "02:30 on the night the clocks go back",
        "01:30, which comes twice that night: the first",
        "no times, nothing due",
    ],
)
def test_the_latest_time_that_has_come(times, now, expected):
    assert slot_before(times, NEW_YORK, moment(now)) == (expected and moment(expected))


def fires(ledger, times, moments, zone=NEW_YORK):
    """Those of `moments` at which the schedule acts."""
    found = []
    for now in moments:
        with ledger.write() as connection:
            if due(connection, "schedule run", times, zone, now) is not None:
                found.append(now)
    return found


def every(minutes, first, last):
    at, found = moment(first), []
    while at <= moment(last):
        found.append(at)
        at += timedelta(minutes=minutes)
    return found


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-07 20:00", "2026-03-10 00:00", ["2026-03-08 07:30", "2026-03-09 06:30"]),
        ("2026-10-31 20:00", "2026-11-03 00:00", ["2026-11-01 07:30", "2026-11-02 07:30"]),
    ],
    ids=["clocks go forward", "clocks go back"],
)
def test_half_past_two_comes_once_on_the_night_the_clocks_change(ledger, first, last, expected):
    assert fires(ledger, ("02:30",), every(10, first, last)) == [moment(e) for e in expected]


def test_a_time_shown_twice_that_night_acts_once(ledger):
    assert fires(ledger, ("01:30",), every(10, "2026-10-31 20:00", "2026-11-01 20:00")) == [moment("2026-11-01 05:30")]


def test_a_server_that_was_off_for_days_makes_up_for_it_once(ledger):
    began, back = moment("2026-11-20 00:00"), moment("2026-11-23 18:00")
    assert fires(ledger, ("06:00", "12:30"), [began, back, back + timedelta(minutes=1)], "UTC") == [back]


def test_a_server_that_just_began_does_not_make_up_for_what_was_before_it(ledger):
    assert fires(ledger, ("06:00",), every(30, "2026-11-23 07:00", "2026-11-24 05:30"), "UTC") == []


def test_a_clock_set_back_does_not_act_again(ledger):
    there = every(10, "2026-11-23 05:00", "2026-11-23 06:30")
    back = every(10, "2026-11-23 04:30", "2026-11-23 08:00")
    tomorrow = every(10, "2026-11-24 05:00", "2026-11-24 07:00")
    found = fires(ledger, ("06:00",), [*there, *back, *tomorrow], "UTC")
    assert found == [moment("2026-11-23 06:00"), moment("2026-11-24 06:00")]


def test_a_clock_that_was_years_ahead_does_not_silence_the_schedule_for_years(ledger):
    wrong = [moment("2026-11-23 05:00"), moment("2031-01-01 07:00")]
    right = every(10, "2026-11-23 05:10", "2026-11-23 07:00")
    assert fires(ledger, ("06:00",), [*wrong, *right], "UTC") == [wrong[1], moment("2026-11-23 06:00")]

"""Promises count staffed hours: nights, weekends, days off and the days the clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from opswheel.core.settings import StaffedSettings
from opswheel.core.staffed import Staffed, parse_hours

OFFICE = Staffed()
"""Nine to five on weekdays, UTC."""
BERLIN = Staffed("Europe/Berlin")
AROUND = Staffed("America/New_York", (parse_hours("00:00-24:00"),) * 7)
NIGHT = Staffed("UTC", (parse_hours("22:00-06:00"),) * 5 + ((), ()))
WEEKS = (OFFICE, BERLIN, AROUND, NIGHT, Staffed("UTC", (parse_hours("09:00-12:00, 13:00-17:00"),) * 7))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("week", "at", "hours", "expected"),
    [
        (OFFICE, "2026-11-20 16:00", 4, "2026-11-23 12:00"),
        (OFFICE, "2026-11-21 12:00", 8, "2026-11-23 17:00"),
        (OFFICE, "2026-11-23 09:00", 0, "2026-11-23 09:00"),
        (OFFICE, "2026-11-21 12:00", 0, "2026-11-23 09:00"),
        (OFFICE, "2026-11-23 17:00", 1, "2026-11-24 10:00"),
        (BERLIN, "2026-10-23 14:00", 4, "2026-10-26 11:00"),
        (BERLIN, "2026-03-27 15:00", 4, "2026-03-30 10:00"),
        (AROUND, "2026-10-31 16:00", 24, "2026-11-01 16:00"),
        (NIGHT, "2026-11-20 23:00", 8, "2026-11-23 23:00"),
    ],
    ids=[
        "from Friday afternoon over the weekend",
        "given on a Saturday, a whole Monday",
        "nothing promised while somebody is there",
        "nothing promised on a Saturday: Monday's opening",
        "given as the office closes",
        "clocks go back on Sunday: Friday 16:00 to Monday 12:00 in Berlin",
        "clocks go forward on Sunday: Friday 16:00 to Monday 12:00 in Berlin",
        "around the clock, an hour is an hour when the clocks change",
        "the night shift of Friday ends on Saturday morning",
    ],
)
def test_a_promise_falls_due_when_so_many_staffed_hours_have_passed(week, at, hours, expected):
    assert week.after(moment(at), hours * 60) == moment(expected)


def test_a_shift_around_the_clock_has_25_hours_when_the_clocks_go_back_and_23_when_they_go_forward():
    assert AROUND.between(moment("2026-11-01 04:00"), moment("2026-11-02 05:00")) == 25 * 60
    assert AROUND.between(moment("2026-03-08 05:00"), moment("2026-03-09 04:00")) == 23 * 60
    assert BERLIN.between(moment("2026-10-24 22:00"), moment("2026-10-26 23:00")) == 8 * 60  # Monday's shift alone


def test_days_nobody_works_count_for_nothing():
    off = Staffed("UTC", closed=frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    assert off.after(moment("2026-12-23 16:00"), 120) == moment("2026-12-28 10:00")
    assert off.between(moment("2026-12-23 16:00"), moment("2026-12-28 10:00")) == 120
    assert OFFICE.between(moment("2026-12-23 16:00"), moment("2026-12-28 10:00")) == 120 + 2 * 480


def test_a_clock_that_is_set_back_takes_no_time_away():
    assert OFFICE.between(moment("2026-11-23 12:00"), moment("2026-11-23 10:00")) == 0


def test_spans_that_overlap_are_counted_once():
    both = Staffed("UTC", (parse_hours("08:00-14:00, 12:00-16:00, 22:00-10:00"),) * 7)
    assert both.between(moment("2026-11-23 00:00"), moment("2026-11-24 00:00")) == (16 + 2) * 60


def test_a_calendar_that_is_closed_for_years_still_answers():
    never = Staffed("UTC", closed=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4_000)))
    assert never.between(moment("2026-11-23 00:00"), moment("2027-11-23 00:00")) == 0
    assert never.after(moment("2026-11-23 00:00"), 60) >= moment("2026-11-23 01:00")


@given(
    week=st.sampled_from(WEEKS),
    at=st.datetimes(moment("2026-01-01"), moment("2027-12-31")),
    minutes=st.integers(1, 10_000),
    more=st.integers(1, 5_000),
)
def test_what_was_promised_has_passed_exactly_when_it_is_due(week, at, minutes, more):
    due, later = week.after(at, minutes), week.after(at, minutes + more)
    assert due < later
    assert week.between(at, due) == pytest.approx(minutes, abs=1e-6)
    assert week.between(at, due) + week.between(due, later) == pytest.approx(week.between(at, later), abs=1e-6)
    assert at <= week.opening(at) <= due


@pytest.mark.parametrize("text", ["9-17", "09:00", "25:00-26:00", "09:00-09:00", "09:60-17:00", "nine to five"])
def test_hours_that_cannot_be_meant_are_refused(text):
    with pytest.raises(ValidationError, match="hours"):
        StaffedSettings(monday=text)


def test_a_team_that_never_works_and_a_zone_nobody_knows_are_refused():
    never = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")
    with pytest.raises(ValidationError, match="no promise could ever fall due"):
        StaffedSettings(**never)
    with pytest.raises(ValidationError, match="no time zone is called"):
        StaffedSettings(zone="Mars/Olympus")


CALIFORNIA = Staffed("America/Los_Angeles", holidays="US-CA")


@pytest.mark.parametrize(
    ("week", "at", "hours", "expected"),
    [
        (CALIFORNIA, "2026-11-26 00:00", 4, "2026-11-30 20:00"),
        (Staffed("America/Los_Angeles", holidays="US"), "2026-11-26 00:00", 4, "2026-11-27 20:00"),
        (Staffed("America/Los_Angeles"), "2026-11-26 00:00", 4, "2026-11-26 20:00"),
        (Staffed("Europe/Berlin", holidays="DE"), "2026-04-02 14:00", 2, "2026-04-07 08:00"),
        (Staffed("Europe/Berlin"), "2026-04-02 14:00", 2, "2026-04-03 08:00"),
        (Staffed("Europe/Paris", holidays="FR"), "2024-03-29 15:00", 4, "2024-04-02 10:00"),
        (Staffed("UTC", (((540, 1020),),) * 7, frozenset({date(2026, 12, 26)}), "US"), "2026-12-24 16:00", 2,
         "2026-12-27 10:00"),
    ],
    ids=[
        "Thanksgiving and the day after count for nothing in California: Wednesday 16:00 to Monday 12:00",
        "Thanksgiving counts for nothing elsewhere: Wednesday 16:00 to Friday 12:00",
        "without holidays the same promise is due on Thanksgiving itself",
        "Good Friday to Easter Monday",
        "without holidays on Good Friday",
        "clocks go forward on Easter Sunday, and Easter Monday is off",
        "a holiday and a day of the team's own, one after the other",
    ],
)  # fmt: skip
def test_a_promise_counts_no_public_holiday(week, at, hours, expected):
    assert week.after(moment(at), hours * 60) == moment(expected)
    assert week.between(moment(at), moment(expected)) == hours * 60


def test_a_state_may_have_a_holiday_more_than_its_country():
    days = (date(2026, 11, 26), date(2026, 11, 27), date(2026, 3, 31))
    assert [Staffed(holidays="US").is_closed(d) for d in days] == [True, False, False]
    assert [Staffed(holidays="US-CA").is_closed(d) for d in days] == [True, True, True]
    assert not Staffed().is_closed(days[0])


@pytest.mark.parametrize(
    ("code", "words"),
    [("XX", "no public holidays are known for 'XX'"), ("US-QQ", "US has no part called 'QQ'; known are")],
)
def test_a_country_whose_holidays_nobody_knows_is_refused_with_a_sentence(code, words):
    with pytest.raises(ValidationError, match=words):
        StaffedSettings(holidays=code)


def test_a_country_may_be_written_small():
    assert StaffedSettings(holidays=" us-ca ").calendar().is_closed(date(2026, 7, 3))

"""Acknowledged, put aside, pinned, waiting: none of it mutes an issue, and each says why it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from opswheel.core.contracts import ISSUES
from opswheel.core.errors import Conflict, IssueTaken, WrongUse
from opswheel.core.settings import Settings
from opswheel.resolution import actions, queue, triage
from opswheel.resolution.actions import Close
from opswheel.resolution.conditions import parse
from opswheel.resolution.desk import Desk
from opswheel.resolution.queue import Wanted
from opswheel.resolution.triage import Snooze
from opswheel.wheel.clocks import tick

from .shop import LATER, MONDAY, NOW, events, fill, now, row

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def act(shop, what, *rest, at=NOW, by="Ines", **named):
    with shop.write() as connection:
        return what(connection, *rest, by=by, at=at, **named)


def clock(shop, at, settings: Settings | None = None):
    with shop.write() as connection:
        return tick(connection, settings or Settings(), at=at, run_id=1)


def ids(shop, at, **wanted):
    with shop.read() as connection:
        found = queue.page(connection, 1, Wanted(**wanted), at)
    return [r.issue_id for r in found.rows], found.total


# promises


@pytest.mark.parametrize(
    ("tier", "due"),
    [(1, MONDAY + HOUR), (2, MONDAY + 4 * HOUR), (3, MONDAY + 24 * HOUR + 8 * HOUR), (None, MONDAY + 32 * HOUR)],
    ids=["a hero within an hour", "tier two within four", "tier three within two days", "no tier counts as three"],
)
def test_a_promise_given_on_sunday_begins_on_monday_morning(ledger, tier, due):
    fill(ledger, 1, tier=tier)
    assert Desk(Settings()).due(now(ledger, 1), 10.0) == (due, "acknowledge")


def test_each_step_moves_the_next_promise_and_the_queue_shows_it_at_once(shop):
    act(shop, triage.acknowledge, 1, at=MONDAY)
    assert (row(shop, 1).sla_due, row(shop, 1).sla_what) == (MONDAY + 2 * HOUR, "first_action")
    act(shop, actions.claim, 1, at=MONDAY + HOUR)
    assert (row(shop, 1).sla_due, row(shop, 1).sla_what) == (MONDAY + DAY + 8 * HOUR, "fix")
    act(shop, actions.close, 1, Close("fixed", "image", 5), at=MONDAY + 2 * HOUR)
    assert (row(shop, 1).sla_due, row(shop, 1).sla_what) == (None, None)


def test_the_clock_stands_still_only_while_somebody_else_must_move_and_the_pause_is_told(shop):
    act(shop, actions.claim, 1, at=MONDAY)
    act(shop, triage.wait, 1, "the supplier", at=MONDAY + HOUR)
    assert (row(shop, 1).state, row(shop, 1).sla_due, row(shop, 1).sla_what) == ("waiting", None, "waiting")
    act(shop, actions.claim, 1, at=MONDAY + DAY + 2 * HOUR)  # eight staffed hours on Monday and Tuesday later
    assert now(shop, 1).paused_minutes == 9 * 60
    assert row(shop, 1).sla_due == MONDAY + 3 * DAY + HOUR  # two days of work, and nine hours more
    act(shop, triage.snooze, 1, Snooze("later", MONDAY + 2 * DAY), at=MONDAY + DAY + 2 * HOUR)
    assert row(shop, 1).sla_due == MONDAY + 3 * DAY + HOUR  # a snooze takes nothing off the clock


def test_a_fix_that_did_not_hold_goes_on_where_its_clock_stood(shop):
    act(shop, actions.close, 1, Close("fixed", "image", 5), at=MONDAY)
    act(shop, actions.reopen, 1, at=MONDAY + DAY)
    assert now(shop, 1).paused_minutes == 8 * 60
    assert row(shop, 1).sla_due == MONDAY + 2 * DAY + 8 * HOUR


def test_an_issue_is_due_in_money_once_it_is_expected_to_have_lost_its_budget(ledger):
    fill(ledger, 1, tier=3)
    desk = Desk(Settings.model_validate({"promises": {"loss_budget": 5}}))
    assert desk.due(now(ledger, 1), 10.0) == (NOW + timedelta(hours=12), "loss")  # on a Monday before anybody is there
    assert desk.due(now(ledger, 1), 0.0)[1] == "acknowledge"


def test_a_clock_that_jumps_back_breaks_nothing(shop):
    act(shop, actions.claim, 1, at=MONDAY)
    act(shop, triage.wait, 1, "the supplier", at=MONDAY + HOUR)
    act(shop, actions.claim, 1, at=MONDAY - DAY)
    assert now(shop, 1).paused_minutes == 0
    assert clock(shop, MONDAY - 30 * DAY) == {}


# claims


def test_a_claim_nobody_does_anything_with_lets_others_in_after_four_staffed_hours(shop):
    act(shop, actions.claim, 1, at=MONDAY)
    with pytest.raises(IssueTaken, match=r"Ines is at work on issue 1, since 23 Nov 09:00 UTC\. Ask"):
        act(shop, actions.claim, 1, by="Karl", at=MONDAY + 4 * HOUR - timedelta(minutes=1))
    act(shop, actions.note, 1, "asked support", at=MONDAY + 3 * HOUR)
    with pytest.raises(IssueTaken):  # a note is an action
        act(shop, actions.claim, 1, by="Karl", at=MONDAY + 5 * HOUR)
    act(shop, actions.claim, 1, by="Karl", at=MONDAY + 7 * HOUR)
    assert (now(shop, 1).owner, now(shop, 1).claimed_at) == ("Karl", MONDAY + 7 * HOUR)


def test_a_claim_made_on_friday_evening_still_holds_on_sunday(shop):
    act(shop, actions.claim, 1, at=MONDAY - 3 * DAY + 7 * HOUR)
    with pytest.raises(IssueTaken):
        act(shop, actions.claim, 1, by="Karl", at=NOW)


def test_a_claim_that_ran_out_is_told_and_its_owner_stays(shop):
    act(shop, actions.claim, 1, at=MONDAY)
    assert "claim_expired" not in clock(shop, MONDAY + 3 * HOUR)
    assert clock(shop, MONDAY + 4 * HOUR)["claim_expired"] == 1
    assert (now(shop, 1).state, now(shop, 1).owner, now(shop, 1).claimed_at) == ("assigned", "Ines", None)
    assert row(shop, 1).state == "assigned"
    assert clock(shop, MONDAY + 4 * HOUR) == {}  # asked twice, nothing more happens


# acknowledgements


def test_to_see_is_not_to_act_an_acknowledgement_runs_out_by_tier(shop):
    act(shop, triage.acknowledge, 1, at=MONDAY)
    with pytest.raises(Conflict, match="Ines acknowledged issue 1; that holds until 2026-11-23T11:00:00Z"):
        act(shop, triage.acknowledge, 1, by="Karl", at=MONDAY + HOUR)
    assert clock(shop, MONDAY + 2 * HOUR)["ack_expired"] == 1
    assert row(shop, 1).sla_what == "acknowledge"  # and that promise is broken again
    assert ids(shop, MONDAY + 2 * HOUR, breached=True) == ([1, 2], 2)
    assert ids(shop, MONDAY + HOUR - timedelta(minutes=1), breached=True) == ([], 0)
    assert not now(shop, 1).touched  # so that it may still heal by itself
    act(shop, actions.claim, 1, at=MONDAY + 3 * HOUR)
    with pytest.raises(Conflict, match="Work on issue 1 has begun already"):
        act(shop, triage.acknowledge, 1, at=MONDAY + 3 * HOUR)


# snoozes


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Snooze("", MONDAY), "Why is it put aside"),
        (Snooze("later"), "Until when"),
        (Snooze("later", NOW), "is past"),
        (Snooze("later", NOW + 3 * DAY), "tier 1 may be put aside for 2 days"),
        (Snooze("later", lost=-1.0), "is no amount"),
        (Snooze("later", lost=float("nan")), "is no amount"),
        (Snooze("later", when="it feels right"), "is no condition"),
        (Snooze("later", when="avoidable>=much"), "is no condition"),
        (Snooze("later", when="lane=fast"), "is no condition"),
    ],
)
def test_nothing_is_put_aside_without_a_reason_and_an_end_its_tier_allows(shop, said, words):
    with pytest.raises(WrongUse, match=words):
        act(shop, triage.snooze, 1, said)
    assert ids(shop, NOW) == ([1, 2], 2)


def test_a_snooze_ends_in_staffed_hours(shop):
    act(shop, triage.snooze, 1, Snooze("launch on Monday", NOW + 5 * HOUR))
    assert now(shop, 1).snoozed_until == MONDAY
    assert ids(shop, MONDAY - HOUR) == ([2], 1)
    assert ids(shop, MONDAY - HOUR, snoozed=True) == ([1], 1)
    assert ids(shop, MONDAY) == ([1, 2], 2)  # at the moment itself, whether a run was there or not
    assert clock(shop, MONDAY) == {"woken": 1}
    assert events(shop, 1) == ["snoozed", "woken"]


def test_what_was_put_aside_leaves_the_queue_with_what_hangs_under_it_and_is_counted(ledger):
    fill(ledger, 1, 2, 3)
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE ranks SET inhibited_by = 1, rank = NULL WHERE issue_id = 2")
    act(ledger, triage.snooze, 1, Snooze("later", MONDAY))
    assert ids(ledger, LATER) == ([3], 1)
    assert ids(ledger, LATER, snoozed=True) == ([1, 2], 2)
    with ledger.read() as connection:
        told = queue.set_aside(connection, 1, NOW + 12 * HOUR)
    assert told == {"n": 1, "exposure_per_day": 10.0, "avoidable": 300.0, "lost_since": 5.0}


def test_a_snooze_ends_once_it_has_cost_what_was_allowed(shop):
    act(shop, triage.snooze, 1, Snooze("cheap", lost=15.0))
    assert "woken" not in clock(shop, NOW + DAY)
    with shop.write() as connection:  # it turns out to cost more: counted at what each run says
        connection.exec_driver_sql("UPDATE ranks SET exposure_mean = 24 WHERE issue_id = 1")
    assert "woken" not in clock(shop, NOW + DAY + 4 * HOUR)
    assert now(shop, 1).snooze_accrued == pytest.approx(10.0 + 4.0)
    assert clock(shop, NOW + DAY + 5 * HOUR)["woken"] == 1
    assert now(shop, 1).snoozed_until is None


@pytest.mark.parametrize(
    ("when", "sql"),
    [
        ("avoidable>=500", "avoidable_mean = 500"),
        ("lane=deadlines", "lane = 'deadlines'"),
        ("exposure<=5", "exposure_mean = 5"),
        ("members >= 10", "members = 12"),
    ],
)
def test_a_snooze_ends_when_its_condition_comes_true(shop, when, sql):
    act(shop, triage.snooze, 1, Snooze("small", when=when))
    assert clock(shop, LATER) == {}
    with shop.write() as connection:
        connection.exec_driver_sql(f"UPDATE ranks SET {sql} WHERE issue_id = 1")
    assert clock(shop, LATER) == {"woken": 1}


def test_a_condition_that_never_comes_true_still_ends_with_what_the_tier_allows(shop):
    act(shop, triage.snooze, 1, Snooze("small", when="avoidable>=500"), at=MONDAY)
    assert now(shop, 1).snoozed_until == MONDAY + 2 * DAY
    assert parse("avoidable >= 1,500").value == 1500.0


def test_a_snooze_ends_with_the_episode_and_with_a_claim(shop):
    for number, ends in ((1, actions.claim), (2, actions.close)):
        act(shop, triage.snooze, number, Snooze("later", MONDAY))
        said = (Close("wont_fix", "closed_by_us", 1),) if ends is actions.close else ()
        act(shop, ends, number, *said)
        assert now(shop, number).snoozed_until is None
    act(shop, actions.reopen, 2)
    assert ids(shop, LATER) == ([1, 2], 2)


def test_a_snooze_can_be_ended_by_hand_and_text_in_it_is_text(shop):
    why = "=HYPERLINK(\"x\"); DROP TABLE issues; <script>alert('ä')</script>"
    act(shop, triage.snooze, 1, Snooze(why, MONDAY))
    assert now(shop, 1).snooze_why == why
    act(shop, triage.wake, 1, at=LATER)
    with pytest.raises(Conflict, match="is not put aside"):
        act(shop, triage.wake, 1, at=LATER)


# pins


def test_a_pin_stands_on_top_with_what_hangs_under_it_until_it_expires(ledger):
    fill(ledger, 1, 2, 3, 4)
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE ranks SET inhibited_by = 3, rank = NULL WHERE issue_id = 4")
    act(ledger, triage.pin, 3, why="the brand's launch", until=MONDAY)
    assert ids(ledger, LATER) == ([3, 4, 1, 2], 4)
    assert ids(ledger, LATER, limit=2) == ([3, 4], 4)
    assert ids(ledger, LATER, kind="other") == ([], 0)
    assert ids(ledger, MONDAY) == ([1, 2, 3, 4], 4)
    act(ledger, triage.unpin, 3, at=LATER)
    assert ids(ledger, LATER) == ([1, 2, 3, 4], 4)
    for until, why, words in ((NOW, "x", "is past"), (MONDAY, " ", "Why does it")):
        with pytest.raises(WrongUse, match=words):
            act(ledger, triage.pin, 1, why=why, until=until)


# escalation


def test_a_broken_promise_goes_up_step_by_step_and_every_step_is_logged(shop):
    broken = MONDAY + HOUR
    assert clock(shop, broken - timedelta(minutes=1)) == {}
    assert clock(shop, broken) == {"escalated": 2}
    assert clock(shop, broken + 7 * HOUR) == {}
    assert clock(shop, broken + DAY) == {"escalated": 2}  # eight staffed hours later
    assert clock(shop, broken + 20 * DAY) == {}  # the ladder has two steps
    assert events(shop, 1) == ["escalated", "escalated"]


def test_what_waits_sleeps_or_hangs_under_a_cause_is_not_escalated(ledger):
    fill(ledger, 1, 2, 3)
    act(ledger, triage.wait, 1, "the marketplace")
    act(ledger, triage.snooze, 2, Snooze("later", MONDAY + 5 * HOUR))
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE ranks SET inhibited_by = 1 WHERE issue_id = 3")
    assert clock(ledger, MONDAY + 2 * HOUR) == {}
    assert clock(ledger, MONDAY + 6 * HOUR) == {"escalated": 1, "woken": 1}  # its promises kept running


# bad input


@pytest.mark.parametrize("do", [triage.acknowledge, triage.wake, triage.unpin])
def test_nothing_can_be_said_about_the_place_of_an_issue_that_ended(shop, do):
    act(shop, actions.close, 1, Close("false_alarm", why="expected"))
    with pytest.raises(Conflict, match="Issue 1 is closed"):
        act(shop, do, 1)


def test_two_people_who_act_at_one_moment_one_is_told(shop):
    table = ISSUES.sql_table()
    with shop.read() as connection:
        stale = actions.find(connection, 1)
    act(shop, triage.snooze, 1, Snooze("later", MONDAY))
    from opswheel.resolution.events import Happened, write_all

    with shop.write() as connection:
        done = write_all(connection, [Happened(stale, "escalated", {"escalation": 1})], by="opswheel", at=LATER)
        assert done == []
        assert connection.execute(table.select().where(table.c.id == 1)).one().escalation is None
    assert isinstance(now(shop, 1).snoozed_until, datetime)

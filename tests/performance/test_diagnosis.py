"""Where the wheel stalls, from counts worked by hand and from ledgers; what is missing is said, never guessed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from opswheel.core.contracts import CASE_EVENTS, CASE_ISSUES, ISSUE_EVENTS, ISSUES, OUTCOMES, RANKS, THRESHOLDS
from opswheel.core.errors import WrongUse
from opswheel.performance import habits, maturity
from opswheel.performance.capacity import Queue, frees
from opswheel.performance.connections import connections
from opswheel.performance.evidence import Closed
from opswheel.performance.friction import friction, remove_handoff, removed_handoffs
from opswheel.performance.pitfalls import watch
from opswheel.performance.reading import read
from opswheel.performance.roadmap import next_investment
from opswheel.performance.stall import capacity, capture, decisions, handoffs, prioritization, stalled_at
from opswheel.performance.window import month_window
from opswheel.performance.work import Decision, Ranked, Work, read_work
from opswheel.performance.workflows import Workflows
from tests.performance.ledger_rows import NOW, close, event, fill, fixed, issue, runs

OCTOBER = month_window(NOW, "UTC", date(2026, 10, 1))
START, HOUR, DAY = datetime(2026, 10, 5, 8), timedelta(hours=1), timedelta(days=1)
FLOWS = Workflows({})


def work(**named):
    usual = {"arrived": [70] * 13, "ended": [70] * 13, "ranked": {"k": Ranked(100, 100, 10)}, "found": {"k": (100, 12)}}
    return Work(NOW, **{**usual, "decisions": [Decision(NOW - DAY, "threshold", "k")], **named})


KEPT = Closed(100, 97, 20)


def test_a_healthy_team_has_no_broken_hand_off():
    found = handoffs(work(), KEPT, days_of_runs=90)
    assert [h.state for h in found] == ["flowing"] * 4
    assert stalled_at(found) is None


@pytest.mark.parametrize(
    ("name", "sums", "closed"),
    [
        pytest.param("visibility_to_prioritization", {"ranked": {"k": Ranked(100, 100, 70)}}, KEPT, id="order ignored"),
        pytest.param("prioritization_to_capacity", {"ended": [50] * 13}, KEPT, id="one in four stays"),
        pytest.param("resolution_to_data", {}, Closed(100, 60, 20), id="two in five say nothing"),
        pytest.param("data_to_decisions", {"decisions": []}, KEPT, id="nothing was changed"),
    ],
)
def test_each_break_is_named(name, sums, closed):
    assert stalled_at(handoffs(work(**sums), closed, days_of_runs=90)).name == name


def test_the_first_break_is_mended_first_because_what_lies_behind_it_is_starved():
    broken = work(ranked={"k": Ranked(100, 100, 90)}, decisions=[])
    assert stalled_at(handoffs(broken, KEPT, days_of_runs=90)).name == "visibility_to_prioritization"


def test_closes_without_a_rank_say_so_and_break_nothing():
    found = prioritization(work(ranked={"k": Ranked(400, 0, 0)}))
    assert found.state == "cannot_tell"
    assert "400 closes in 30 days, 0 of which tell the rank" in found.evidence


def test_a_busy_month_by_chance_is_no_want_of_hands():
    assert capacity(work(arrived=[70] * 11 + [74, 74])).state == "flowing"


def test_a_queue_that_grew_and_is_caught_up_again_is_not_called_broken():
    assert capacity(work(ended=[50] * 11 + [75, 75])).state == "cannot_tell"


def test_ten_closes_are_too_few_to_say_that_nobody_writes_down_why():
    assert capture(Closed(10, 2), work()).state == "cannot_tell"


def test_no_decision_without_repeats_or_false_alarms_is_no_break():
    assert (
        decisions(work(decisions=[], found={"k": (100, 1)}), Closed(100, 97, 2), days_of_runs=90).state == "cannot_tell"
    )
    assert decisions(work(decisions=[]), KEPT, days_of_runs=12).state == "cannot_tell"


def test_an_overloaded_team_gains_most_by_one_more_operator_and_an_idle_one_nothing():
    busy = Queue(60, 30, 3, 360, 0.8, 0.5, 120, 50.0, 100)
    found = {f.change: f for f in frees(busy)}
    assert found["one_more_operator"].dollars[1] > 0
    assert found["one_more_operator"].dollars[0] > found["one_handoff_less"].dollars[0]
    idle = Queue(5, 10, 10, 360, 0.8, 0.0, 120, 50.0, 0)
    assert all(abs(f.dollars[0]) < 1.0 for f in frees(idle) if f.change == "one_handoff_less")
    assert frees(Queue(0, 10, 1, 360, 0.8, 0, 0, 0.0, 0)) == []


def test_one_hand_off_less_frees_its_waiting():
    slow = Queue(20, 10, 5, 360, 0.8, 2.0, 2_880, 50.0, 0)
    found = {f.change: f for f in frees(slow)}
    assert found["one_handoff_less"].days_faster[0] > 0.5
    assert next_investment(None, frees(slow)).frees.change == "one_handoff_less"


@pytest.fixture
def busy(ledger):
    """One October: two kinds, one hand-off, one wait, one reopened, ranks on two closes."""
    runs(ledger, datetime(2026, 7, 1), datetime(2026, 10, 31))
    price = {"kind": "price_too_low"}
    fill(
        ledger,
        ISSUES,
        [
            fixed(1, START, START + 20 * HOUR, START + 4 * DAY, first_action_at=START + HOUR, route="r", owner="ines"),
            fixed(2, START, START + 40 * HOUR, START + 5 * DAY, first_action_at=START + 2 * HOUR, **price),
            issue(3, START, repeat_of=1, **price),
            issue(4, START, opened_run=99),
        ],
    )
    told = '{"state": "fixed", "rank": 2, "passed_over": %s, "minutes": 10.0}'
    fill(
        ledger,
        ISSUE_EVENTS,
        [
            event(1, 1, START, "opened", by="opswheel"),
            event(1, 2, START, "assigned", by="opswheel"),
            event(1, 3, START + HOUR, "assigned"),
            event(1, 4, START + 2 * HOUR, "waiting", payload='{"waiting_on": "the supplier"}'),
            event(1, 5, START + 8 * HOUR, "answered"),
            event(1, 6, START + 20 * HOUR, "closed", payload=told % 0),
            event(2, 2, START + 3 * HOUR, "claimed", payload='{"taken_over_from": "tom"}'),
            event(2, 3, START + 40 * HOUR, "closed", payload=told % 3),
            event(2, 4, START + 50 * HOUR, "regressed", by="opswheel"),
            event(3, 2, START + HOUR, "closed", payload='{"state": "fixed"}'),
        ],
    )
    fill(
        ledger,
        OUTCOMES,
        [close(1, START + 20 * HOUR), close(2, START + 40 * HOUR, kind="price_too_low", root_cause="unknown")],
    )
    return ledger


def seen(ledger):
    with ledger.read() as connection:
        return read(connection, OCTOBER, lambda *_: "UTC", "USD"), read_work(connection, OCTOBER)


def test_closes_tell_their_rank_where_their_event_carries_it(busy):
    _, told = seen(busy)
    assert told.ranked["listing_suppressed"] == Ranked(1, 1, 0)
    assert told.ranked["price_too_low"] == Ranked(2, 1, 1)


def test_friction_is_touch_against_elapsed_with_hand_offs_waits_and_reopened(busy):
    e, told = seen(busy)
    found = {f.workflow: f for f in friction(e, told, FLOWS)}
    first, price = found["Suppressions"], found["Pricing"]
    assert (first.touch_minutes, first.elapsed_hours, first.begun_after_hours) == (10.0, 20.5, 1.5)
    assert first.work_share == pytest.approx(10 / 60 / 20.5)
    assert first.handoffs == 1.0  # the rule's own assignment is none
    assert first.waits == (("the supplier", 6.0, 1),)
    assert (price.handoffs, price.reopened_share) == (0.5, 1.0)


def test_unknown_is_no_cause(busy):
    e, _ = seen(busy)
    assert e.closes(e.window.slots(e.window.period)).classified == 1


def test_only_what_a_finished_run_found_is_counted(busy):
    _, told = seen(busy)
    assert sum(told.arrived) == 3
    assert told.found["price_too_low"] == (2, 1)


def test_a_changed_cut_line_is_a_decision_and_a_default_is_none(ledger):
    runs(ledger, START)
    base = {"kind": "price_too_low", "name": "n", "account": "", "channel": "", "category": "", "tier": "", "why": "w"}
    rows = [
        {**base, "id": "a:1", "since": START, "source": "default"},
        {**base, "id": "a:2", "since": START, "source": "p 1"},
    ]
    fill(ledger, THRESHOLDS, rows)
    _, told = seen(ledger)
    assert list(told.decisions) == [Decision(START, "threshold", "price_too_low")]


def test_a_level_a_person_set_holds_until_its_day_and_needs_a_reason(ledger):
    with ledger.write() as connection:
        said = {"note": "the page is under review", "until": date(2026, 11, 20), "by": "lead", "at": NOW}
        maturity.set_level(connection, "Ads", 2, **said)
        assert maturity.overrides(connection, NOW)["Ads"]["level"] == 2
        assert maturity.overrides(connection, datetime(2026, 11, 21)) == {}
        for wrong in ({"note": " "}, {"until": date(2026, 10, 1)}):
            with pytest.raises(WrongUse):
                maturity.set_level(connection, "Ads", 2, **{**said, **wrong})
        with pytest.raises(WrongUse):
            maturity.set_level(connection, "Ads", 7, **said)
        maturity.set_level(connection, "Ads", 0, **{**said, "at": NOW + HOUR})
        assert maturity.overrides(connection, NOW + HOUR) == {}


def test_levels_come_from_evidence_and_the_next_one_says_what_it_asks_for(busy):
    e, told = seen(busy)
    known = maturity.Known(frozenset({"listing_suppressed"}), {}, frozenset(), None)
    found = {m.workflow: m for m in maturity.maturity(e, told, FLOWS, known, {})}
    assert found["Suppressions"].level == 2  # one close tells no share of closes
    assert "owners by rule not told" in found["Suppressions"].next_step
    assert found["Pricing"].level == 1
    assert found["Pricing"].next_step == "0 of 1 kinds have a playbook"
    set_ = {"Pricing": {"level": 3, "note": "n", "until": "2026-12-01", "by": "lead"}}
    over = {m.workflow: m for m in maturity.maturity(e, told, FLOWS, known, set_)}
    assert (over["Pricing"].level, over["Pricing"].by_evidence) == (3, 1)


def test_a_habit_counts_once_a_day_and_an_unknown_one_is_refused(ledger):
    with ledger.write() as connection:
        for _ in range(2):
            habits.record(connection, "morning", day=date(2026, 10, 5), by="ines", at=START)
        habits.record(connection, "morning", day=date(2026, 10, 5), by="tom", at=START)
        with pytest.raises(WrongUse, match="no habit"):
            habits.record(connection, "evening", day=date(2026, 10, 5), by="ines", at=START)
        days = habits.done(connection, date(2026, 10, 1), date(2026, 10, 31))
    told = {h["habit"]: h for h in habits.kept(days, date(2026, 10, 1), date(2026, 10, 31))}
    assert (told["morning"]["done"], told["morning"]["asked"]) == (1, 22)
    assert (told["weekly"]["done"], told["weekly"]["asked"]) == (0, 4)


def test_habits_and_figures_are_not_associated_on_three_months(busy):
    e, _ = seen(busy)
    assert habits.goes_with(e, {"morning": [date(2026, 10, 5)]})["words"].startswith("cannot tell")


def test_a_hand_off_that_is_gone_is_kept_with_its_month(ledger):
    with ledger.write() as connection:
        remove_handoff(
            connection, "Pricing", "catalog is not asked any more", since=date(2026, 10, 7), by="lead", at=START
        )
        with pytest.raises(WrongUse):
            remove_handoff(connection, "Pricing", " ", since=date(2026, 10, 7), by="lead", at=START)
        found = removed_handoffs(connection, NOW)
    assert [(h["workflow"], h["month"]) for h in found] == [("Pricing", "2026-10")]


def test_workflows_are_connected_where_one_changed_the_other(busy):
    rank = {"run_id": 2, "open": True, "members": 1, "currency": "USD", "evidence": "{}", "lane": "queue"}
    fill(busy, RANKS, [{**rank, "issue_id": 2, "kind": "price_too_low", "inhibited_by": 1}])
    fill(busy, CASE_ISSUES, [{"case_id": 1, "issue_id": 1}])
    fill(
        busy,
        CASE_EVENTS,
        [{"case_id": 1, "version": 1, "at": NOW - DAY, "event": "answered", "by": "a", "payload": "{}"}],
    )
    with busy.read() as connection:
        edges = {(e.source, e.target): e.n for e in connections(connection, FLOWS, NOW)}
        old = connections(connection, FLOWS, NOW + 60 * DAY)
    assert edges == {("Suppressions", "Pricing"): 1, ("Cases", "Suppressions"): 1}
    assert [(e.source, e.target) for e in old] == [("Suppressions", "Pricing")]  # the case moved too long ago


def test_pitfalls_out_of_sight_are_said_to_be(busy):
    _, told = seen(busy)
    found = {p.name: p for p in watch(told, handoffs(told, KEPT, days_of_runs=90), [], [], 90.0)}
    assert found["one_push"].state == found["broken_spoke"].state == "cannot_tell"
    assert found["short_term"].state == "warn"


def test_what_the_desk_writes_on_a_close_is_what_the_diagnosis_reads(ledger):
    from opswheel.resolution.actions import Close
    from opswheel.resolution.actions import close as close_issue
    from tests.resolution import shop

    shop.fill(ledger, 1, 2)
    with ledger.write() as connection:
        close_issue(connection, 1, Close("fixed", root_cause="image", minutes=5), by="tom", at=shop.LATER)
    with ledger.read() as connection:
        told = read_work(connection, month_window(shop.MONDAY, "UTC", date(2026, 11, 1)))
    assert told.ranked == {"listing_suppressed": Ranked(1, 1, 0)}

"""Gates of the staged start, hand-offs that are gone, habits beside figures, and months that are over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from opswheel.core.contracts import ISSUES, MATCHES, METRICS, OUTCOMES, RANKS
from opswheel.performance import habits
from opswheel.performance.connections import connections
from opswheel.performance.evidence import Closed
from opswheel.performance.friction import since_removed
from opswheel.performance.pitfalls import of_slow_wheel, watch
from opswheel.performance.reading import read
from opswheel.performance.staged import gates
from opswheel.performance.stall import handoffs
from opswheel.performance.window import month_window
from opswheel.performance.work import Decision, Work, read_work
from opswheel.performance.workflows import Workflows
from tests.performance.ledger_rows import NOW, close, fill, fixed, issue, runs

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OCTOBER = month_window(NOW, "UTC", date(2026, 10, 1))
RANK = {"run_id": 2, "open": True, "members": 1, "currency": "USD", "evidence": "{}", "lane": "queue"}


def evidence(ledger, asked=OCTOBER):
    with ledger.read() as connection:
        return read(connection, asked, lambda *_: "UTC", "USD")


NOTHING, IDLE = Closed(), Work(NOW)


def start(ledger, *, closed=NOTHING, work=IDLE):
    with ledger.read() as connection:
        told = gates(connection, read(connection, OCTOBER, lambda *_: "UTC", "USD"), work, closed)
    return {g.name: g for g in told}


def backfill(ledger, categories, **named):
    """Issues the first run found, dearest categories by what can still be saved; every run is finished."""
    runs(ledger, datetime(2026, 9, 10), NOW - DAY)
    rows, ranked = [], []
    for category, (n, dollars) in categories.items():
        for _ in range(n):
            number = len(rows) + 1
            rows.append(issue(number, datetime(2026, 9, 10), category=category, inherited=True, **named))
            ranked.append({**RANK, "issue_id": number, "avoidable_mean": dollars / n})
    fill(ledger, ISSUES, rows)
    fill(ledger, RANKS, ranked)


def test_the_first_category_is_the_one_with_most_to_save_among_those_with_enough_to_close(ledger):
    backfill(ledger, {"Mugs": (25, 900.0), "Plates": (30, 500.0), "Lamps": (3, 9_000.0)})
    found = start(ledger)["first_category"]
    assert found.evidence == "Mugs: 900 can still be saved, 25 issues one can close in 60 days"
    assert (found.n, found.state) == (25, "not_yet")  # day zero is not passed


def test_symptoms_and_what_healed_by_itself_are_not_issues_one_can_close(ledger):
    backfill(ledger, {"Mugs": (30, 900.0), "Plates": (21, 10.0)})
    ranks, issues = RANKS.sql_table(), ISSUES.sql_table()
    with ledger.write() as connection:
        connection.execute(ranks.update().where(ranks.c.issue_id <= 8).values(inhibited_by=30))
        connection.execute(issues.update().where(issues.c.id.in_((9, 10, 11))).values(resolution="self_healed"))
    assert start(ledger)["first_category"].evidence.startswith("Plates: 10 can still be saved, 21 issues")


def test_dollars_of_a_run_that_is_still_being_written_are_not_counted_twice(ledger):
    backfill(ledger, {"Mugs": (25, 900.0)})
    fill(ledger, RANKS, [{**RANK, "run_id": 3, "issue_id": n, "avoidable_mean": 36.0} for n in range(1, 26)])
    assert start(ledger)["first_category"].evidence.startswith("Mugs: 900 can still be saved, 25 issues")


def test_gates_open_one_after_the_other_as_their_data_comes(ledger):
    backfill(ledger, {"Mugs": (25, 900.0)})
    agreed = {"account": "main", "channel": "amazon:US", "at": NOW - 40 * DAY, "agreement": 0.99}
    fill(ledger, MATCHES, [agreed])
    states = [g.state for g in start(ledger).values()]
    assert states == ["passed", "passed", "open", "not_yet", "not_yet"]
    found = datetime(2026, 9, 12)
    fill(ledger, ISSUES, [fixed(100 + n, found, found + n * HOUR, found + 4 * DAY) for n in range(20)])
    third = start(ledger)["speed"]
    assert (third.state, third.n) == ("passed", 20)
    assert "52 days of runs, 20 of 20 fixes verified" in third.evidence
    kept = start(ledger, closed=Closed(40, 38))
    assert [kept[name].state for name in ("capture", "tuning")] == ["passed", "open"]
    tuned = Work(NOW, decisions=[Decision(NOW - DAY, "threshold", "k")])
    assert start(ledger, closed=Closed(40, 38), work=tuned)["tuning"].state == "passed"


def test_a_gate_told_by_too_few_stays_open_and_says_how_many_there_are(ledger):
    found = start(ledger, closed=Closed(5, 5))["capture"]
    assert (found.state, found.n) == ("not_yet", 5)
    assert "5 of 5 closes in 30 days say why; 90% of at least 20 are asked" in found.evidence


def handed(ledger, before, after, n=30):
    """Issues of one kind found in the weeks before and after 1 October, fixed within so many hours."""
    runs(ledger, datetime(2026, 6, 1))
    rows = []
    for hours, first in ((before, datetime(2026, 8, 20)), (after, datetime(2026, 10, 1))):
        for k in range(n):
            at = first + timedelta(hours=20 * k)
            rows.append(fixed(len(rows) + 1, at, at + (hours + k % 5) * HOUR, at + (hours + 72) * HOUR))
    fill(ledger, ISSUES, rows)


def gone(ledger, since=date(2026, 10, 1)):
    with ledger.read() as connection:
        return since_removed(connection, OCTOBER, ["listing_suppressed"], since)


def test_a_hand_off_less_shows_in_how_fast_its_issues_are_resolved(ledger):
    handed(ledger, 60, 12)
    found = gone(ledger)
    assert found["resolved"] == "faster, clearly"
    assert (found["hours_before"], found["hours_after"]) == (62.5, 14.5)


def test_a_hand_off_less_that_changed_nothing_is_told_so_and_few_issues_tell_nothing(ledger):
    handed(ledger, 20, 20)
    assert gone(ledger)["resolved"] == "no clear change"
    few = gone(ledger, date(2026, 10, 24))  # four issues have been found since
    assert few["resolved"] is None and few["n_after"] < 10


def test_what_was_open_when_a_hand_off_went_is_not_followed_beyond_it(ledger):
    """Issues found in September and fixed in October would make September look faster than it was."""
    runs(ledger, datetime(2026, 6, 1))
    at = datetime(2026, 9, 28)
    fill(ledger, ISSUES, [fixed(n, at, datetime(2026, 10, 2), datetime(2026, 10, 6)) for n in range(1, 13)])
    assert gone(ledger)["hours_before"] is None and gone(ledger)["n_before"] == 12


def habits_of(ledger, done, cleared, asked=OCTOBER):
    """Habits done and money cleared in each month from November 2025 on, by month."""
    rows = []
    for n, (month, value) in enumerate(cleared.items(), 1):
        rows.append(close(n, month + 3 * DAY, cleared=value, booked_at=month + 9 * DAY))
    fill(ledger, OUTCOMES, rows)
    days = {"morning": [m.date() + i * DAY for m, n in done.items() for i in range(n)]}
    return habits.goes_with(evidence(ledger, asked), days)


FIRSTS = [datetime(2025 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(12)]


def test_habits_that_go_with_what_is_cleared_are_called_an_association(ledger):
    runs(ledger, datetime(2025, 10, 1))
    found = habits_of(ledger, {m: 2 + i for i, m in enumerate(FIRSTS)}, {m: 100.0 + i for i, m in enumerate(FIRSTS)})
    assert found["words"] == "months with more habits cleared more (association: which leads to which is not told)"
    assert [f["figure"] for f in found["figures"] if f["clear"]] == ["cleared_per_day"]
    assert found["n"] == 12


def test_a_month_that_is_not_over_is_not_less_of_both(ledger):
    """On the third of October little is done and little is cleared yet: that is the calendar, not the habit."""
    runs(ledger, datetime(2025, 10, 1))
    now = datetime(2026, 10, 3)
    found = habits_of(
        ledger,
        dict.fromkeys(FIRSTS, 10) | {FIRSTS[-1]: 1},
        {m: 100.0 + i for i, m in enumerate(FIRSTS)},
        month_window(now, "UTC", date(2026, 10, 1)),
    )
    assert found["n"] == 11
    assert found["words"].startswith("cannot tell")  # eleven months alike


def test_one_chance_in_twenty_is_not_clear_when_three_figures_are_asked():
    assert habits._clear([0.04, 0.5, None]) == [False, False, False]
    assert habits._clear([0.01, 0.024, 0.5]) == [True, True, False]


def test_a_month_that_is_over_is_told_by_its_own_queue_or_not_at_all(ledger):
    """In November: what was open at October's end counts, what came since does not, and today's order is left out."""
    runs(ledger, datetime(2026, 9, 1), datetime(2026, 11, 18))
    at = datetime(2026, 10, 5)
    later = datetime(2026, 11, 10)
    rows = [issue(1, at), fixed(2, at, at + DAY, at + 4 * DAY), fixed(3, at, later, later + 4 * DAY)]
    fill(ledger, ISSUES, [*rows, issue(4, later)])
    fill(ledger, RANKS, [{**RANK, "issue_id": 1, "kind": "price_too_low", "inhibited_by": 4}])
    asked = month_window(datetime(2026, 11, 20), "UTC", date(2026, 10, 1))
    with ledger.read() as connection:
        work = read_work(connection, asked)
        then = connections(connection, Workflows({}), asked.end)
        now = connections(connection, Workflows({}), datetime(2026, 11, 20))
    assert (work.open, work.unowned) == (2, 0)
    assert then == [] and len(now) == 1


def test_a_run_made_after_a_month_is_no_run_of_it(ledger):
    runs(ledger, datetime(2026, 11, 18))
    asked = month_window(datetime(2026, 11, 20), "UTC", date(2026, 10, 1))
    assert evidence(ledger, asked).first_run is None


def test_the_slow_wheels_two_checks_stand_with_their_channel_beside_the_others():
    work = Work(NOW)
    checks = handoffs(work, Closed(), days_of_runs=0)
    told = of_slow_wheel("one push", "warn", "ads 80 % of the lift", "feed a second lever", "amazon:US")
    found = {p.name: p for p in watch(work, checks, [], [], 90.0, [told])}
    assert (found["one_push"].state, found["one_push"].evidence) == ("warn", "amazon:US: ads 80 % of the lift")
    assert found["broken_spoke"].state == "cannot_tell"
    assert list(found) == ["broken_spoke", "data_silos", "one_push", "no_adaptation", "short_term"]
    assert of_slow_wheel("link drift", "warn", "e", "n", "c") is None


@pytest.mark.parametrize("name", ["open_revenue_at_risk"])
def test_what_a_run_measured_of_the_whole_is_not_told_of_one_account(ledger, name):
    runs(ledger, datetime(2026, 10, 20))
    fill(ledger, METRICS, [{"run_id": 1, "name": name, "value": 9.0, "n": 3, "unit": "USD"}])
    with ledger.read() as connection:
        whole = read(connection, OCTOBER, lambda *_: "UTC", "USD")
        one = read(connection, OCTOBER, lambda *_: "UTC", "USD", "main")
    assert (len(whole.told), len(one.told)) == (1, 0)

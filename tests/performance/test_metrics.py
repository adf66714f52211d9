"""The health figures on a ledger, worked by hand; healthy neighbours beside what counts, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from opswheel.core.contracts import ISSUES, METRICS, OUTCOMES, RANKS
from opswheel.performance import METRICS as CATALOGUE
from opswheel.performance import repeat_rate
from opswheel.performance.evidence import Evidence
from opswheel.performance.figures import Asked
from opswheel.performance.operators import Operators
from opswheel.performance.reading import detection_span, read
from opswheel.performance.window import month_window, window
from opswheel.performance.work import read_work
from tests.performance.ledger_rows import NOW, close, fill, fixed, issue, runs

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OCTOBER = date(2026, 10, 1)
START = datetime(2026, 10, 5, 8)


def figures(ledger, asked, zone="UTC", operators=None):
    with ledger.read() as connection:
        e = read(connection, asked, lambda *_: zone, "USD")
    return {m.name: m.measure(Asked(e, operators or Operators())) for m in CATALOGUE}


def october(ledger, **named):
    return figures(ledger, month_window(NOW, "UTC", OCTOBER), **named)


def test_every_metric_says_what_it_is_and_what_it_may_not_claim():
    assert len({m.name for m in CATALOGUE}) == len(CATALOGUE) == 11
    assert [m.role for m in CATALOGUE[:6]] == ["health"] * 6
    for metric in CATALOGUE:
        assert "May not claim" in type(metric).__doc__


def test_an_empty_ledger_tells_nothing_and_says_why(ledger):
    for figure in october(ledger).values():
        assert figure.value is None
        assert figure.because and figure.would_be


def test_open_issues_count_and_inherited_and_false_ones_do_not(ledger):
    runs(ledger, START)
    rows = [fixed(n, START, START + n * HOUR, START + 3 * DAY) for n in (1, 2, 3, 4)]
    rows += [issue(n, START) for n in (5, 6)]
    rows += [fixed(7, START, START + 900 * HOUR, START + 950 * HOUR)]  # fixed, but after October: open then
    rows += [fixed(8, START, START + HOUR, START + 2 * DAY, inherited=True)]
    rows += [issue(9, START, state="closed", resolution="false_alarm", closed_at=START + HOUR)]
    rows += [issue(10, START, opened_run=99)]  # of a run nobody saw the end of
    fill(ledger, ISSUES, rows)
    found = october(ledger)["time_to_resolution"]
    assert (found.n, found.more["open"]) == (7, 3)
    assert found.value == 4.5  # the fourth of seven ends in its fourth hour
    assert found.more["inherited"]["n"] == 1


def test_a_fix_nobody_could_verify_yet_does_not_make_the_month_look_slow(ledger):
    """Found on the 29th and fixed an hour later: facts cannot have agreed by the 31st, so it is not followed at all."""
    runs(ledger, START)
    late = datetime(2026, 10, 29, 8)
    rows = [fixed(n, START, START + 5 * HOUR, START + 3 * DAY) for n in (1, 2, 3)]
    rows += [issue(n, late, state="fixed", resolution="fixed", fixed_at=late + HOUR) for n in (4, 5, 6, 7)]
    fill(ledger, ISSUES, rows)
    found = october(ledger)["time_to_resolution"]
    assert (found.n, found.value, found.at_least) == (3, 5.5, False)


def test_what_healed_by_itself_is_no_fix_and_was_open_that_long(ledger):
    runs(ledger, START)
    healed = {"state": "closed", "resolution": "self_healed", "closed_at": START + 50 * HOUR}
    fill(
        ledger,
        ISSUES,
        [fixed(1, START, START + 10 * HOUR, START + 3 * DAY), *(issue(n, START, **healed) for n in (2, 3, 4))],
    )
    found = october(ledger)["time_to_resolution"]
    assert (found.n, found.at_least, found.value) == (4, True, 50.0)


@pytest.mark.parametrize(
    ("onset", "good", "zone", "expected"),
    [
        pytest.param(date(2026, 10, 4), date(2026, 10, 3), "UTC", (8.0, 32.0), id="between two daily looks"),
        pytest.param(
            date(2026, 10, 4), date(2026, 10, 3), "America/Los_Angeles", (1.0, 25.0), id="a day ends later there"
        ),
        pytest.param(date(2026, 10, 4), None, "UTC", (8.0, float("inf")), id="no last good day: at least"),
        pytest.param(None, date(2026, 10, 1), "UTC", (0.0, 80.0), id="no first bad day: at most"),
        pytest.param(None, None, "UTC", (0.0, float("inf")), id="nothing known"),
        pytest.param(date(2026, 10, 5), date(2026, 10, 4), "UTC", (0.0, 8.0), id="found on its first day"),
    ],
)
def test_an_onset_is_a_span_in_the_days_of_its_channel(onset, good, zone, expected):
    assert detection_span(START, onset, good, zone) == expected


def test_an_onset_nobody_knows_is_counted_and_left_out(ledger):
    runs(ledger, START - 10 * DAY)
    known = {"onset_day": date(2026, 10, 4), "last_good_day": date(2026, 10, 3)}
    fill(
        ledger,
        ISSUES,
        [issue(1, START, **known), issue(2, START, **known), issue(3, START), issue(4, START, inherited=True)],
    )
    found = october(ledger)["time_to_detection"]
    assert (found.n, found.value, found.low, found.high) == (2, 20.0, 8.0, 32.0)
    assert found.more["onset_unknown"] == 1


def test_repeats_are_told_per_day_at_risk_and_only_from_the_ninety_first_day(ledger):
    first = datetime(2026, 6, 20, 8)
    runs(ledger, first)
    verified = datetime(2026, 9, 20)
    rows = [fixed(n, first + DAY, verified - 5 * DAY, verified) for n in range(1, 11)]
    rows.append(issue(11, datetime(2026, 10, 10, 8), repeat_of=1))
    fill(ledger, ISSUES, rows)
    found = october(ledger)["repeat_rate"]
    # ten at risk for the 31 days of October, one of them until the 10th
    assert (found.n, found.more["days_at_risk"]) == (1, 10 * 31 - 21)
    early = figures(ledger, month_window(datetime(2026, 9, 1), "UTC", date(2026, 8, 1)))["repeat_rate"]
    assert early.value is None and "90 days" in early.because
    assert early.more["from_day"] == "2026-09-19"


def test_a_month_that_is_short_stands_in_the_line_where_its_days_are(monkeypatch):
    """The 91st day is 28 January and October is told up to the 10th: neither is told at a month's usual middle."""
    monkeypatch.setattr(repeat_rate, "hazard_trend", lambda counts: counts)
    asked = window(datetime(2026, 10, 10, 23), "UTC")
    e = Evidence(
        asked, "USD", datetime(2025, 10, 29), 300, verified={date(2025, 11, 1) + n * DAY: 5 for n in range(330)}
    )
    days = [t * 365.25 for t, *_ in repeat_rate.trend(e)]
    since = date(2025, 11, 1)
    assert days[0] == pytest.approx((date(2026, 1, 28) - since).days + 1.5)
    assert days[1] == pytest.approx((date(2026, 2, 1) - since).days + 13.5)
    assert days[-1] == pytest.approx((date(2026, 10, 1) - since).days + 4.5)


def test_a_fix_is_at_risk_for_ninety_days_and_no_longer(ledger):
    runs(ledger, datetime(2026, 5, 1))
    fill(ledger, ISSUES, [fixed(1, datetime(2026, 7, 1), datetime(2026, 7, 5), datetime(2026, 7, 13))])
    assert october(ledger)["repeat_rate"].more["days_at_risk"] == 11  # until 11 October


def test_cleared_is_what_facts_verified_and_a_month_without_closes_is_none(ledger):
    runs(ledger, datetime(2026, 9, 1))
    rows = [close(n, START, cleared=310.0, loss_stopped_per_day=5.0, booked_at=START + n * DAY) for n in (1, 2)]
    rows.append(close(3, START, cleared=999.0, booked_at=None))  # said to be fixed, not verified
    fill(ledger, OUTCOMES, rows)
    found = october(ledger)["cleared_per_day"]
    assert (found.value, found.n) == (20.0, 2)
    september = figures(ledger, month_window(NOW, "UTC", date(2026, 9, 1)))["cleared_per_day"]
    assert (september.value, september.n, september.low) == (0.0, 0, None)


def test_open_revenue_at_risk_is_what_the_last_run_of_the_month_measured(ledger):
    days = (datetime(2026, 9, 20), datetime(2026, 10, 1), datetime(2026, 10, 31, 23), datetime(2026, 11, 1))
    runs(ledger, *days)
    told = {"name": "open_revenue_at_risk", "unit": "USD", "n": 3}
    ends = [(100.0, 90.0, 110.0), (90.0, 80.0, 100.0), (50.0, 40.0, 60.0), (1.0, 1.0, 1.0)]
    fill(
        ledger,
        METRICS,
        [{**told, "run_id": n, "value": v, "low": lo, "high": hi} for n, (v, lo, hi) in enumerate(ends, 1)],
    )
    found = october(ledger)["open_revenue_at_risk"]
    assert (found.value, found.change.words) == (50.0, "lower than in the period before, clearly")
    assert [p.value for p in found.months][-2:] == [100.0, 50.0]


LOS_ANGELES = "America/Los_Angeles"


def test_months_are_the_teams_months_wherever_the_channel_is(ledger):
    """A fix found at 03:00 UTC on 1 November was found in October in Los Angeles; one at 09:00 UTC was not."""
    runs(ledger, START)
    at = [datetime(2026, 11, 1, 3), datetime(2026, 11, 1, 9)]
    fill(ledger, ISSUES, [fixed(n, day, day + n * HOUR, day + 3 * DAY) for n, day in enumerate(at, 1)])
    now = datetime(2026, 11, 20)
    months = figures(ledger, month_window(now, LOS_ANGELES, date(2026, 11, 1)))["time_to_resolution"].months
    assert [(p.n, p.value) for p in months[-2:]] == [(1, 1.5), (1, 2.5)]
    assert [p.n for p in figures(ledger, month_window(now, "UTC", date(2026, 11, 1)))["time_to_resolution"].months][
        -2:
    ] == [0, 2]


def test_what_was_verified_late_on_the_last_evening_was_cleared_that_month(ledger):
    """22:00 on 31 October in Los Angeles is 05:00 UTC on 1 November, when London has another month."""
    runs(ledger, datetime(2026, 9, 1))
    fill(ledger, OUTCOMES, [close(1, START, cleared=310.0, booked_at=datetime(2026, 11, 1, 5))])
    now = datetime(2026, 11, 20)
    there, here = (month_window(now, zone, OCTOBER) for zone in (LOS_ANGELES, "Europe/London"))
    assert figures(ledger, there)["cleared_per_day"].value == 10.0
    assert figures(ledger, here)["cleared_per_day"].value == 0.0


def test_a_fix_is_at_risk_in_the_teams_own_days(ledger):
    """Verified at 23:00 on 30 September in Los Angeles: at risk all of October there, from the 2nd on in UTC."""
    runs(ledger, datetime(2026, 5, 1))
    verified = datetime(2026, 10, 1, 6)
    fill(ledger, ISSUES, [fixed(1, verified - 9 * DAY, verified - 5 * DAY, verified)])
    now = datetime(2026, 11, 20)
    days = [
        figures(ledger, month_window(now, zone, OCTOBER))["repeat_rate"].more["days_at_risk"]
        for zone in (LOS_ANGELES, "UTC")
    ]
    assert days == [31, 30]


@pytest.mark.parametrize("zone", [LOS_ANGELES, "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_the_database_counts_days_as_the_calendar_does_when_clocks_change(ledger, zone):
    import sqlalchemy as sa

    from opswheel.core.clock import channel_day
    from opswheel.performance.window import as_day, day_number

    changes = (datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 4, 5), datetime(2026, 10, 4))
    changes += (datetime(2026, 10, 25), datetime(2026, 11, 1))
    moments = [day - DAY + n * timedelta(minutes=30) for day in changes for n in range(150)]
    fill(ledger, OUTCOMES, [close(n, at) for n, at in enumerate(moments, 1)])
    at = OUTCOMES.sql_table().c.at
    with ledger.read() as connection:
        rows = connection.execute(sa.select(at, day_number(at, zone, date(2026, 2, 1), date(2026, 12, 1)))).all()
    assert len(rows) == len(moments)
    assert [as_day(n) for _, n in rows] == [channel_day(moment, zone) for moment, _ in rows]


def test_found_clearly_sooner_than_the_month_before_is_said(ledger):
    runs(ledger, datetime(2026, 9, 1))
    looked = {"September": (datetime(2026, 9, 10, 8), 6), "October": (datetime(2026, 10, 10, 8), 1)}
    rows = []
    for found_at, late in looked.values():
        for n in range(12):
            began = (found_at - (late + n % 3) * DAY).date()
            known = {"onset_day": began, "last_good_day": began - DAY}
            rows.append(issue(len(rows) + 1, found_at, **known))
    fill(ledger, ISSUES, rows)
    change = october(ledger)["time_to_detection"].change
    assert (change.clear, change.better) == (True, True)
    assert change.words == "sooner than in the period before, clearly"


def test_a_queue_of_today_is_not_told_as_that_of_a_month_that_is_over(ledger):
    runs(ledger, datetime(2026, 10, 20), datetime(2026, 11, 10))
    fill(ledger, ISSUES, [issue(1, datetime(2026, 10, 20), category="Mugs")])
    rank = {"run_id": 2, "issue_id": 1, "open": True, "members": 1, "currency": "USD", "lane": "queue"}
    fill(ledger, RANKS, [{**rank, "evidence": "{}", "exposure_mean": 5.0}])
    later = datetime(2026, 11, 20)
    then = figures(ledger, month_window(later, "UTC", OCTOBER))["exposure_by_category"]
    assert then.value is None and "only the last one's queue" in then.because
    assert figures(ledger, month_window(later, "UTC", date(2026, 11, 1)))["exposure_by_category"].value == 5.0


def test_one_accounts_figures_hold_nothing_of_another(ledger):
    runs(ledger, datetime(2026, 5, 1))
    mine, other = {"account": "north"}, {"account": "south"}
    known = {"onset_day": date(2026, 10, 4), "last_good_day": date(2026, 10, 3)}
    verified = START + 3 * DAY
    rows = [fixed(1, START, START + 4 * HOUR, verified, **mine, **known)]
    rows += [fixed(n, START, START + 90 * HOUR, verified, **other) for n in (2, 3, 4)]
    rows += [issue(5, START + 9 * DAY, repeat_of=2, **other), issue(6, START, inherited=True, **other)]
    fill(ledger, ISSUES, rows)
    cleared = [close(n, START, cleared=310.0, booked_at=verified, by=by) for n, by in ((1, "ines"), (2, "tom"))]
    fill(ledger, OUTCOMES, cleared)
    asked = month_window(NOW, "UTC", OCTOBER)
    with ledger.read() as connection:
        e = read(connection, asked, lambda *_: "UTC", "USD", "north")
        friction = read_work(connection, asked, "north")
    found = {m.name: m.measure(Asked(e, Operators())) for m in CATALOGUE}
    assert (found["time_to_resolution"].n, found["time_to_resolution"].value) == (1, 4.5)
    assert (found["time_to_detection"].n, found["time_to_detection"].more["inherited"]) == (1, 0)
    assert (found["repeat_rate"].n, found["repeat_rate"].more["days_at_risk"]) == (0, 23)
    assert (found["cleared_per_day"].n, found["cleared_per_day"].value) == (1, 10.0)
    assert sum(t.n for t in friction.elapsed.values()) == 1
    assert {by for _, by in e.closers} == {"ines"}
    assert "people work for every account" in found["revenue_per_operator"].because


def test_the_window_ends_today_and_runs_of_this_very_moment_are_inside():
    asked = window(NOW, "UTC")
    assert (asked.first, asked.last) == (date(2026, 10, 3), date(2026, 11, 1))
    assert asked.period[0] < NOW < asked.period[1]
    assert asked.before[1] == asked.period[0]


def test_people_who_closed_something_stand_in_for_headcount_and_that_is_said(ledger):
    from opswheel.performance.operators import CLOSERS, closer_months

    runs(ledger, datetime(2026, 8, 1))
    rows = [close(n, datetime(2026, 9, 3) + n * HOUR, by=by) for n, by in enumerate(("ines", "tom", "ines"), 1)]
    rows += [close(9, START, by="tom")]  # Ines was on leave in October
    fill(ledger, OUTCOMES, rows)
    with ledger.read() as connection:
        e = read(connection, month_window(NOW, "UTC", OCTOBER), lambda *_: "UTC", "USD")
    people = closer_months(e)
    assert people[date(2026, 9, 1)] == 2.0 and people[OCTOBER] == 1.0
    told = Operators({OCTOBER: 100.0, date(2026, 9, 1): 100.0}, people, CLOSERS)
    found = october(ledger, operators=told)["revenue_per_operator"]
    assert found.value == 100.0
    assert "not headcount: who was on leave is missing" in found.note

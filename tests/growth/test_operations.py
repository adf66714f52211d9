"""The operations wheel on its own records: months of issues, closes, decisions and runs, and nothing made up."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, METRICS, OUTCOMES, RUNS, THRESHOLDS
from opswheel.growth import operations
from opswheel.growth.templates import template

WHEEL = template("operations")
NOW = datetime(2026, 11, 22, 16)


_PLAIN = {"text": "", "int": 1, "float": 0.0, "bool": False, "day": date(2026, 9, 1), "at": NOW}


def _fill(ledger, table, rows):
    """Rows of a ledger table; what a row does not name and must not be empty is plain."""
    needed = {c.name: _PLAIN[c.type] for c in table.columns if c.required or c.name in table.key}
    with ledger.write() as connection:
        for row in rows:
            connection.execute(table.sql_table().insert(), [{**needed, **row}])


def _run(number, as_of):
    return {"id": number, "as_of": as_of, "finished_at": as_of}


def _issue(number, onset, detected, fixed=None, *, inherited=False):
    return {
        "id": number, "fingerprint": f"f{number}", "onset_day": onset, "detected_at": detected, "fixed_at": fixed,
        "inherited": inherited,
    }  # fmt: skip


def _close(number, at, cause):
    return {"issue_id": number, "at": at, "resolution": "fixed", "root_cause": cause}


@pytest.fixture
def told(ledger):
    _fill(
        ledger,
        RUNS,
        [_run(1, datetime(2026, 9, 1, 8)), _run(2, datetime(2026, 10, 5, 8)), _run(3, datetime(2026, 11, 9, 8))],
    )
    _fill(
        ledger,
        ISSUES,
        [
            _issue(1, date(2026, 8, 1), datetime(2026, 9, 1, 8), inherited=True),  # nobody could have seen it in time
            _issue(2, date(2026, 9, 3), datetime(2026, 9, 4, 8), datetime(2026, 10, 4, 8)),
            _issue(3, date(2026, 10, 1), datetime(2026, 10, 4, 8), datetime(2026, 10, 6, 8)),
            _issue(4, date(2026, 11, 1), datetime(2026, 11, 2, 8), datetime(2026, 11, 3, 8)),
        ],
    )
    _fill(
        ledger,
        OUTCOMES,
        [_close(2, datetime(2026, 10, 4), "supplier"), _close(3, datetime(2026, 10, 6), "unknown")],
    )
    _fill(
        ledger,
        METRICS,
        [
            {"run_id": 1, "name": "open_revenue_at_risk", "value": 200.0, "unit": "USD"},
            {"run_id": 2, "name": "open_revenue_at_risk", "value": 100.0, "unit": "USD"},
            {"run_id": 3, "name": "open_revenue_at_risk", "value": 10.0, "unit": "USD"},
        ],
    )
    with ledger.read() as connection:
        return operations.drivers(connection, WHEEL, as_of=NOW)


def test_whole_months_only_and_what_was_inherited_is_left_out(told):
    assert told.weeks == (date(2026, 9, 1), date(2026, 10, 1))
    assert told.levels["visibility"] == [pytest.approx(1 / 1.5), pytest.approx(1 / 3.5)]


def test_fixes_closes_and_open_risk_are_those_of_the_month_they_happened_in(told):
    assert told.levels["resolution"] == [None, pytest.approx(1 / 16.5)]  # thirty and two days: the median is sixteen
    assert told.levels["data"] == [None, 0.5]
    assert told.levels["performance"] == [pytest.approx(1 / 200), pytest.approx(1 / 100)]


def test_what_nobody_records_says_so(told):
    for name in ("prioritization", "capacity", "tooling", "decisions"):
        assert told.missing[name].startswith("no measure here"), name
    assert set(told.levels) | set(told.missing) == set(WHEEL.names)


def test_a_cut_line_a_person_changed_is_a_decision_and_a_default_is_none(ledger):
    row = {
        "kind": "k", "name": "n", "account": "", "channel": "", "category": "", "tier": "", "value": 1.0, "why": "w",
    }  # fmt: skip
    _fill(
        ledger,
        THRESHOLDS,
        [
            {**row, "id": "k.n:1", "since": datetime(2026, 9, 1), "source": "default"},
            {**row, "id": "k.n:2", "since": datetime(2026, 10, 9), "source": "proposal 1"},
        ],
    )
    with ledger.read() as connection:
        found = operations.drivers(connection, WHEEL, as_of=NOW)
    assert (found.weeks, found.levels) == ((date(2026, 10, 1),), {"decisions": [1.0]})


def test_an_empty_ledger_has_no_months(ledger):
    with ledger.read() as connection:
        found = operations.drivers(connection, WHEEL, as_of=NOW)
    assert (found.weeks, found.levels) == ((), {})
    assert set(found.missing) == set(WHEEL.names)


def test_working_in_the_order_of_money_is_told_by_what_closes_passed_over(ledger):
    def closed(number, day, payload):
        return {"issue_id": number, "version": 2, "at": datetime(2026, 10, day), "event": "closed", "payload": payload}

    rows = [
        closed(1, 2, '{"rank": 1, "passed_over": 0}'),
        closed(2, 9, '{"rank": 7, "passed_over": 3}'),
        closed(3, 9, '{"rank": 2}'),  # another lane has no order of money
        {**closed(4, 9, '{"rank": 1, "passed_over": 0}'), "event": "claimed"},  # work begun is no close
        {**closed(5, 1, '{"rank": 1, "passed_over": 0}'), "at": datetime(2026, 11, 20)},  # a month not over yet
    ]
    _fill(ledger, ISSUE_EVENTS, rows)
    with ledger.read() as connection:
        found = operations.drivers(connection, WHEEL, as_of=NOW)
    assert (found.weeks, found.levels) == ((date(2026, 10, 1),), {"prioritization": [0.5]})

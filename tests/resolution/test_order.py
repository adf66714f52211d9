"""A close tells what was passed over for it, so that a team can see whether it works in the order of money."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, RANKS
from opswheel.resolution import actions, triage
from opswheel.resolution.actions import Close
from opswheel.storage.ledger import Ledger

from .shop import LATER, MONDAY, NOW, fill

FIXED = Close("fixed", "data_missing", 12)
MONEY = {1: 1000.0, 2: 500.0, 3: 490.0, 4: 100.0}
"""Issue 3 is worth up to 30 % more than its mean: 2 is not clearly costlier than it, 1 is."""


@pytest.fixture
def queue(ledger: Ledger) -> Ledger:
    fill(ledger, *MONEY)
    for number, money in MONEY.items():
        _set(ledger, RANKS, number, score_revenue_at_risk=money, avoidable_mean=money, avoidable_p90=money * 1.3)
    return ledger


def _set(ledger: Ledger, contract: Any, number: int, **values: Any) -> None:
    table = contract.sql_table()
    key = table.c.issue_id if contract is RANKS else table.c.id
    with ledger.write() as connection:
        connection.execute(table.update().where(key == number).values(**values))


def _close(ledger: Ledger, number: int, by: str = "Ines", said: Close = FIXED) -> dict[str, Any]:
    with ledger.write() as connection:
        actions.close(connection, number, said, by=by, at=LATER)
    return _told(ledger, number)


def _told(ledger: Ledger, number: int, event: str = "closed") -> dict[str, Any]:
    events = ISSUE_EVENTS.sql_table()
    query = sa.select(events.c.payload).where(events.c.issue_id == number, events.c.event == event)
    with ledger.read() as connection:
        told = json.loads(connection.execute(query.order_by(events.c.version.desc()).limit(1)).scalar_one())
    return {k: told[k] for k in ("rank", "passed_over") if k in told}


def test_the_costliest_passes_over_nothing_and_ranges_that_overlap_are_taken_in_either_order(queue):
    assert _close(queue, 3) == {"rank": 3, "passed_over": 1}  # 1 is clearly costlier, 2 is not
    assert _close(queue, 1) == {"rank": 1, "passed_over": 0}
    assert _close(queue, 4) == {"rank": 4, "passed_over": 1}  # of 1 and 3, both done, and 2


CASES = {
    "somebody else works on it": lambda q: _claim(q, 1, "Karl"),
    "it is somebody else's": lambda q: _assign(q, 1, "Karl"),
    "it is put aside": lambda q: _snooze(q, 1),
    "it stands in another lane": lambda q: _set(q, RANKS, 1, lane="verify"),
    "it hangs under another": lambda q: _set(q, RANKS, 1, inhibited_by=2),
    "another row of its incident stands for it": lambda q: _set(q, RANKS, 1, folded=True),
}


@pytest.mark.parametrize("case", CASES)
def test_nobody_is_said_to_pass_over_what_was_not_theirs_to_take(queue, case):
    CASES[case](queue)
    assert _close(queue, 3)["passed_over"] == 0


def test_what_was_theirs_already_is_passed_over(queue):
    _assign(queue, 1, "Ines")
    assert _close(queue, 3)["passed_over"] == 1


def test_the_place_is_that_of_the_moment_work_began_not_of_the_moment_it_ended(queue):
    _claim(queue, 4, "Ines")
    assert _told(queue, 4, "claimed") == {"rank": 4, "passed_over": 3}
    for other in (1, 2, 3):
        _close(queue, other, by="Karl")
    _claim(queue, 4, "Ines")  # claiming again what is already hers moves nothing
    assert _close(queue, 4) == {"rank": 4, "passed_over": 3}


def test_an_issue_of_another_lane_has_a_rank_and_nothing_to_pass_over(queue):
    _set(queue, RANKS, 4, lane="deadlines")
    assert _close(queue, 4) == {"rank": 4}


def test_an_issue_no_run_ranked_has_neither(queue):
    with queue.write() as connection:
        connection.execute(RANKS.sql_table().delete().where(RANKS.sql_table().c.issue_id == 4))
    assert _close(queue, 4) == {}


def _claim(ledger: Ledger, number: int, by: str) -> None:
    with ledger.write() as connection:
        actions.claim(connection, number, by=by, at=NOW)


def _assign(ledger: Ledger, number: int, to: str) -> None:
    with ledger.write() as connection:
        actions.assign(connection, number, to, by="Lea", at=NOW)


def _snooze(ledger: Ledger, number: int) -> None:
    with ledger.write() as connection:
        triage.snooze(connection, number, triage.Snooze("asked the supplier", MONDAY), by="Ines", at=NOW)
    table = ISSUES.sql_table()
    with ledger.read() as connection:
        assert connection.execute(sa.select(table.c.snoozed_until).where(table.c.id == number)).scalar() > LATER

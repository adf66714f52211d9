"""People act on issues; whoever comes second gets a clear answer and nothing is lost."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import INTENTS, ISSUE_EVENTS, ISSUES, OUTCOMES, RANKS
from opswheel.core.errors import BadClose, Conflict, IssueTaken, NotFound
from opswheel.learning import outcomes
from opswheel.resolution import actions, events
from opswheel.resolution.actions import Close
from opswheel.storage.ledger import Ledger

from .shop import LATER, NOW


def _states(ledger: Ledger) -> list[tuple[Any, ...]]:
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    with ledger.read() as connection:
        joined = sa.select(issues.c.id, issues.c.state, issues.c.owner, ranks.c.state, ranks.c.owner, ranks.c.open)
        rows = connection.execute(joined.join(ranks, ranks.c.issue_id == issues.c.id).order_by(issues.c.id)).all()
    return [tuple(r) for r in rows]


def test_a_claim_makes_one_person_responsible_and_shows_in_the_queue_at_once(shop):
    with shop.write() as connection:
        actions.claim(connection, 1, by="Ines", at=NOW)
    assert _states(shop) == [
        (1, "in_progress", "Ines", "in_progress", "Ines", True),
        (2, "new", None, "new", None, True),
    ]


def test_two_people_claiming_one_issue_the_second_is_told_who_has_it(shop):
    with shop.write() as connection:
        actions.claim(connection, 1, by="Ines", at=NOW)
    with shop.write() as connection, pytest.raises(IssueTaken, match="Ines is at work on issue 1"):
        actions.claim(connection, 1, by="Karl", at=LATER)
    assert _states(shop)[0][2] == "Ines"


def test_two_people_closing_one_issue_one_close_counts(shop):
    said = Close("fixed", "data_missing", 12)
    with shop.write() as connection:
        actions.close(connection, 1, said, by="Ines", at=NOW)
    with shop.write() as connection, pytest.raises(Conflict, match="Issue 1 is fixed already"):
        actions.close(connection, 1, said, by="Karl", at=LATER)
    with shop.read() as connection:
        kinds = list(connection.execute(sa.select(ISSUE_EVENTS.sql_table().c.event)).scalars())
    assert kinds == ["closed"]


def test_a_writer_who_read_an_older_version_changes_nothing(shop):
    with shop.read() as connection:
        stale = actions.find(connection, 1)
    with shop.write() as connection:
        actions.claim(connection, 1, by="Ines", at=NOW)
    with pytest.raises(IssueTaken), shop.write() as connection:
        events.write(connection, stale, "self_healed", by="opswheel", at=NOW, set_={"state": "closed"})
    assert _states(shop)[0][1:3] == ("in_progress", "Ines")


def test_what_an_unfinished_run_opened_does_not_exist_yet(shop):
    with shop.write() as connection, pytest.raises(NotFound, match="There is no issue 3"):
        actions.claim(connection, 3, by="Ines", at=NOW)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Close("fixed", minutes=5), "A close needs a cause"),
        (Close("fixed", "data_missing"), "How many minutes"),
        (Close("fixed", "data_mising", 5), "Did you mean data_missing"),
        (Close("fixt", "data_missing", 5), "Did you mean fixed"),
        (Close("false_alarm"), "Why was it a false alarm"),
        (Close("false_alarm", why="felt like it"), "cut_too_tight"),
        (Close("duplicate"), "Of which issue"),
        (Close("duplicate", of=1), "Of which issue"),
        (Close("accepted_risk", "price_rule", 5), "Until when"),
        (Close("accepted_risk", "price_rule", 5, until=date(2026, 11, 22)), "a day to come"),
        (Close("self_healed"), "Only a run"),
        (Close("fixed", "data_missing", -3), "cannot be meant"),
    ],
)
def test_a_close_that_teaches_nothing_is_refused_with_what_is_missing(shop, said, words):
    with shop.write() as connection, pytest.raises(BadClose, match=words):
        actions.close(connection, 1, said, by="Ines", at=NOW)
    assert _states(shop)[0][1] == "new"


def test_minutes_are_measured_from_the_claim_when_nobody_types_them(shop):
    with shop.write() as connection:
        actions.claim(connection, 1, by="Ines", at=NOW)
    with shop.write() as connection:
        before, after, said = actions.close(connection, 1, Close("fixed", "data_missing"), by="Ines", at=LATER)
        row = outcomes.record(connection, before, after, said, by="Ines", at=LATER)
    assert (row["minutes"], row["minutes_source"]) == (24.0, "measured")


def test_a_close_books_what_it_cleared_only_provisionally(shop):
    with shop.write() as connection:
        before, after, said = actions.close(connection, 1, Close("fixed", "data_missing", 9), by="Ines", at=NOW)
        outcomes.record(connection, before, after, said, by="Ines", at=NOW)
    with shop.read() as connection:
        row = connection.execute(sa.select(OUTCOMES.sql_table())).one()
    assert (row.cleared, row.loss_stopped_per_day, row.booked_at, row.minutes_source) == (300.0, 10.0, None, "typed")


def test_not_meant_to_sell_is_remembered_as_intent(shop):
    with shop.write() as connection:
        actions.close(connection, 2, Close("not_meant_to_sell", why="old colour"), by="Ines", at=NOW)
    with shop.read() as connection:
        rows = connection.execute(sa.select(INTENTS.sql_table())).all()
    assert [(r.account, r.channel, r.sku, r.intent, r.by, r.why) for r in rows] == [
        ("main", "amazon:US", "MUG-2", "discontinued", "Ines", "old colour")
    ]


def test_a_close_can_be_taken_back_and_the_timeline_keeps_both(shop):
    with shop.write() as connection:
        actions.close(connection, 1, Close("false_alarm", why="expected"), by="Ines", at=NOW)
    with shop.write() as connection:
        actions.reopen(connection, 1, by="Karl", at=LATER)
    assert _states(shop)[0] == (1, "in_progress", "Ines", "in_progress", "Ines", True)
    with shop.read() as connection:
        rows = connection.execute(
            sa.select(ISSUE_EVENTS.sql_table()).order_by(ISSUE_EVENTS.sql_table().c.version)
        ).all()
    assert [(r.version, r.event, r.by) for r in rows] == [(2, "closed", "Ines"), (3, "reopened", "Karl")]
    assert json.loads(rows[0].payload)["why"] == "expected"


def test_assigning_hands_an_issue_over_even_while_somebody_works_on_it(shop):
    with shop.write() as connection:
        actions.claim(connection, 1, by="Ines", at=NOW)
        actions.assign(connection, 1, "Karl", by="Lena", at=LATER)
        actions.note(connection, 1, "asked support", by="Karl", at=LATER)
    assert _states(shop)[0] == (1, "assigned", "Karl", "assigned", "Karl", True)

"""Tickets at the marketplace: whose move it is, in the order of what waiting costs, told by any source in any order."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import CASE_EVENTS
from opswheel.core.errors import Conflict, NotFound, WrongUse
from opswheel.resolution import actions, case_csv, cases
from opswheel.resolution.case_list import listed
from opswheel.resolution.cases import Heard, NewCase

from .shop import MONDAY, NOW, events, fill, now, row

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
APPEAL = NewCase("suppression_appeal", "777")


def act(ledger, what, *rest, at=NOW, by="Ines", **named):
    with ledger.write() as connection:
        return what(connection, *rest, by=by, at=at, **named)


def case(ledger, number=1):
    with ledger.read() as connection:
        return cases.find(connection, number)


def moves(ledger, number=1):
    table = CASE_EVENTS.sql_table()
    with ledger.read() as connection:
        query = sa.select(table.c.event).where(table.c.case_id == number).order_by(table.c.version)
        return list(connection.execute(query).scalars())


def take(ledger, *rows, at=NOW):
    told = [{"account": "main", "channel": "amazon:US", **r} for r in rows]
    with ledger.write() as connection:
        return cases.take(connection, told, by="log", at=at)


def test_while_the_marketplace_must_answer_its_issues_wait_and_an_answer_is_our_turn(shop):
    act(shop, actions.claim, 1, at=MONDAY)
    act(shop, cases.open_case, [1, 2], APPEAL, at=MONDAY + HOUR)
    assert [(now(shop, n).state, now(shop, n).waiting_on) for n in (1, 2)] == [("waiting", "the marketplace")] * 2
    act(shop, cases.update, 1, Heard("them", MONDAY + 3 * HOUR), at=MONDAY + 3 * HOUR)
    assert [now(shop, n).state for n in (1, 2)] == ["in_progress", "assigned"]  # the claim of 1 is still hers
    assert [now(shop, n).paused_minutes for n in (1, 2)] == [120.0, 120.0]
    act(shop, cases.update, 1, Heard("us", MONDAY + 4 * HOUR), at=MONDAY + 4 * HOUR)
    assert row(shop, 1).state == "waiting"
    act(shop, cases.update, 1, Heard(status="closed", last_at=MONDAY + 5 * HOUR), at=MONDAY + 5 * HOUR)
    assert now(shop, 1).state == "in_progress"
    assert events(shop, 1) == ["claimed", "waiting", "answered", "waiting", "answered"]
    assert moves(shop) == ["opened", "linked", "answered", "wrote", "closed"]


def test_an_issue_waits_on_the_supplier_whatever_its_case_does(shop):
    from opswheel.resolution import triage

    act(shop, triage.wait, 1, "the supplier")
    act(shop, cases.open_case, [1], APPEAL)
    act(shop, cases.update, 1, Heard("them", NOW), at=NOW)
    assert now(shop, 1).waiting_on == "the supplier"


def test_an_issue_with_two_cases_waits_only_while_neither_is_ours_to_answer(shop):
    act(shop, cases.open_case, [1], APPEAL)
    act(shop, cases.open_case, [1], NewCase("brand_ip", "778"))
    act(shop, cases.update, 2, Heard("them", NOW + HOUR), at=NOW + HOUR)
    assert now(shop, 1).state == "assigned"
    act(shop, cases.update, 2, Heard(status="closed", last_at=NOW + 2 * HOUR), at=NOW + 2 * HOUR)
    assert now(shop, 1).state == "waiting"  # the other one is still theirs


def test_they_answered_and_we_have_not_comes_before_age_and_age_counts_by_money(ledger):
    fill(ledger, 1, 2, 3, 4)
    for n, days in ((1, 30), (2, 10), (3, 2)):
        act(ledger, cases.open_case, [n], NewCase("other", str(n)), at=NOW - days * DAY)
    act(ledger, cases.open_case, [4], NewCase("other", "4"), at=NOW - 3 * DAY)
    act(ledger, cases.update, 4, Heard("them", NOW - DAY), at=NOW - DAY)
    with ledger.read() as connection:
        found = listed(connection, {1: 1.0, 2: 50.0, 3: 2.0, 4: 0.1}, at=NOW)
    assert [(c["id"], c["whose_move"], c["lost_waiting"]) for c in found] == [
        (4, "us", 0.1),
        (2, "them", 500.0),
        (1, "them", 30.0),
        (3, "them", 4.0),
    ]


def test_evidence_is_a_checklist_by_type(shop):
    act(shop, cases.open_case, [1], NewCase("suppression_appeal", have=("what was corrected",)))
    act(shop, cases.update, 1, Heard(have=("issue text and date", "what was corrected")))
    with shop.read() as connection:
        (found,) = listed(connection, {}, at=NOW)
    assert found["evidence"] == {
        "have": ["what was corrected", "issue text and date"],
        "missing": ["picture or document asked for"],
    }
    with pytest.raises(WrongUse, match=r"asks for no 'what was corected'\. Did you mean what was c"):
        act(shop, cases.update, 1, Heard(have=("what was corected",)))


STORY = (
    {"external_id": "9", "last_from": "us", "last_at": NOW - 9 * DAY},
    {"external_id": "9", "last_from": "them", "last_at": NOW - 7 * DAY},
    {"external_id": "9", "status": "closed", "last_at": NOW - 6 * DAY},
    {"external_id": "9", "last_from": "us", "status": "open", "last_at": NOW - 2 * DAY},
)


def test_what_a_log_says_counts_by_when_it_happened_not_by_when_it_came(ledger):
    fill(ledger, 1)
    for n, order in enumerate(itertools.permutations(STORY)):
        take(ledger, *({**r, "external_id": f"9-{n}"} for r in order))  # one list, in any order
    with ledger.read() as connection:
        found = connection.execute(sa.text("SELECT status, last_from, last_at, reopened FROM case_files")).all()
    assert {(f.status, f.last_from, f.reopened) for f in found} == {("open", "us", 1)}
    assert len(found) == 24


def test_late_and_repeated_rows_change_nothing(shop):
    take(shop, *STORY)
    before = case(shop)
    assert take(shop, *STORY, at=NOW) == {"opened": 0, "moved": 0, "reopened": 0, "closed": 0, "unchanged": 4}
    assert case(shop) == before
    take(shop, {"external_id": "9", "status": "closed", "last_at": NOW - 5 * DAY})  # an old file, landed late
    assert (case(shop).status, case(shop).reopened) == ("open", 1)


def test_a_case_seen_again_without_movement_says_only_when_it_was_seen(shop):
    take(shop, {"external_id": "9", "status": "waiting_on_us", "seen_at": NOW - 3 * DAY})
    assert (case(shop).last_from, case(shop).last_at) == ("them", NOW - 3 * DAY)
    take(shop, {"external_id": "9", "status": "waiting_on_us", "seen_at": NOW})
    assert (case(shop).last_at, case(shop).seen_at) == (NOW - 3 * DAY, NOW)
    take(shop, {"external_id": "9", "status": "waiting_on_them", "seen_at": NOW + HOUR}, at=NOW + HOUR)
    assert (case(shop).last_from, case(shop).last_at) == ("us", NOW + HOUR)


def test_messages_of_a_mailbox_become_one_row_a_case(shop):
    message = {"account": "main", "channel": "amazon:US", "case_id": "5", "status": None, "known_at": NOW}
    rows = cases.of_messages(
        [
            {**message, "at": NOW - HOUR, "direction": "them"},
            {**message, "at": NOW - 2 * HOUR, "direction": "us", "status": "open"},
            {**message, "case_id": "6", "at": NOW - HOUR / 2, "direction": None, "status": "closed"},
        ]
    )
    take(shop, *rows)
    assert [(case(shop, n).external_id, case(shop, n).last_from, case(shop, n).status) for n in (1, 2)] == [
        ("5", "them", "open"),
        ("6", "us", "closed"),
    ]


def test_a_log_that_names_issues_links_them_and_one_that_cannot_says_so(shop):
    take(shop, {"external_id": "9", "last_from": "us", "last_at": NOW - DAY, "issues": [1]})
    assert now(shop, 1).state == "waiting"
    with pytest.raises(NotFound, match="There is no issue 99"):
        take(shop, {"external_id": "10", "issues": [99]})
    with shop.read() as connection:
        assert len(connection.execute(sa.text("SELECT id FROM case_files")).all()) == 1  # all of a list, or nothing


@pytest.mark.parametrize(
    ("said", "issues", "error", "words"),
    [
        (NewCase("supression_appeal"), [1], WrongUse, "Did you mean suppression_appeal"),
        (NewCase("other"), [], WrongUse, "A case is about something"),
        (NewCase("other"), [3], NotFound, "There is no issue 3"),
        (APPEAL, [2], Conflict, "Case 777 is known as case 1"),
    ],
)
def test_a_case_that_cannot_be_meant_is_refused(shop, said, issues, error, words):
    act(shop, cases.open_case, [1], APPEAL)
    with pytest.raises(error, match=words):
        act(shop, cases.open_case, issues, said)
    with pytest.raises(WrongUse, match="Nothing is said"):
        act(shop, cases.update, 1, Heard())
    with pytest.raises(NotFound, match="There is no case 8"):
        act(shop, cases.update, 8, Heard("us"))


def test_issues_abroad_belong_to_another_case(ledger):
    fill(ledger, 1, 2)
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE issues SET channel = 'amazon:UK' WHERE id = 2")
    with pytest.raises(WrongUse, match="several channels"):
        act(ledger, cases.open_case, [1, 2], APPEAL)
    act(ledger, cases.open_case, [1], APPEAL)
    with pytest.raises(WrongUse, match="Issue 2 is on amazon:UK, case 1 on amazon:US"):
        act(ledger, cases.link, 1, [2])


HEAD = "external_id,channel,type,title,status,last_from,last_at,seen_at,issues\n"


def test_a_case_log_is_read_as_it_is_written():
    text = "\ufeff" + HEAD + '9,amazon:US,other,"\'=HYPERLINK(""x"")",waiting_on_us,,2026-11-20,,"1;2"\n'
    assert case_csv.parse(text, at=NOW) == [
        {
            "account": "main",
            "external_id": "9",
            "channel": "amazon:US",
            "type": "other",
            "title": '=HYPERLINK("x")',
            "status": "waiting_on_us",
            "last_at": NOW.replace(day=21, hour=0),
            "issues": [1, 2],
        }
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column external_id"),
        ("external_id\n9\n", "no column channel"),
        (HEAD.replace("title", "titel"), "no column 'titel'. Did you mean title"),
        (HEAD + ",amazon:US,,,,,,,\n", "Line 2: external_id is empty"),
        (HEAD + "9,amazon:US,appeal,,,,,,\n", "Line 2: 'appeal' is no type"),
        (HEAD + "9,amazon:US,other,,pending,,,,\n", "Line 2: 'pending' is no status"),
        (HEAD + "8,amazon:US,,,,,,,\n9,amazon:US,,,,them,soon,,\n", "Line 3: last_at 'soon' is no time"),
        (HEAD + "9,amazon:US,,,,them,2027-11-20,,\n", "Line 2: last_at 2027-11-20 is still to come"),
        (HEAD + "9,amazon:US,,,,,,,MUG\n", "Line 2: issues 'MUG' are no numbers"),
        (HEAD + '9,"amazon', "This is no CSV file"),
    ],
)
def test_a_case_log_that_cannot_be_meant_names_line_and_column(text, words):
    with pytest.raises(WrongUse, match=words):
        case_csv.parse(text, at=NOW)

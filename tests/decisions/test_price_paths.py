"""Who may move a price alone: proposed where waits cost more than wrong moves, refused where closes cannot tell."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from opswheel.core.contracts import DECISIONS
from opswheel.core.errors import Conflict, WrongUse
from opswheel.decisions import judging, price_paths, record
from opswheel.decisions.standing import standing
from tests.decisions.seen import NOW
from tests.decisions.test_record import SETTINGS, do
from tests.decisions.test_reviews import add
from tests.learning.test_what_closes_teach import issue, outcome

UNDERCUT = "competitor_undercut"


def a_close(number, by, *, hours=2.0, asked=None, move=0.04, wrong=False, at=NOW, **more):
    row = {"issue_id": number, "kind": UNDERCUT, "account": "main", "channel": "amazon:US", "sku": f"MUG-{number}"}
    row |= {"by": by, "detected_at": at - timedelta(days=2), "at": at, "alone": asked is None, "asked": asked}
    row |= {"first_hours": 1.0, "hours": hours, "lost_per_day": 120.0, "wrong": wrong, "cost": 30.0, "move": move}
    return row | more


def team(n=14, **more):
    """Half of the moves wait two days for tom, half are made within two hours by two people; nothing comes back."""
    lone = [a_close(i, ("ines", "ali")[i % 2], hours=2.0 + i % 3, **more) for i in range(n)]
    return lone + [a_close(100 + i, "ines", hours=44.0 + i % 5, asked="tom", **more) for i in range(n)]


def risky():
    """Nobody waits long, and every second move made alone comes back dear."""
    quick = [c | {"hours": 2.0 + c["issue_id"] % 2, "lost_per_day": 0.1, "cost": 900.0} for c in team()]
    return [c | {"wrong": c["alone"] and c["issue_id"] % 2 == 0} for c in quick]


def proposed(made, now=None):
    return price_paths.proposals(made, now or {}, SETTINGS, margin={UNDERCUT: 0.25}, currency="USD")


def test_moves_that_wait_for_somebody_and_never_go_wrong_are_proposed_to_be_made_alone():
    (one,) = proposed(team())
    assert (one["status"], one["subject"]) == ("open", UNDERCUT)
    assert one["to"] == {"alone_up_to": 0.05, "approver": "tom", "within_hours": 46.0}
    assert one["from"] == {"alone_up_to": None, "approver": None, "within_hours": None}
    told = one["backtest"]
    each = (46 - 3) / 24 * 120.0 * 0.25 + 5.0  # the wait, and ten minutes of a hand-over
    assert one["gain_a_year"] == pytest.approx(14 * 365 / 180 * each, rel=0.06)
    assert told["gain_a_year"]["p10"] < one["gain_a_year"] < told["gain_a_year"]["p90"]
    assert (told["alone"]["n"], told["asked"]["n"], told["alone"]["people"]) == (14, 14, 2)
    assert "observational" in told["label"] and "tom approves, within 46 hours" in one["why"]


def test_the_path_ends_below_the_size_of_moves_that_come_back():
    large = team(move=0.15)
    for row in large:
        row["issue_id"] += 1000
        row |= {"wrong": row["alone"], "cost": 5_000.0}
    (one,) = proposed(team() + large)
    assert one["to"]["alone_up_to"] == 0.05


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param(team(5), "only 10 closes", id="few closes"),
        pytest.param([c | {"move": None} for c in team()], "only 0 show a change of price", id="no listings report"),
        pytest.param(
            [c | {"by": "ines"} if c["alone"] else c for c in team()],
            "ines made 14 of the 14 closes made alone: they tell of one person",
            id="one person's habit",
        ),
        pytest.param(
            [c | {"alone": False, "asked": "tom"} for c in team()], "nobody has closed one alone", id="nobody dares"
        ),
        pytest.param(risky(), "that waits cost more than wrong moves do is 0% likely", id="alone goes wrong"),
    ],
)  # fmt: skip
def test_closes_that_cannot_tell_are_refused_with_their_reason(made, why):
    (one,) = proposed(made)
    assert (one["status"], one["to"]) == ("refused", {})
    assert why in one["why"]


def test_a_path_that_is_in_force_already_is_not_proposed_again():
    now = {UNDERCUT: {"alone_up_to": 0.05, "approver": "tom", "within_hours": 46.0}}
    assert proposed(team(), now) == []


def stored(number, by, *, first, hours, asked=None, at=NOW, **more):
    """An issue, its close, and what happened on it."""
    found = at - timedelta(hours=first + hours)
    one = issue(number, UNDERCUT, detected_at=found, first_action_at=found + timedelta(hours=first), **more)
    close = outcome(number, kind=UNDERCUT, by=by, at=at, loss_stopped_per_day=50.0, lost_to_date=20.0, version=4)
    base = {"issue_id": number, "at": at, "run_id": None, "payload": "{}"}
    said = [("claimed", 2, by), ("assigned", 3, asked or by), ("closed", 4, by)]
    return one, close, [{**base, "event": e, "version": v, "by": who} for e, v, who in said]


def keep(ledger, rows):
    add(ledger, [r[0] for r in rows], [r[1] for r in rows], [e for r in rows for e in r[2]])


def test_closes_are_read_as_alone_or_asked_and_those_that_came_back_as_wrong(ledger):
    rows = [stored(1, "ines", first=1, hours=3), stored(2, "ines", first=1, hours=30, asked="tom")]
    rows.append(stored(3, "ali", first=2, hours=1))
    again = stored(9, "ali", first=1, hours=1, repeat_of=3)
    rows.append(stored(4, "ali", first=2, hours=1))
    rows[-1][2].append({**rows[-1][2][0], "version": 5, "event": "regressed", "by": "opswheel"})
    rows.append(stored(5, "ali", first=2, hours=1))
    base = rows[-1][2][0]
    rows[-1] = (
        *rows[-1][:2],
        [base | {"event": "assigned", "by": "lead"}, base | {"version": 3}],
    )  # given to him first
    keep(ledger, [*rows, again])
    with ledger.read() as connection:
        found = {c["issue_id"]: c for c in price_paths.closes(connection, NOW)}
    assert {n: c["alone"] for n, c in found.items()} == {1: True, 2: False, 3: True, 4: True, 5: True, 9: True}
    assert {n: c["wrong"] for n, c in found.items()} == {1: False, 2: False, 3: True, 4: True, 5: False, 9: False}
    assert (found[2]["asked"], found[2]["first_hours"], found[2]["hours"]) == ("tom", 1.0, 30.0)
    with ledger.read() as connection:
        assert price_paths.closes(connection, NOW + timedelta(days=181)) == []


@pytest.fixture
def desk(ledger):
    with ledger.write() as connection:
        record.put(connection, price_paths.KIND, proposed(team()), as_of=NOW)
    return ledger


def in_force(ledger):
    with ledger.read() as connection:
        return {d["subject"]: price_paths.words(d["to"]) for d in standing(connection, price_paths.KIND)}


def test_an_accepted_path_stands_until_it_is_undone_and_the_one_before_comes_back(desk):
    first = do(desk, record.accept, 1, SETTINGS)
    words = "You may change the price by up to 5% yourself; above that tom approves, within 46 hours."
    assert in_force(desk) == {UNDERCUT: words}
    with desk.write() as connection:
        (number,) = record.put(connection, price_paths.KIND, proposed(team()), as_of=NOW)
    with pytest.raises(WrongUse, match=r"no share from 0 to 0\.5"):
        do(desk, record.accept, number, SETTINGS, edit={"alone_up_to": 5.0})
    with pytest.raises(WrongUse, match="no time for an answer"):
        do(desk, record.accept, number, SETTINGS, edit={"within_hours": 0.0})
    second = do(desk, record.accept, number, SETTINGS, edit={"within_hours": 4.0, "approver": "ines"})
    assert "ines approves, within 4 hours" in in_force(desk)[UNDERCUT]
    with pytest.raises(Conflict, match="Roll that back first"):
        do(desk, record.rollback, first)
    do(desk, record.rollback, second)
    assert in_force(desk) == {UNDERCUT: words}
    do(desk, record.rollback, first)
    assert in_force(desk) == {}


@pytest.mark.parametrize(
    ("hours", "n", "verdict"),
    [(1.0, 20, "faster"), (9.0, 20, "cannot_tell"), (30.0, 20, "slower"), (1.0, 5, "cannot_tell")],
)
def test_an_accepted_path_is_judged_by_hours_to_the_first_action(desk, hours, n, verdict):
    number = do(desk, record.accept, 1, SETTINGS)
    spread = (0.5, 1.0, 1.5)
    rows = [stored(i, "ines", first=9.0 * spread[i % 3], hours=1, at=NOW - timedelta(days=i)) for i in range(1, 31)]
    later = NOW + timedelta(days=60)
    rows += [
        stored(100 + i, "ali", first=hours * spread[i % 3], hours=1, at=later + timedelta(days=i)) for i in range(n)
    ]
    keep(desk, rows)
    with desk.write() as connection:
        (told,) = judging.judge_due(connection, NOW + timedelta(days=92))
        kept = connection.execute(DECISIONS.sql_table().select()).one()
    assert (told["id"], told["days"], told["measured"]["verdict"]) == (number, 90, verdict)
    assert json.loads(kept.measured)["label"] == "observational"
    if n == 5:
        assert "5 after; 10 of each are needed" in told["measured"]["why"]

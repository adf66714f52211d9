"""Pages of the queue: nobody misses an issue, nobody sees one twice, whatever people do meanwhile."""

from __future__ import annotations

import pytest

from opswheel.core.contracts import RANKS, RUNS

from .kit import problem, run_row


def pages(api, path, meanwhile=lambda: None):
    """The issues of each page."""
    found, cursor = [], ""
    while cursor is not None:
        told = api.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        found.append([i["id"] for i in told["issues"]])
        cursor = told["next_cursor"]
        meanwhile()
        meanwhile = lambda: None  # noqa: E731
    return found


@pytest.fixture
def boss(house):
    house.user("boss", "admin")
    return house.api("boss")


@pytest.mark.parametrize("rule", ["", "&rule=value_per_hour"], ids=["by lane", "by another rule"])
def test_pages_hold_every_issue_once(boss, rule):
    assert pages(boss, f"/queue?limit=2{rule}") == [[1, 2], [3, 4], [5, 6]]
    assert pages(boss, f"/queue?limit=4{rule}") == [[1, 2, 3, 4], [5, 6]]
    assert pages(boss, f"/queue?limit=6{rule}") == [[1, 2, 3, 4, 5, 6]]  # no empty page follows


PIN = {"why": "the board asks", "until": "2026-11-24T09:00:00Z"}


@pytest.mark.parametrize(
    ("before", "meanwhile", "wanted"),
    [
        pytest.param([("5", "pin", PIN)], [("5", "unpin", None)], [[5, 1], [2, 3], [4, 6]], id="a pin is taken"),
        pytest.param([], [("4", "pin", PIN)], [[1, 2], [3, 4], [5, 6]], id="a later issue is pinned"),
        pytest.param([], [("1", "pin", PIN)], [[1, 2], [3, 4], [5, 6]], id="an issue seen already is pinned"),
        pytest.param(
            [(n, "pin", PIN) for n in "456"], [], [[4, 5], [6, 1], [2, 3]], id="more pins than a page holds"
        ),
        pytest.param(
            [(n, "pin", PIN) for n in "456"], [("6", "unpin", None)], [[4, 5], [6, 1], [2, 3]], id="of which one ends"
        ),
        pytest.param(
            [], [("1", "close", {"resolution": "false_alarm", "why": "expected"})], [[1, 2], [3, 4], [5, 6]],
            id="an issue seen already is closed",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rule", ["", "&rule=revenue_at_risk"], ids=["by lane", "by a rule"])
def test_a_page_neither_skips_nor_repeats_when(boss, before, meanwhile, wanted, rule):
    def act(acts):
        for number, act, body in acts:
            assert boss.post(f"/issues/{number}/{act}", body).status_code == 200

    act(before)
    assert pages(boss, f"/queue?limit=2{rule}", lambda: act(meanwhile)) == wanted


def test_ended_issues_are_paged_by_their_number(boss):
    for n in (1, 2, 3):
        boss.post(f"/issues/{n}/close", {"resolution": "false_alarm", "why": "expected"})

    def close_one_more():
        boss.post("/issues/4/close", {"resolution": "false_alarm", "why": "expected"})

    assert pages(boss, "/queue?state=closed&limit=2", close_one_more) == [[3, 2], [1]]


def test_a_cursor_is_over_when_another_run_has_finished(house, boss):
    cursor = boss.get("/queue?limit=2").json()["next_cursor"]
    later = house.clock.at
    house.clock.forward(hours=1)
    with house.ledger.write() as connection:
        connection.execute(RUNS.sql_table().insert(), [run_row(2, house.clock.at)])
        connection.execute(RANKS.sql_table().update().values(run_id=2))
    assert later < house.clock.at
    problem(boss.get(f"/queue?limit=2&cursor={cursor}"), 409, "cursor_over")
    assert pages(boss, "/queue?limit=3") == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("path", "mend"),
    [
        pytest.param("/queue?limit=2", lambda c: c[:-2] + ("AA" if c[-2:] != "AA" else "BB"), id="changed"),
        pytest.param("/queue?limit=2", lambda c: "AAAA", id="made up"),
        pytest.param("/queue?limit=2", lambda c: "%C3%BC", id="no text of ours"),
        pytest.param("/queue?limit=2&tier=1", lambda c: c, id="of another question"),
        pytest.param("/queue?limit=2&rule=value_per_hour", lambda c: c, id="of another order"),
    ],
)
def test_a_cursor_is_refused_that_is(quick, path, mend):
    quick.user("boss", "admin")
    boss = quick.api("boss")
    cursor = boss.get("/queue?limit=2").json()["next_cursor"]
    problem(boss.get(f"{path}&cursor={mend(cursor)}"), 409, "cursor_over")


def test_a_cursor_of_somebody_who_sees_all_is_no_use_to_somebody_who_does_not(quick):
    quick.user("boss", "admin"), quick.user("tom", "operator", "main")
    cursor = quick.api("boss").get("/queue?limit=2").json()["next_cursor"]
    problem(quick.api("tom").get(f"/queue?limit=2&cursor={cursor}"), 409, "cursor_over")


def test_what_has_not_changed_is_not_sent_again(quick):
    quick.user("boss", "admin")
    boss = quick.api("boss")
    for path in ("/queue?limit=2", "/issues/1"):
        first = boss.get(path)
        again = boss.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    boss.post("/issues/1/claim")
    assert boss.get("/issues/1", headers={"If-None-Match": first.headers["etag"]}).status_code == 200

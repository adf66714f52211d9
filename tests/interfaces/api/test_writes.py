"""Writes: done once however often they are sent, never over somebody else's, refused without a trace."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from opswheel.core.contracts.people import KEPT_ANSWERS, TOKENS
from opswheel.interfaces.answers import acts
from opswheel.interfaces.api import issues as routes
from opswheel.storage.ledger import Ledger
from tests.resolution.shop import events

from .kit import House, fill, fresh_key, problem


@pytest.fixture
def ines(house):
    return house.api(house.user("ines", "lead"))


def test_a_request_sent_twice_is_done_once_and_gets_the_same_answer(house, ines):
    key = {"Idempotency-Key": fresh_key()}
    first = ines.post("/issues/1/note", {"text": "asked"}, headers=key)
    house.clock.forward(hours=23)
    again = ines.post("/issues/1/note", {"text": "asked"}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert events(house.ledger, 1) == ["noted"]
    assert len(house.log("issue.note")) == 1
    house.clock.forward(hours=2)  # a day is over: the key is free again
    ines.post("/issues/1/note", {"text": "asked"}, headers=key)
    assert events(house.ledger, 1) == ["noted", "noted"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/issues/1/note", {"text": "another"}), ("/issues/2/note", {"text": "asked"}), ("/issues/1/claim", None)],
)
def test_a_key_that_stood_for_another_request_is_refused(house, ines, path, body):
    key = {"Idempotency-Key": fresh_key()}
    ines.post("/issues/1/note", {"text": "asked"}, headers=key)
    problem(ines.post(path, body, headers=key), 422, "key_reused")
    assert events(house.ledger, 1) == ["noted"]
    assert events(house.ledger, 2) == []


def test_a_key_belongs_to_the_person_who_sent_it(house, ines):
    tom, key = house.api(house.user("tom")), {"Idempotency-Key": fresh_key()}
    ines.post("/issues/1/note", {"text": "asked"}, headers=key)
    assert tom.post("/issues/2/note", {"text": "other"}, headers=key).status_code == 200


def test_a_refused_request_keeps_no_key_and_leaves_no_trace(house, ines):
    key = {"Idempotency-Key": fresh_key()}
    problem(ines.post("/issues/1/close", {"resolution": "fixed"}, headers=key), 422, "bad_close")
    assert events(house.ledger, 1) == []
    assert house.log("issue.close") == []
    done = {"resolution": "false_alarm", "why": "expected"}
    assert ines.post("/issues/1/close", done, headers=key).status_code == 200


def test_a_second_request_while_the_first_is_at_work_is_told_so(house, ines, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    claim = acts.ACTS["claim"]

    def slow(*arguments):
        begun.set()
        assert go_on.wait(30)
        return claim(*arguments)

    monkeypatch.setitem(routes.ACTS, "claim", slow)
    key = {"Idempotency-Key": fresh_key()}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ines.post, "/issues/1/claim", headers=key)
        assert begun.wait(30)
        told = problem(ines.post("/issues/1/claim", headers=key), 409, "conflict")
        go_on.set()
        assert first.result(30).status_code == 200
    assert "still being worked on" in told["detail"]
    assert events(house.ledger, 1) == ["claimed"]


def test_a_change_to_what_has_changed_since_is_refused(house, ines):
    tag = ines.get("/issues/1").headers["etag"]
    assert ines.post("/issues/1/note", {"text": "first"}, headers={"If-Match": tag}).headers["etag"] == '"2"'
    problem(ines.post("/issues/1/claim", headers={"If-Match": tag}), 412, "stale_version")
    assert ines.post("/issues/1/claim", headers={"If-Match": '"7", "2"'}).status_code == 200
    assert ines.post("/issues/1/note", {"text": "x"}, headers={"If-Match": "*"}).status_code == 200
    assert events(house.ledger, 1) == ["noted", "claimed", "noted"]


def test_of_two_people_who_close_one_issue_one_wins_and_the_other_is_told(house, ines):
    tom = house.api(house.user("tom"))
    tag = {"If-Match": ines.get("/issues/1").headers["etag"]}
    start = threading.Barrier(2)

    def close(api, why):
        start.wait(10)
        return api.post("/issues/1/close", {"resolution": "false_alarm", "why": why}, headers=tag)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(close, ines, "expected"), pool.submit(close, tom, "not_ours")]
        answers = [b.result(60) for b in both]
    assert sorted(a.status_code for a in answers) in ([200, 409], [200, 412])
    won = next(a for a in answers if a.status_code == 200).json()
    assert events(house.ledger, 1) == ["closed"]
    assert len(house.log("issue.close")) == 1
    assert ines.get("/issues/1").json()["events"] == won["events"]


def test_twenty_people_who_note_at_once_lose_nothing(house):
    people = [house.api(house.user(f"p{n}")) for n in range(20)]

    def note(n):
        while True:  # whoever was overtaken looks again
            answer = people[n].post("/issues/1/note", {"text": f"note {n}"})
            if answer.status_code != 409:
                return answer.status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(note, range(20))) == {200}
    told = people[0].get("/issues/1").json()
    assert sorted(e["detail"]["note"] for e in told["events"]) == sorted(f"note {n}" for n in range(20))
    assert told["version"] == 21


def test_what_is_refused_among_several_does_not_stop_or_undo_the_others(house, ines):
    told = ines.post("/issues/wake", {"ids": [1, 2]}).json()
    assert [r["code"] for r in told["refused"]] == ["conflict", "conflict"]
    ines.post("/issues/2/claim")
    told = ines.post("/issues/ack", {"ids": [1, 2, 99, 1]}).json()
    assert [i["id"] for i in told["issues"]] == [1]
    assert [(r["id"], r["code"]) for r in told["refused"]] == [(2, "conflict"), (99, "not_found")]
    assert events(house.ledger, 1) == ["acknowledged"]


def test_a_defect_in_the_middle_of_a_write_leaves_nothing_behind(house, ines, monkeypatch):
    def breaks(*arguments):
        acts.ACTS["note"](*arguments)
        raise ZeroDivisionError("inside")

    monkeypatch.setitem(routes.ACTS, "claim", breaks)
    key = {"Idempotency-Key": fresh_key()}
    told = problem(ines.post("/issues/1/claim", {}, headers=key), 500, "defect")
    assert "inside" not in str(told)
    assert events(house.ledger, 1) == []
    monkeypatch.undo()
    assert ines.post("/issues/1/claim", {}, headers=key).status_code == 200


def test_a_run_while_another_is_at_work_is_a_conflict_and_may_be_asked_for_again(house, ines, monkeypatch):
    from opswheel.wheel.lease import lease

    house.clock.forward(hours=1)
    key = {"Idempotency-Key": fresh_key()}
    with lease(house.ledger, "run", house.clock):
        problem(ines.post("/runs", headers=key), 409, "run_in_progress")
    told = ines.post("/runs", headers=key)
    assert (told.status_code, told.json()["replay"]) == (200, False), told.text
    again = ines.post("/runs", headers=key)
    assert again.json() == told.json()
    assert len(house.log("run")) == 1
    assert [r["id"] for r in ines.get("/runs").json()["runs"]] == [told.json()["run"], 1]


def test_a_run_whose_server_died_is_begun_anew_after_a_while(house, ines):
    row = {"who": "ines", "key": "k", "request": "", "at": house.clock.at}
    digest = {}

    class Seen(Exception):
        pass

    from opswheel.interfaces.api import keys

    real = keys.find

    def spy(connection, who, key, request, at):
        digest["is"] = request
        return real(connection, who, key, request, at)

    keys.find = spy
    try:
        ines.post("/runs", {"as_of": "2030-01-01T00:00:00Z"}, headers={"Idempotency-Key": "k"})
    finally:
        keys.find = real
    with house.ledger.write() as connection:
        connection.execute(KEPT_ANSWERS.sql_table().insert(), [row | {"request": digest["is"]}])
    again = {"Idempotency-Key": "k"}
    problem(ines.post("/runs", {"as_of": "2030-01-01T00:00:00Z"}, headers=again), 409, "conflict")
    house.clock.forward(minutes=16)
    told = problem(ines.post("/runs", {"as_of": "2030-01-01T00:00:00Z"}, headers=again), 400, "wrong_use")
    assert "still to come" in told["detail"]


def test_a_new_token_is_told_once_and_never_kept(house, ines):
    key = {"Idempotency-Key": fresh_key()}
    body = {"name": "nightly", "scopes": ["read"]}
    made = ines.post("/tokens", body, headers=key).json()
    again = ines.post("/tokens", body, headers=key).json()
    assert (again["id"], again["token"]) == (made["id"], None)
    secret = made["token"].rpartition("_")[2]
    with house.ledger.read() as connection:
        for contract in (KEPT_ANSWERS, TOKENS):
            rows = connection.execute(sa.select(contract.sql_table())).all()
            assert rows
            assert secret not in str(rows)
    assert secret not in str(house.log())


def test_an_admin_gives_a_user_an_e_mail_and_the_log_does_not_keep_it(house):
    boss = house.api(house.user("boss", "admin"))
    house.user("tom"), house.user("ines")
    told = boss("PATCH", "/users/tom", json={"email": "tom@example.com"})
    assert (told.status_code, told.json()["email"]) == (200, "tom@example.com")
    problem(boss("PATCH", "/users/ines", json={"email": "Tom@Example.com"}), 409, "conflict")
    problem(boss("PATCH", "/users/ines", json={"email": "tom"}), 400, "wrong_use")
    assert boss("PATCH", "/users/tom", json={"role": "viewer"}).json()["email"] == "tom@example.com"  # unsaid: stays
    assert boss("PATCH", "/users/tom", json={"email": ""}).json()["email"] is None
    assert "example.com" not in str(house.log())
    assert [json.loads(r.detail) for r in house.log("user.change")][::2] == [{"email": "changed"}, {"email": "removed"}]


def test_routes_are_replaced_whole_and_a_bad_line_changes_nothing(house, ines):
    told = ines("PUT", "/routes", json={"csv": "owner,kind\nInes,listing_suppressed\n"}).json()
    assert [r["owner"] for r in told["routes"]] == ["Ines"]
    assert {m["to"] for m in told["moved"]} == {"Ines"}
    problem(ines("PUT", "/routes", json={"csv": "owner,kind\nTom,no_such_kind\n"}), 400, "wrong_use")
    assert [r["owner"] for r in ines.get("/routes").json()["routes"]] == ["Ines"]
    assert [r.subject for r in house.log("route.load")] == ["routes"]
    assert house.log("route.load")[0].who == "ines"


@pytest.fixture
def cleared(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, {1: "main"})
    yield House(tmp_path, ledger)
    ledger.close()


def test_every_act_people_have_is_there_for_one_and_for_several(cleared):
    paths = cleared.local().get("/openapi.json").json()["paths"]
    for act in acts.ACTS:
        assert "post" in paths[f"/api/v1/issues/{{number}}/{act}"]
        assert "post" in paths[f"/api/v1/issues/{act}"]


def test_each_act_does_what_the_command_does(cleared):
    api = cleared.local()
    for act, body, state in (
        ("ack", None, "new"),
        ("assign", {"to": "tom"}, "assigned"),
        ("pin", {"why": "board", "until": "2026-11-23T09:00:00+01:00"}, "assigned"),
        ("unpin", {}, "assigned"),
        ("claim", None, "in_progress"),
        ("snooze", {"why": "later", "until": "2026-11-24"}, "in_progress"),
        ("wake", None, "in_progress"),
        ("snooze", {"why": "later", "until_lost": 50}, "in_progress"),
        ("wait", {"on": "the supplier"}, "waiting"),
        ("note", {"text": "words"}, "waiting"),
        ("close", {"resolution": "fixed", "root_cause": "image", "minutes": 12.5}, "fixed"),
        ("reopen", None, "in_progress"),
        (
            "close",
            {"resolution": "accepted_risk", "root_cause": "image", "minutes": 1, "until": "2026-12-01"},
            "closed",
        ),
    ):
        if act == "assign":
            cleared.clock.forward(minutes=1)
        answer = api.post(f"/issues/1/{act}", body)
        assert answer.status_code == 200, (act, answer.text)
        assert answer.json()["state"] == state, act
    assert [r.what for r in cleared.log()][:3] == ["issue.ack", "issue.assign", "issue.pin"]

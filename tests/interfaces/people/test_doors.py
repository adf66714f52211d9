"""The one local user: the person at this machine and nobody else, until the first user is added."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from opswheel.core.contracts.people import AUDIT_LOG
from opswheel.interfaces.people import audit, doors
from tests.interfaces.api.kit import COMMAND, Api, House, problem

ADMIN = {"name": "ines", "role": "admin", "password": "correct horse battery"}


@pytest.fixture
def alone(ledger, tmp_path):
    return House(tmp_path, ledger)


def test_the_person_at_this_machine_is_an_admin_without_signing_in(alone):
    told = alone.local().get("/me").json()
    assert (told["name"], told["role"], told["via"], told["sign_in"]) == ("keyboard", "admin", "local", False)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        pytest.param("10.0.0.9", {}, id="another machine"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, id="through a proxy"),
        pytest.param("127.0.0.1", {"forwarded": "for=127.0.0.1"}, id="through a proxy of the new kind"),
        pytest.param("::ffff:10.0.0.9", {}, id="another machine, written as IPv6"),
    ],
)
def test_nobody_else_is(alone, address, headers):
    problem(Api(alone, None, address=address, **headers).get("/me"), 401, "not_signed_in")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8321", "", "[::2]"])
def test_a_name_that_only_leads_here_is_refused(alone, host):
    answer = alone.local().get("/queue", headers={"host": host})
    problem(answer, 403, "not_allowed")
    assert alone.local()("GET", "http://127.0.0.1:8321/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8321", "[::1]:8321", "LOCALHOST:80", "shop.example:8321"])
def test_its_own_names_are_not(ledger, tmp_path, host):
    house = House(tmp_path, ledger, settings='[serve]\ntrusted_hosts = ["shop.example"]\n')
    assert house.local().get("/queue", headers={"host": host}).status_code == 200


def test_a_server_others_can_reach_knows_no_local_user(ledger, tmp_path):
    house = House(tmp_path, ledger, listens="0.0.0.0")
    problem(Api(house, None).get("/me"), 401, "not_signed_in")


def test_with_the_first_user_everybody_signs_in(alone):
    local = alone.local()
    problem(local.post("/users", {**ADMIN, "role": "lead"}), 400, "wrong_use")
    problem(local.post("/users", {**ADMIN, "accounts": ["main"]}), 400, "wrong_use")
    assert local.post("/users", ADMIN).status_code == 201
    problem(local.get("/queue"), 401, "not_signed_in")
    api = alone.api("ines")
    for change in ({"role": "lead"}, {"disabled": True}, {"accounts": ["main"]}):
        problem(api("PATCH", "/users/ines", json=change), 409, "conflict")  # nobody would be left
    problem(api.post("/users", {**ADMIN, "name": "INES"}), 409, "conflict")
    told = [(r.what, r.who, r.via) for r in alone.log("user.add")]
    assert told == [("user.add", "keyboard", "local")]


@pytest.mark.parametrize("name", ["", " ines", "a/b", "x" * 65, "=1+1", "ines\n", "\u202eines", "-rf"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(alone, name):
    assert alone.local().post("/users", {**ADMIN, "name": name}).status_code in (400, 422)


@pytest.mark.parametrize("word", ["UPDATE audit_log SET who = 'nobody'", "DELETE FROM audit_log"])
def test_the_database_itself_lets_nobody_change_the_audit_log(ledger, word, alone):
    with ledger.write() as connection:
        audit.record(connection, COMMAND, "sign_in", at=alone.clock.at)
    with pytest.raises(sa.exc.DatabaseError, match="the audit log is never changed"), ledger.write() as connection:
        connection.execute(sa.text(word))
    if ledger.dialect == "postgresql":
        with pytest.raises(sa.exc.DatabaseError, match="never changed"), ledger.write() as connection:
            connection.execute(sa.text("TRUNCATE audit_log"))
    assert [r.who for r in alone.log()] == ["the test"]


def test_nothing_a_role_can_reach_changes_or_deletes_a_line_of_the_audit_log():
    from pathlib import Path

    from opswheel import interfaces

    folder = Path(interfaces.__file__).parent
    sources = [p for part in ("api", "web", "people", "answers") for p in (folder / part).rglob("*.py")]
    naming = [p for p in sources if AUDIT_LOG.name in (text := p.read_text(encoding="utf-8")) or "AUDIT_LOG" in text]
    assert [p.name for p in naming] == ["audit.py"]
    words = naming[0].read_text(encoding="utf-8")
    assert [w for w in (".update(", ".delete(", ".insert(") if w in words] == [".insert("]


def test_the_audit_log_is_read_in_pages_the_newest_first(alone):
    with alone.ledger.write() as connection:
        for n in range(5):
            audit.record(connection, COMMAND, "note", f"issue/{n}", at=alone.clock.at)
    local = alone.local()
    first = local.get("/audit?limit=3").json()
    rest = local.get(f"/audit?limit=3&cursor={first['next_cursor']}").json()
    assert [r["subject"] for r in first["lines"] + rest["lines"]] == [f"issue/{n}" for n in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    problem(local.get("/audit?cursor=%27%20OR%201%3D1"), 422, "bad_request")


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("127.8.8.8", True), ("[::1]", True), ("0.0.0.0", False), ("localhost.evil", False)],
)
def test_what_counts_as_this_machine(host, is_here):
    assert doors.is_loopback(host) is is_here

"""Signing in: who gets in, for how long, and what a forged, stolen or late request gets."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest
import sqlalchemy as sa
from fastapi import Depends, Form, Request, Response

from opswheel.core.contracts.people import SESSIONS, USERS
from opswheel.core.errors import NotSignedIn, WrongUse
from opswheel.interfaces.people import csrf_of, guarded, passwords, sign_in, sign_out, tokens
from tests.interfaces.api.kit import COMMAND, HERE, Api, House, problem

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def hashed():
    return passwords.hashed(PASSWORD)


@pytest.fixture
def doors(ledger, tmp_path):
    """A house whose app signs people in and out as the app's pages do."""
    house = House(tmp_path, ledger)

    @house.app.post("/test/in")
    def enter(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        response = Response("in")
        sign_in(request, response, name, password)
        return response

    @house.app.post("/test/out")
    def leave(request: Request) -> Response:
        response = Response("out")
        sign_out(request, response)
        return response

    @house.app.get("/test/mark")
    def mark(request: Request) -> Response:
        return Response(csrf_of(request))

    @house.app.post("/test/form", dependencies=[Depends(guarded)])
    def form(text: Annotated[str, Form()]) -> Response:
        return Response(text)

    return house


class Browser(Api):
    """Keeps its cookies, as browsers do."""

    def __init__(self, house, **more):
        super().__init__(house, None, **more)

    def __call__(self, method, path, **more):
        path = path if path.startswith(("/api", "/test")) else f"/api/v1{path}"
        more["headers"] = {**self.headers, **more.get("headers", {})}
        return asyncio.run(self.client.request(method, path, **more))

    def enter(self, name, password=PASSWORD):
        answer = self("POST", "/test/in", data={"name": name, "password": password})
        if answer.status_code == 200:
            self.headers["x-csrf-token"] = self("GET", "/test/mark").text
        return answer

    @property
    def cookie(self):
        return next(iter(self.client.cookies.jar)).value


@pytest.fixture
def ines(doors, hashed):
    doors.user("ines", "admin", password=hashed)
    browser = Browser(doors)
    assert browser.enter("ines").status_code == 200
    return browser


def test_a_session_knows_its_person_until_they_sign_out_for_good(doors, ines):
    assert (ines.get("/me").json()["name"], ines.get("/me").json()["via"]) == ("ines", "session")
    stolen = ines.cookie
    ines("POST", "/test/out")
    thief = Browser(doors)
    thief.client.cookies.set(next(iter(_names(doors))), stolen)
    problem(thief.get("/me"), 401, "not_signed_in")
    assert [r.what for r in doors.log()] == ["sign_in", "sign_out", "refused"]


def _names(house):
    from opswheel.interfaces.people.asking import cookie_name

    return [cookie_name(house.workspace)]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(doors, hashed):
    doors.user("ines", "admin", password=hashed)
    for base, secure in ((HERE, False), ("https://127.0.0.1:8321", True)):
        told = Browser(doors, base=base).enter("ines").headers["set-cookie"]
        assert "HttpOnly" in told
        assert "SameSite=lax" in told
        assert ("Secure" in told) is secure
        cookie = told.partition("=")[2].partition(";")[0]
        with doors.ledger.read() as connection:
            assert cookie not in str(connection.execute(sa.select(SESSIONS.sql_table())).all())


def test_a_session_ends_when_nobody_is_there_and_in_any_case_after_a_day_of_work(doors, ines):
    doors.clock.forward(hours=1, minutes=59)
    assert ines.get("/me").status_code == 200
    doors.clock.forward(hours=2)
    assert "over" in problem(ines.get("/me"), 401, "not_signed_in")["detail"]
    ines.enter("ines")
    for _ in range(11):
        doors.clock.forward(hours=1)
        assert ines.get("/me").status_code == 200
    doors.clock.forward(hours=1)
    problem(ines.get("/me"), 401, "not_signed_in")


def test_signing_in_again_gives_a_new_cookie_and_ends_the_old_one(doors, ines):
    old = ines.cookie
    ines.enter("ines")
    assert ines.cookie != old
    with doors.ledger.read() as connection:
        assert len(connection.execute(sa.select(SESSIONS.sql_table())).all()) == 1


def test_a_new_password_or_a_disabled_user_ends_open_sessions(doors, ines, hashed):
    doors.user("boss", "admin", password=hashed)
    boss = doors.api("boss")
    assert boss("PATCH", "/users/ines", json={"password": "another long password"}).status_code == 200
    problem(ines.get("/me"), 401, "not_signed_in")
    assert ines.enter("ines").status_code == 401
    assert ines.enter("ines", "another long password").status_code == 200
    boss("PATCH", "/users/ines", json={"disabled": True})
    problem(ines.get("/me"), 401, "not_signed_in")
    assert ines.enter("ines", "another long password").status_code == 401
    boss("PATCH", "/users/ines", json={"disabled": False})
    assert ines.enter("ines", "another long password").status_code == 200


def test_a_wrong_name_and_a_wrong_password_cannot_be_told_apart(doors, hashed):
    doors.user("ines", "admin", password=hashed)
    request = Request({"type": "http", "app": doors.app, "headers": [], "client": ("10.0.0.9", 1)})
    told = []
    for name, password in (("ines", "wrong wrong wrong"), ("nobody", PASSWORD), ("ines", ""), ("ines", "\x00" * 5000)):
        with pytest.raises(NotSignedIn) as refused:
            sign_in(request, Response(), name, password)
        told.append(str(refused.value))
    assert len(set(told)) == 1
    assert [(r.what, r.who, r.address) for r in doors.log()] == [("sign_in.refused", None, "10.0.0.9")] * 4
    assert "wrong wrong" not in str(doors.log())


def test_whoever_guesses_waits_and_a_person_waits_a_minute_at_most_for_a_stranger(doors, hashed, monkeypatch):
    doors.user("ines", "admin", password=hashed)
    monkeypatch.setattr(passwords, "fits", lambda kept, said: said == PASSWORD and kept is not None)
    stranger, ines = Browser(doors, address="10.0.0.9"), Browser(doors, address="10.0.0.1")
    for _ in range(10):
        assert stranger.enter("ines", "guess guess guess").status_code == 401
        doors.clock.forward(seconds=1)
    answer = stranger.enter("ines")
    assert answer.status_code == 429  # even with the right password
    assert int(answer.headers["retry-after"]) >= 1
    for _ in range(30):  # the stranger goes on for long; each refusal costs more
        doors.clock.forward(minutes=16)
        stranger.enter("ines", "guess guess guess")
    assert stranger.enter("tom").status_code == 429
    doors.clock.forward(seconds=61)
    assert ines.enter("ines").status_code == 200


FORGED = [
    pytest.param({"origin": "https://evil.example"}, True, id="another site"),
    pytest.param({"origin": "null"}, True, id="a page without a site"),
    pytest.param({"origin": "http://127.0.0.1:9999"}, True, id="another port of this machine"),
    pytest.param({"sec-fetch-site": "cross-site"}, True, id="another site, without an origin"),
    pytest.param({"sec-fetch-site": "same-site"}, True, id="a neighbour of the site"),
    pytest.param({"referer": "https://evil.example/page"}, True, id="a link on another site"),
    pytest.param({}, False, id="no mark"),
    pytest.param({"x-csrf-token": "0" * 64}, False, id="a made-up mark"),
    pytest.param({"x-csrf-token": ""}, False, id="an empty mark"),
    pytest.param({"x-csrf-token": b"\xfc\xff"}, False, id="a mark that is no text"),
]


@pytest.mark.parametrize(("headers", "with_mark"), FORGED)
@pytest.mark.parametrize("local", [False, True], ids=["in a session", "for the one local user"])
def test_a_forged_request_is_refused_and_written_down(doors, hashed, local, headers, with_mark):
    browser = Browser(doors)
    if local:
        browser.headers["x-csrf-token"] = browser("GET", "/test/mark").text
    else:
        doors.user("ines", "admin", password=hashed)
        browser.enter("ines")
    mark = browser.headers.pop("x-csrf-token")
    sent = {**headers, **({"x-csrf-token": mark} if with_mark else {})}
    body = {"name": "x", "scopes": ["read"]}
    problem(browser("POST", "/tokens", json=body, headers=sent), 403, "not_allowed")
    assert browser("POST", "/test/form", data={"text": "hi"}, headers=sent).status_code == 403
    assert {r.what for r in doors.log()} - {"sign_in"} == {"refused"}
    good = {"origin": HERE, "x-csrf-token": mark}
    assert browser("POST", "/tokens", json=body, headers=good).status_code == (404 if local else 201)
    assert browser("POST", "/test/form", data={"text": "hi", "csrf": mark}).text == "hi"


def test_the_mark_of_one_session_is_worth_nothing_in_another(doors, ines, hashed):
    doors.user("tom", "operator", password=hashed)
    tom = Browser(doors)
    tom.enter("tom")
    assert tom.headers["x-csrf-token"] != ines.headers["x-csrf-token"]
    stolen = {"x-csrf-token": ines.headers["x-csrf-token"]}
    problem(tom("POST", "/tokens", json={"name": "x", "scopes": ["read"]}, headers=stolen), 403, "not_allowed")


TAMPERED = [
    pytest.param(lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), "not known", id="changed"),
    pytest.param(lambda t: t[:15], "not known", id="half of it"),
    pytest.param(lambda t: "ow_000000000000_" + t[16:], "not known", id="another number"),
    pytest.param(lambda t: t + "\u00a0", "not known", id="with something behind it"),
    pytest.param(lambda t: "' OR 1=1 --", "not known", id="an injection"),
    pytest.param(lambda t: "", "not known", id="nothing"),
]


@pytest.mark.parametrize(("tamper", "words"), TAMPERED)
def test_a_token_that_is_none_is_refused(doors, tamper, words):
    doors.user("ines", "admin")
    said = tamper(doors.token("ines"))
    answer = Api(doors, None)("GET", "/me", headers={"authorization": f"Bearer {said}".encode("latin-1")})
    told = problem(answer, 401, "not_signed_in")
    assert words in told["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert [(r.what, r.who) for r in doors.log()][-1] == ("refused", None)


def test_a_token_ends_on_its_day_when_it_is_revoked_and_with_its_person(doors):
    doors.user("ines", "admin")
    token = doors.token("ines", days=2)
    api = Api(doors, token)
    doors.clock.forward(days=2, seconds=-1)
    assert api.get("/me").status_code == 200
    doors.clock.forward(seconds=1)
    assert "expired" in problem(api.get("/me"), 401, "not_signed_in")["detail"]
    stolen = doors.api("ines")
    number = stolen.headers["authorization"].split("_")[1]
    assert doors.api("ines")("DELETE", f"/tokens/{number}").json()["revoked_at"]
    assert "revoked" in problem(stolen.get("/me"), 401, "not_signed_in")["detail"]


def test_a_token_does_no_more_than_its_person_and_makes_none_for_others(doors):
    doors.user("boss", "admin"), doors.user("tom", "operator")
    tom, boss = doors.api("tom"), doors.api("boss")
    body = {"name": "x", "scopes": ["admin"], "person": "boss"}
    problem(tom.post("/tokens", body), 403, "not_allowed")
    assert tom.post("/tokens", {**body, "person": "tom"}).status_code == 201
    theirs = boss.post("/tokens", {**body, "person": "tom"}).json()["id"]
    mine = boss.post("/tokens", {**body, "person": "boss"}).json()["id"]
    problem(tom("DELETE", f"/tokens/{mine}"), 404, "not_found")
    assert tom("DELETE", f"/tokens/{theirs}").status_code == 200
    assert {t["person"] for t in tom.get("/tokens").json()["tokens"]} == {"tom"}
    problem(tom.get("/tokens?everybody=true"), 403, "not_allowed")
    assert {t["person"] for t in boss.get("/tokens?everybody=true").json()["tokens"]} == {"tom", "boss"}
    told = boss.get("/tokens?everybody=true").text + boss.get("/users").text + boss.get("/audit").text
    assert "hash" not in told
    assert "argon2" not in told


def test_passwords_are_kept_as_argon2_and_must_be_long(hashed):
    assert hashed.startswith("$argon2id$")
    assert passwords.fits(hashed, PASSWORD)
    assert not passwords.fits(hashed, PASSWORD + " ")
    assert not passwords.fits(None, "nobody has this password")
    assert not passwords.fits("no hash", PASSWORD)
    with pytest.raises(WrongUse):
        passwords.hashed("short")


def test_a_token_for_a_disabled_user_or_an_unknown_scope_is_not_made(doors):
    from opswheel.core.errors import Conflict, NotFound

    doors.user("ines", "admin"), doors.user("tom")
    with doors.ledger.write() as connection:
        table = USERS.sql_table()
        connection.execute(table.update().where(table.c.name == "tom").values(disabled_at=doors.clock.at))
    for person, scopes, days, error in (
        ("tom", ["read"], 1, Conflict),
        ("nobody", ["read"], 1, NotFound),
        ("ines", ["all"], 1, WrongUse),
        ("ines", [], 1, WrongUse),
        ("ines", ["read"], 400, WrongUse),
    ):
        with pytest.raises(error):
            tokens.make(doors.workspace, person, name="x", scopes=scopes, days=days, doer=COMMAND)

"""What is sent is text and stays text; what cannot be meant is refused; nothing leaves a stack trace."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUES
from opswheel.interfaces.api.buckets import Buckets
from opswheel.interfaces.api.problems import KINDS

from .kit import House, problem

HOSTILE = [
    pytest.param("'; DROP TABLE issues; --", id="SQL"),
    pytest.param("' OR '1'='1", id="SQL that is always true"),
    pytest.param('<script>alert(1)</script><img src=x onerror="alert(2)">', id="HTML"),
    pytest.param("{{ 7 * 7 }}{% for x in y %}", id="a template"),
    pytest.param('=HYPERLINK("http://evil.example","click")', id="a formula"),
    pytest.param("@SUM(1+1)*cmd|' /C calc'!A0", id="a formula of another kind"),
    pytest.param("-2+3+cmd|' /C calc'!A0", id="a formula with a sign"),
    pytest.param("../../etc/passwd", id="a path"),
    pytest.param("line one\r\nSet-Cookie: x=1", id="a header"),
    pytest.param("\u202eRTL \U0001f4a5 ünïcödé", id="odd letters"),
]


@pytest.fixture
def api(quick):
    quick.user("ines", "admin")
    return quick.api("ines")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_kept_and_told_as_it_was_sent(quick, api, text):
    """In every text a person can write."""
    until = "2026-11-24T09:00:00Z"
    api.post("/issues/1/note", {"text": text})
    api.post("/issues/1/assign", {"to": text})
    api.post("/issues/1/pin", {"why": text, "until": until})
    api.post("/issues/1/snooze", {"why": text, "until": until})
    told = api.get("/issues/1").json()
    assert [told["owner"], told["pinned"]["why"], told["snoozed"]["why"]] == [text] * 3
    assert told["events"][0]["detail"]["note"] == text
    api.post("/issues/2/wait", {"on": text})
    assert api.get("/issues/2").json()["waiting_on"] == text
    closed = {"resolution": "false_alarm", "why": "expected", "note": text}
    assert api.post("/issues/2/close", closed).json()["events"][-1]["detail"]["note"] == text
    case = {"issues": [3], "type": "other", "id": text, "title": text, "have": []}
    opened = api.post("/cases", case).json()
    assert [opened["external_id"], opened["title"]] == [text, text]
    assert api("PATCH", f"/cases/{opened['id']}", json={"status": "closed", "outcome": text}).json()["outcome"] == text
    made = api.post("/tokens", {"name": text, "scopes": ["read"]}).json()
    assert made["name"] == text
    owned = api.get("/queue", params={"owner": text, "snoozed": True}).json()["issues"]
    assert [i["id"] for i in owned] == [1]
    assert api.get("/issues/1").headers["content-type"] == "application/json"
    assert api.get("/issues/1").headers["x-content-type-options"] == "nosniff"
    assert {r.who for r in quick.log() if r.via != "command"} == {"ines"}
    with quick.ledger.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ISSUES.sql_table())).scalar() == 6


@pytest.mark.parametrize("text", [p for p in HOSTILE if "header" not in (p.id or "")])
def test_a_csv_we_write_runs_nothing(api, text):
    out = io.StringIO()
    csv.writer(out).writerows([["owner", "kind", "brand"], [text, "listing_suppressed", text]])
    assert api("PUT", "/routes", json={"csv": out.getvalue()}).status_code == 200
    answer = api.get("/routes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["owner"].lstrip("'") == text.lstrip("'")
    assert rows[0]["owner"][0] not in "=+-@\t\r"
    assert answer.headers["content-disposition"].startswith("attachment")


BAD = [
    pytest.param("POST", "/issues/1/note", {"text": "a\x00b"}, id="a zero byte"),
    pytest.param("POST", "/issues/1/note", {"text": ""}, id="nothing said"),
    pytest.param("POST", "/issues/1/note", {"text": " \n"}, id="only spaces"),
    pytest.param("POST", "/issues/1/note", {"text": "x" * 4_001}, id="too long"),
    pytest.param("POST", "/issues/1/note", {"text": 5}, id="a number for text"),
    pytest.param("POST", "/issues/1/note", {"text": "x", "by": "boss"}, id="somebody else's name"),
    pytest.param("POST", "/issues/1/note", {}, id="a value missing"),
    pytest.param("POST", "/issues/1/note", [], id="a list for an object"),
    pytest.param("POST", "/issues/0/claim", {}, id="issue 0"),
    pytest.param("POST", "/issues/99999999999999999999/claim", {}, id="a number beyond every database"),
    pytest.param("POST", "/issues/1/pin", {"why": "x", "until": "soon"}, id="no moment"),
    pytest.param("POST", "/issues/1/pin", {"why": "x", "until": 5}, id="a number for a moment"),
    pytest.param("POST", "/issues/1/pin", {"why": "x", "until": "0001-01-01T00:00:00+14:00"}, id="before all time"),
    pytest.param("POST", "/issues/1/snooze", {"why": "x", "until_lost": -1}, id="a negative loss"),
    pytest.param("POST", "/issues/claim", {"ids": []}, id="no issues"),
    pytest.param("POST", "/issues/claim", {"ids": list(range(1, 202))}, id="too many issues"),
    pytest.param("POST", "/issues/claim", {"ids": [True]}, id="yes for a number"),
    pytest.param("POST", "/tokens", {"name": "x", "scopes": ["root"]}, id="an unknown scope"),
    pytest.param("POST", "/match", {"sales": 1e300}, id="sales of no shop"),
    pytest.param("GET", "/queue?limit=0", None, id="no rows"),
    pytest.param("GET", "/queue?limit=501", None, id="too many rows"),
    pytest.param("GET", "/queue?lane=fast", None, id="an unknown lane"),
    pytest.param("GET", "/queue?colour=red", None, id="an unknown filter"),
    pytest.param("GET", "/queue?as_of=9999-12-31", None, id="the end of all days"),
    pytest.param("GET", "/queue?owner=%00", None, id="a zero byte in the address"),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD)
def test_what_cannot_be_meant_is_refused_and_named(quick, api, method, path, body):
    told = problem(api(method, path, json=body), 422, "bad_request")
    assert told["errors"][0]["where"].split(".")[0] in ("body", "query", "path")
    assert quick.log() == quick.log("token.make")  # nothing was done


@pytest.mark.parametrize("body", [b"{", b'{"text": NaN', b"\xff\xfe", b'{"text": "\\ud800"}', b"text=x"])
def test_a_body_that_is_no_json_of_ours_is_refused(api, body):
    answer = api("POST", "/issues/1/note", content=body, headers={"content-type": "application/json"})
    problem(answer, 422, "bad_request")


def test_an_address_that_is_none_and_a_method_it_does_not_take_get_problems_too(api):
    problem(api.get("/nothing"), 404, "not_found")
    answer = api("DELETE", "/queue")
    problem(answer, 405, "no_such_method")
    assert answer.headers["allow"] == "GET"


def test_a_request_that_is_too_long_is_refused_before_it_is_read(quick):
    quick.user("ines", "admin")
    small = House(quick.folder, quick.ledger, settings="[serve]\nbody_megabytes = 0.001\nupload_megabytes = 0.002\n")
    api = small.api("ines")
    problem(api.post("/issues/1/note", {"text": "x" * 1_100}), 413, "too_large")

    async def drips():
        for _ in range(20):
            yield b" " * 100

    no_length = api("POST", "/issues/1/note", content=drips(), headers={"content-type": "application/json"})
    problem(no_length, 413, "too_large")
    problem(api.post("/loads", files={"files": ("a.txt", b"x" * 3_000)}), 413, "too_large")
    assert api.post("/loads", files={"files": ("a.txt", b"x" * 1_000)}).status_code == 200


@pytest.mark.parametrize("name", ["../../evil.txt", "C:\\temp\\evil.txt", "/etc/evil.txt", "evil.txt"])
def test_an_uploaded_file_goes_nowhere_but_where_we_put_it(api, name):
    told = api.post("/loads", files={"files": (name, b"nothing we know")}).json()["files"]
    assert [(f["path"], f["status"]) for f in told] == [("evil.txt", "refused")]


@pytest.mark.parametrize("name", ["..", "x" * 300])
def test_a_file_without_a_name_is_refused(api, name):
    assert api.post("/loads", files={"files": (name, b"x")}).status_code == 422


def test_whoever_asks_too_often_is_told_when_to_come_again(quick):
    quick.user("ines", "admin"), quick.user("tom")
    house = House(quick.folder, quick.ledger, settings="[serve]\nrequests_per_minute = 3\n")
    ines, tom, nobody = house.api("ines"), house.api("tom"), house.api(address="10.0.0.9")
    assert [ines.get("/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ines.get("/me")
    problem(answer, 429, "too_many")
    assert 1 <= int(answer.headers["retry-after"]) <= 20
    assert tom.get("/me").status_code == 200
    assert [nobody.get("/me").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_a_bucket_fills_steadily_and_the_silent_are_forgotten():
    from opswheel.core.errors import TooMany
    from opswheel.interfaces.api import buckets

    held = Buckets(60)
    for _ in range(60):
        held.take("ines", at=0.0)
    with pytest.raises(TooMany) as refused:
        held.take("ines", at=0.5)
    assert refused.value.seconds == 1
    held.take("ines", at=1.0)
    for n in range(buckets.MOST + 5):
        held.take(f"somebody {n}", at=2.0)
    assert len(held._held) == buckets.MOST


def test_a_problem_names_its_kind_and_never_what_was_sent(api):
    told = api.post("/users", {"name": "x", "role": "admin", "password": "hunter2"}).text
    assert KINDS in told
    assert "hunter2" not in told

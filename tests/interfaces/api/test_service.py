"""Jobs, webhooks and notices over the network: for admins, secrets told once, and nothing sent inside."""

from __future__ import annotations

import sqlalchemy as sa

from opswheel.core.contracts import CURSORS, JOBS, TOLD_TO
from opswheel.core.contracts.people import KEPT_ANSWERS
from opswheel.interfaces.service import asleep
from opswheel.wheel.jobs import put

from ..service.sinks import sink
from .kit import House, fresh_key, problem


def inside(house):
    """The same house, allowed to send to this machine."""
    allowed = '[webhooks]\nallow = ["127.0.0.1"]\nplain_http = true\nseconds = 2\n'
    return House(house.folder, house.ledger, house.clock, settings=allowed)


def test_a_webhook_is_added_tested_and_removed_and_its_secret_told_once(house):
    house = inside(house)
    boss, key = house.api(house.user("boss", "admin")), {"Idempotency-Key": fresh_key()}
    with sink() as target:
        body = {"url": f"{target.url}/hook/0123456789abcdef", "events": ["closed"]}
        made, again = (boss.post("/webhooks", body, headers=key) for _ in range(2))
        assert (made.status_code, again.json()["secret"]) == (201, None)
        number, secret = made.json()["webhook"]["id"], made.json()["secret"]
        tried = boss.post(f"/webhooks/{number}/test").json()["delivery"]
        assert (tried["event"], tried["state"], len(target.got)) == ("ping", "sent", 1)
    told = boss.get("/webhooks").json()["webhooks"]
    assert [(h["id"], h["events"], h["sent"]) for h in told] == [(number, ["closed"], 1)]
    assert [d["id"] for d in boss.get(f"/webhooks/deliveries?webhook={number}").json()["deliveries"]] == [tried["id"]]
    with house.ledger.read() as connection:
        kept = str(connection.execute(sa.select(KEPT_ANSWERS.sql_table())).all())
    assert "secret" in kept
    for secret_part in (secret, "0123456789abcdef"):
        assert secret_part not in kept + str(house.log()) + boss.get("/webhooks").text
    assert boss("DELETE", f"/webhooks/{number}").json() == {"removed": number}
    problem(boss.post(f"/webhooks/{number}/test"), 404, "not_found")
    assert [r.what for r in house.log() if r.who == "boss"] == ["webhook.add", "webhook.test", "webhook.remove"]


def test_nothing_can_be_sent_inside_where_the_settings_do_not_allow_it(house):
    boss = house.api(house.user("boss", "admin"))
    for url in ("https://127.0.0.1/x", "https://169.254.169.254/", "http://8.8.8.8/", "ftp://8.8.8.8/", "no url"):
        problem(boss.post("/webhooks", {"url": url}), 400, "wrong_use")
    problem(boss.post("/webhooks", {"url": "https://8.8.8.8/x", "events": ["no such"]}), 400, "wrong_use")
    assert boss.get("/webhooks").json()["webhooks"] == []
    assert house.log("webhook.add") == []


def test_a_dead_job_is_seen_by_a_lead_and_tried_again_by_an_admin(house):
    boss, kim = house.api(house.user("boss", "admin")), house.api(house.user("kim", "lead"))
    with house.ledger.write() as connection:
        put(connection, "webhook", "1", {"delivery": 1}, wall=house.clock.at)
        connection.execute(JOBS.sql_table().update().values(state="dead", last_error="it answered 500"))
    found = kim.get("/jobs?state=dead").json()
    assert (found["dead"], [j["error"] for j in found["jobs"]]) == (1, ["it answered 500"])
    number = found["jobs"][0]["id"]
    problem(kim.post(f"/jobs/{number}/retry"), 403, "not_allowed")
    assert boss.post(f"/jobs/{number}/retry").json()["waiting"] == 1
    problem(boss.post(f"/jobs/{number}/retry"), 409, "conflict")
    problem(boss.post("/jobs/99/retry"), 404, "not_found")


def told_to(house, person):
    row = {"person": person, "urls": '["json://127.0.0.1:9/secret"]', "everything": False, "daily_at": "", "quiet": ""}
    with house.ledger.write() as connection:
        connection.execute(
            TOLD_TO.sql_table().insert(), row | {"since": house.clock.at, "at": house.clock.at, "by": "x"}
        )


def test_when_somebody_is_told_can_be_changed_but_never_where_to(house):
    boss = house.api(house.user("boss", "admin"))
    told_to(house, "tom")
    said = {"daily": "08:00", "quiet": "19:00-07:00", "everything": True}
    (tom,) = boss("PATCH", "/notices/tom", json=said).json()["people"]
    assert (tom["daily_at"], tom["quiet"], tom["everything"]) == ("08:00", "19:00-07:00", True)
    assert "secret" not in boss.get("/notices").text
    problem(boss("PATCH", "/notices/tom", json={"url": ["json://8.8.8.8"]}), 422, "bad_request")
    problem(boss("PATCH", "/notices/tom", json={"daily": "noon"}), 400, "wrong_use")
    problem(boss("PATCH", "/notices/eve", json={"everything": True}), 400, "wrong_use")  # nobody said where
    assert boss.post("/notices/tom/test").json()["tested"][0]["taken"] is False  # nothing listens there
    assert boss("DELETE", "/notices/tom").json() == {"removed": "tom"}
    problem(boss("DELETE", "/notices/tom"), 404, "not_found")


def test_a_restored_copy_speaks_again_when_an_admin_says_so(house):
    boss = house.api(house.user("boss", "admin"))
    with house.ledger.write() as connection:
        for what in ("webhooks", "notices"):
            asleep.fall_asleep(connection, what, house.clock.at)
    for what in ("webhooks", "notices"):
        assert boss.get(f"/{what}").json()["asleep_since"] == "2026-11-22T16:00:00Z"
        assert boss.post(f"/{what}/wake").json()["asleep_since"] is None
    with house.ledger.read() as connection:
        assert connection.execute(sa.select(CURSORS.sql_table())).all() == []

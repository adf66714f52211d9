"""Other systems learn of every event they asked for, signed, in order, once; what cannot be delivered stays visible."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import EVENT_FEED, ISSUE_EVENTS, JOBS, RUNS
from opswheel.core.errors import Conflict, NotFound, WrongUse
from opswheel.interfaces.service import hooks
from opswheel.interfaces.service.scheduler import Service
from opswheel.resolution import actions
from opswheel.wheel.jobs_keep import expire

from .sinks import sink


@pytest.fixture
def told(here, target):
    """A webhook for everything."""
    made = hooks.add_hook(here, f"{target.url}/hook/0123456789abcdef", [], "ines")
    here.clock.on(minutes=1)
    return made


def act(here, issue, by="tom"):
    with here.ledger.write() as connection:
        actions.assign(connection, issue, "tom", by=by, at=here.clock.now(), desk=here.desk)


def work(here):
    service = Service(here)
    service.feed()
    return service.work_off()


def bodies(target):
    return [json.loads(body) for _, _, body in target.got]


def test_an_event_is_told_once_with_a_signature_its_receiver_can_check(here, told, target):
    act(here, 1)
    assert work(here) == 2  # the run that finished, and the assignment
    assert work(here) == 0
    body = bodies(target)[-1] if bodies(target)[-1]["event"] == "assigned" else bodies(target)[0]
    assert {k: body[k] for k in ("id", "event", "at", "by")} == {
        "id": "issue-1-v2",
        "event": "assigned",
        "at": "2026-11-22T16:01:00Z",
        "by": "tom",
    }
    assert body["issue"]["owner"] == "tom" and body["issue"]["avoidable"] == 300.0
    for path, headers, text in target.got:
        assert path == "/hook/0123456789abcdef"
        at, _, made = headers["X-Opswheel-Signature"].partition(",v1=")
        mine = hmac.new(told["secret"].encode(), f"{at[2:]}.{text}".encode(), hashlib.sha256).hexdigest()
        assert at.startswith("t=") and made == mine
        assert headers["X-Opswheel-Event"] == json.loads(text)["event"]


def test_events_arrive_in_the_order_they_happened(here, told, target):
    for issue in (2, 1, 2):
        act(here, issue)
        here.clock.on(minutes=1)
    work(here)
    assert [b["id"] for b in bodies(target) if b["event"] == "assigned"] == ["issue-2-v2", "issue-1-v2", "issue-2-v3"]


def test_a_webhook_hears_only_what_it_asked_for_and_nothing_from_before(here, target):
    act(here, 1)
    hooks.add_hook(here, f"{target.url}/closes", ["closed"], "ines")
    act(here, 2)
    with here.ledger.write() as connection:
        said = actions.Close(resolution="false_alarm", why="not_ours", minutes=3)
        actions.close(connection, 2, said, by="tom", at=here.clock.now(), desk=here.desk)
    work(here)
    assert [(b["event"], b["issue"]["id"], b["issue"]["resolution"]) for b in bodies(target)] == [
        ("closed", 2, "false_alarm")
    ]


def test_what_an_unfinished_run_wrote_waits_until_the_run_is_there(here, told, target):
    events, runs = ISSUE_EVENTS.sql_table(), RUNS.sql_table()
    row = {"issue_id": 3, "version": 1, "at": here.clock.now(), "event": "opened", "by": "opswheel"}
    with here.ledger.write() as connection:
        connection.execute(events.insert(), row | {"run_id": 2, "payload": "{}"})
    work(here)
    assert [b["event"] for b in bodies(target)] == ["run_finished"]
    with here.ledger.write() as connection:
        connection.execute(runs.update().where(runs.c.id == 2).values(finished_at=here.clock.now()))
    work(here)
    assert [b["id"] for b in bodies(target)[1:]] == ["issue-3-v1", "run-2"]


def test_events_of_a_run_that_was_killed_are_never_told(here, told, target):
    events = ISSUE_EVENTS.sql_table()
    row = {"issue_id": 3, "version": 1, "at": here.clock.now(), "event": "opened", "by": "opswheel"}
    with here.ledger.write() as connection:
        connection.execute(events.insert(), row | {"run_id": 2, "payload": "{}"})
        connection.execute(events.delete().where(events.c.issue_id == 3))
    work(here)
    assert [b["event"] for b in bodies(target)] == ["run_finished"]
    expire(here.ledger, here.settings, now=here.clock.now(), wall=here.clock.wall())
    with here.ledger.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(EVENT_FEED.sql_table())).scalar() == 0


def test_without_a_webhook_nothing_is_kept_for_one(here):
    act(here, 1)
    with here.ledger.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(EVENT_FEED.sql_table())).scalar() == 0


def test_a_broken_promise_is_told_once_however_often_it_is_looked_at(here, told, target):
    here.clock.on(hours=18)  # Monday 10:01: an hour for tier 1 ended at 10:00
    for _ in range(3):
        Service(here).clocks()
        work(here)
        here.clock.on(minutes=10)
    found = [(b["issue"]["id"], b["promise"], b["due"]) for b in bodies(target) if b["event"] == "breached"]
    assert sorted(found) == [(n, "acknowledge", "2026-11-23T10:00:00Z") for n in (1, 2)]


def test_a_target_that_was_away_gets_it_later_and_only_once(here, told, target):
    act(here, 1)
    target.statuses = [500, 503]
    work(here)
    assert len(target.got) == 1  # its line waits with the one that failed
    for _ in range(6):
        here.clock.on(minutes=2)
        work(here)
    ids = [b["id"] for b in bodies(target)]
    assert sorted(set(ids)) == ["issue-1-v2", "run-1"] and len(ids) == 4
    deliveries = hooks.list_deliveries(here, 1, None, 10)["deliveries"]
    assert [(d["state"], d["status"], d["error"]) for d in deliveries] == [("sent", 200, None)] * 2


def test_what_failed_too_often_is_dead_seen_and_sent_when_somebody_says_so(here, told, target):
    target.statuses = [302] * 40
    target.headers["Location"] = "http://169.254.169.254/"
    for _ in range(40):
        work(here)
        here.clock.on(hours=2)
    (dead,) = hooks.list_deliveries(here, None, "dead", 10)["deliveries"]
    assert (dead["attempts"], dead["error"]) == (12, "it answered 302, a redirect, which is not followed")
    assert hooks.list_hooks(here)["webhooks"][0]["dead"] == 1
    target.statuses.clear()
    hooks.retry_delivery(here, dead["id"])
    work(here)
    assert hooks.list_deliveries(here, None, "dead", 10)["deliveries"] == []
    with pytest.raises(Conflict, match="is sent"):
        hooks.retry_delivery(here, dead["id"])


def test_a_target_that_says_it_is_gone_for_good_is_not_asked_again(here, told, target):
    target.statuses = [410]
    work(here)
    here.clock.on(days=1)
    work(here)
    assert len(target.got) == 1


def test_a_webhook_that_hangs_holds_up_no_other(here, told, target):
    with sink() as other:
        hooks.add_hook(here, f"{other.url}/other", ["assigned"], "ines")
        act(here, 1)
        target.statuses = [500] * 20
        work(here)
        assert [b["event"] for b in bodies(other)] == ["assigned"]


def test_nothing_is_sent_to_a_webhook_that_was_removed_and_its_secret_is_gone(here, told, target):
    act(here, 1)
    Service(here).feed()
    hooks.remove_hook(here, 1)
    Service(here).work_off()
    assert target.got == [] and hooks.list_hooks(here)["webhooks"] == []
    with pytest.raises(NotFound, match="There is no webhook 1"):
        hooks.remove_hook(here, 1)


def test_a_target_moved_inside_after_it_was_added_gets_nothing(make, here, target):
    hooks.add_hook(here, f"{target.url}/x", [], "ines")
    strict = make("[webhooks]\nplain_http = true\n")
    work(strict)
    assert target.got == []
    (one,) = hooks.list_deliveries(strict, None, None, 10)["deliveries"]
    assert one["error"] == "not sent: plain http is for targets that [webhooks] allow names"


def test_a_test_tells_at_once_how_it_went(here, told, target):
    assert hooks.test_hook(here, 1)["delivery"]["state"] == "sent"
    target.statuses = [404]
    failed = hooks.test_hook(here, 1)["delivery"]
    assert (failed["state"], failed["error"]) == ("dead", "it answered 404")
    assert [b["event"] for b in bodies(target)] == ["ping", "ping"]


def test_neither_secret_nor_address_is_shown_again(here, told):
    shown = json.dumps([hooks.list_hooks(here), hooks.list_deliveries(here, None, None, 9)])
    assert told["secret"] not in shown and "0123456789abcdef" not in shown and "whsec" not in shown


@pytest.mark.parametrize(
    ("url", "events", "words"),
    [
        ("https://127.0.0.2/", [], "leads to an address inside"),
        ("https://hooks.invalid/", [], "hooks.invalid has no address"),
        ("https://127.0.0.1/", ["sold"], "There is no event 'sold'"),
        ("no url", [], "no URL"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_refused_when_it_is_added(here, url, events, words):
    with pytest.raises(WrongUse, match=words):
        hooks.add_hook(here, url, events, "ines")
    assert hooks.list_hooks(here)["webhooks"] == []


def test_old_deliveries_go_and_a_broken_promise_is_still_not_told_twice(here, told, target):
    here.clock.on(hours=18)
    Service(here).clocks()
    act(here, 1)
    work(here)
    told_before = len(target.got)
    here.clock.on(days=40)
    expire(here.ledger, here.settings, now=here.clock.now(), wall=here.clock.wall())
    with here.ledger.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(JOBS.sql_table())).scalar() == 0
    kept = {d["event"] for d in hooks.list_deliveries(here, None, None, 99)["deliveries"]}
    assert kept == {"breached", "run_finished"}
    Service(here).feed()
    assert Service(here).work_off() == 0
    assert len(target.got) == told_before

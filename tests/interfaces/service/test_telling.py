"""People hear at once what cannot wait, once; the rest comes in one message a day, and never at night."""

from __future__ import annotations

import json
import logging

import pytest

from opswheel.core.contracts import RUNS
from opswheel.core.errors import NotFound, WrongUse
from opswheel.interfaces.service import telling
from opswheel.interfaces.service.scheduler import Service
from opswheel.resolution import actions

from .conftest import ROUTED, SETTINGS


def want(here, target, person="tom", path="tom", **more):
    said = {"everything": None, "daily_at": None, "quiet": None} | more
    telling.set_person(here, person, urls=[f"json://{target.url.partition('//')[2]}/{path}"], by="ines", **said)


def assign(here, issue, to="tom", by="ines"):
    with here.ledger.write() as connection:
        actions.assign(connection, issue, to, by=by, at=here.clock.now(), desk=here.desk)


def look(here):
    service = Service(here)
    service.clocks()
    service.work_off()


def messages(target, path="/tom"):
    return [(m["title"], m["message"]) for p, _, body in target.got if p == path for m in [json.loads(body)]]


def test_a_weighty_issue_that_becomes_yours_is_told_at_once_and_once(here, target):
    want(here, target)
    assign(here, 1)
    for _ in range(3):
        look(here)
    ((title, text),) = messages(target)
    assert title == "Opswheel: an issue is yours"
    assert text == "Yours now: Issue 1, amazon:US MUG-1: x. Acting now can still save $300."


def test_nobody_is_told_what_they_did_themselves_or_what_is_somebody_elses(here, target):
    want(here, target)
    assign(here, 1, by="tom")
    assign(here, 2, to="ines")
    look(here)
    assert messages(target) == []


def test_a_broken_promise_is_told_to_its_owner_and_to_whom_it_goes_up(here, target):
    for person in ("tom", "lead"):
        want(here, target, person, person)
    assign(here, 1)
    look(here)
    here.clock.on(hours=18)
    look(here)
    look(here)
    told = messages(target)
    assert [t for t, _ in told] == ["Opswheel: an issue is yours", "Opswheel: a promise is broken"]
    assert told[1][1].startswith("Promise broken: somebody should have seen it by 2026-11-23T10:00:00Z. Issue 1")
    ((_, up),) = [m for m in messages(target, "/lead") if "went up" in m[1]]
    assert "Issue 1" in up and "It went up to you from tom." in up and "from nobody" in up


def test_several_things_at_once_are_one_message(here, target):
    want(here, target)
    assign(here, 1)
    assign(here, 2)
    look(here)
    ((title, text),) = messages(target)
    assert title == "Opswheel: 2 things need somebody"
    assert [line[:20] for line in text.splitlines()] == ["– Yours now: Issue 1", "– Yours now: Issue 2"]


def test_quiet_hours_hold_everything_and_then_send_it_as_one(here, target):
    want(here, target, quiet="15:00-08:00")
    assign(here, 1)
    look(here)
    here.clock.on(hours=2)
    assign(here, 2)
    look(here)
    assert messages(target) == []
    held = telling.notices_answer(here, "tom", "held", 9)["notices"]
    assert [n["issue"] for n in held] == [2, 1]
    here.clock.at = here.clock.at.replace(day=23, hour=7, minute=59)
    look(here)
    assert messages(target) == []
    here.clock.on(minutes=1)
    look(here)
    assert len(messages(target)) == 1
    assert messages(target)[0][0] == "Opswheel: 2 things need somebody"


def test_the_daily_message_comes_once_a_day_in_words_and_money(make, here, target):
    quiet_team = make(
        SETTINGS + "\n[promises]\nacknowledge = [99, 99, 99]\nfirst_action = [99, 99, 99]\nfix = [99, 99, 99]\n"
    )
    want(quiet_team, target, daily_at="08:00", everything=True)
    assign(quiet_team, 1)
    assign(quiet_team, 2)
    look(quiet_team)
    before = len(messages(target))
    for _ in range(15):
        quiet_team.clock.on(hours=2)
        look(quiet_team)
    daily = [m for m in messages(target)[before:] if m[0] == "Opswheel: your day"]
    assert len(daily) == 1
    assert daily[0][1].splitlines() == [
        "The queue: 2 open. Acting now can still save $600; they lose $20.00 a day.",
        "1. Issue 1, amazon:US x: x. Acting now can still save $300.",
        "2. Issue 2, amazon:US x: x. Acting now can still save $300.",
    ]


def test_a_light_issue_waits_for_the_daily_message(make, target, ledger):
    from tests.resolution.shop import fill

    here = make()
    fill(ledger, 1, tier=3)
    want(here, target, daily_at="20:00")
    assign(here, 1)
    look(here)
    assert messages(target) == []
    here.clock.on(hours=5)
    look(here)
    ((title, text),) = messages(target)
    assert title == "Opswheel: your day" and "– Yours now: Issue 1" in text


def test_an_alarm_reaches_somebody_even_if_nobody_asked_for_everything(make, here, target):
    here = make(ROUTED)
    want(here, target)
    runs = RUNS.sql_table()
    blind = {"account": "main", "channel": "amazon:US", "report": "orders", "last_day": "2026-11-20", "currency": "USD"}
    blind |= {"reason": "2 days late", "expected_undetected_loss": 450.0}
    with here.ledger.write() as connection:
        connection.execute(runs.update().where(runs.c.id == 1).values(summary=json.dumps({"blind": [blind]})))
    look(here)
    look(here)
    ((title, text),) = messages(target)
    assert title == "Opswheel: 3 things need somebody"
    assert "– Blind: orders of amazon:US, 2 days late, last 2026-11-20. $450 may be lost unseen." in text
    assert text.count("Nobody owns it: Issue") == 2


def test_a_team_without_routes_is_not_told_that_its_issues_have_no_owner(make, target, ledger):
    from tests.resolution.shop import fill

    here = make('[team]\nme = "ines"\n')
    fill(ledger, 1)
    want(here, target, everything=True)
    look(here)
    assert messages(target) == []


def test_an_address_that_took_the_message_is_not_asked_again_when_another_did_not(here, target):
    base = target.url.partition("//")[2]
    telling.set_person(here, "tom", urls=[f"json://{base}/one", f"json://{base}/two"], by="ines",
                       everything=None, daily_at=None, quiet=None)  # fmt: skip
    assign(here, 1)
    target.statuses = [200, 500]
    look(here)
    assert telling.notices_answer(here, "tom", None, 9)["notices"][0]["state"] == "sending"
    here.clock.on(minutes=5)
    look(here)
    assert [p for p, _, _ in target.got] == ["/one", "/two", "/two"]
    assert telling.notices_answer(here, "tom", None, 9)["notices"][0]["state"] == "sent"


def test_a_message_nobody_took_is_dead_and_seen_and_its_address_nowhere(here, target, caplog):
    caplog.set_level(logging.DEBUG)
    telling.set_person(here, "tom", urls=[f"json://user:s3cr3t@{target.url.partition('//')[2]}/hidden"], by="ines",
                       everything=None, daily_at=None, quiet=None)  # fmt: skip
    assign(here, 1)
    target.statuses = [500] * 99
    look(here)
    for _ in range(30):
        here.clock.on(hours=2)
        Service(here).work_off()
    (one,) = telling.notices_answer(here, "tom", "dead", 9)["notices"]
    assert one["error"].startswith("json://… (") and one["error"].endswith("did not take the message")
    shown = json.dumps(telling.notices_answer(here, None, None, 99)) + caplog.text
    assert "s3cr3t" not in shown and "hidden" not in shown and str(target.port) not in shown


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"urls": ["nonsense"]}, "Address 1 is none"),
        ({"urls": ["json://127.0.0.1", "s3cr3t://x"]}, "Address 2 is none"),
        ({"urls": None}, "Nobody said where kim is told"),
        ({"urls": ["json://127.0.0.1"], "daily_at": "8 o'clock"}, "no time of day"),
        ({"urls": ["json://127.0.0.1"], "quiet": "at night"}, "are no hours"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_repeating_an_address(here, said, words):
    with pytest.raises(WrongUse, match=words) as refused:
        telling.set_person(here, "kim", by="ines", **({"everything": None, "daily_at": None, "quiet": None} | said))
    assert "s3cr3t" not in str(refused.value)
    assert telling.notices_answer(here, None, None, 9)["people"] == []


def test_somebody_who_wants_no_more_is_told_nothing(here, target):
    want(here, target)
    assign(here, 1)
    Service(here).clocks()
    telling.remove_person(here, "tom")
    Service(here).work_off()
    assert target.got == []
    assert telling.notices_answer(here, None, None, 9)["notices"][0]["error"].startswith("nobody is told")
    with pytest.raises(NotFound):
        telling.remove_person(here, "tom")


def test_no_word_a_person_wrote_down_leaves_in_a_notice(here, target):
    want(here, target, everything=True)
    with here.ledger.write() as connection:
        actions.note(connection, 1, "buyer jane@example.com waits", by="tom", at=here.clock.now(), desk=here.desk)
    assign(here, 1)
    here.clock.on(days=1)
    look(here)
    assert target.got and all("jane" not in body for _, _, body in target.got)

"""A restored copy does not act for the original: it lets nobody in, and sends nothing until told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import (
    ATTEMPTS,
    AUDIT_LOG,
    CURSORS,
    EVENT_FEED,
    JOBS,
    KEPT_ANSWERS,
    NOTICES,
    SESSIONS,
    TOKENS,
    TOLD_TO,
    USERS,
    WEBHOOK_DELIVERIES,
    WEBHOOKS,
)
from opswheel.core.errors import Conflict, NotSignedIn
from opswheel.interfaces.keeping import make_backup, restore_backup
from opswheel.interfaces.people import sessions, tokens
from opswheel.interfaces.service import asleep, hooks, telling
from opswheel.interfaces.service.scheduler import Service
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution import actions
from opswheel.wheel.jobs import put
from opswheel.wheel.jobs_feed import queue
from tests.conftest import fresh_database
from tests.interfaces.api.kit import House, fill
from tests.interfaces.service.sinks import sink
from tests.wheel.hands import Hands

SETTINGS = '[webhooks]\nallow = ["127.0.0.1"]\nplain_http = true\nseconds = 2\n'


@pytest.fixture
def target():
    with sink() as made:
        yield made


def _row(contract, **said):
    return dict.fromkeys(contract.names()) | said


@pytest.fixture
def original(ledger, tmp_path, target):
    """A server with somebody signed in, a token, a retry to answer, and things to be sent to a webhook and a person."""
    folder = tmp_path / "original"
    folder.mkdir()
    fill(ledger, {1: "main", 2: "main"})
    house = House(folder, ledger, settings=SETTINGS)
    here, now = house.workspace, house.clock.at
    house.user("ines", "admin")
    house.token_made = house.token("ines")
    telling.set_person(here, "ines", urls=[f"json://{target.url.partition('//')[2]}"], everything=True,
                       daily_at="", quiet="", by="ines")  # fmt: skip
    hooks.add_hook(here, target.url, ["assigned"], "ines")
    with ledger.write() as connection:
        house.cookie = sessions.begin(connection, here, "ines", "127.0.0.1", now)
        kept = _row(KEPT_ANSWERS, who="ines", key="k", request="r", at=now, status=200, answer="{}")
        connection.execute(KEPT_ANSWERS.sql_table().insert(), kept)
        connection.execute(ATTEMPTS.sql_table().insert(), {"subject": "person:ines", "wrong": 9, "last_at": now})
        connection.execute(
            NOTICES.sql_table().insert(),
            _row(NOTICES, person="ines", key="held", kind="assigned", words="old news", state="held", at=now),
        )
        hook = connection.execute(sa.select(WEBHOOKS.sql_table())).all()
        queue(connection, hook, "assigned", "issue 1 v1", {}, at=now, wall=now)
        put(connection, "run", "2026", {"slot": "2026-11-01T00:00:00Z"}, wall=now, line="run")
        actions.assign(connection, 1, "ines", by="tom", at=now, desk=here.desk)
    return house


@pytest.fixture
def copy(original, tmp_path, request):
    """The restored copy, on the same kind of database, with the original's clock an hour on."""
    pg = original.ledger.dialect == "postgresql"
    make_backup(original.workspace, tmp_path / "b.zip")
    url = fresh_database(request.getfixturevalue("postgres")) if pg else ""
    told = restore_backup(tmp_path / "b.zip", tmp_path / "copy", url)
    here = Workspace(tmp_path / "copy")
    here.__dict__["clock"] = Hands(original.clock.at + timedelta(hours=1))
    yield here, told
    here.ledger.close()


def rows(workspace, contract):
    with workspace.ledger.read() as connection:
        return connection.execute(sa.select(contract.sql_table())).all()


def work(workspace):
    """What a server would do by itself, twice over."""
    service = Service(workspace)
    for _ in range(2):
        service.schedules(), service.clocks(), service.feed()
        while service.worker().work() or service.worker().work(heavy=True):
            pass


def test_a_copy_lets_nobody_in_by_what_the_original_gave_out(original, copy):
    here, told = copy
    now = here.clock.wall()
    assert tokens.known(original.workspace, original.token_made, now).name == "ines"
    with pytest.raises(NotSignedIn, match="was revoked"):
        tokens.known(here, original.token_made, now)
    assert sessions.known(original.workspace, original.cookie, now).name == "ines"
    assert sessions.known(here, original.cookie, now) is None
    assert [rows(here, c) for c in (SESSIONS, KEPT_ANSWERS, ATTEMPTS, EVENT_FEED)] == [[], [], [], []]
    assert {k: told[k] for k in ("sessions_ended", "tokens_revoked", "jobs_dropped")} == {
        "sessions_ended": 1, "tokens_revoked": 1, "jobs_dropped": 2,
    }  # fmt: skip
    line = rows(here, AUDIT_LOG)[-1]
    assert (line.what, line.subject, json.loads(line.detail)["tokens_revoked"]) == ("restore", "b.zip", 1)
    assert [u.name for u in rows(here, USERS)] == ["ines"]  # people are who they were
    assert len(rows(original.workspace, SESSIONS)) == len(rows(original.workspace, JOBS)) - 1 == 1
    assert rows(original.workspace, TOKENS)[0].revoked_at is None


def test_a_copy_sends_nothing_of_the_past_nor_of_the_present_until_it_is_woken(copy, target):
    here, _ = copy
    assert rows(here, JOBS) == []
    assert [(d.state, d.last_error) for d in rows(here, WEBHOOK_DELIVERIES)] == [
        ("dead", "the workspace was restored from a backup")
    ]
    assert [n.state for n in rows(here, NOTICES)] == ["dead"]
    with here.ledger.write() as connection:
        actions.assign(connection, 2, "ines", by="tom", at=here.clock.now(), desk=here.desk)
    work(here)
    assert target.got == []
    for act in (lambda: hooks.test_hook(here, 1), lambda: hooks.retry_delivery(here, 1),
                lambda: telling.test_person(here, "ines")):  # fmt: skip
        with pytest.raises(Conflict, match="restored from a backup and sends nothing"):
            act()
    assert target.got == []


def test_a_job_of_the_original_that_is_brought_back_in_the_copy_sends_nothing(copy, target):
    here, _ = copy
    with here.ledger.write() as connection:
        hook = connection.execute(sa.select(WEBHOOKS.sql_table())).all()
        queue(connection, hook, "assigned", "issue 9 v9", {}, at=here.clock.now(), wall=here.clock.wall())
        put(connection, "notice", "m", {"person": "ines", "message": "m", "sent": []}, wall=here.clock.wall())
    work(here)
    assert target.got == []
    assert {j.state for j in rows(here, JOBS)} == {"dead"}


def test_woken_it_tells_what_happens_from_then_on(copy, target):
    here, _ = copy
    assert hooks.list_hooks(here)["asleep_since"] and telling.notices_answer(here, None, None, 9)["asleep_since"]
    with here.ledger.write() as connection:
        actions.assign(connection, 2, "kim", by="tom", at=here.clock.now(), desk=here.desk)
    here.clock.at += timedelta(minutes=1)
    assert asleep.wake(here, "webhooks") and asleep.wake(here, "notices")
    assert not asleep.wake(here, "webhooks")
    work(here)
    assert target.got == []  # neither what was waiting nor what happened while it slept
    here.clock.at += timedelta(minutes=1)
    with here.ledger.write() as connection:
        actions.assign(connection, 1, "kim", by="tom", at=here.clock.now(), desk=here.desk)
        actions.assign(connection, 2, "ines", by="tom", at=here.clock.now(), desk=here.desk)
    work(here)
    bodies = [json.loads(body) for _, _, body in target.got]
    events = [b["id"] for b in bodies if "event" in b]
    assert len(events) == 2 and len(bodies) > len(events)  # two events, and a person was told
    assert not [r for r in rows(here, CURSORS) if r.name.startswith("asleep")]
    assert [t.since for t in rows(here, TOLD_TO)] == [here.clock.now() - timedelta(minutes=1)]


def test_the_command_says_that_the_copy_is_asleep_and_how_to_wake_it(original, tmp_path, capsys):
    from opswheel.interfaces.cli import obey

    make_backup(original.workspace, tmp_path / "b.zip")
    pg = original.ledger.dialect == "postgresql"
    if pg:
        pytest.skip("the same words on either database")
    assert obey(["restore", str(tmp_path / "b.zip"), str(tmp_path / "copy")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "It sends nothing before you say so: opswheel webhooks wake, opswheel notices --wake." in said
    at = ["--workspace", str(tmp_path / "copy")]
    obey([*at, "webhooks"])
    assert "was restored and sends nothing: opswheel webhooks wake" in " ".join(capsys.readouterr().out.split())
    obey([*at, "webhooks", "wake"])
    obey([*at, "notices", "--wake"])
    said = capsys.readouterr().out
    assert "sent again" in said and "was restored and" not in said

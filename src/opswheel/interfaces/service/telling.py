"""Telling people: who wants to hear what, what is held, and handing messages over by Apprise.

The addresses are secrets: they are kept in the ledger, never shown whole, and in no log and no error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.chunks import chunks
from ...core.clock import show_moment
from ...core.contracts import JOBS, NOTICES, TOLD_TO
from ...core.errors import NotFound, WrongUse
from ...core.settings.work import parse_time
from ...core.staffed import Staffed, parse_hours
from ...resolution.notices import Notice, Person, daily, look, to_tell
from ...wheel.jobs import Failed, GiveUp, Job, only_me, put
from ...wheel.jobs_schedule import due
from ...wheel.rerouting import routes_in_force
from .asleep import asleep_since, must_be_awake

if TYPE_CHECKING:
    from ..wiring import Workspace


@cache
def _apprise() -> Any:
    """Apprise with its plug-ins loaded; what it and its like write to logs may hold addresses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python's own modules it imports
        import apprise

        apprise.Apprise().add("json://127.0.0.1")
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # it would write whole paths, and tokens stand in paths
    return apprise


def hint(url: str) -> str:
    """An address as it may be shown: its kind, and a mark to tell two of them apart."""
    return f"{url.partition('://')[0].lower()}://… ({hashlib.sha256(url.encode()).hexdigest()[:4]})"


def _mark(url: str) -> str:
    """What stands for an address in a job."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def set_person(  # noqa: PLR0913
    workspace: Workspace,
    person: str,
    *,
    urls: Sequence[str] | None,
    everything: bool | None,
    daily_at: str | None,
    quiet: str | None,
    by: str,
) -> None:
    """Say how a person is told; what is None stays as it is.

    Raises WrongUse for an address that cannot be used, without repeating it.
    """
    if not person.strip():
        raise WrongUse("Nobody is named.", "Say whom: --set NAME, as owners are named.")
    for n, url in enumerate(urls or (), 1):
        if "://" not in url or _apprise().Apprise.instantiate(url, suppress_exceptions=True) is None:
            raise WrongUse(f"Address {n} is none that messages can be sent to.", "See docs/how-to/be-told.md.")
    try:
        clock = parse_time(daily_at).strftime("%H:%M") if daily_at else daily_at
        if quiet:
            parse_hours(quiet)
    except ValueError as wrong:
        raise WrongUse(
            f"{wrong}.", "Such as --daily 08:00 --quiet 19:00-07:00; an empty one switches it off."
        ) from wrong
    table, now = TOLD_TO.sql_table(), workspace.clock.now()
    said = {"everything": everything, "daily_at": clock, "quiet": quiet}
    said["urls"] = None if urls is None else json.dumps(list(urls))
    with workspace.ledger.write() as connection:
        known = connection.execute(sa.select(table).where(table.c.person == person)).one_or_none()
        values = {name: value for name, value in said.items() if value is not None} | {"at": now, "by": by}
        if known is None:
            if not urls:
                raise WrongUse(f"Nobody said where {person} is told.", "Say --url, such as mailto://… or slack://….")
            new = {"person": person, "everything": False, "daily_at": "", "quiet": "", "since": now}
            connection.execute(table.insert(), new | values)
        else:
            connection.execute(table.update().where(table.c.person == person).values(**values))


def remove_person(workspace: Workspace, person: str) -> None:
    """Tell somebody nothing any more. Raises NotFound."""
    table = TOLD_TO.sql_table()
    with workspace.ledger.write() as connection:
        if not connection.execute(table.delete().where(table.c.person == person)).rowcount:
            raise NotFound(f"{person} is told nothing.", "opswheel notices lists who is.")


def notices_answer(workspace: Workspace, person: str | None, state: str | None, limit: int) -> dict[str, Any]:
    """Who is told how, and what they were told, is held, or could not be sent; newest first."""
    people, table = TOLD_TO.sql_table(), NOTICES.sql_table()
    query = sa.select(table).order_by(table.c.at.desc(), table.c.person, table.c.key).limit(limit)
    query = query if person is None else query.where(table.c.person == person)
    query = query if state is None else query.where(table.c.state == state)
    with workspace.ledger.read() as connection:
        told = connection.execute(sa.select(people).order_by(people.c.person)).all()
        rows = connection.execute(query).all()
        since = asleep_since(connection, "notices")
    answer: dict[str, Any] = {"people": [_person(r) for r in told], "notices": [_notice(r) for r in rows]}
    return answer | {"asleep_since": since and show_moment(since)}


def _person(row: Any) -> dict[str, Any]:
    return {
        "person": row.person,
        "to": [hint(url) for url in json.loads(row.urls)],
        "everything": row.everything,
        "daily_at": row.daily_at or None,
        "quiet": row.quiet or None,
        "since": show_moment(row.since),
    }


def _notice(row: Any) -> dict[str, Any]:
    return {
        "person": row.person,
        "kind": row.kind,
        "issue": row.issue_id,
        "words": row.words,
        "state": row.state,
        "at": show_moment(row.at),
        "sent_at": show_moment(row.sent_at) if row.sent_at else None,
        "error": row.last_error,
    }


def watch(workspace: Workspace, connection: sa.Connection) -> int:
    """Write down what is new for anybody, and queue one message for each person who may be disturbed now.

    Returns how many messages were queued. Asking twice tells nothing twice: a notice is a row by its key.
    """
    rows = connection.execute(sa.select(TOLD_TO.sql_table())).all()
    if not rows or asleep_since(connection, "notices") is not None:
        return 0
    settings, now, wall = workspace.settings, workspace.clock.now(), workspace.clock.wall()
    calendar = workspace.desk.calendar
    people = [Person(r.person, r.everything, r.since, r.daily_at, r.quiet) for r in rows]
    seen = look(connection, now)
    found = [] if seen is None else to_tell(
        people,
        seen,
        ladder=settings.promises.escalate_to,
        tier=settings.notices.tier,
        routed=bool(routes_in_force(connection, settings)),
    )  # fmt: skip
    for person in people:
        found += _daily(connection, person, calendar, now)
    _write_down(connection, found, now)
    return sum(_send(connection, p, wall) for p in people if not p.is_quiet(now, calendar))


def _daily(connection: sa.Connection, person: Person, calendar: Staffed, now: datetime) -> list[Notice]:
    """The daily message, where its time has come; what was kept for it goes with it."""
    if not person.daily_at:
        return []
    table = NOTICES.sql_table()
    if due(connection, f"daily {person.name}", [person.daily_at], calendar.zone, now) is None:
        return []
    mine = sa.select(sa.func.max(table.c.at)).where(table.c.person == person.name, table.c.kind == "daily")
    since = connection.execute(mine).scalar() or person.since
    later = table.update().where(table.c.person == person.name, table.c.state == "later")
    connection.execute(later.values(state="held"))
    made = daily(connection, person, since=since, at=now, today=calendar.day(now))
    return [] if made is None else [made]


def _write_down(connection: sa.Connection, found: Sequence[Notice], now: datetime) -> None:
    table = NOTICES.sql_table()
    known: set[tuple[str, str]] = set()
    for part in chunks(sorted({n.key for n in found})):
        asked = sa.select(table.c.person, table.c.key).where(table.c.key.in_(part))
        known |= {(r.person, r.key) for r in connection.execute(asked)}
    rows = []
    for notice in found:
        if (notice.person, notice.key) not in known:
            known.add((notice.person, notice.key))
            state = "held" if notice.at_once else "later"
            row = {"person": notice.person, "key": notice.key, "kind": notice.kind, "issue_id": notice.issue_id}
            row |= {"message": None, "sent_at": None, "last_error": None}
            rows.append(row | {"words": notice.words, "state": state, "at": now})
    if rows:
        connection.execute(table.insert(), rows)


def _send(connection: sa.Connection, person: Person, wall: datetime) -> bool:
    """Queue one message with everything that is held for a person; whether there was anything."""
    table, jobs = NOTICES.sql_table(), JOBS.sql_table()
    held = [table.c.person == person.name, table.c.state == "held"]
    if connection.execute(sa.select(table.c.key).where(*held).limit(1)).scalar() is None:
        return False
    only_me(connection)
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(jobs.c.id), 0))).scalar()
    message = f"{person.name} {show_moment(wall)} {last}"
    connection.execute(table.update().where(*held).values(state="sending", message=message))
    payload = {"person": person.name, "message": message, "sent": []}
    return put(connection, "notice", message, payload, wall=wall, line=f"told {person.name}")


def send(workspace: Workspace, job: Job) -> None:
    """Hand one message over to every address of its person; those that took it are not asked again.

    Raises Failed where an address did not take it, GiveUp where there is none any more.
    """
    table, people, jobs = NOTICES.sql_table(), TOLD_TO.sql_table(), JOBS.sql_table()
    message = job.payload["message"]
    with workspace.ledger.read() as connection:
        if asleep_since(connection, "notices") is not None:
            raise GiveUp("this workspace was restored and sends nothing yet")
        mine = sa.select(table).where(table.c.message == message, table.c.state.in_(("sending", "dead")))
        rows = connection.execute(mine.order_by(table.c.at, table.c.kind != "daily", table.c.key)).all()
        person = connection.execute(sa.select(people).where(people.c.person == job.payload["person"])).one_or_none()
    if not rows:
        return
    if person is None:
        raise GiveUp("nobody is told under that name any more")
    title, body = compose(rows, workspace.settings.notices.most_lines)
    sent, refused = list(job.payload["sent"]), []
    for url in json.loads(person.urls):
        if _mark(url) in sent:
            continue
        if not hand_over(url, title, body):
            refused.append(hint(url))
            continue
        sent.append(_mark(url))
        with workspace.ledger.write() as connection:
            payload = json.dumps({**job.payload, "sent": sent})
            connection.execute(jobs.update().where(jobs.c.id == job.id).values(payload=payload))
    if refused:
        raise Failed(f"{', '.join(refused)} did not take the message")
    with workspace.ledger.write() as connection:
        done = table.update().where(table.c.message == message)
        connection.execute(done.values(state="sent", sent_at=workspace.clock.now(), last_error=None))


def compose(rows: Sequence[Any], most: int) -> tuple[str, str]:
    """Title and text of one message with everything in it; a daily message comes first."""
    days = [r for r in rows if r.kind == "daily"]
    others = [r for r in rows if r.kind != "daily"]
    lines = [r.words for r in days] + [f"– {r.words}" for r in others[:most]]
    if len(others) > most:
        lines.append(f"… and {len(others) - most:,} more: opswheel queue")
    if days:
        return "Opswheel: your day", "\n".join(lines)
    if len(others) == 1:
        return f"Opswheel: {TITLES[others[0].kind]}", others[0].words
    return f"Opswheel: {len(others):,} things need somebody", "\n".join(lines)


TITLES = {
    "broken": "a promise is broken",
    "assigned": "an issue is yours",
    "blind": "a source is blind",
    "unowned": "nobody owns an issue",
    "test": "this is a test",
}


def hand_over(url: str, title: str, body: str) -> bool:
    """Whether an address took a message; why it did not is not known, and what it said is not kept."""
    apprise = _apprise()
    target = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if target is None:
        return False
    box = apprise.Apprise()
    box.add(target)
    return bool(box.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))


def mark_dead(workspace: Workspace, job: Job, why: str) -> None:
    """A message that is not tried any more."""
    table = NOTICES.sql_table()
    mine = table.update().where(table.c.message == job.payload["message"], table.c.state == "sending")
    with workspace.ledger.write() as connection:
        connection.execute(mine.values(state="dead", last_error=why))


def test_person(workspace: Workspace, person: str) -> list[dict[str, Any]]:
    """Send one test message to every address of a person at once; tells which took it. Raises NotFound."""
    people = TOLD_TO.sql_table()
    with workspace.ledger.read() as connection:
        must_be_awake(connection, "notices")
        row = connection.execute(sa.select(people).where(people.c.person == person)).one_or_none()
    if row is None:
        raise NotFound(f"{person} is told nothing.", f"opswheel notices --set {person} --url ….")
    words = f"This is how {person} is told. It says nothing about the shop."
    return [
        {"to": hint(url), "taken": hand_over(url, f"Opswheel: {TITLES['test']}", words)} for url in json.loads(row.urls)
    ]

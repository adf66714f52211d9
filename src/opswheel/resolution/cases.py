"""Tickets at the marketplace: who owes whom an answer, since when, and what that costs a day.

A case hangs on the issues it is about. While the marketplace must answer, they wait and the clock of their promises
stands still; once it has answered, it is our turn. "They answered, we have not" comes before age, and age counts by
the money that goes on being lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import CASE_EVENTS, CASE_FILES, CASE_ISSUES, ISSUES
from ..core.errors import Conflict, NotFound, WrongUse
from . import triage
from .actions import find as find_issue
from .actions import nearest
from .desk import DEFAULT, Desk
from .events import payload
from .lifecycle import OPEN

US, THEM = "us", "them"
MARKETPLACE = "the marketplace"
TRIES = 5
"""How often two people who open cases at one moment try for a number."""

TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "listing_error": ("the listing's number", "what the page says", "what it should say", "upload report"),
        "suppression_appeal": ("issue text and date", "what was corrected", "picture or document asked for"),
        "compliance_document": ("the document", "item numbers it covers", "valid until"),
        "brand_ip": ("trademark or patent number", "invoice or licence", "seller or listing complained about"),
        "inventory_discrepancy": ("shipment or FNSKU", "units sent and found", "proof of ownership", "ledger lines"),
        "inbound_receiving": ("shipment number", "units sent and received", "proof of delivery", "packing list"),
        "fees_reimbursement": ("fee or order lines", "sizes and weights measured", "amount claimed"),
        "account_health": ("metric or violation named", "root cause", "what was corrected", "what prevents it"),
        "featured_offer_pricing": ("item number", "our price and theirs", "where else it is sold"),
        "ads": ("campaign", "dates", "what was charged"),
        "shipping_returns": ("order numbers", "tracking", "dates promised and kept"),
        "other": (),
    }
)
"""Types of case, each with the evidence the marketplace asks for before it reads on: a proposal, from practice."""


@dataclass(frozen=True)
class NewCase:
    """What a person says when opening a case about issues."""

    type: str
    external_id: str = ""
    title: str = ""
    have: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What became of a case: who wrote last and when, whether it is closed, what evidence is there now."""

    last_from: str | None = None
    last_at: datetime | None = None
    status: str | None = None
    seen_at: datetime | None = None
    title: str | None = None
    external_id: str | None = None
    outcome: str | None = None
    have: tuple[str, ...] = field(default=())


def find(connection: sa.Connection, case_id: int) -> Any:
    """The case as it is now; raises NotFound."""
    cases = CASE_FILES.sql_table()
    row = connection.execute(sa.select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no case {case_id}.", "`opswheel cases` lists them with their numbers.")
    return row


def open_case(  # noqa: PLR0913
    connection: sa.Connection, issue_ids: Sequence[int], said: NewCase, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Open a case about issues of one channel: we wrote, so they wait on the marketplace from now on.

    Raises WrongUse for an unknown type or issues of several channels, Conflict for a number that is in use.
    """
    _known_type(said.type, said.have)
    issues = [find_issue(connection, n) for n in issue_ids]
    if not issues:
        raise WrongUse("A case is about something.", "Name the issues: opswheel cases open ISSUE… --type T.")
    places = {(i.account, i.channel) for i in issues}
    if len(places) > 1:
        raise WrongUse(
            "These issues are of several channels.", "Open one case for each: no marketplace answers for two."
        )
    ((account, channel),) = places
    if said.external_id and (known := _by_number(connection, account, channel, said.external_id)):
        raise Conflict(
            f"Case {said.external_id} is known as case {known.id}.", f"Link it: opswheel cases link {known.id} ISSUE…"
        )
    row = _blank(account, channel, by=by, at=at) | {
        "external_id": said.external_id,
        "type": said.type,
        "title": said.title or None,
        "evidence": json.dumps(list(said.have)),
    }
    number = _insert(connection, row, by=by, at=at)
    link(connection, number, issue_ids, by=by, at=at, desk=desk)
    return find(connection, number)


def link(  # noqa: PLR0913
    connection: sa.Connection, case_id: int, issue_ids: Sequence[int], *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Say that a case is about issues too; where the marketplace must answer, they wait."""
    case, links = find(connection, case_id), CASE_ISSUES.sql_table()
    for number in issue_ids:
        issue = find_issue(connection, number)
        if (issue.account, issue.channel) != (case.account, case.channel):
            raise WrongUse(
                f"Issue {number} is on {issue.channel}, case {case_id} on {case.channel}.", "No case is about both."
            )
    known = set(issues_of(connection, [case_id]).get(case_id, ()))
    fresh = [n for n in dict.fromkeys(issue_ids) if n not in known]
    if fresh:
        connection.execute(links.insert(), [{"case_id": case_id, "issue_id": n} for n in fresh])
        _write(connection, case, "linked", by=by, at=at, more={"issues": fresh})
        _pass_on(connection, find(connection, case_id), by=by, at=at, desk=desk)
    return find(connection, case_id)


def update(  # noqa: PLR0913
    connection: sa.Connection, case_id: int, heard: Heard, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Write down what became of a case; its issues wait, or it is their owners' turn.

    Raises WrongUse where it says nothing, or evidence its type does not know.
    """
    case = find(connection, case_id)
    _known_type(case.type, heard.have)
    if heard == Heard():
        raise WrongUse("Nothing is said about the case.", "Say --from us|them, --status open|closed, --have ITEM, …")
    change, event = _merged(case, heard, at)
    change |= {k: v for k in ("title", "external_id", "outcome") if (v := getattr(heard, k)) is not None}
    if heard.have:
        change["evidence"] = json.dumps(list(dict.fromkeys([*json.loads(case.evidence), *heard.have])))
    _write(connection, case, event, by=by, at=at, set_=change)
    if event != "seen":  # somebody who took an issue up again while it waited keeps it until something moves
        _pass_on(connection, find(connection, case_id), by=by, at=at, desk=desk)
    return find(connection, case_id)


def take(
    connection: sa.Connection, rows: Iterable[Mapping[str, Any]], *, by: str, at: datetime, desk: Desk = DEFAULT
) -> dict[str, int]:
    """Merge what a list or a mailbox says of cases; returns how many were opened, moved, reopened, closed, unchanged.

    Each row has account, channel, external_id and, as far as known: type, title, status (`open`, `closed`, or
    `waiting_on_us`, `waiting_on_them`), last_from, last_at, seen_at, issues. Rows may come in any order and again: by
    the time things happened, never by when they arrived, the newest word counts.
    """
    told = {"opened": 0, "moved": 0, "reopened": 0, "closed": 0, "unchanged": 0}
    for row in sorted(rows, key=lambda r: r.get("last_at") or r.get("seen_at") or at):
        heard = _heard(row, at)
        case = _by_number(connection, row["account"], row["channel"], row["external_id"])
        if case is None:
            case = _found(connection, row, heard, by=by, at=at)
            told["opened"] += 1
        else:
            change, event = _merged(case, heard, at)
            kind = {"answered": "moved", "wrote": "moved"}.get(event, event)
            told[kind if kind in told else "unchanged"] += 1
            if {k for k, v in change.items() if v != getattr(case, k)}:
                _write(connection, case, event, by=by, at=at, set_=change)
                if event != "seen":
                    _pass_on(connection, find(connection, case.id), by=by, at=at, desk=desk)
        if row.get("issues"):
            link(connection, case.id, row["issues"], by=by, at=at, desk=desk)
    return told


def of_messages(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the fact table `cases`, one per message, as `take` wants them: one per case, what was said last."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: r["at"]):
        key = (row["account"], row["channel"], row["case_id"])
        one = found.setdefault(key, {"account": key[0], "channel": key[1], "external_id": key[2]})
        one |= {"last_at": row["at"], "seen_at": row.get("known_at") or row["at"]}
        one |= {"last_from": row["direction"] or one.get("last_from"), "status": row["status"] or one.get("status")}
    return list(found.values())


def issues_of(connection: sa.Connection, case_ids: Sequence[int]) -> dict[int, list[int]]:
    """The issues each case is about."""
    links, found = CASE_ISSUES.sql_table(), dict[int, list[int]]()
    for part in chunks(list(case_ids)):
        query = sa.select(links).where(links.c.case_id.in_(part)).order_by(links.c.case_id, links.c.issue_id)
        for row in connection.execute(query):
            found.setdefault(row.case_id, []).append(row.issue_id)
    return found


def cases_of(connection: sa.Connection, issue_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The cases that are about each issue, the newest last."""
    cases, links, found = CASE_FILES.sql_table(), CASE_ISSUES.sql_table(), dict[int, list[Any]]()
    for part in chunks(list(issue_ids)):
        query = sa.select(cases, links.c.issue_id).join(links, links.c.case_id == cases.c.id)
        for row in connection.execute(query.where(links.c.issue_id.in_(part)).order_by(cases.c.id)):
            found.setdefault(row.issue_id, []).append(row)
    return found


def states_of(connection: sa.Connection, issue_ids: Sequence[int]) -> dict[int, str]:
    """`answered` for issues with a case whose answer is ours to give, `closed` where all of theirs are closed."""
    found: dict[int, str] = {}
    for number, rows in cases_of(connection, issue_ids).items():
        if any(whose(row) == US for row in rows):
            found[number] = "answered"
        elif all(row.status == "closed" for row in rows):
            found[number] = "closed"
    return found


def whose(case: Any) -> str | None:
    """Whose move it is: ours once they wrote last, theirs once we did, nobody's in a closed case."""
    if case.status == "closed":
        return None
    return US if case.last_from == THEM else THEM


def _by_number(connection: sa.Connection, account: str, channel: str, external_id: str) -> Any | None:
    cases = CASE_FILES.sql_table()
    same = (cases.c.account == account, cases.c.channel == channel, cases.c.external_id == external_id)
    return connection.execute(sa.select(cases).where(*same).order_by(cases.c.id).limit(1)).one_or_none()


def _known_type(name: str, have: Sequence[str]) -> None:
    if name not in TYPES:
        raise WrongUse(f"{name!r} is no type of case.", nearest(name, TYPES))
    if wrong := [item for item in have if TYPES[name] and item not in TYPES[name]]:
        raise WrongUse(f"A {name} asks for no {wrong[0]!r}.", nearest(wrong[0], TYPES[name]))


def _heard(row: Mapping[str, Any], at: datetime) -> Heard:
    """What a row of a list says, its status split into whose move it is and whether it is closed."""
    status, last_from = row.get("status") or None, row.get("last_from") or None
    if status in ("waiting_on_us", "waiting_on_them"):
        last_from = last_from or (THEM if status == "waiting_on_us" else US)
        status = "open"
    return Heard(last_from, row.get("last_at"), status, row.get("seen_at") or at, row.get("title") or None)


def _merged(case: Any, heard: Heard, at: datetime) -> tuple[dict[str, Any], str]:
    """The columns that change, and the event: by the time things happened, older words change nothing."""
    moved_at = heard.last_at or heard.seen_at or at
    change: dict[str, Any] = {"seen_at": max(case.seen_at, heard.seen_at or min(at, moved_at))}
    event = "seen"
    newer = moved_at > case.last_at or (moved_at == case.last_at and heard.last_from not in (None, case.last_from))
    if newer and heard.last_from and (heard.last_at or heard.last_from != case.last_from):
        change |= {"last_from": heard.last_from, "last_at": moved_at}
        event = "answered" if heard.last_from == THEM else "wrote"
    if heard.status == "closed" and case.status == "open" and moved_at >= case.last_at:
        return change | {"status": "closed", "closed_at": moved_at}, "closed"
    again = heard.status == "open" or (heard.status is None and event != "seen")
    if case.status == "closed" and again and moved_at > case.closed_at:
        return change | {"status": "open", "closed_at": None, "reopened": case.reopened + 1}, "reopened"
    return change, event


def _blank(account: str, channel: str, *, by: str, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(CASE_FILES.names())
    row |= {"account": account, "channel": channel, "type": "other", "status": "open", "opened_by": by}
    return row | {"opened_at": at, "last_from": US, "last_at": at, "seen_at": at, "reopened": 0, "evidence": "[]"}


def _found(connection: sa.Connection, row: Mapping[str, Any], heard: Heard, *, by: str, at: datetime) -> Any:
    """A case a list names and nobody opened here."""
    kind = row.get("type") or "other"
    _known_type(kind, ())
    moved = heard.last_at or heard.seen_at or at
    new = _blank(row["account"], row["channel"], by=by, at=min(at, moved))
    new |= {"external_id": row["external_id"], "type": kind, "title": heard.title, "seen_at": heard.seen_at or at}
    new |= {"last_from": heard.last_from or US, "last_at": moved}
    if heard.status == "closed":
        new |= {"status": "closed", "closed_at": moved}
    return find(connection, _insert(connection, new, by=by, at=at))


def _insert(connection: sa.Connection, row: dict[str, Any], *, by: str, at: datetime) -> int:
    """Give a new case its number; two people who open one at the same moment get two."""
    cases = CASE_FILES.sql_table()
    for attempt in range(TRIES):
        number = (connection.execute(sa.select(sa.func.max(cases.c.id))).scalar() or 0) + 1
        try:
            with connection.begin_nested():
                connection.execute(cases.insert(), row | {"id": number, "version": 1})
            break
        except sa.exc.IntegrityError:
            if attempt == TRIES - 1:
                raise Conflict("Others open cases at this very moment.", "Try again.") from None
    told = {"type": row["type"], "external_id": row["external_id"]}
    event = {"case_id": number, "version": 1, "at": at, "event": "opened", "by": by, "payload": payload(told)}
    connection.execute(CASE_EVENTS.sql_table().insert(), event)
    return number


def _write(  # noqa: PLR0913
    connection: sa.Connection,
    case: Any,
    event: str,
    *,
    by: str,
    at: datetime,
    set_: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    cases, values = CASE_FILES.sql_table(), dict(set_ or {})
    version = case.version + 1
    read = sa.and_(cases.c.id == case.id, cases.c.version == case.version)
    done = connection.execute(cases.update().where(read).values(**values, version=version))
    if done.rowcount != 1:
        raise Conflict(f"Case {case.id} was changed by somebody else a moment ago.", "Look again: opswheel cases.")
    told = {"at": at, "event": event, "by": by, "payload": payload({**values, **(more or {})})}
    connection.execute(CASE_EVENTS.sql_table().insert(), {"case_id": case.id, "version": version, **told})


def _pass_on(connection: sa.Connection, case: Any, *, by: str, at: datetime, desk: Desk) -> None:
    """What a case's move means for its open issues: they wait while a case of theirs is the marketplace's to move
    and none is ours to answer."""
    issues = ISSUES.sql_table()
    linked = issues_of(connection, [case.id]).get(case.id, [])
    rows = connection.execute(
        sa.select(issues.c.id, issues.c.waiting_on).where(issues.c.id.in_(linked), issues.c.state.in_(OPEN))
    ).all()
    number = case.external_id or case.id
    for issue_id, waiting_on in rows:
        turns = {whose(c) for c in cases_of(connection, [issue_id])[issue_id]}
        waits = THEM in turns and US not in turns
        if waits and waiting_on is None:
            triage.wait(connection, issue_id, MARKETPLACE, by=by, at=at, desk=desk)
        elif not waits and waiting_on == MARKETPLACE:
            because = f"case {number} is closed" if case.status == "closed" else f"case {number} was answered"
            triage.answered(connection, issue_id, by=by, at=at, desk=desk, because=because)

"""What people do to issues. Each action is one transaction that names the version it read."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import ASKED_AT_ONCE, chunks
from ..core.contracts import INTENTS, ISSUE_SUBJECTS, ISSUES, ROOT_CAUSE_WORDS, RUNS
from ..core.errors import BadClose, Conflict, IssueTaken, NotFound, WrongUse
from .desk import DEFAULT, Desk, refresh
from .events import write
from .lifecycle import AWAKE, FALSE_ALARM_REASONS, MUTES, NEEDS_CAUSE, OPEN, RESOLUTIONS
from .order import taken_before, taken_from
from .playbook import ROOT_CAUSES, load


@dataclass(frozen=True)
class Close:
    """What a person says when closing an issue."""

    resolution: str
    root_cause: str | None = None
    minutes: float | None = None
    of: int | None = None
    why: str | None = None
    until: date | None = None
    note: str | None = None
    minutes_source: str | None = None


def find(connection: sa.Connection, issue_id: int) -> Any:
    """The issue as it is now, if a finished run opened it.

    Raises NotFound with the nearest thing to do.
    """
    issues, runs = ISSUES.sql_table(), RUNS.sql_table()
    row = connection.execute(
        sa.select(issues)
        .join(runs, runs.c.id == issues.c.opened_run)
        .where(issues.c.id == issue_id, runs.c.finished_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no issue {issue_id}.", "`opswheel queue` lists the issues with their numbers.")
    return row


def claim(connection: sa.Connection, issue_id: int, *, by: str, at: datetime, desk: Desk = DEFAULT) -> Any:
    """Begin work on an issue: it is yours until you close it, hand it over, or do nothing for as long as a claim holds.

    A claim ends a snooze, an acknowledgement and a wait. Raises IssueTaken if somebody else works on it.
    """
    issue = find(connection, issue_id)
    _must_be_open(issue)
    others = issue.state == "in_progress" and issue.owner and issue.owner != by
    if others and not desk.claim_is_over(issue, at):
        raise IssueTaken(
            f"{issue.owner} is at work on issue {issue_id}"
            + (f", since {issue.claimed_at:%d %b %H:%M} UTC." if issue.claimed_at else "."),
            f"Ask, or hand it over: opswheel assign {issue_id} --to {by}.",
        )
    mine = issue.state == "in_progress" and issue.owner == by and issue.claimed_at is not None
    set_ = {"state": "in_progress", "owner": by, "claimed_at": issue.claimed_at if mine else at, "route": None}
    set_ |= AWAKE if issue.snoozed_until else {}
    more = {"taken_over_from": issue.owner} if others else {}
    more |= (taken_before(connection, issue) if mine else None) or taken_from(connection, issue, by=by, at=at)
    act(connection, issue, "claimed", by=by, at=at, desk=desk, set_=set_ | desk.resumed(issue, at), more=more)
    return find(connection, issue_id)


def assign(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, to: str, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Make one person responsible; no route gives the issue to anybody else from then on."""
    issue = find(connection, issue_id)
    _must_be_open(issue)
    if not to.strip():
        raise WrongUse("Nobody is named.", "Say who: --to NAME.")
    state = "assigned" if issue.state in ("new", "assigned", "in_progress") else issue.state
    set_ = {"state": state, "owner": to, "claimed_at": None, "route": None, "touched": True}
    write(connection, issue, "assigned", by=by, at=at, set_=set_)
    refresh(connection, [issue_id], desk)
    return find(connection, issue_id)


def act(  # noqa: PLR0913
    connection: sa.Connection,
    issue: Any,
    event: str,
    *,
    by: str,
    at: datetime,
    desk: Desk,
    set_: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
) -> None:
    """Record that a person did something about an issue: it was touched, and its promises move."""
    told = {**set_, "touched": True, "acted_at": at, "first_action_at": issue.first_action_at or at}
    write(connection, issue, event, by=by, at=at, set_=told, more=more)
    refresh(connection, [issue.id], desk)


def note(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, text: str, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Write something down on an issue."""
    issue = find(connection, issue_id)
    if not text.strip():
        raise WrongUse("The note is empty.", 'Say it in quotes: opswheel note 14 "asked the supplier".')
    act(connection, issue, "noted", by=by, at=at, desk=desk, set_={}, more={"note": text})
    return find(connection, issue_id)


def reopen(connection: sa.Connection, issue_id: int, *, by: str, at: datetime, desk: Desk = DEFAULT) -> Any:
    """Take back a close: the issue is worked again."""
    issue = find(connection, issue_id)
    if issue.state not in ("fixed", "closed"):
        hint = " A verified one stays so: should it come back, the next run opens a new issue that repeats it."
        also = hint if issue.state == "verified" else ""
        raise Conflict(f"Issue {issue_id} is {issue.state}; only a fixed or closed issue can be reopened.{also}")
    waited = desk.resumed(issue, at)  # while it was said to be fixed, its clock stood still
    undone = dict.fromkeys(("fixed_at", "closed_at", "resolution", "root_cause", "absent_at", "until_day"))
    again = {"state": "in_progress", "owner": issue.owner or by, "muted": False, "route": None, **AWAKE}
    act(connection, issue, "reopened", by=by, at=at, desk=desk, set_={**undone, **waited, **again})
    if issue.resolution == "not_meant_to_sell":
        _write_intents(connection, issue, "unknown", by=by, at=at, why="the close was taken back")
    return find(connection, issue_id)


def close(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, said: Close, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> tuple[Any, Any, Close]:
    """Close an issue with what it taught; returns (before, after, what was said, minutes filled in).

    `fixed` waits for facts to agree. Raises BadClose where what the next turn learns from is missing.
    """
    issue = find(connection, issue_id)
    _must_be_open(issue)
    said = _checked(issue, said, at, desk, _causes(connection))
    fixed = said.resolution == "fixed"
    set_: dict[str, Any] = {
        "state": "fixed" if fixed else "closed",
        "resolution": said.resolution,
        "root_cause": said.root_cause,
        "muted": said.resolution in MUTES,
        "until_day": said.until,
        "absent_at": None,
        "owner": issue.owner or by,
    }
    set_ |= desk.resumed(issue, at) | (AWAKE if issue.snoozed_until else {})
    set_ |= {"fixed_at": at, "waiting_since": at} if fixed else {"closed_at": at}
    if said.of is not None:
        find(connection, said.of)
    if said.resolution == "not_meant_to_sell" and issue.kind == "volume_guard":
        raise BadClose("No listing stands behind this issue.", "Close it as false_alarm or accepted_risk.")
    more = {"minutes": said.minutes, "why": said.why, "of": said.of, "note": said.note}
    more = {k: v for k, v in more.items() if v is not None}
    place = taken_before(connection, issue)
    more |= taken_from(connection, issue, by=by, at=at) if place is None else place
    act(connection, issue, "closed", by=by, at=at, desk=desk, set_=set_, more=more)
    if said.resolution == "not_meant_to_sell":
        _write_intents(connection, issue, "discontinued", by=by, at=at, why=said.why)
    return issue, find(connection, issue_id), said


def incident_of(connection: sa.Connection, issue_id: int) -> list[Any]:
    """The open issues of the incident an issue belongs to, itself first.

    Raises Conflict where it belongs to none.
    """
    issues, issue = ISSUES.sql_table(), find(connection, issue_id)
    if issue.incident_id is None:
        raise Conflict(f"Issue {issue_id} belongs to no incident.", "Leave --incident away.")
    query = sa.select(issues).where(issues.c.incident_id == issue.incident_id, issues.c.state.in_(OPEN))
    rows = connection.execute(query.order_by(issues.c.id != issue_id, issues.c.id)).all()
    if not rows:
        raise Conflict(f"Every issue of incident {issue.incident_id} has ended already.")
    return list(rows)


def close_incident(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, said: Close, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> list[tuple[Any, Any, Close]]:
    """Close every open issue of an incident with one word; the minutes, typed or measured, are shared among them.

    All of them or none: raises BadClose where one cannot be closed so.
    """
    members = incident_of(connection, issue_id)
    whole = _checked(find(connection, issue_id), said, at, desk, _causes(connection))
    if whole.minutes is not None:
        whole = replace(whole, minutes=round(whole.minutes / len(members), 3))
    return [close(connection, member.id, whole, by=by, at=at, desk=desk) for member in members]


def _must_be_open(issue: Any) -> None:
    if issue.state not in OPEN:
        raise Conflict(
            f"Issue {issue.id} is {issue.state} already" + (f" ({issue.resolution})." if issue.resolution else "."),
            f"`opswheel reopen {issue.id}` takes a close back." if issue.state in ("fixed", "closed") else "",
        )


def _causes(connection: sa.Connection) -> set[str]:
    """The root causes a close may name: those that ship and the workspace's own, without those merged into another."""
    own = connection.execute(sa.select(ROOT_CAUSE_WORDS.sql_table())).all()
    return ({*ROOT_CAUSES} | {row.code for row in own}) - {row.code for row in own if row.merged_into}


def _checked(issue: Any, said: Close, at: datetime, desk: Desk, known: Collection[str]) -> Close:
    if said.resolution not in RESOLUTIONS:
        sayable = [r for r in RESOLUTIONS if r != "self_healed"]  # only a run may say that
        raise BadClose(f"{said.resolution!r} is no resolution.", nearest(said.resolution, sayable))
    if said.resolution == "self_healed":
        raise BadClose("Only a run can say that a problem healed by itself.", "Say what you did, or false_alarm.")
    book = load(issue.kind, desk.playbooks)
    if said.resolution in NEEDS_CAUSE and not said.root_cause:
        causes = ", ".join(book.root_causes)
        raise BadClose(
            "A close needs a cause: it is what the next turn learns from.", f"--root-cause one of: {causes}."
        )
    if said.root_cause and said.root_cause not in known:
        likely = [c for c in book.root_causes if c in known]
        raise BadClose(f"{said.root_cause!r} is no root cause.", nearest(said.root_cause, likely))
    minutes, source = said.minutes, "typed"
    if minutes is None and issue.claimed_at is not None:
        minutes, source = _measured(issue, at, desk), "measured"
    if said.resolution in NEEDS_CAUSE and minutes is None:
        raise BadClose(
            "How many minutes of work was it? Nobody claimed the issue, so they were not measured.", "Say --minutes N."
        )
    if minutes is not None and not 0 <= minutes <= 10_000:
        raise BadClose(f"{minutes:g} minutes cannot be meant.", "Say the minutes of work with --minutes N.")
    if said.resolution == "false_alarm" and said.why not in FALSE_ALARM_REASONS:
        raise BadClose("Why was it a false alarm?", f"--why one of: {', '.join(FALSE_ALARM_REASONS)}.")
    if said.resolution == "duplicate" and said.of in (None, issue.id):
        raise BadClose("Of which issue is it a duplicate?", "Say --of ISSUE.")
    if said.resolution == "accepted_risk" and (said.until is None or said.until <= at.date()):
        raise BadClose("Until when is the risk accepted?", "Say --until YYYY-MM-DD, a day to come.")
    return replace(said, minutes=minutes, minutes_source=None if minutes is None else said.minutes_source or source)


def _measured(issue: Any, at: datetime, desk: Desk) -> float:
    """Minutes from claim to close: by the clock while a claim holds by itself, staffed ones where it took longer."""
    whole: float = max(0.0, (at - issue.claimed_at).total_seconds() / 60)
    if whole > desk.settings.promises.claim_hours * 60:
        whole = desk.calendar.between(issue.claimed_at, at)
    return round(whole, 1)


def nearest(word: str, known: Iterable[str]) -> str:
    """The next step for a word that is none: the known one it is close to, else all of them."""
    known = list(known)
    close_to = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {close_to[0]}?" if close_to else f"One of: {', '.join(known)}."


def _write_intents(  # noqa: PLR0913
    connection: sa.Connection, issue: Any, intent: str, *, by: str, at: datetime, why: str | None
) -> None:
    """What every listing behind the issue is meant for from now on."""
    subjects, runs = ISSUE_SUBJECTS.sql_table(), RUNS.sql_table()
    rows = connection.execute(
        sa.select(subjects.c.account, subjects.c.channel, subjects.c.sku)
        .join(runs, runs.c.id == subjects.c.run_id)
        .where(subjects.c.issue_id == issue.id, runs.c.finished_at.is_not(None))
        .distinct()
    ).all()
    listings = {tuple(r) for r in rows} or {(issue.account, issue.channel, issue.sku)}
    say_intent(connection, sorted(listings), intent, by=by, at=at, why=why)


def say_intent(  # noqa: PLR0913
    connection: sa.Connection,
    listings: Sequence[tuple[str, str, str]],
    intent: str,
    *,
    by: str,
    at: datetime,
    why: str | None = None,
) -> None:
    """Write down what listings (account, channel, SKU) are meant for; said twice in a moment, the last word counts."""
    intents, runs = INTENTS.sql_table(), RUNS.sql_table()
    finished = sa.select(sa.func.max(runs.c.id)).where(runs.c.finished_at.is_not(None))
    after = connection.execute(finished).scalar() or 0
    for part in chunks(listings, ASKED_AT_ONCE // 3):
        same = sa.tuple_(intents.c.account, intents.c.channel, intents.c.sku).in_(part)
        connection.execute(intents.delete().where(intents.c.at == at, intents.c.after_run == after, same))
        said = {"at": at, "after_run": after, "intent": intent, "by": by, "why": why}
        connection.execute(intents.insert(), [{"account": a, "channel": c, "sku": s, **said} for a, c, s in part])

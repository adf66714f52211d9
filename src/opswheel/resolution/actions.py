"""What people do to issues. Each action is one transaction that names the version it read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import ASKED_AT_ONCE, chunks
from ..core.contracts import INTENTS, ISSUE_SUBJECTS, ISSUES, RUNS
from ..core.errors import BadClose, Conflict, IssueTaken, NotFound, WrongUse
from .events import write
from .lifecycle import FALSE_ALARM_REASONS, MUTES, NEEDS_CAUSE, OPEN, RESOLUTIONS
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


def claim(connection: sa.Connection, issue_id: int, *, by: str, at: datetime) -> Any:
    """Begin work on an issue: it is yours until you close it or hand it over.

    Raises IssueTaken if somebody else works on it.
    """
    issue = find(connection, issue_id)
    _must_be_open(issue)
    if issue.state == "in_progress" and issue.owner and issue.owner != by:
        raise IssueTaken(
            f"{issue.owner} is at work on issue {issue_id}"
            + (f", since {issue.claimed_at:%d %b %H:%M} UTC." if issue.claimed_at else "."),
            f"Ask, or hand it over: opswheel assign {issue_id} --to {by}.",
        )
    write(
        connection,
        issue,
        "claimed",
        by=by,
        at=at,
        set_={"state": "in_progress", "owner": by, "claimed_at": at, "touched": True},
    )
    return find(connection, issue_id)


def assign(connection: sa.Connection, issue_id: int, to: str, *, by: str, at: datetime) -> Any:
    """Make one person responsible."""
    issue = find(connection, issue_id)
    _must_be_open(issue)
    if not to.strip():
        raise WrongUse("Nobody is named.", "Say who: --to NAME.")
    state = "assigned" if issue.state in ("new", "assigned", "in_progress") else issue.state
    write(
        connection,
        issue,
        "assigned",
        by=by,
        at=at,
        set_={"state": state, "owner": to, "claimed_at": None, "touched": True},
    )
    return find(connection, issue_id)


def note(connection: sa.Connection, issue_id: int, text: str, *, by: str, at: datetime) -> Any:
    """Write something down on an issue."""
    issue = find(connection, issue_id)
    if not text.strip():
        raise WrongUse("The note is empty.", 'Say it in quotes: opswheel note 14 "asked the supplier".')
    write(connection, issue, "noted", by=by, at=at, set_={"touched": True}, more={"note": text})
    return find(connection, issue_id)


def reopen(connection: sa.Connection, issue_id: int, *, by: str, at: datetime) -> Any:
    """Take back a close: the issue is worked again."""
    issue = find(connection, issue_id)
    if issue.state not in ("fixed", "closed"):
        hint = " A verified one stays so: should it come back, the next run opens a new issue that repeats it."
        also = hint if issue.state == "verified" else ""
        raise Conflict(f"Issue {issue_id} is {issue.state}; only a fixed or closed issue can be reopened.{also}")
    undone = dict.fromkeys(("fixed_at", "closed_at", "resolution", "root_cause", "absent_at", "until_day"))
    write(
        connection,
        issue,
        "reopened",
        by=by,
        at=at,
        set_={**undone, "state": "in_progress", "owner": issue.owner or by, "muted": False, "touched": True},
    )
    if issue.resolution == "not_meant_to_sell":
        _write_intents(connection, issue, "unknown", by=by, at=at, why="the close was taken back")
    return find(connection, issue_id)


def close(connection: sa.Connection, issue_id: int, said: Close, *, by: str, at: datetime) -> tuple[Any, Any, Close]:
    """Close an issue with what it taught; returns (before, after, what was said, minutes filled in).

    `fixed` waits for facts to agree. Raises BadClose where what the next turn learns from is missing.
    """
    issue = find(connection, issue_id)
    _must_be_open(issue)
    said = _checked(issue, said, at)
    fixed = said.resolution == "fixed"
    set_: dict[str, Any] = {
        "state": "fixed" if fixed else "closed",
        "resolution": said.resolution,
        "root_cause": said.root_cause,
        "touched": True,
        "muted": said.resolution in MUTES,
        "until_day": said.until,
        "absent_at": None,
        "owner": issue.owner or by,
    }
    set_ |= {"fixed_at": at} if fixed else {"closed_at": at}
    if said.of is not None:
        find(connection, said.of)
    if said.resolution == "not_meant_to_sell" and issue.kind == "volume_guard":
        raise BadClose("No listing stands behind this issue.", "Close it as false_alarm or accepted_risk.")
    more = {"minutes": said.minutes, "why": said.why, "of": said.of, "note": said.note}
    write(connection, issue, "closed", by=by, at=at, set_=set_, more={k: v for k, v in more.items() if v is not None})
    if said.resolution == "not_meant_to_sell":
        _write_intents(connection, issue, "discontinued", by=by, at=at, why=said.why)
    return issue, find(connection, issue_id), said


def _must_be_open(issue: Any) -> None:
    if issue.state not in OPEN:
        raise Conflict(
            f"Issue {issue.id} is {issue.state} already" + (f" ({issue.resolution})." if issue.resolution else "."),
            f"`opswheel reopen {issue.id}` takes a close back." if issue.state in ("fixed", "closed") else "",
        )


def _checked(issue: Any, said: Close, at: datetime) -> Close:
    if said.resolution not in RESOLUTIONS:
        sayable = [r for r in RESOLUTIONS if r != "self_healed"]  # only a run may say that
        raise BadClose(f"{said.resolution!r} is no resolution.", _nearest(said.resolution, sayable))
    if said.resolution == "self_healed":
        raise BadClose("Only a run can say that a problem healed by itself.", "Say what you did, or false_alarm.")
    book = load(issue.kind)
    if said.resolution in NEEDS_CAUSE and not said.root_cause:
        causes = ", ".join(book.root_causes)
        raise BadClose(
            "A close needs a cause: it is what the next turn learns from.", f"--root-cause one of: {causes}."
        )
    if said.root_cause and said.root_cause not in ROOT_CAUSES:
        raise BadClose(f"{said.root_cause!r} is no root cause.", _nearest(said.root_cause, book.root_causes))
    minutes = said.minutes
    if minutes is None and issue.claimed_at is not None:
        minutes = round((at - issue.claimed_at).total_seconds() / 60, 1)
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
    return Close(**{**vars(said), "minutes": minutes})


def _nearest(word: str, known: Iterable[str]) -> str:
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

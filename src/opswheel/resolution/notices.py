"""Which things to tell whom: pure over rows, so that it can be asked as often as one likes.

At once is told what somebody must hear before they look at the queue by themselves: a broken promise, a weighty issue
that became theirs, a source that went blind, an issue that belongs to nobody. All else waits for the daily message.
Nothing in a notice names a customer: sentences are about listings, and what people wrote down stays where it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import ISSUE_EVENTS, ISSUES, RANKS, RUNS
from ..core.money import show_money
from ..core.staffed import Staffed, parse_hours
from .lifecycle import OPEN

LOOKS_BACK = timedelta(days=14)
"""How old an assignment may be and still be told, after a server was off."""
PROMISES = {
    "acknowledge": "somebody should have seen it by",
    "first_action": "something should have been done about it by",
    "fix": "it should have been fixed by",
    "loss": "its loss passed the budget at",
}


@dataclass(frozen=True)
class Person:
    """Somebody who wants to be told. `quiet` are wall hours such as `19:00-07:00`."""

    name: str
    everything: bool
    since: datetime
    daily_at: str = ""
    quiet: str = ""

    def is_quiet(self, at: datetime, calendar: Staffed) -> bool:
        """Whether nothing is to be sent now; hours are those of the team's zone."""
        return any(calendar.within(span, at) for span in parse_hours(self.quiet))


@dataclass(frozen=True)
class Notice:
    """One thing one person is told; `key` says what it is, so that it is told once."""

    person: str
    key: str
    kind: str
    words: str
    issue_id: int | None = None
    at_once: bool = True


@dataclass(frozen=True)
class Seen:
    """The rows notices are made of: see `look`."""

    run: Any
    broken: Sequence[Any]
    assigned: Sequence[Any]
    unowned: Sequence[Any]


def look(connection: sa.Connection, at: datetime) -> Seen | None:
    """What stands in the ledger at `at`; None before the first run."""
    runs = RUNS.sql_table()
    last = sa.select(runs).where(runs.c.finished_at.is_not(None)).order_by(runs.c.as_of.desc(), runs.c.id.desc())
    run = connection.execute(last.limit(1)).one_or_none()
    if run is None:
        return None
    return Seen(run, broken(connection, run.id, at), _assigned(connection, run.id, at), _unowned(connection, run.id))


def broken(connection: sa.Connection, run_id: int, at: datetime) -> Sequence[Any]:
    """Open issues whose promise is broken at `at`: none that waits, sleeps, or hangs under another."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    return connection.execute(
        sa.select(ranks, issues.c.escalation, issues.c.version)
        .join(issues, issues.c.id == ranks.c.issue_id)
        .where(ranks.c.run_id == run_id, ranks.c.open.is_(True), ranks.c.sla_due <= at)
        .where(ranks.c.inhibited_by.is_(None), ranks.c.folded.is_not(True))
        .where(sa.or_(issues.c.snoozed_until.is_(None), issues.c.snoozed_until <= at))
        .order_by(ranks.c.position)
    ).all()


def _assigned(connection: sa.Connection, run_id: int, at: datetime) -> Sequence[Any]:
    """Assignments of the last weeks that still stand."""
    issues, events, ranks, runs = (t.sql_table() for t in (ISSUES, ISSUE_EVENTS, RANKS, RUNS))
    return connection.execute(
        sa.select(issues, events.c.at, events.c.by, events.c.payload, events.c.version.label("event_version"))
        .add_columns(ranks.c.sentence, ranks.c.avoidable_mean, ranks.c.currency)
        .join(events, events.c.issue_id == issues.c.id)
        .outerjoin(runs, runs.c.id == events.c.run_id)
        .outerjoin(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == run_id))
        .where(events.c.at > at - LOOKS_BACK, events.c.event.in_(("assigned", "rerouted")))
        .where(issues.c.state.in_(OPEN), issues.c.claimed_at.is_(None), issues.c.owner.is_not(None))
        .where(sa.or_(events.c.run_id.is_(None), runs.c.finished_at.is_not(None)))
        .where(ranks.c.folded.is_not(True), ranks.c.inhibited_by.is_(None))
        .order_by(events.c.at, issues.c.id)
    ).all()


def _unowned(connection: sa.Connection, run_id: int) -> Sequence[Any]:
    ranks = RANKS.sql_table()
    return connection.execute(
        sa.select(ranks)
        .where(ranks.c.run_id == run_id, ranks.c.open.is_(True), ranks.c.owner.is_(None))
        .where(ranks.c.inhibited_by.is_(None), ranks.c.folded.is_not(True))
        .order_by(ranks.c.position)
    ).all()


def to_tell(people: Sequence[Person], seen: Seen, *, ladder: Sequence[str], tier: int, routed: bool) -> list[Notice]:
    """Everything there is to tell everybody now, told before or not.

    `ladder` are the names escalation goes to in turn; `routed` whether any route says who owns what: a team without
    routes knows that its issues have no owner.
    """
    found: list[Notice] = []
    for person in people:
        found += _of_promises(person, seen.broken, ladder)
        found += _of_assignments(person, seen.assigned, tier)
    listeners = [p for p in people if p.everything] or list(people)  # an alarm nobody hears is none
    for person in listeners:
        found += _of_sources(person, seen.run)
        if routed:
            found += [
                Notice(person.name, f"unowned {r.issue_id}", "unowned", f"Nobody owns it: {about(r)}", r.issue_id)
                for r in seen.unowned
            ]
    return found


def _of_promises(person: Person, rows: Sequence[Any], ladder: Sequence[str]) -> list[Notice]:
    found = []
    for row in rows:
        if row.sla_due < person.since:
            continue
        steps = ladder[: row.escalation or 0]
        if row.owner != person.name and not person.everything and person.name not in steps:
            continue
        why = PROMISES.get(row.sla_what, row.sla_what)
        words = f"Promise broken: {why} {show_moment(row.sla_due)}. {about(row)}"
        if person.name in steps and row.owner != person.name:
            words += f" It went up to you from {row.owner or 'nobody'}."
        key = f"broken {row.issue_id} {row.sla_what} {show_moment(row.sla_due)}"
        found.append(Notice(person.name, key, "broken", words, row.issue_id))
    return found


def _of_assignments(person: Person, rows: Iterable[Any], tier: int) -> list[Notice]:
    found = []
    for row in rows:
        told = json.loads(row.payload)
        if row.owner != person.name or told.get("owner") != person.name or row.by == person.name:
            continue
        if row.at < person.since:
            continue
        at_once = row.tier is not None and row.tier <= tier
        words = f"Yours now: {about(row)}"
        key = f"assigned {row.id} v{row.event_version}"
        found.append(Notice(person.name, key, "assigned", words, row.id, at_once))
    return found


def _of_sources(person: Person, run: Any) -> list[Notice]:
    """Blind sources of the last run; one stays the same until it was seen again."""
    found = []
    for one in json.loads(run.summary or "{}").get("blind", ()):
        lost = one["expected_undetected_loss"]
        hidden = f" {show_money(lost, one['currency'])} may be lost unseen." if lost else ""
        since = f", last {one['last_day']}" if one["last_day"] else ""
        words = f"Blind: {one['report']} of {one['channel']}, {one['reason']}{since}.{hidden}"
        key = f"blind {one['account']} {one['channel']} {one['report']} {one['last_day']}"
        found.append(Notice(person.name, key, "blind", words))
    return found


def about(row: Any) -> str:
    """An issue in a sentence: its number, what is wrong, where, and what can still be saved."""
    number = row.issue_id if hasattr(row, "issue_id") else row.id
    what = row.sentence or (row.title or row.kind).replace("_", " ")
    where = " ".join(filter(None, (row.channel, row.sku)))
    save = ""
    if row.avoidable_mean:
        save = f" Acting now can still save {show_money(row.avoidable_mean, row.currency)}."
    return f"Issue {number}, {where}: {what.rstrip('.')}.{save}"


CHANGES = (
    ("opened", "new"),
    ("fixed", "said to be fixed"),
    ("closed", "closed otherwise"),
    ("verified", "verified gone"),
    ("regressed", "back after a fix"),
)


def daily(  # noqa: PLR0913
    connection: sa.Connection, person: Person, *, since: datetime, at: datetime, today: date, top: int = 3
) -> Notice | None:
    """The daily message of one person, in words and money; None where there is nothing to say.

    It is about their own issues, or about everybody's where they want to hear everything.
    """
    runs = RUNS.sql_table()
    finished = sa.select(runs.c.id).where(runs.c.finished_at.is_not(None))
    run_id = connection.execute(finished.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)).scalar()
    if run_id is None:
        return None
    ranks = RANKS.sql_table()
    mine = [ranks.c.run_id == run_id, ranks.c.open.is_(True), ranks.c.inhibited_by.is_(None)]
    mine += [] if person.everything else [ranks.c.owner == person.name]
    rows = connection.execute(
        sa.select(ranks).where(*mine, ranks.c.folded.is_not(True)).order_by(ranks.c.position)
    ).all()
    happened = _changes(connection, person, since, at)
    if not rows and not happened:
        return None
    key = f"daily {today.isoformat()}"
    return Notice(person.name, key, "daily", _daily_words(person, rows, happened, at, top), None)


def _changes(connection: sa.Connection, person: Person, since: datetime, at: datetime) -> Counter[str]:
    """What happened since the last message, counted in the words of CHANGES."""
    issues, events, runs = ISSUES.sql_table(), ISSUE_EVENTS.sql_table(), RUNS.sql_table()
    kinds = ("opened", "closed", "verified", "regressed", "self_healed", "not_meant_to_sell")
    query = (
        sa.select(events.c.event, events.c.payload)
        .join(issues, issues.c.id == events.c.issue_id)
        .outerjoin(runs, runs.c.id == events.c.run_id)
        .where(events.c.at > since, events.c.at <= at, events.c.event.in_(kinds))
        .where(sa.or_(events.c.run_id.is_(None), runs.c.finished_at.is_not(None)))
    )
    if not person.everything:
        query = query.where(issues.c.owner == person.name)
    found: Counter[str] = Counter()
    for event, payload in connection.execute(query):
        name = event if event in ("opened", "verified", "regressed") else "closed"
        fixed = name == "closed" and json.loads(payload).get("resolution") == "fixed"
        found["fixed" if fixed else name] += 1
    return found


def _daily_words(person: Person, rows: Sequence[Any], happened: Counter[str], at: datetime, top: int) -> str:
    whose = "The queue" if person.everything else "Your issues"
    save = sum(r.avoidable_mean or 0.0 for r in rows)
    late = sum(1 for r in rows if r.sla_due is not None and r.sla_due <= at)
    currency = rows[0].currency if rows else ""
    lines = [f"{whose}: {len(rows):,} open." if rows else f"{whose}: none open."]
    if save:
        a_day = sum(r.exposure_mean or 0.0 for r in rows)
        lines[0] += (
            f" Acting now can still save {show_money(save, currency)}; they lose {show_money(a_day, currency)} a day."
        )
    if happened:
        parts = [f"{happened[name]:,} {words}" for name, words in CHANGES if happened[name]]
        lines.append(f"Since the last message: {', '.join(parts)}.")
    if late:
        lines.append(f"{late:,} with a broken promise.")
    lines += [f"{n}. {about(row)}" for n, row in enumerate(rows[:top], 1)]
    return "\n".join(lines)

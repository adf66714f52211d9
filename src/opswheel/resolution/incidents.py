"""Incidents people make: several issues that are one problem, put together by hand and taken apart again.

Who put them together, and under which name, stands in the events of the issues. A run reads it there and keeps them
together; the rows of the last run follow at once, so that nobody waits for the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import ISSUE_EVENTS, ISSUES, RANKS
from ..core.errors import Conflict, WrongUse
from .actions import find
from .events import write
from .lifecycle import OPEN
from .queue import last_run

JOINED, LEFT = "joined", "left"
LONGEST = 120
"""Characters of a name, as of a sentence in the queue."""


def by_hand(connection: sa.Connection) -> dict[int, list[Any]]:
    """The open issues of each incident people made, by its number."""
    issues, events = ISSUES.sql_table(), ISSUE_EVENTS.sql_table()
    last = (
        sa.select(events.c.issue_id, sa.func.max(events.c.version).label("version"))
        .join(issues, issues.c.id == events.c.issue_id)
        .where(issues.c.incident_id.is_not(None), issues.c.state.in_(OPEN), events.c.event.in_((JOINED, LEFT)))
        .group_by(events.c.issue_id)
        .subquery()
    )
    of_last = sa.and_(events.c.issue_id == last.c.issue_id, events.c.version == last.c.version)
    query = (
        sa.select(issues)
        .join(last, last.c.issue_id == issues.c.id)
        .join(events, of_last)
        .where(events.c.event == JOINED)
        .order_by(issues.c.id)
    )
    found: dict[int, list[Any]] = {}
    for issue in connection.execute(query):
        found.setdefault(issue.incident_id, []).append(issue)
    return found


def make(connection: sa.Connection, numbers: Sequence[int], *, title: str, by: str, at: datetime) -> int:
    """Put open issues of one account together under a name; returns the incident's number.

    All of them or none. Raises WrongUse for fewer than two or without a name, Conflict where an issue has ended, is of
    another account than the others, is worked with its cause, or belongs to an incident already.
    """
    title = " ".join(title.split())
    if not title:
        raise WrongUse("What do they have in common?", "Say it in a few words: it is what the incident is called.")
    if len(title) > LONGEST:
        raise WrongUse(f"The name has {len(title)} characters.", f"At most {LONGEST}; details fit into a note.")
    chosen = [find(connection, number) for number in dict.fromkeys(numbers)]
    if len(chosen) < 2:
        raise WrongUse("One issue alone is no incident.", "Choose two or more that are one problem.")
    _fit(connection, chosen)
    number = _number(connection, chosen)
    ids = [issue.id for issue in chosen]
    for issue in chosen:
        told = {"incident": title, "issues": ids}
        write(connection, issue, JOINED, by=by, at=at, set_={"incident_id": number}, more=told)
    run = last_run(connection)
    if run is not None:
        fold(connection, run.id, number, ids)
    return number


def take_apart(connection: sa.Connection, issue_id: int, *, by: str, at: datetime) -> list[int]:
    """Take apart the incident an issue was put into by hand; returns its issues, each by itself again.

    Raises Conflict where it is in none, or in one that a run found.
    """
    issue = find(connection, issue_id)
    members = by_hand(connection).get(issue.incident_id, []) if issue.incident_id is not None else []
    if issue_id not in [m.id for m in members]:
        run = last_run(connection)
        if run is not None and _found_by_run(connection, run.id, [issue_id]):
            raise Conflict(
                f"Incident {issue.incident_id} was found by a run: many alike on one day.",
                "Only an incident made by hand can be taken apart.",
            )
        raise Conflict(f"Issue {issue_id} is in no incident that was made by hand.", "There is nothing to take apart.")
    for one in members:
        write(connection, one, LEFT, by=by, at=at, set_={"incident_id": None})
    run = last_run(connection)
    if run is not None:
        unfold(connection, run.id, issue.incident_id)
    return [one.id for one in members]


def _fit(connection: sa.Connection, chosen: Sequence[Any]) -> None:
    """Raises Conflict for the first issue that cannot be put together with the others."""
    first, run = chosen[0], last_run(connection)
    together = {issue.id for members in by_hand(connection).values() if len(members) > 1 for issue in members}
    ids = [issue.id for issue in chosen]
    together |= _found_by_run(connection, run.id, ids) if run is not None else set()
    under = _causes(connection, run.id, ids) if run is not None else {}
    for issue in chosen:
        if issue.state not in OPEN:
            raise Conflict(f"Issue {issue.id} is {issue.state} already.", "Choose open ones.")
        if issue.account != first.account:
            raise Conflict(
                f"Issue {issue.id} is of the account {issue.account}, issue {first.id} of {first.account}.",
                "An incident stays within one account.",
            )
        if issue.id in together:
            raise Conflict(
                f"Issue {issue.id} belongs to incident {issue.incident_id} already.",
                "Take that one apart first, or leave the issue out.",
            )
        if issue.id in under:
            raise Conflict(
                f"Issue {issue.id} hangs under issue {under[issue.id]} and is worked with it.",
                f"Choose issue {under[issue.id]} instead.",
            )


def _found_by_run(connection: sa.Connection, run_id: int, ids: Collection[int]) -> set[int]:
    """Which of these issues the last run ranks in an incident."""
    ranks, found = RANKS.sql_table(), set[int]()
    for part in chunks(list(ids)):
        here = (ranks.c.run_id == run_id, ranks.c.issue_id.in_(part), ranks.c.incident_id.is_not(None))
        found |= set(connection.execute(sa.select(ranks.c.issue_id).where(*here)).scalars())
    return found


def _causes(connection: sa.Connection, run_id: int, ids: Collection[int]) -> dict[int, int]:
    """The cause of each of these issues that hangs under one."""
    ranks, found = RANKS.sql_table(), dict[int, int]()
    for part in chunks(list(ids)):
        here = (ranks.c.run_id == run_id, ranks.c.issue_id.in_(part), ranks.c.inhibited_by.is_not(None))
        query = sa.select(ranks.c.issue_id, ranks.c.inhibited_by).where(*here)
        found |= {row.issue_id: row.inhibited_by for row in connection.execute(query)}
    return found


def _number(connection: sa.Connection, chosen: Sequence[Any]) -> int:
    """The number of its first issue; where an older incident is still called by it, of the first one that is free."""
    issues, ids = ISSUES.sql_table(), sorted(issue.id for issue in chosen)
    taken = sa.select(issues.c.incident_id).where(issues.c.incident_id.in_(ids), issues.c.id.not_in(ids)).distinct()
    used = set(connection.execute(taken).scalars())
    return int(next((n for n in ids if n not in used), ids[0]))


def fold(connection: sa.Connection, run_id: int, number: int, ids: Collection[int]) -> None:
    """Let the first row of each lane stand for the others of an incident in a run's ranks, as the next run will.

    The money of all ranks the row from the next run on: until then it keeps its place.
    """
    ranks = RANKS.sql_table()
    mine = sa.and_(ranks.c.run_id == run_id, ranks.c.issue_id.in_(ids), ranks.c.inhibited_by.is_(None))
    rows = connection.execute(sa.select(ranks.c.issue_id, ranks.c.lane).where(mine).order_by(ranks.c.position)).all()
    connection.execute(ranks.update().where(mine).values(incident_id=number))
    lanes: dict[str, list[int]] = {}
    for row in rows:
        lanes.setdefault(row.lane, []).append(row.issue_id)
    for lead, *others in lanes.values():
        here = ranks.c.run_id == run_id
        connection.execute(ranks.update().where(here, ranks.c.issue_id == lead).values(incident_issues=len(rows)))
        below = sa.or_(ranks.c.issue_id.in_(others), ranks.c.inhibited_by.in_(others))
        connection.execute(ranks.update().where(here, below).values(folded=True))
        connection.execute(ranks.update().where(here, ranks.c.issue_id.in_(others)).values(inhibited_by=lead))


def unfold(connection: sa.Connection, run_id: int, number: int) -> None:
    """Let each issue of an incident stand for itself in a run's ranks; the next run gives each its own place."""
    ranks = RANKS.sql_table()
    mine = sa.and_(ranks.c.run_id == run_id, ranks.c.incident_id == number)
    ids = list(connection.execute(sa.select(ranks.c.issue_id).where(mine)).scalars())
    below = sa.and_(ranks.c.run_id == run_id, sa.or_(ranks.c.issue_id.in_(ids), ranks.c.inhibited_by.in_(ids)))
    connection.execute(ranks.update().where(below).values(folded=False))
    alone = {"inhibited_by": None, "incident_id": None, "incident_issues": None}
    connection.execute(ranks.update().where(mine).values(**alone))


def keep_up(connection: sa.Connection, run_id: int, known: Mapping[str, int]) -> set[int]:
    """Bring a run's ranks up to what people put together or took apart while it was at work.

    `known` maps fingerprints to the incidents the run knew of. Returns the issues whose incident is people's word, so
    that the run's own word about them does not count.
    """
    now = {issue.fingerprint: number for number, members in by_hand(connection).items() for issue in members}
    changed = {name for name in {*known, *now} if known.get(name) != now.get(name)}
    if not changed:
        return set()
    gone = {known[name] for name in changed if name in known}
    fresh = {now[name] for name in changed if name in now}
    for number in gone:
        unfold(connection, run_id, number)
    for number in {*fresh, *(n for n in gone if n in now.values())}:
        members = by_hand(connection)[number]
        if len(members) > 1:
            fold(connection, run_id, number, [m.id for m in members])
    issues = ISSUES.sql_table()
    told: set[int] = set()
    for part in chunks(sorted(changed)):
        told |= set(connection.execute(sa.select(issues.c.id).where(issues.c.fingerprint.in_(part))).scalars())
    return told

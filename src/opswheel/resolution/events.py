"""Writing what happens to issues: one event, its projection, and the queue's copy, in one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import ISSUE_EVENTS, ISSUES, RANKS
from ..core.errors import IssueTaken
from .lifecycle import OPEN


@dataclass(frozen=True)
class Happened:
    """Something that is to be written on an issue as it was read: `set` are columns that change, `more` the rest."""

    issue: Any
    event: str
    set: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def payload(values: Mapping[str, Any]) -> str:
    """Event payload as JSON; days and moments in ISO form."""
    return json.dumps(values, default=lambda v: v.isoformat() if isinstance(v, date | datetime) else str(v))


def write(  # noqa: PLR0913
    connection: sa.Connection,
    issue: Any,
    event: str,
    *,
    by: str,
    at: datetime,
    set_: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    run_id: int | None = None,
) -> int:
    """Record `event` on `issue` as it was read; returns the new version.

    `set_` are columns of `issues` that change, `more` whatever else belongs to the event. Raises IssueTaken if
    the issue has changed since it was read; nothing is written then.
    """
    issues, events = ISSUES.sql_table(), ISSUE_EVENTS.sql_table()
    version = int(issue.version) + 1
    values = dict(set_ or {})
    done = connection.execute(
        issues.update()
        .where(issues.c.id == issue.id, issues.c.version == issue.version)
        .values(**values, version=version)
    )
    if done.rowcount != 1:
        raise IssueTaken(
            f"Issue {issue.id} was changed by somebody else a moment ago.", f"Look again: opswheel why {issue.id}."
        )
    one = Happened(issue, event, values, more or {})
    connection.execute(events.insert(), _row(one, version, by=by, at=at, run_id=run_id))
    mirror(connection, [issue.id])
    return version


def write_all(
    connection: sa.Connection, happened: Sequence[Happened], *, by: str, at: datetime, run_id: int | None = None
) -> list[Happened]:
    """Record many events, at most one for each issue, in a few statements; returns those that were written.

    An issue that has changed since it was read is left as it is: whoever changed it was first.
    """
    issues = ISSUES.sql_table()
    now: dict[int, int] = {}
    for part in chunks([h.issue.id for h in happened]):
        read = sa.select(issues.c.id, issues.c.version).where(issues.c.id.in_(part)).with_for_update()
        now |= {row.id: row.version for row in connection.execute(read)}
    kept = [h for h in happened if now.get(h.issue.id) == h.issue.version]
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for h in kept:
        alike[tuple(sorted(h.set))].append({**{f"to_{k}": v for k, v in h.set.items()}, "the_issue": h.issue.id})
    for names, rows in alike.items():
        values: dict[str, Any] = {name: sa.bindparam(f"to_{name}") for name in names}
        one = issues.update().where(issues.c.id == sa.bindparam("the_issue"))
        connection.execute(one.values(**values, version=issues.c.version + 1), rows)
    if kept:
        rows = [_row(h, int(h.issue.version) + 1, by=by, at=at, run_id=run_id) for h in kept]
        connection.execute(ISSUE_EVENTS.sql_table().insert(), rows)
        mirror(connection, [h.issue.id for h in kept])
    return kept


def _row(happened: Happened, version: int, *, by: str, at: datetime, run_id: int | None) -> dict[str, Any]:
    return {
        "issue_id": happened.issue.id,
        "version": version,
        "at": at,
        "event": happened.event,
        "by": by,
        "run_id": run_id,
        "payload": payload({**happened.set, **happened.more}),
    }


def mirror(connection: sa.Connection, issue_ids: Sequence[int]) -> None:
    """Bring the queue's copy of state and owner in line with the issues."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()

    def of(column: Any) -> Any:
        return sa.select(column).where(issues.c.id == ranks.c.issue_id).scalar_subquery()

    for part in chunks(list(issue_ids)):
        connection.execute(
            ranks.update()
            .where(ranks.c.issue_id.in_(part))
            .values(state=of(issues.c.state), owner=of(issues.c.owner), open=of(issues.c.state.in_(OPEN)))
        )

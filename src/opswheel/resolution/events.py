"""Writing what happens to issues: one event, its projection, and the queue's copy, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUE_EVENTS, ISSUES, RANKS
from ..core.errors import IssueTaken
from .lifecycle import OPEN


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
    connection.execute(
        events.insert(),
        {
            "issue_id": issue.id,
            "version": version,
            "at": at,
            "event": event,
            "by": by,
            "run_id": run_id,
            "payload": payload({**values, **(more or {})}),
        },
    )
    mirror(connection, [issue.id])
    return version


def mirror(connection: sa.Connection, issue_ids: Sequence[int]) -> None:
    """Bring the queue's copy of state and owner in line with the issues."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()

    def of(column: Any) -> Any:
        return sa.select(column).where(issues.c.id == ranks.c.issue_id).scalar_subquery()

    connection.execute(
        ranks.update()
        .where(ranks.c.issue_id.in_(list(issue_ids)))
        .values(state=of(issues.c.state), owner=of(issues.c.owner), open=of(issues.c.state.in_(OPEN)))
    )

"""One outcome per close: what it was, why, how long it took, and what it cleared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import OUTCOMES, RANKS, RUNS
from ..core.detector import AT_ONCE


def record(  # noqa: PLR0913
    connection: sa.Connection, before: Any, after: Any, said: Any, *, by: str, at: datetime
) -> dict[str, Any]:
    """Write the outcome of a close and return it. Cleared is what acting could still save at that moment.

    It stays provisional (`booked_at` empty) until facts verify a fix; other resolutions clear nothing. Cash and what
    is lost at one stroke clear no revenue: they are another money, told on their own rows.
    """
    ranks, runs, outcomes = RANKS.sql_table(), RUNS.sql_table(), OUTCOMES.sql_table()
    money = connection.execute(
        sa.select(ranks)
        .join(runs, runs.c.id == ranks.c.run_id)
        .where(ranks.c.issue_id == before.id, runs.c.finished_at.is_not(None))
        .order_by(ranks.c.run_id.desc())
        .limit(1)
    ).one_or_none()
    fixed = said.resolution == "fixed"
    clears = money if fixed and money is not None and money.share_state not in AT_ONCE else None
    row = {
        "issue_id": before.id,
        "version": after.version,
        "at": at,
        "by": by,
        "kind": before.kind,
        "tier": before.tier,
        "resolution": said.resolution,
        "root_cause": said.root_cause,
        "reason": said.why if said.resolution == "false_alarm" else None,
        "minutes": said.minutes,
        "minutes_source": said.minutes_source,
        "supported": True,
        "age_days": _age(before, at),
        "cleared": clears.avoidable_mean if clears else 0.0,
        "loss_stopped_per_day": clears.exposure_mean if clears else 0.0,
        "lost_to_date": money.lost_to_date if money else None,
        "currency": money.currency if money else None,
        "share_state": money.share_state if money and money.inhibited_by is None else None,
        "units_since": money.units_since if money else None,
        "healthy_since": money.healthy_since if money else None,
        "booked_at": None,
    }
    connection.execute(outcomes.insert(), row)
    return row


def _age(before: Any, at: datetime) -> float | None:
    return None if before.onset_day is None else float((at.date() - before.onset_day).days)


def book(connection: sa.Connection, issue_ids: list[int], at: datetime) -> None:
    """Facts agreed: what the last fix of each issue cleared is booked, once."""
    _provisional(connection, issue_ids, {"booked_at": at})


def unbook(connection: sa.Connection, issue_ids: list[int]) -> None:
    """Facts disagreed: these closes taught nothing about what works but that it did not."""
    _provisional(connection, issue_ids, {"cleared": 0.0, "loss_stopped_per_day": 0.0, "supported": False})


def take_back(connection: sa.Connection, issue_id: int) -> None:
    """A person took the close back: it clears nothing, and what it said of the signal teaches nothing."""
    outcomes = OUTCOMES.sql_table()
    connection.execute(
        outcomes.update()
        .where(outcomes.c.issue_id == issue_id, outcomes.c.booked_at.is_(None))
        .values(cleared=0.0, loss_stopped_per_day=0.0, supported=False)
    )


def _provisional(connection: sa.Connection, issue_ids: list[int], values: dict[str, Any]) -> None:
    """Change the outcomes of fixes that facts have not decided on yet; those refuted before stay as they are."""
    outcomes = OUTCOMES.sql_table()
    for part in chunks(issue_ids):
        these = outcomes.c.issue_id.in_(part)
        open_ = (outcomes.c.resolution == "fixed", outcomes.c.booked_at.is_(None), outcomes.c.supported.is_(True))
        connection.execute(outcomes.update().where(these, *open_).values(**values))

"""Schedules: wall times of a zone as moments, each of which is acted on once, whatever the clocks do.

How far a schedule has got is a moment in the ledger. A clock set back by an hour finds that moment ahead and waits; one
that was wrong by more than a day is believed again. Whatever was missed is made up for by the last time alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ..core.clock import DAY
from ..core.contracts import CURSORS
from ..core.settings.work import parse_time

WRONG_CLOCK = timedelta(days=1)


def slot_before(times: Iterable[str], zone: str, now: datetime) -> datetime | None:
    """The latest of the daily wall `times` at or before `now`; moments are naive UTC.

    A time the clocks skip falls that much later; one they show twice counts the first time.
    """
    place = ZoneInfo(zone)
    today = now.replace(tzinfo=UTC).astimezone(place).date()
    moments = [
        datetime.combine(today - n * DAY, parse_time(t), place).astimezone(UTC).replace(tzinfo=None)
        for n in (-1, 0, 1, 2)
        for t in times
    ]
    return max((m for m in moments if m <= now), default=None)


def due(connection: sa.Connection, name: str, times: Iterable[str], zone: str, now: datetime) -> datetime | None:
    """The time a schedule is to be acted on, once; None where it was, or none has come since it was first looked at."""
    slot = slot_before(times, zone, now)
    if slot is None:
        return None
    table = CURSORS.sql_table()
    known = connection.execute(sa.select(table.c.at).where(table.c.name == name)).scalar()
    if known is None:
        connection.execute(table.insert(), {"name": name, "at": now})
        return None
    if known - now > WRONG_CLOCK:
        connection.execute(table.update().where(table.c.name == name).values(at=now))
        return None
    if slot <= known:
        return None
    connection.execute(table.update().where(table.c.name == name).values(at=slot))
    return slot

"""Time as a value: the product's clock, and a channel's calendar day.

Times travel as naive UTC (`datetime` without zone), days as `date` in the channel's own zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Clock(Protocol):
    """What the product asks for the time. The composition root owns the only real one."""

    @property
    def pinned(self) -> bool:
        """Whether business time stands still."""
        ...

    def now(self) -> datetime:
        """Business time, naive UTC: what the product calls now. May be pinned."""
        ...

    def wall(self) -> datetime:
        """Machine time, naive UTC: leases and file ages. Never pinned."""
        ...


@dataclass(frozen=True)
class PinnedClock:
    """A clock that stands still, for the sample shop, replays and tests."""

    at: datetime
    pinned: bool = True

    def now(self) -> datetime:
        """The pinned moment."""
        return self.at

    def wall(self) -> datetime:
        """Machine time stands still too, so that a lease taken in a test never goes stale by itself."""
        return self.at


def channel_day(at: datetime, zone: str) -> date:
    """The calendar day in `zone` at naive-UTC `at`."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """00:00 of `day` in `zone`, as naive UTC."""
    local = datetime.combine(day, time(), ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment as naive UTC; a bare day means 00:00 UTC of the next day, its end.

    Raises ValueError where the text is no moment.
    """
    text = text.strip()
    if len(text) == len("2026-01-31"):
        return datetime.combine(date.fromisoformat(text) + DAY, time())
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def show_moment(at: datetime) -> str:
    """`2026-11-20T07:00:00Z`: how moments are written in JSON."""
    return at.replace(microsecond=0).isoformat() + "Z"

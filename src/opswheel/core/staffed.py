"""Staffed hours: when somebody is at work, in their own zone, with days off and clocks that change.

A promise of four hours given on Friday at 16:00 by a team that works nine to five falls due on Monday at 12:00.
Spans are written in wall time and turned into moments day by day, so that a shift from nine to five has eight hours
on every day of the year, and one around the clock has 23 or 25 when the clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from .clock import DAY

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_DAYS = 3_660
"""How far ahead a promise is looked for: ten years of closed days in a row are a slip of the pen."""

Span = tuple[int, int]
"""Minutes of a day from 00:00 wall time; an end at or before the start lies on the next day."""

_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")


def parse_hours(text: str) -> tuple[Span, ...]:
    """`09:00-12:30, 13:00-17:00` as spans; `22:00-06:00` ends on the next morning; empty means closed.

    Raises ValueError naming the part that cannot be read.
    """
    spans = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        found = _SPAN.match(part)
        if not found:
            raise ValueError(f'{part!r} are no hours; write them like "09:00-17:00"')
        h1, m1, h2, m2 = map(int, found.groups())
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if start >= 1440 or end > 1440 or m1 > 59 or m2 > 59 or start == end:
            raise ValueError(f"{part!r} are no hours of a day")
        spans.append((start, end))
    return tuple(sorted(spans))


def known_holidays(code: str) -> str:
    """`US` or `US-CA`, in capitals, where its public holidays are known; empty means none are kept.

    Raises ValueError where they are not.
    """
    code = code.strip().upper()
    if code:
        _holidays(code)
    return code


@cache
def _holidays(code: str) -> Container[date]:
    """The public holidays of a country or a part of it; years are worked out when they are asked for."""
    import holidays  # a third of a second, for those who keep them

    country, _, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as wrong:
        known = holidays.list_supported_countries()
        if country in known:
            where = ", ".join(sorted(known[country])) or "none"
            raise ValueError(f"{country} has no part called {part!r}; known are {where}") from wrong
        raise ValueError(f'no public holidays are known for {code!r}; write "US", "US-CA" or "DE-BY"') from wrong


@dataclass(frozen=True)
class Staffed:
    """A week of staffed spans in a zone, and the days nobody works. Moments in and out are naive UTC.

    `holidays` names a country, or a part of one, whose public holidays are days nobody works, too.
    """

    zone: str = "UTC"
    week: tuple[tuple[Span, ...], ...] = (((540, 1020),),) * 5 + ((), ())
    closed: frozenset[date] = field(default_factory=frozenset)
    holidays: str = ""

    def is_closed(self, day: date) -> bool:
        """Whether nobody works on a day, whatever weekday it is."""
        return day in self.closed or (bool(self.holidays) and day in _holidays(self.holidays))

    def within(self, span: Span, at: datetime) -> bool:
        """Whether the team's clocks show a time within a span, whatever day it is."""
        local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        start, end = span
        return start <= minute < end if start < end else minute >= start or minute < end

    def day(self, at: datetime) -> date:
        """The team's calendar day."""
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def after(self, at: datetime, minutes: float) -> datetime:
        """When so many staffed minutes will have passed since `at`; the next opening for none."""
        left = max(0.0, minutes)
        last = at
        for start, end in self._spans(at):
            here = (end - start).total_seconds() / 60
            if left < here or (left == here and left > 0):
                return start + timedelta(minutes=left)
            left -= here
            last = end
        return last + timedelta(minutes=left)

    def opening(self, at: datetime) -> datetime:
        """`at` itself while somebody is at work, else when the next one begins."""
        return self.after(at, 0)

    def between(self, start: datetime, end: datetime) -> float:
        """Staffed minutes from `start` to `end`; none where a clock was set back and `end` comes first."""
        total = 0.0
        for begins, ends in self._spans(start, until=end):
            total += (min(ends, end) - begins).total_seconds() / 60
        return total

    def _spans(self, at: datetime, *, until: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Staffed spans that end after `at`, in order, cut at `at`, never overlapping."""
        zone, first, done = ZoneInfo(self.zone), self.day(at) - DAY, at  # yesterday's night shift may still be on
        for n in range(MOST_DAYS):
            today = first + n * DAY
            if until is not None and _moment(today, 0, zone) >= until:
                return
            if self.is_closed(today):
                continue
            for start, end in self.week[today.weekday()]:
                begins = max(_moment(today, start, zone), done)
                ends = _moment(today, end if end > start else end + 1440, zone)
                if ends > begins and (until is None or begins < until):
                    yield begins, ends
                    done = ends


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """So many wall-clock minutes into a day, as naive UTC."""
    days, rest = divmod(minutes, 1440)
    local = datetime.combine(day + days * DAY, time(rest // 60, rest % 60), zone)
    return local.astimezone(UTC).replace(tzinfo=None)

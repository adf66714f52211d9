"""The stretch of time a question is about, the one before it, and the months that lead up to it.

All of them in the team's own zone: a close at 23:30 on the last of October in New York belongs to October.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..core.clock import DAY, channel_day, day_start
from ..core.errors import WrongUse

MONTHS = 12
USUAL_DAYS = 30
EARLIEST = date(1995, 1, 1)
"""Before the first marketplace opened there is nothing to ask about."""
AN_INSTANT = timedelta(microseconds=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Window:
    """From the first moment of a day to the last of another, seen at `now`; nothing after `now` counts."""

    first: date
    last: date
    zone: str
    now: datetime

    @cached_property
    def period(self) -> Span:
        """The stretch asked about, cut at now; what happened at this very moment is inside."""
        return day_start(self.first, self.zone), min(day_start(self.last + DAY, self.zone), self.now + AN_INSTANT)

    @cached_property
    def before(self) -> Span:
        """As many days before it; the month before where a whole calendar month is asked about."""
        days = (self.last - self.first).days + 1
        start = _back(self.first, 1) if self.whole_month else self.first - days * DAY
        return day_start(start, self.zone), self.period[0]

    @property
    def whole_month(self) -> bool:
        """Whether it is one calendar month, first day to last."""
        return self.first.day == 1 and _back(self.first, -1) == self.last + DAY

    @property
    def over(self) -> bool:
        """Whether it ended before now: what is only known of this moment is not known of it."""
        return self.end <= self.now

    @property
    def end(self) -> datetime:
        """Where what is still open was last seen."""
        return self.period[1]

    @property
    def days(self) -> float:
        """How long it is, in days."""
        return (self.period[1] - self.period[0]) / DAY

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The first days of the last twelve months that began before the end, the last one perhaps not over."""
        this = channel_day(self.end - AN_INSTANT, self.zone).replace(day=1)
        return tuple(_back(this, n) for n in reversed(range(MONTHS)))

    def month(self, first: date) -> Span:
        """One of the months, cut at the end."""
        return day_start(first, self.zone), min(day_start(_back(first, -1), self.zone), self.end)

    @cached_property
    def bounds(self) -> tuple[datetime, ...]:
        """Every moment at which one of these stretches begins or ends, in order."""
        spans = [self.period, self.before, *(self.month(m) for m in self.months)]
        return tuple(sorted({edge for span in spans for edge in span}))

    def slot(self, column: Any) -> Any:
        """SQL: which of the pieces between the bounds a moment lies in; 0 before the first, none after the last."""
        return sa.case(*[(column < bound, n) for n, bound in enumerate(self.bounds)], else_=None)

    def slots(self, span: Span) -> frozenset[int]:
        """The pieces a stretch is made of."""
        return frozenset(
            n for n in range(1, len(self.bounds)) if span[0] <= self.bounds[n - 1] and self.bounds[n] <= span[1]
        )


def window(now: datetime, zone: str, first: date | None = None, last: date | None = None) -> Window:
    """The stretch between two days; the thirty up to today, if none are named.

    Raises WrongUse where it ends before it begins, begins in time to come, or before there was any marketplace.
    """
    today = channel_day(now, zone)
    last = min(last or today, today)
    first = first or last - (USUAL_DAYS - 1) * DAY
    if first > last:
        raise WrongUse(f"{first} is after {last}.", "Say --from a day and --to a later one that has been.")
    _must_be_late_enough(first)
    return Window(first, last, zone, now)


def month_window(now: datetime, zone: str, month: date) -> Window:
    """One calendar month; raises WrongUse for one that has not begun, or was before any marketplace."""
    first = month.replace(day=1)
    if first > channel_day(now, zone):
        raise WrongUse(f"{first:%Y-%m} is still to come.", "Say a month that has begun: --month YYYY-MM.")
    _must_be_late_enough(first)
    return Window(first, _back(first, -1) - DAY, zone, now)


def _must_be_late_enough(first: date) -> None:
    if first < EARLIEST:
        raise WrongUse(f"{first} is before there was any marketplace.", f"Say a day from {EARLIEST} on.")


def _back(first: date, months: int) -> date:
    """The first of the month so many months before (after, if negative)."""
    n = first.year * 12 + first.month - 1 - months
    return date(n // 12, n % 12 + 1, 1)


def weeks(end: datetime, n: int) -> list[datetime]:
    """The bounds of the last so many stretches of seven days, oldest first: n + 1 moments."""
    return [end - timedelta(days=7 * (n - i)) for i in range(n + 1)]


def day_number(column: Any, zone: str, first: date, last: date) -> Any:
    """SQL: days from 1970 to the day of a moment in a zone, as the database counts them; `as_day` reads it back.

    Clocks that are put forward or back between the two days are followed; outside them the nearest offset holds.
    """
    steps: list[tuple[datetime, int]] = []
    offset, day = _offset(first, zone), first
    while day < last:
        begin, over, day = day_start(day, zone), day_start(day + DAY, zone), day + DAY
        if over - begin != DAY:  # a day of 23 or 25 hours: the new offset never reaches into the days beside it
            steps.append((max(begin, over - DAY), offset))
            offset = _offset(day, zone)
    whens = [(column < when, before) for when, before in steps]
    shift = sa.case(*whens, else_=offset) if whens else sa.literal(offset)
    return (seconds(column) + shift) // round(DAY.total_seconds())


def _offset(day: date, zone: str) -> int:
    """Seconds a zone is ahead of UTC where a day begins in it."""
    return round((datetime.combine(day, time()) - day_start(day, zone)).total_seconds())


def as_day(number: int) -> date:
    """The day of `day_number`."""
    return date(1970, 1, 1) + int(number) * DAY


def seconds(column: Any) -> Any:
    """SQL: a moment as whole seconds, so that differences are numbers on every database."""
    return sa.cast(sa.extract("epoch", column), sa.BigInteger)


def among(values: Iterable[int]) -> list[int]:
    """A list SQL can ask about, in a fixed order."""
    return sorted(values)

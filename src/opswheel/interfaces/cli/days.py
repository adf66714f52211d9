"""Days and moments as people type them."""

from __future__ import annotations

from datetime import date, datetime

from ...core.clock import DAY, day_start, parse_moment
from ...core.errors import WrongUse


def parse_day(text: str | None, option: str) -> date | None:
    """A day, or None; raises WrongUse naming the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise WrongUse(f"{option} {text!r} is no day.", "Write it like 2026-11-20.") from wrong


def parse_month(text: str, option: str = "--month") -> date:
    """The first day of a month; raises WrongUse naming the option."""
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError as wrong:
        raise WrongUse(f"{option} {text!r} is no month.", "Write it like 2026-10.") from wrong


def parse_as_of(text: str | None) -> datetime | None:
    """A moment, or None; a bare day means its end."""
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as wrong:
        raise WrongUse(f"--as-of {text!r} is no time.", "Write it like 2026-11-20 or 2026-11-20T07:00Z.") from wrong


def parse_until(text: str, option: str, zone: str, *, through: bool = False) -> datetime:
    """A moment to come; a bare day means its beginning in `zone`, or its end where it counts `through` that day.

    Raises WrongUse naming the option.
    """
    try:
        if len(text.strip()) == len("2026-01-31"):
            return day_start(date.fromisoformat(text.strip()) + (DAY if through else 0 * DAY), zone)
        return parse_moment(text)
    except (ValueError, OverflowError) as wrong:
        raise WrongUse(f"{option} {text!r} is no time.", "Write it like 2026-11-23 or 2026-11-23T09:00Z.") from wrong

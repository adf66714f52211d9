"""Where a file belongs and what time it speaks of: channel, days, and when its content could be known.

Each function decides one rule of docs/concepts/time.md and refuses with the next step where it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from ..core.clock import channel_day, day_start
from ..core.errors import BadDays, NoChannel
from ..core.identity import is_channel
from ..core.marketplaces import MARKETPLACES, find_marketplace
from ..core.settings import Place

_FAMILIES = sorted({m.channel.partition(":")[0] for m in MARKETPLACES} | {"shopify", "ebay", "etsy", "tiktok"})
_FOLDER = re.compile(rf"({'|'.join(_FAMILIES)})-([A-Za-z0-9][A-Za-z0-9_.-]*)", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_SHORT = re.compile(r"(?<!\d)(\d{1,2})[-_.](\d{1,2})[-_.](\d{4}|\d{2})(?!\d)")

PARTIAL_SHARE = 0.20
"""A snapshot that lacks more than this share of the previous one's rows is taken for incomplete."""
PARTIAL_ROWS_OF_EXCEPTIONS = 20
"""… and, where a report lists only exceptions, also lacks at least so many rows: fixing things shortens it."""
AGREEMENT = 0.95
"""A second delivery that has this share of the first one's keys shows that the shorter list is true."""
BAD_ROWS = 0.05
"""More refused rows than this make the delivery partial."""
QUIET_LINES = 3.0
"""Order lines one may expect and not see before silence says that the file ends there (5 % by chance: e^-3)."""


@dataclass(frozen=True)
class Stated:
    """What the command and the file's name say about its days."""

    day: date | None = None
    from_day: date | None = None
    to_day: date | None = None


NOTHING_SAID = Stated()


def folder_channel(path: Path) -> str:
    """`amazon:US` where a folder above the file is called `amazon-US`; the nearest one wins."""
    for part in reversed(path.resolve().parent.parts):
        match = _FOLDER.fullmatch(part)
        if match:
            return canonical(f"{match[1].lower()}:{match[2]}")
    return ""


def canonical(channel: str) -> str:
    """A channel as it is stored: `amazon:us` and `amazon:GB` are `amazon:US` and `amazon:UK`."""
    known = find_marketplace(channel)
    return known.channel if known else channel


def choose_channels(name: str, *, said: str, folder: str, hints: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Which channel each of a file's own hints stands for; `hints` with the most rows first.

    `--channel`, then the folder, then the file itself, then the only channel of the workspace. A file whose
    rows name several marketplaces is split by its rows whatever its folder: no folder name can be true of it;
    rows that name none follow `--channel`, the folder, or the marketplace with the most rows.
    Raises NoChannel where nothing says it.
    """
    if said and not is_channel(said):
        raise NoChannel(f"{said!r} is no channel.", 'Write it like "amazon:US".')
    chosen = canonical(said) if said else folder
    named = [h for h in hints if is_channel(h)]
    strange = [h for h in hints if h and h not in named]
    if strange and not chosen:
        raise NoChannel(f"{name} names the marketplace {strange[0]!r}, which Opswheel does not know.", _SAY_CHANNEL)
    if len(named) + len(strange) > 1:
        rest = chosen or named[0]
        return {h: h if h in named else rest for h in hints}
    fallback = chosen or (named[0] if named else "") or (known[0] if len(known) == 1 else "")
    if not fallback:
        raise NoChannel(f"Nothing says which marketplace {name} belongs to.", _SAY_CHANNEL)
    return dict.fromkeys(hints, fallback)


_SAY_CHANNEL = "Say --channel amazon:US, or put the file into a folder called amazon-US."


def days_in_name(name: str, *, day_first: bool) -> list[date]:
    """The days a file name tells, in order: `2026-11-20`, `20261120`, or `11-20-26` as the marketplace writes."""
    found = []
    for match in _ISO.finditer(name):
        found += _day(int(match[1]), int(match[2]), int(match[3]))
    if found:
        return found
    for match in _SHORT.finditer(name):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        month, day = (second, first) if day_first else (first, second)
        found += _day(year + 2000 if year < 100 else year, month, day)
    return found


def _day(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)] if 2000 <= year < 2100 else []
    except ValueError:
        return []


def stated_days(name: str, said: Stated, *, day_first: bool) -> Stated:
    """What was said on the command line, else what the file's name tells: two days are a range, one the export."""
    if said.day or said.from_day:
        return said
    days = days_in_name(name, day_first=day_first)
    if len(days) == 2 and days[0] <= days[1]:
        return Stated(None, days[0], days[1])
    return Stated(days[0]) if len(days) == 1 else Stated()


def snapshot_day(  # noqa: PLR0913
    name: str, stated: Stated, inside: date | None, place: Place, *, modified: datetime, now: datetime, pinned: bool
) -> date:
    """The morning a snapshot was taken.

    Raises BadDays where the file and the statement disagree, or nothing honest tells it.
    """
    said = stated.day or stated.to_day
    if inside and said and inside != said:
        raise BadDays(f"{name} was exported on {said} but says inside that it is of {inside}.", f"Say --day {inside}.")
    day = said or inside
    if day is None and (pinned or modified > now):
        why = "the clock is pinned" if pinned else "the file's own time lies ahead"
        raise BadDays(f"Nothing says which morning {name} was taken on ({why}).", "Say --day YYYY-MM-DD.")
    day = day or channel_day(modified, place.zone)
    today = channel_day(now, place.zone)
    if day > today + timedelta(days=1):
        raise BadDays(f"{name} is of {day}, which lies ahead of {today}.", "Say the right --day.")
    return day


def known_after(  # noqa: PLR0913
    kind: str, name: str, stated: Stated, last: date, place: Place, *, now: datetime
) -> datetime:
    """When the content of an event or period file could be known; never later than it landed.

    An event file: 00:00 of its day of export, else after its last day. A period file: not before its last day
    is over. Raises BadDays where the export is said to lie before the content, or the content lies ahead.
    """
    if stated.day and stated.day < last:
        raise BadDays(
            f"{name} was exported on {stated.day} but holds {last}.", "Say the day it was exported with --day."
        )
    today = channel_day(now, place.zone)
    if max(last, stated.day or last) > today + timedelta(days=1):
        raise BadDays(f"{name} holds {last}, which lies ahead of {today}.", "Say the right days.")
    after = last + timedelta(days=1)
    if stated.day:
        after = stated.day if kind == "event" else max(stated.day, after)
    return min(day_start(after, place.zone), now)


def bad_share(rows: int, rejected: int) -> float:
    """The share of a delivery's rows that could not be read."""
    return rejected / max(1, rows + rejected)


def completeness(*, lists_everything: bool, before: int, absent: int, rows: int, rejected: int) -> tuple[float, str]:
    """(share of the previous rows that are absent, why the delivery looks partial or nothing)."""
    share = absent / before if before else 0.0
    reasons = []
    if bad_share(rows, rejected) > BAD_ROWS:
        reasons.append(f"{rejected:,} of {rows + rejected:,} rows could not be read")
    floor = 1 if lists_everything else PARTIAL_ROWS_OF_EXCEPTIONS
    if share > PARTIAL_SHARE and absent >= floor:
        reasons.append(f"{absent:,} of the {before:,} rows of the delivery before are missing")
    return share, "; ".join(reasons)


def covered_by_events(
    purchased: tuple[date, date], updated: tuple[date, date], stated: Stated, exported: date, *, lines: int
) -> tuple[date, date] | None:
    """The whole days an order file covers, or None.

    A file cut by order date starts at its first purchase; one cut by last update also holds older orders that
    changed, whose days it does not cover. The later of first purchase and first update is safe for both.
    At its end, days with updates but no purchase are days without sales in a file cut by last update, and days
    it does not hold in one cut by order date: they count only where so short a silence is no surprise. The day
    of export is not over yet.
    """
    first = stated.from_day or max(purchased[0], updated[0])
    last = purchased[1]
    silent = (updated[1] - last).days
    if 0 < silent * lines / ((last - purchased[0]).days + 1) <= QUIET_LINES:
        last = updated[1]
    last = stated.to_day or min(last, exported - timedelta(days=1))
    return (first, last) if first <= last else None


def first_files_first(paths: Iterable[Path]) -> list[Path]:
    """Files in the order of their days, then of their names, so that a folder of history loads as it happened."""

    def order(path: Path) -> tuple[str, str]:
        days = days_in_name(path.name, day_first=False)
        return (days[-1].isoformat() if days else "", path.as_posix())

    return sorted(paths, key=order)

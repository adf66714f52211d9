"""Which sources are late, partial or silent: blindness is told and priced, never mistaken for health.

A source is one report of one channel. It can be blind only after it was loaded once, or if the settings list it;
where the settings list a channel's reports, nobody waits for another. What it costs is the loss we expect not to
see: 3 % of the sales it watches for each day beyond its normal lag (assumed until learned), never the channel's
whole sales. A source that feeds no rule for lost sales hides none: what it hides is cash, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from ..core.contracts import FACTS
from ..core.detector import Detector
from ..core.reader import Reader
from .selection import Arrival, Place, Selected

HIDDEN_LOSS_SHARE = 0.03
LATE_FACTOR = 1.5
"""A source is late once it is overdue by half its own rhythm."""
RHYTHM_DELIVERIES = 8
SLOW_DAYS = 3
"""A source that comes more seldom verifies a fix with one delivery."""


@dataclass(frozen=True)
class Blind:
    """One source that cannot be trusted this morning."""

    account: str
    channel: str
    report: str
    table: str
    last_day: date | None
    days_late: int
    reason: str
    kinds: tuple[str, ...]
    hides_sales: bool = True
    hidden_per_day: float = 0.0
    cost: float = 0.0


def blind_sources(
    selected: Selected,
    readers: Mapping[str, Reader],
    today: Mapping[Place, date],
    detectors: Iterable[Detector],
    expected: Mapping[Place, Sequence[str]],
) -> list[Blind]:
    """The sources that are late or whose latest delivery is partial, and the kinds they hide."""
    kinds = {c.name: c.kind for c in FACTS}
    rules = list(detectors)
    found = []
    by_source: dict[tuple[str, str, str], list[Arrival]] = {}
    for a in selected.arrivals:
        if a.place in today and kinds[a.table_name] != "ledger":
            by_source.setdefault((*a.place, a.report), []).append(a)
    for place, reports in expected.items():
        for report in reports:
            if report in readers:
                by_source.setdefault((*place, report), [])
    for (account, channel, report), arrivals in sorted(by_source.items()):
        if report not in expected.get((account, channel), (report,)):
            continue
        reader = readers[report]
        reason, last, late = _state(reader, arrivals, today.get((account, channel)))
        if reason:
            hidden = tuple(d.kind for d in rules if reader.table in d.reads)
            sales = any(d.loss == "sales" for d in rules if d.kind in hidden)
            found.append(Blind(account, channel, report, reader.table.name, last, late, reason, hidden, sales))
    return found


def _state(reader: Reader, arrivals: Sequence[Arrival], today: date | None) -> tuple[str, date | None, int]:
    """(why the source is blind or nothing, the last day it can be trusted for, days late beyond its normal lag)."""
    if today is None:
        return "", None, 0
    snapshot = reader.table.kind == "snapshot"
    lag = reader.settles_days + (0 if snapshot else 1)
    last = max((a.to_day for a in arrivals if a.complete), default=None)
    newest = max(arrivals, key=lambda a: (a.to_day, a.version), default=None)
    if newest is None:
        return "listed in the settings, never loaded", None, 0
    if not newest.complete and (last is None or newest.to_day > last):
        return "the latest delivery looks partial", last, max(0, (today - (last or newest.to_day)).days - lag)
    if reader.expected_days == 0 or last is None:
        return "", last, 0
    rhythm = max(reader.expected_days, _rhythm([a for a in arrivals if a.complete]))
    late = (today - last).days - lag - int(rhythm * LATE_FACTOR)
    return ("late", last, late) if late > 0 else ("", last, 0)


def _rhythm(arrivals: Sequence[Arrival]) -> int:
    """Days between deliveries, the median of the last few."""
    days = sorted({a.to_day for a in arrivals})[-RHYTHM_DELIVERIES:]
    gaps = sorted((b - a).days for a, b in pairwise(days))
    return gaps[len(gaps) // 2] if gaps else 1


def priced(blind: Sequence[Blind], revenue: Mapping[Place, float]) -> list[Blind]:
    """The same with what they hide a day and the loss expected behind them so far."""
    found = []
    for b in blind:
        hidden = revenue.get((b.account, b.channel), 0.0) if b.hides_sales else 0.0
        found.append(replace(b, hidden_per_day=hidden, cost=hidden * HIDDEN_LOSS_SHARE * b.days_late))
    return found


def deliveries_after(selected: Selected, table: str, place: Place, after: Any) -> tuple[tuple[Any, ...], bool]:
    """(known_at of the complete deliveries of a table after a moment, whether the source is slow)."""
    found = [a for a in selected.arrivals if a.table_name == table and a.place == place]
    whole = [a for a in found if a.complete]
    days = sorted({a.to_day for a in whole})
    slow = len(days) > 1 and _rhythm(whole) > SLOW_DAYS
    return tuple(sorted({a.known_at for a in whole if a.known_at > after})), slow

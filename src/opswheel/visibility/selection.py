"""Which deliveries count for a run: the newest known one per snapshot day or period, cut at as_of.

Pure functions over rows of the ledger. What they return is everything the engine is told about arrivals, so
that any past morning is rebuilt from the manifest version and the as_of of its run alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..core.contracts import FACTS, Contract
from ..core.engine import Selection
from ..core.reader import Reader

ROW_BY_ROW_DAYS = 7
"""A report that speaks of single rows is believed for so long; then its rows are no longer current."""

Place = tuple[str, str]


@dataclass(frozen=True)
class Arrival:
    """One delivery with the periods it covers."""

    id: int
    account: str
    channel: str
    report: str
    table_name: str
    known_at: datetime
    landed_at: datetime
    from_day: date
    to_day: date
    rows: int
    version: int
    complete: bool
    periods: tuple[tuple[str, date, date], ...] = ()

    @property
    def place(self) -> Place:
        """(account, channel)."""
        return (self.account, self.channel)


@dataclass(frozen=True)
class Selected:
    """The arrivals of one run: which count, which are current, and which days each channel's sales cover."""

    arrivals: tuple[Arrival, ...]
    counting: frozenset[int]
    current: frozenset[int]
    periods: Mapping[str, tuple[tuple[int, str, date, date], ...]]
    replaced: frozenset[str]

    def of(self, table: Contract) -> list[Arrival]:
        """The arrivals of a table that count."""
        return [a for a in self.arrivals if a.table_name == table.name and a.id in self.counting]


def arrivals_of(deliveries: Iterable[Any], coverage: Iterable[Any], *, version: int, as_of: datetime) -> list[Arrival]:
    """Deliveries known by `as_of` in manifest `version`, oldest first."""
    periods: dict[int, list[tuple[str, date, date]]] = defaultdict(list)
    for row in coverage:
        periods[row.delivery_id].append((row.level, row.from_day, row.to_day))
    found = [
        Arrival(
            id=d.id,
            account=d.account,
            channel=d.channel,
            report=d.report,
            table_name=d.table_name,
            known_at=d.known_at,
            landed_at=d.landed_at,
            from_day=d.from_day,
            to_day=d.to_day,
            rows=d.rows,
            version=d.version,
            complete=d.complete_in is not None and d.complete_in <= version,
            periods=tuple(sorted(periods[d.id])),
        )
        for d in deliveries
        if d.version <= version and d.known_at <= as_of
    ]
    return sorted(found, key=lambda a: (a.known_at, a.version, a.id))


def select(arrivals: Sequence[Arrival], readers: Mapping[str, Reader]) -> Selected:
    """Resolve what replaces what.

    Snapshots: one complete delivery per (account, channel, report, day), the greatest known_at; the latest day
    is current. Periods: the newest replaces the same period only. Events: every version of every row counts.
    """
    tables = {c.name: c for c in FACTS}
    counting: set[int] = set()
    current: set[int] = set()
    periods: dict[str, dict[tuple[Any, ...], tuple[int, str, date, date]]] = defaultdict(dict)
    snapshots: dict[tuple[str, str, str], dict[date, Arrival]] = defaultdict(dict)
    replaced: set[str] = set()
    for a in arrivals:  # oldest first: a later one takes the place of an earlier one
        kind = tables[a.table_name].kind
        if kind == "event":
            counting.add(a.id)
        elif kind == "period":
            counting.add(a.id)
            for level, first, last in a.periods:
                key = (a.account, a.channel, level, first, last)  # whichever report tells it: no day counts twice
                if key in periods[a.table_name]:
                    replaced.add(a.table_name)
                periods[a.table_name][key] = (a.id, level, first, last)
        elif a.complete and readers[a.report].row_by_row:
            counting.add(a.id)
            snapshots[(*a.place, a.report)][a.to_day] = a
        elif a.complete:
            snapshots[(*a.place, a.report)][a.to_day] = a
    for (_, _, report), by_day in snapshots.items():
        latest = max(by_day)
        counting |= {a.id for a in by_day.values()}
        if readers[report].row_by_row:
            since = latest - timedelta(days=ROW_BY_ROW_DAYS)
            current |= {a.id for a in arrivals if a.report == report and a.id in counting and a.to_day > since}
        else:
            current.add(by_day[latest].id)
    return Selected(
        arrivals=tuple(arrivals),
        counting=frozenset(counting),
        current=frozenset(current),
        periods={t: tuple(sorted(p.values())) for t, p in periods.items()},
        replaced=frozenset(replaced),
    )


def files_for(
    table: Contract, selected: Selected, files: Sequence[Any], root: Path, *, current: bool = False
) -> Selection:
    """The lake files of a table that hold counting (or current) deliveries, and which of their rows count."""
    wanted = {a.id for a in selected.of(table)}
    if current:
        wanted &= selected.current
    held = [f for f in files if f.table_name == table.name and wanted.intersection(f.deliveries)]
    paths = tuple(root / f.path for f in held)
    inside = {d for f in held for d in f.deliveries}
    if table.kind == "period" and table.name in selected.replaced:
        periods = tuple(sorted({(d, first, last) for d, _, first, last in selected.periods[table.name] if d in wanted}))
        return Selection(paths, None, periods)
    return Selection(paths, tuple(sorted(wanted)) if inside - wanted else None)


def arrival_rows(
    selected: Selected, readers: Mapping[str, Reader], today: Mapping[Place, date]
) -> list[dict[str, Any]]:
    """Rows of the prepared input `arrivals`: each counting snapshot with the day of the next one."""
    by_report: dict[tuple[str, str, str], list[Arrival]] = defaultdict(list)
    kinds = {c.name: c.kind for c in FACTS}
    for a in selected.arrivals:
        if a.id in selected.counting and kinds[a.table_name] == "snapshot":
            by_report[(*a.place, a.report)].append(a)
    rows = []
    for found in by_report.values():
        found.sort(key=lambda a: (a.to_day, a.known_at, a.id))
        days = sorted({a.to_day for a in found})
        following = dict(pairwise(days))
        for a in found:
            end = today.get(a.place, a.to_day) + timedelta(days=1)
            rows.append(
                {
                    "delivery_id": a.id,
                    "table_name": a.table_name,
                    "account": a.account,
                    "channel": a.channel,
                    "report": a.report,
                    "precedence": readers[a.report].precedence,
                    "day": a.to_day,
                    "next_day": following.get(a.to_day, max(end, a.to_day + timedelta(days=1))),
                    "known_at": a.known_at,
                    "latest": a.id in selected.current,
                }
            )
    return rows

"""The operations wheel measured on its own records: issues, closes, decisions and runs, by calendar month."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import sqlalchemy as sa

from ..core.contracts import ISSUE_EVENTS, ISSUES, METRICS, OUTCOMES, RUNS, THRESHOLDS
from .weekly import Drivers
from .wheel import Wheel

HALF_A_DAY = 0.5
"""Added to times before they are turned over: what was found on its first day took no time at all."""
DEFAULT = "default"
NO_MEASURE = {
    "prioritization": "no measure here: no close of lane queue was recorded with what it passed over",
    "capacity": "no measure here: staffed hours of a month are recorded nowhere",
    "tooling": "no measure here: how many sources came on time is not kept by month",
}


def drivers(connection: sa.Connection, wheel: Wheel, *, as_of: datetime) -> Drivers:
    """The drivers of the operations wheel for every whole month before `as_of`; times are told as 1 ÷ days."""
    told = {
        "visibility": (_found(connection), "1 ÷ (median days from onset to detection + ½)"),
        "prioritization": (_in_order(connection), "share of closes that passed over nothing clearly costlier"),
        "resolution": (_resolved(connection), "1 ÷ (median days from detection to the fix + ½)"),
        "data": (_with_cause(connection), "share of closes with a root cause"),
        "decisions": (_decided(connection), "cut lines changed"),
        "performance": (_open_risk(connection), "1 ÷ mean open revenue at risk"),
    }
    this_month = as_of.date().replace(day=1)
    months = sorted({m for values, _ in told.values() for m in values if m < this_month})
    calendar = _months(months[0], this_month) if months else []
    levels = {
        name: [values.get(m) for m in calendar]
        for name, (values, _) in told.items()
        if name in wheel.names and any(values.get(m) is not None for m in calendar)
    }
    missing = {n: NO_MEASURE.get(n, "no measure here: nothing of the kind is recorded yet") for n in wheel.names}
    return Drivers(
        tuple(calendar),
        levels,
        {},
        None,
        {name: words for name, (_, words) in told.items() if name in levels},
        {n: why for n, why in missing.items() if n not in levels},
    )


def _months(first: date, end: date) -> list[date]:
    """The first days of the months from `first` up to, not including, `end`."""
    found = []
    while first < end:
        found.append(first)
        first = (first + timedelta(days=32)).replace(day=1)
    return found


def _by_month(rows: Iterable[tuple[date | datetime, float]]) -> dict[date, list[float]]:
    found: dict[date, list[float]] = defaultdict(list)
    for at, value in rows:
        day = at.date() if isinstance(at, datetime) else at
        found[day.replace(day=1)].append(value)
    return found


def _speed(days: Sequence[float]) -> float:
    return 1.0 / (median(days) + HALF_A_DAY)


def _found(connection: sa.Connection) -> dict[date, float]:
    """Inherited issues began before the first run: nobody could have seen them in time."""
    issues = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(issues.c.detected_at, issues.c.onset_day).where(
            issues.c.onset_day.is_not(None), issues.c.inherited.is_(False)
        )
    ).all()
    waits = [(r.detected_at, float(max(0, (r.detected_at.date() - r.onset_day).days))) for r in rows]
    return {month: _speed(days) for month, days in _by_month(waits).items()}


def _in_order(connection: sa.Connection) -> dict[date, float]:
    """Closes out of lane queue: the event says how many issues with clearly more to save were passed over."""
    events = ISSUE_EVENTS.sql_table()
    rows = connection.execute(sa.select(events.c.at, events.c.payload).where(events.c.event == "closed"))
    told = [(at, json.loads(payload).get("passed_over")) for at, payload in rows]
    found = _by_month((at, float(passed == 0)) for at, passed in told if passed is not None)
    return {month: sum(hits) / len(hits) for month, hits in found.items()}


def _resolved(connection: sa.Connection) -> dict[date, float]:
    issues = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(issues.c.detected_at, issues.c.fixed_at).where(issues.c.fixed_at.is_not(None))
    ).all()
    waits = [(r.fixed_at, max(0.0, (r.fixed_at - r.detected_at).total_seconds() / 86_400)) for r in rows]
    return {month: _speed(days) for month, days in _by_month(waits).items()}


def _with_cause(connection: sa.Connection) -> dict[date, float]:
    outcomes = OUTCOMES.sql_table()
    rows: Sequence[Any] = connection.execute(sa.select(outcomes.c.at, outcomes.c.root_cause)).all()
    told = [(r.at, float(r.root_cause not in (None, "", "unknown"))) for r in rows]
    return {month: sum(hits) / len(hits) for month, hits in _by_month(told).items()}


def _decided(connection: sa.Connection) -> dict[date, float]:
    table = THRESHOLDS.sql_table()
    rows = connection.execute(sa.select(table.c.since).where(table.c.source != DEFAULT)).scalars()
    return {month: float(len(each)) for month, each in _by_month((since, 1.0) for since in rows).items()}


def _open_risk(connection: sa.Connection) -> dict[date, float]:
    metrics, runs = METRICS.sql_table(), RUNS.sql_table()
    rows = connection.execute(
        sa.select(runs.c.as_of, metrics.c.value)
        .join(runs, runs.c.id == metrics.c.run_id)
        .where(metrics.c.name == "open_revenue_at_risk", runs.c.finished_at.is_not(None))
    ).all()
    told = _by_month((r.as_of, float(r.value)) for r in rows if r.value is not None)
    return {month: len(values) / sum(values) for month, values in told.items() if sum(values) > 0}

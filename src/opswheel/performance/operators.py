"""Revenue, headcount and catalog by month: what revenue per operator and the verdict stand on."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp
from statistics import median
from typing import Any

import sqlalchemy as sa

from ..core.contracts import DELIVERIES, LISTINGS
from .evidence import Evidence

WHOLE = 0.8
"""The share of a month's days that must be told for the month to count."""
JUMP = 1.3
"""From such a step of the catalog from one month to the next on, it was merged or loaded anew, not grown."""
MONTH_DAYS = 365.25 / 12
CSV, CLOSERS = "headcount.csv", "distinct closers"


@dataclass(frozen=True)
class Operators:
    """By month: revenue at constant prices of the channels kept, people, listings; and what was left out, in words.

    `merged` are months in which a channel's own list changed in one step, as when catalogs are merged.
    """

    revenue: Mapping[date, float] = field(default_factory=dict)
    headcount: Mapping[date, float] = field(default_factory=dict)
    headcount_source: str = ""
    catalog: Mapping[date, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    merged: tuple[date, ...] = ()

    def per_operator(self) -> dict[date, float]:
        """Deflated revenue of a month ÷ people, where both are told."""
        return {m: r / self.headcount[m] for m, r in self.revenue.items() if self.headcount.get(m, 0.0) > 0}


def revenue_months(
    sales: Sequence[Mapping[str, Any]], prices: Sequence[Mapping[str, Any]], window: Sequence[date]
) -> tuple[dict[date, float], list[str]]:
    """Revenue of a month of usual length at constant prices, in the reporting currency; and what was left out.

    `sales`: place, month, days told, value. `prices`: place, month, the log price of the same items against their own
    mean. A channel counts if it sold in the first month of the window that tells any, and in the last: one that came
    or went in between would make the rest look as if it grew or shrank.
    """
    by_place: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    notes: list[str] = []
    index = {(r["account"], r["channel"], r["month"]): float(r["apart"] or 0.0) for r in prices}
    for row in sales:
        place, month = (row["account"], row["channel"]), row["month"]
        if row["days"] < WHOLE * monthrange(month.year, month.month)[1]:
            if month in window:
                notes.append(f"{month:%b %Y} of {_name(place)} is left out: {row['days']} days of it are loaded")
            continue
        per_day = float(row["value"]) / row["days"] * exp(-index.get((*place, month), 0.0))
        by_place[place][month] = per_day * MONTH_DAYS
    inside = sorted({m for months in by_place.values() for m in months if m in window})
    if not inside:
        return {}, notes
    kept = {p: months for p, months in by_place.items() if inside[0] in months and inside[-1] in months}
    for place, months in by_place.items():
        if place not in kept and any(m in window for m in months):
            notes.append(f"{_name(place)} is left out: it does not sell from {inside[0]:%b %Y} to {inside[-1]:%b %Y}")
    whole = {m for months in kept.values() for m in months}
    return {m: sum(months[m] for months in kept.values()) for m in whole if all(m in k for k in kept.values())}, notes


def _name(place: tuple[str, str]) -> str:
    return place[1] if place[0] == "main" else f"{place[0]}/{place[1]}"


def headcount_months(rows: Sequence[Mapping[str, Any]], months: Sequence[date], end: datetime) -> dict[date, float]:
    """Mean people of each month from the newest headcount list: each team's number holds until its next row."""
    if not rows:
        return {}
    newest = max(r["day"] for r in rows)
    teams: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for row in rows:
        if row["day"] == newest:
            teams[row["team"] or ""].append((row["from_day"], float(row["operators"])))
    found = {}
    for month in months:
        days = [month + timedelta(days=i) for i in range(monthrange(month.year, month.month)[1])]
        days = [d for d in days if d <= end.date()]
        told = [sum(_on(steps, d) for steps in teams.values()) for d in days]
        if told and min(first for steps in teams.values() for first, _ in steps) <= days[-1]:
            found[month] = sum(told) / len(told)
    return {m: v for m, v in found.items() if v > 0}


def _on(steps: list[tuple[date, float]], day: date) -> float:
    known = [s for s in steps if s[0] <= day]
    return max(known)[1] if known else 0.0


def closer_months(e: Evidence) -> dict[date, float]:
    """How many people closed something in each whole month: not headcount, and said so where it stands in for it."""
    found = {}
    for month in e.window.months:
        span = e.window.month(month)
        if e.first_run is None or span[1] <= span[0] or span[0] < e.first_run.replace(hour=0):
            continue
        slots = e.window.slots(span)
        people = {by for (slot, by), n in e.closers.items() if slot in slots and n}
        if people:
            found[month] = float(len(people))
    return found


def catalog_months(connection: sa.Connection, e: Evidence) -> tuple[dict[date, float], list[str], tuple[date, ...]]:
    """Listings in the marketplaces' own complete lists, by month: the middle list of the month, longest report.

    Months before a jump are left out: a merged or newly loaded catalog was not grown. Told beside it and what was cut
    off: the months in which one and the same list of a channel jumped, so that what it sells is another assortment's.
    """
    d = DELIVERIES.sql_table()
    rows = connection.execute(
        sa.select(d.c.account, d.c.channel, d.c.report, d.c.known_at, d.c.rows).where(
            d.c.table_name == LISTINGS.name, d.c.known_at < e.window.end, d.c.complete_in.is_not(None)
        )
    ).all()
    lists: dict[tuple[str, str, str, date], list[int]] = defaultdict(list)
    for row in rows:
        lists[row.account, row.channel, row.report, row.known_at.date().replace(day=1)].append(row.rows)
    longest: dict[tuple[str, str, date], float] = defaultdict(float)
    each: dict[tuple[str, str, str], dict[date, float]] = defaultdict(dict)
    for (account, channel, report, month), sizes in lists.items():
        each[account, channel, report][month] = float(median(sizes))
        longest[account, channel, month] = max(longest[account, channel, month], float(median(sizes)))
    places = {(a, c) for a, c, _ in longest}
    told = {m for *_, m in longest}
    kept, notes = since_last_jump({m: sum(longest.get((*p, m), 0.0) for p in places) for m in sorted(told)})
    return kept, notes, tuple(sorted({m for sizes in each.values() for m in jumps(sizes)}))


def jumps(sizes: Mapping[date, float]) -> list[date]:
    """The months whose list is that much longer or shorter than the one before."""
    months = sorted(sizes)
    return [m for was, m in pairwise(months) if not 1 / JUMP < sizes[m] / max(sizes[was], 1.0) < JUMP]


def since_last_jump(catalog: Mapping[date, float]) -> tuple[dict[date, float], list[str]]:
    """The months from the last jump of a catalog on, and what was cut off."""
    months, steps = sorted(catalog), jumps(catalog)
    if not steps:
        return dict(catalog), []
    start = months.index(steps[-1])
    was, now = catalog[months[start - 1]], catalog[months[start]]
    words = f"the catalog went from {was:,.0f} to {now:,.0f} listings in {months[start]:%b %Y}"
    return {m: catalog[m] for m in months[start:]}, [f"{words}: merged or newly loaded, so earlier months are left out"]

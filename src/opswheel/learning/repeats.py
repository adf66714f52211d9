"""What comes again, and what it costs a year: recurrences per day at risk, shrunk and with an interval.

A *group* is closes of one kind with one cause, all of them or those of one brand, category, channel or item. Its
recurrences are the closes after the first in the window; it is at risk from the first until now. Recurrences are
Poisson, the pace of a kind's groups is Gamma with one recurrence's worth of weight at their common pace; so a group
seen twice in a week is not believed to come a hundred times a year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from scipy import special

from ..core.contracts import ISSUES, OUTCOMES, REPEATS
from ..core.money import round6
from .causes import merged

WINDOW_DAYS = 180
PRIOR_SHAPE = 1.0
SIZE_WEIGHT = 3.0
"""Closes of its own at which what a group's closes take counts as much as its kind's: assumed."""
DIMENSIONS = ("all", "channel", "category", "brand", "item")
"""From the widest to the narrowest."""
COUNTED = ("fixed", "wont_fix", "accepted_risk")
NARROW = 0.8
"""A group stands for its whole cause if it holds this share of its closes."""
YEAR = 365.0
LEAST = 2


@dataclass(frozen=True)
class Close:
    """What a close tells about repeats."""

    at: datetime
    kind: str
    root_cause: str
    brand: str
    category: str
    channel: str
    item: str
    dollars: float
    minutes: float

    def value(self, dimension: str) -> str:
        """Which of a dimension it belongs to; empty where that is not known, or for all."""
        return "" if dimension == "all" else str(getattr(self, dimension))


def closes(connection: sa.Connection, as_of: datetime, minutes: Mapping[str, float]) -> list[Close]:
    """Closes of the window with a known cause: what was lost until then and the minutes they took.

    `minutes` are the expected ones of each kind, for closes nobody measured.
    """
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    since = as_of - timedelta(days=WINDOW_DAYS)
    rows = connection.execute(
        sa.select(outcomes, issues.c.brand, issues.c.category, issues.c.channel, issues.c.item_id, issues.c.sku)
        .join(issues, issues.c.id == outcomes.c.issue_id)
        .where(outcomes.c.at <= as_of, outcomes.c.at > since, outcomes.c.resolution.in_(COUNTED))
        .where(outcomes.c.root_cause.is_not(None), outcomes.c.root_cause != "unknown", outcomes.c.supported.is_(True))
        .order_by(outcomes.c.at, outcomes.c.issue_id)
    ).all()
    into = merged(connection)
    return [
        Close(
            at=r.at,
            kind=r.kind,
            root_cause=into.get(r.root_cause, r.root_cause),
            brand=r.brand or "",
            category=r.category or "",
            channel=r.channel or "",
            item=r.item_id or r.sku or "",
            dollars=max(0.0, r.lost_to_date or 0.0),
            minutes=r.minutes if r.minutes is not None else minutes.get(r.kind, 30.0),
        )
        for r in rows
    ]


def count(found: Sequence[Close], as_of: datetime) -> list[dict[str, Any]]:
    """Rows of `repeats`, the dearest in dollars a year first; ties by hours."""
    groups: dict[tuple[str, str, str, str], list[Close]] = defaultdict(list)
    for one in found:
        for dimension in DIMENSIONS:
            value = one.value(dimension)
            if value or dimension == "all":
                groups[(one.root_cause, one.kind, dimension, value)].append(one)
    pace = _common_pace(groups, as_of)
    each = _of_kind(found)
    told = [(key, members) for key, members in groups.items() if len(members) >= LEAST]
    rows = [_row(key, members, (pace[key[1]], *each[key[1]]), as_of) for key, members in told]
    return sorted(
        rows, key=lambda r: (-r["dollars_a_year"], -r["hours_a_year"], r["root_cause"], r["kind"], r["value"])
    )


def _at_risk(members: Sequence[Close], as_of: datetime) -> float:
    return max(1.0, (as_of - members[0].at).total_seconds() / 86_400)


Groups = Mapping[tuple[str, str, str, str], Sequence[Close]]


def _common_pace(groups: Groups, as_of: datetime) -> dict[str, float]:
    """Recurrences a day at risk of all of a kind's causes together, half a recurrence added so that it is never 0."""
    n, days = defaultdict[str, float](float), defaultdict[str, float](float)
    for (_, kind, dimension, _), members in groups.items():
        if dimension == "all":
            n[kind] += len(members) - 1
            days[kind] += _at_risk(members, as_of)
    return {kind: (n[kind] + 0.5) / days[kind] for kind in days}


def hazard(recurrences: float, at_risk_days: float, common: float) -> tuple[float, float]:
    """Gamma (shape, rate) of the pace of recurrence, leaning on the kind's `common` pace by one recurrence."""
    return PRIOR_SHAPE + recurrences, PRIOR_SHAPE / common + at_risk_days


def _of_kind(found: Sequence[Close]) -> dict[str, tuple[float, float]]:
    """Dollars and hours of a kind's mean close: what a group's own few closes lean on."""
    of: dict[str, list[Close]] = defaultdict(list)
    for one in found:
        of[one.kind].append(one)
    return {
        kind: (float(np.mean([c.dollars for c in own])), float(np.mean([c.minutes for c in own])) / 60)
        for kind, own in of.items()
    }


def _row(
    key: tuple[str, str, str, str], members: Sequence[Close], kind: tuple[float, float, float], as_of: datetime
) -> dict[str, Any]:
    common, dollars_each, hours_each = kind
    recurrences, days = len(members) - 1, _at_risk(members, as_of)
    shape, rate = hazard(recurrences, days, common)
    dollars = _yearly(shape, rate, [m.dollars for m in members], dollars_each)
    hours = _yearly(shape, rate, [m.minutes / 60 for m in members], hours_each)
    low, high = special.gammaincinv(shape, [0.1, 0.9]) / rate
    return {
        **dict(zip(("root_cause", "kind", "dimension", "value"), key, strict=True)),
        "known_at": as_of,
        "n": len(members),
        "recurrences": recurrences,
        "at_risk_days": round6(days),
        "rate": round6(shape / rate),
        "rate_p10": round6(float(low)),
        "rate_p90": round6(float(high)),
        **dict(zip(("dollars_a_year", "dollars_p10", "dollars_p90"), dollars, strict=True)),
        **dict(zip(("hours_a_year", "hours_p10", "hours_p90"), hours, strict=True)),
    }


def _yearly(shape: float, rate: float, each: Sequence[float], usual: float) -> tuple[float, float, float]:
    """Mean, P10 and P90 of what a year brings: the pace, how many come of it, and what each takes, all uncertain.

    What each takes leans on the kind's `usual` by `SIZE_WEIGHT` closes: one dear close makes no dear cause.
    """
    n = len(each) + SIZE_WEIGHT
    mean, spread = (sum(each) + SIZE_WEIGHT * usual) / n, float(np.var(each))
    expected = YEAR * shape / rate
    # The number of a year is negative binomial; the size of each varies, and its mean is known from n closes only.
    variance = (
        (expected + YEAR**2 * shape / rate**2) * mean**2 + expected * spread + expected**2 * (spread + mean**2 / 4) / n
    )
    total = expected * mean
    if total <= 0 or variance <= 0:
        return round6(total), round6(total), round6(total)
    low, high = special.gammaincinv(total**2 / variance, [0.1, 0.9]) * variance / total
    return round6(total), round6(float(low)), round6(float(high))


def backlog(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One row per cause and kind: the narrowest group that holds most of its closes, the dearest first."""
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        of[(row["root_cause"], row["kind"])].append(row)
    chosen = []
    for group in of.values():
        whole = next((r for r in group if r["dimension"] == "all"), None)
        if whole is None:
            continue
        within = [r for r in group if r["n"] >= NARROW * whole["n"]]
        chosen.append(max(within, key=lambda r: (DIMENSIONS.index(r["dimension"]), r["n"])))
    return sorted(chosen, key=lambda r: (-r["dollars_a_year"], -r["hours_a_year"], r["root_cause"], r["kind"]))


def keep(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put this count in the place of the last."""
    table = REPEATS.sql_table()
    connection.execute(table.delete())
    if rows:
        connection.execute(table.insert(), [dict(r) for r in rows])


def kept(connection: sa.Connection) -> list[dict[str, Any]]:
    """The last count, the dearest first."""
    table = REPEATS.sql_table()
    order = (table.c.dollars_a_year.desc(), table.c.hours_a_year.desc(), table.c.root_cause, table.c.value)
    return [dict(r._mapping) for r in connection.execute(sa.select(table).order_by(*order))]

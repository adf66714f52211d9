"""What comes again, and what it costs a year: recurrences per day at risk, shrunk and with an interval.

A *group* is closes of one kind with one cause, all of them or those of one brand, category, channel or item. Its
recurrences are the closes after the first in the window; it is at risk from the first until now. Recurrences are
Poisson, the pace of a kind's groups is Gamma around their common pace: as narrow as groups of this shop are alike. So a
group seen twice in a week is not believed to come a hundred times a year. What a close takes leans on its kind as far
as groups are alike, too (`sizes`): where they do not differ more than closes within one do, how often a cause
comes decides, not what its few closes happened to cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from scipy import special, stats

from ..core.contracts import ISSUES, OUTCOMES, REPEATS
from ..core.money import round6
from .between import LEAST_GROUPS, lean_logs
from .causes import merged
from .sizes import Key, Size, sizes

WINDOW_DAYS = 180
PRIOR_SHAPE = 1.0
"""Recurrences at which a group's own pace counts as much as its kind's, where too few groups are known to tell."""
SHAPES = np.geomspace(0.25, 16.0, 13)
"""What it may be where they tell."""
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
    groups: dict[Key, list[Close]] = defaultdict(list)
    for one in found:
        for dimension in DIMENSIONS:
            value = one.value(dimension)
            if value or dimension == "all":
                groups[(one.root_cause, one.kind, dimension, value)].append(one)
    pace, shape = _paces(groups, as_of)
    dollars = sizes({key: [c.dollars for c in members] for key, members in groups.items()})
    hours = sizes({key: [c.minutes / 60 for c in members] for key, members in groups.items()})
    told = [(key, members) for key, members in groups.items() if len(members) >= LEAST]
    rows = [_row(key, members, (pace[key[1]], shape), (dollars[key], hours[key]), as_of) for key, members in told]
    return sorted(
        rows, key=lambda r: (-r["dollars_a_year"], -r["hours_a_year"], r["root_cause"], r["kind"], r["value"])
    )


def _at_risk(members: Sequence[Close], as_of: datetime) -> float:
    return max(1.0, (as_of - members[0].at).total_seconds() / 86_400)


Groups = Mapping[Key, Sequence[Close]]


def _paces(groups: Groups, as_of: datetime) -> tuple[dict[str, float], float]:
    """Recurrences a day at risk of each kind's causes together, and how alike causes of a kind are, as a Gamma's shape.

    A kind's pace leans on all kinds'; half a recurrence is added so that it is never 0.
    """
    of: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (_, kind, dimension, _), members in groups.items():
        if dimension == "all":
            of[kind].append((len(members) - 1.0, _at_risk(members, as_of)))
    n = np.array([sum(r for r, _ in own) + 0.5 for own in of.values()])
    pace = n / np.array([sum(days for _, days in own) for own in of.values()])
    alike = _alike([(r, days, p) for own, p in zip(of.values(), pace, strict=True) for r, days in own])
    noise = 1.0 / n + 1.0 / (alike * np.array([len(own) for own in of.values()]))
    told, _ = lean_logs(np.log(pace), noise)
    return dict(zip(of, np.exp(told).tolist(), strict=True)), alike


def _alike(causes: Sequence[tuple[float, float, float]]) -> float:
    """The shape that makes all (recurrences, days, common pace) likeliest together."""
    if len(causes) < LEAST_GROUPS:
        return PRIOR_SHAPE
    n, days, pace = np.array(causes).T
    likely = [stats.nbinom.logpmf(n, a, a / (a + pace * days)).sum() for a in SHAPES]
    return float(SHAPES[int(np.argmax(likely))])


def hazard(recurrences: float, at_risk_days: float, common: float, alike: float = PRIOR_SHAPE) -> tuple[float, float]:
    """Gamma (shape, rate) of the pace of recurrence, leaning on the kind's `common` pace by `alike` recurrences."""
    return alike + recurrences, alike / common + at_risk_days


def _row(
    key: Key, members: Sequence[Close], kind: tuple[float, float], each: tuple[Size, Size], as_of: datetime
) -> dict[str, Any]:
    recurrences, days = len(members) - 1, _at_risk(members, as_of)
    shape, rate = hazard(recurrences, days, *kind)
    dollars, hours = (_yearly(shape, rate, size) for size in each)
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


def _yearly(shape: float, rate: float, size: Size) -> tuple[float, float, float]:
    """Mean, P10 and P90 of what a year brings: the pace, how many come of it, and what each takes, all uncertain."""
    expected = YEAR * shape / rate
    total = expected * size.mean
    # The number of a year is negative binomial; each is of its own size, and their mean is not known for sure.
    times = (1 / expected + 1 / shape) * (1 + size.known_cv2) + size.close_cv2 / expected + size.known_cv2
    if total <= 0:
        return 0.0, 0.0, 0.0
    low, high = special.gammaincinv(1 / times, [0.1, 0.9]) * times * total
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

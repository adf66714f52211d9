"""What work costs beside the work, per workflow: touch against elapsed time, hand-offs, waits by cause, reopened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.clock import day_start
from ..core.contracts import REMOVED_HANDOFFS
from ..core.errors import WrongUse
from ..core.money import round6
from .evidence import Closed, Evidence
from .figures import CLEAR
from .survival import NOTHING, Compared, Times, logrank, quantile
from .window import Window
from .work import HANDED, Work, around
from .workflows import Workflows

REOPENED = ("reopened", "regressed")
AROUND_DAYS, FEWEST = 60, 10
"""How long before and after a hand-off went issues are looked at, and how many of each are the fewest to compare."""


@dataclass(frozen=True)
class Friction:
    """One workflow in a window. Minutes and hours are per issue; `work_share` is touch ÷ elapsed."""

    workflow: str
    found: int
    closed: int
    touch_minutes: float | None
    elapsed_hours: float | None
    elapsed_at_least: bool
    begun_after_hours: float | None
    work_share: float | None
    handoffs: float
    handoffs_before: float
    reopened_share: float | None
    waits: tuple[tuple[str, float, int], ...]
    elapsed_change: str

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = {k: round6(v) if isinstance(v, float) else v for k, v in asdict(self).items()}
        told["waits"] = [{"on": on, "hours": round6(hours), "n": n} for on, hours, n in self.waits]
        return told


def friction(e: Evidence, work: Work, flows: Workflows) -> list[Friction]:
    """Every workflow that had issues in the window or before it, the one with most waiting first."""
    kinds = {k for _, k in work.elapsed} | {k for _, k in e.closed} | {k for _, k, _, _ in work.happened}
    by_flow: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(kinds):
        by_flow[flows.of(kind)].append(kind)
    found = [_one(e, work, name, frozenset(of)) for name, of in by_flow.items()]
    told = [f for f in found if f.found or f.closed]
    return sorted(told, key=lambda f: (-(f.elapsed_hours or 0.0) * max(f.found, 1), f.workflow))


def _one(e: Evidence, work: Work, name: str, kinds: frozenset[str]) -> Friction:
    now, before = (_times(work.elapsed, when, kinds) for when in (True, False))
    begun = quantile(_times(work.begun, True, kinds))
    closed = e.closes(e.window.slots(e.window.period), kinds)
    took, touch = quantile(now), _touch(closed)
    handed, was = (_handed(work, when, kinds) for when in (True, False))
    back = sum(n for (is_now, k, what, _), n in work.happened.items() if is_now and k in kinds and what in REOPENED)
    test = logrank(before, now)
    changed = "" if test is None or test.p >= CLEAR else pace(test)
    hours = None if took is None else took.value
    return Friction(
        name,
        now.n,
        closed.n,
        touch,
        hours,
        bool(took and took.at_least),
        None if begun is None or begun.at_least else begun.value,
        None if touch is None or not hours or (took and took.at_least) else min(1.0, touch / 60 / hours),
        handed / now.n if now.n else 0.0,
        was / before.n if before.n else 0.0,
        back / closed.n if closed.n else None,
        _waits(work, kinds),
        changed,
    )


def _times(sums: Mapping[tuple[bool, str], Times], now: bool, kinds: frozenset[str]) -> Times:
    found = NOTHING
    for (when, kind), times in sums.items():
        if when == now and kind in kinds:
            found = found.plus(times)
    return found


def _touch(closed: Closed) -> float | None:
    return closed.minutes / closed.with_minutes if closed.with_minutes else None


def _handed(work: Work, now: bool, kinds: frozenset[str]) -> int:
    """Times an issue went from one person to another: passed on by hand, re-routed, or taken over."""
    return sum(
        n
        for (when, kind, what, person), n in work.happened.items()
        if when == now
        and kind in kinds
        and (what == "taken_over" or (what in HANDED and (person or what != "assigned")))
    )


def _waits(work: Work, kinds: frozenset[str]) -> tuple[tuple[str, float, int], ...]:
    sums: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for (kind, on), (hours, n) in work.waits.items():
        if kind in kinds:
            sums[on] = (sums[on][0] + hours, sums[on][1] + n)
    return tuple(sorted(((on, h, n) for on, (h, n) in sums.items()), key=lambda w: (-w[1], w[0])))


def handoff_rate(found: Sequence[Friction]) -> float:
    """Hand-offs per issue over all workflows."""
    n = sum(f.found for f in found)
    return sum(f.handoffs * f.found for f in found) / n if n else 0.0


def remove_handoff(  # noqa: PLR0913
    connection: sa.Connection, workflow: str, what: str, *, since: date, by: str, at: datetime
) -> dict[str, Any]:
    """Write down that a hand-off is gone; raises WrongUse where it is not said which."""
    if not workflow.strip() or not what.strip():
        raise WrongUse("Which hand-off is gone?", 'Say it like "Pricing: catalog is no longer asked for the minimum".')
    table = REMOVED_HANDOFFS.sql_table()
    number = (connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1
    row = {"id": number, "workflow": workflow.strip(), "what": what.strip(), "since_day": since, "by": by, "at": at}
    connection.execute(table.insert(), row)
    return row


def since_removed(connection: sa.Connection, window: Window, kinds: Collection[str], since: date) -> dict[str, Any]:
    """Whether a workflow's issues are resolved faster since a hand-off is gone: found in sixty days before and after.

    `resolved` is None where either side has fewer than ten issues. What else changed then is not told apart.
    """
    before, after = around(connection, window, kinds, day_start(since, window.zone), AROUND_DAYS)
    sides = {"before": before, "after": after}
    told: dict[str, Any] = {"n_before": before.n, "n_after": after.n}
    for name, times in sides.items():
        middle = quantile(times)
        told[f"hours_{name}"] = None if middle is None or middle.at_least else round6(middle.value)
    test = logrank(before, after) if min(before.n, after.n) >= FEWEST else None
    return {**told, "resolved": None if test is None else pace(test)}


def pace(test: Compared) -> str:
    """The log-rank test in words: the second group against the first."""
    if test.p >= CLEAR:
        return "no clear change"
    return "faster, clearly" if test.z > 0 else "slower, clearly"


def removed_handoffs(connection: sa.Connection, end: datetime) -> list[dict[str, Any]]:
    """The hand-off ledger, newest first."""
    table = REMOVED_HANDOFFS.sql_table()
    rows = connection.execute(
        sa.select(table).where(table.c.at <= end).order_by(table.c.since_day.desc(), table.c.id.desc())
    )
    return [
        {
            "workflow": r.workflow,
            "what": r.what,
            "since": r.since_day.isoformat(),
            "by": r.by,
            "month": f"{r.since_day:%Y-%m}",
        }
        for r in rows
    ]

"""What the passing of time does to issues: claims run out, snoozes end, acknowledgements lapse, promises break.

Asked by every run, in the transaction that publishes it; a server may ask in between. Asking twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import ISSUES, RANKS
from ..core.money import show_money
from ..core.settings import Settings
from ..resolution import cases, conditions
from ..resolution.desk import Desk, refresh
from ..resolution.events import Happened, write_all
from ..resolution.lifecycle import AWAKE, OPEN
from ..resolution.queue import accrued


def tick(connection: sa.Connection, settings: Settings, *, at: datetime, run_id: int) -> dict[str, int]:
    """Let time pass until `at`, by the ranks of `run_id`; returns how many of each event were written.

    Raises nothing: whoever acts on an issue meanwhile is first, and it is looked at again next time.
    """
    desk = Desk(settings)
    counts: Counter[str] = Counter()
    for find in (_claims, _snoozes, _acknowledgements, _broken):
        happened = find(connection, desk, at, run_id)
        done = write_all(connection, happened, by="opswheel", at=at, run_id=run_id)
        refresh(connection, [h.issue.id for h in done], desk)
        counts.update(h.event for h in done)
    return dict(sorted(counts.items()))


def _claims(connection: sa.Connection, desk: Desk, at: datetime, _run: int) -> list[Happened]:
    """Claims nobody did anything with: the owner stays, the lock goes."""
    issues = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(issues).where(issues.c.state == "in_progress", issues.c.claimed_at.is_not(None))
    ).all()
    free = {"state": "assigned", "claimed_at": None}
    return [Happened(i, "claim_expired", free, {"claimed_at": i.claimed_at}) for i in rows if desk.claim_is_over(i, at)]


def _snoozes(connection: sa.Connection, _desk: Desk, at: datetime, run_id: int) -> list[Happened]:
    """Snoozes whose time, condition or dollars have come; of the others, what they have cost so far."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    rows = connection.execute(
        sa.select(issues, *(ranks.c[n] for n in ("lane", "members", "exposure_mean", "avoidable_mean", "risk_mean")))
        .add_columns(ranks.c.lost_to_date, ranks.c.currency)
        .outerjoin(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == run_id))
        .where(issues.c.snoozed_until.is_not(None), issues.c.state.in_(OPEN))
    ).all()
    waiting = cases.states_of(connection, [r.id for r in rows if r.snooze_when])
    woken = []
    for row in rows:
        so_far = accrued(row, row.exposure_mean, at)
        connection.execute(
            issues.update()
            .where(issues.c.id == row.id)
            .values(snooze_accrued=round(so_far, 2), snooze_counted_at=max(at, row.snooze_counted_at or at))
        )
        because = _ends(row, so_far, waiting.get(row.id), at)
        if because:
            woken.append(Happened(row, "woken", AWAKE, {"because": because, "lost_since": round(so_far, 2)}))
    return woken


def _ends(row: Any, lost: float, case: str | None, at: datetime) -> str:
    """Why a snooze is over; empty while it is not."""
    if row.snoozed_until <= at:
        return f"its time came, {show_moment(row.snoozed_until)}"
    if row.snooze_lost is not None and lost >= row.snooze_lost:
        return f"{show_money(lost, row.currency or '')} is expected to be lost since"
    if row.snooze_when and row.lane is not None and conditions.parse(row.snooze_when).holds(row._mapping, case):
        return f"{row.snooze_when} came true"
    return ""


def _acknowledgements(connection: sa.Connection, _desk: Desk, at: datetime, _run: int) -> list[Happened]:
    """Acknowledged, and nothing done: to see is not to act."""
    issues = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(issues).where(
            issues.c.ack_until <= at,
            issues.c.acked_at.is_not(None),
            issues.c.first_action_at.is_(None),
            issues.c.state.in_(OPEN),
        )
    ).all()
    return [Happened(i, "ack_expired", {"acked_at": None, "ack_until": None}, {"acked_by": i.acked_by}) for i in rows]


def _broken(connection: sa.Connection, desk: Desk, at: datetime, run_id: int) -> list[Happened]:
    """Promises broken for so long that the next person is told; nothing that waits, sleeps or hangs under a cause."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    promises = desk.settings.promises
    rows = connection.execute(
        sa.select(issues, ranks.c.sla_due, ranks.c.sla_what)
        .join(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == run_id))
        .where(ranks.c.open.is_(True), ranks.c.sla_due <= at, ranks.c.inhibited_by.is_(None))
        .where(sa.or_(issues.c.snoozed_until.is_(None), issues.c.snoozed_until <= at))
        .where(sa.func.coalesce(issues.c.escalation, 0) < len(promises.escalate_to))
    ).all()
    steps: list[Happened] = []
    for row in rows:
        level = _level(desk, row, at)
        if level > (row.escalation or 0):
            told = {"to": promises.escalate_to[level - 1], "promise": row.sla_what, "due": row.sla_due}
            steps.append(Happened(row, "escalated", {"escalation": level}, told))
    return steps


def _level(desk: Desk, row: Any, at: datetime) -> int:
    """How far up the ladder a broken promise has gone by now."""
    after: Sequence[float] = desk.settings.promises.escalate_after
    gone = desk.calendar.between(row.sla_due, at)
    return sum(gone >= hours * 60 for hours in after)

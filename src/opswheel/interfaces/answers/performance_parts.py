"""What the diagnosis and the monthly sheet are put together from beside the health figures."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...core.contracts import DECISIONS, DELIVERIES, ISSUES, RANKS
from ...core.errors import NotFound, OpswheelError, there_are
from ...core.identity import EVERYWHERE
from ...performance.capacity import Queue
from ...performance.evidence import Closed, Evidence, finished
from ...performance.friction import since_removed
from ...performance.operators import Operators
from ...performance.pitfalls import SLOW, Pitfall, of_slow_wheel
from ...performance.work import OPEN, Work
from ...performance.workflows import Workflows
from ..people.reach import sums_seen
from ..wiring import Workspace
from . import growth
from .growth_page import channels_of

USUAL_MINUTES, USUAL_PRECISION = 20.0, 0.8
"""Minutes of an issue and the share that is real where no close tells. Assumed."""


def queue_of(  # noqa: PLR0913
    workspace: Workspace, e: Evidence, people: Operators, work: Work, closed: Closed, handed: float
) -> Queue:
    """The team's queue in a few numbers: its own where the ledger tells them, else the settings'."""
    team, performance = workspace.settings.team, workspace.settings.performance
    weeks = [n for n in work.arrived if n]
    heads = [people.headcount[m] for m in sorted(people.headcount)]
    exposure, n_open = sum(x for _, x, _ in e.categories), sum(n for *_, n in e.categories)
    hours, waited = sum(h for h, _ in work.waits.values()), sum(n for _, n in work.waits.values())
    missing = {
        "minutes": not closed.with_minutes,
        "operators": not heads,
        "precision": not closed.n,
        "handoff_minutes": not waited,
    }
    return Queue(
        per_day=sum(weeks) / (7 * len(weeks)) if weeks else 0.0,
        minutes=closed.minutes / closed.with_minutes if closed.with_minutes else USUAL_MINUTES,
        operators=heads[-1] if heads else float(team.operators),
        minutes_a_day=team.hours_per_day * 60 * 5 / 7,
        precision=1 - closed.false_alarms / closed.n if closed.n else USUAL_PRECISION,
        handoffs=handed,
        handoff_minutes=hours * 60 / waited if waited else performance.minutes_lost_per_handoff,
        exposure_per_day=exposure / n_open if n_open else 0.0,
        open_now=work.open,
        assumed=tuple(name for name, absent in missing.items() if absent),
    )


def owned(connection: sa.Connection) -> dict[str, tuple[int, int]]:
    """Open issues per kind: with an owner a rule named, and all."""
    i = ISSUES.sql_table()
    rows = connection.execute(
        sa.select(i.c.kind, sa.func.sum(sa.case((i.c.route.is_not(None), 1), else_=0)), sa.func.count())
        .where(i.c.state.in_(OPEN), i.c.opened_run.in_(finished()))
        .group_by(i.c.kind)
    )
    return {kind: (routed, n) for kind, routed, n in rows}


def with_pace(
    connection: sa.Connection, e: Evidence, work: Work, flows: Workflows, removed: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each hand-off that is gone, and whether its workflow's issues are resolved faster since."""
    kinds = sorted({k for _, k in e.closed} | {k for _, k in work.elapsed} | set(work.open_by_kind))
    since = e.window.months[0]
    told = []
    for gone in removed:
        of = [k for k in kinds if flows.of(k) == gone["workflow"]]
        day = datetime.fromisoformat(gone["since"]).date()
        seen = since_removed(connection, e.window, of, day) if of and day >= since else {"resolved": None}
        told.append({**gone, **seen})
    return told


def slow_pitfalls(workspace: Workspace) -> tuple[Pitfall, ...]:
    """The two checks only the growth wheel can answer, on the channel most is loaded of."""
    channels = channels_of(workspace)
    if not channels:
        return ()
    try:
        told = growth.diagnose_answer(lambda: workspace, growth.Asked(channel=channels[0]))
    except OpswheelError as cannot:
        told = {"pitfalls": [{"name": n, "state": "", "evidence": cannot.what, "next": ""} for n in SLOW]}
    found = [
        of_slow_wheel(p["name"], p["state"], p["evidence"].rstrip("."), p["next"], channels[0])
        for p in told["pitfalls"]
    ]
    return tuple(p for p in found if p is not None)


def brought(connection: sa.Connection, first: datetime, last: datetime) -> list[dict[str, Any]]:
    """What decisions brought: those judged between two moments, each held against what was before (observational)."""
    d = DECISIONS.sql_table()
    found = []
    for days, judged in ((90, d.c.judged_90_at), (180, d.c.judged_180_at)):
        rows = connection.execute(
            sa.select(d.c.kind, d.c.subject, d.c.at, d.c.measured, d.c.expected)
            .where(judged >= first, judged < last, d.c.measured.is_not(None))
            .order_by(d.c.id)
        )
        for kind, subject, at, measured, expected in rows:
            found.append(
                {
                    "kind": kind,
                    "about": subject,
                    "day": at.date().isoformat(),
                    "after_days": days,
                    "expected_a_year": json.loads(expected).get("gain_a_year"),
                    "measured": json.loads(measured),
                }
            )
    return found


def account_named(connection: sa.Connection, account: str) -> str:
    """An account something is loaded of, as it is written; raises NotFound that names those there are."""
    d = DELIVERIES.sql_table()
    names = sorted(connection.execute(sa.select(d.c.account).where(d.c.account != EVERYWHERE).distinct()).scalars())
    if account.strip() not in names:
        next_step = there_are(names) if names else "Load reports first."
        raise NotFound(f"Nothing is loaded of the account {account.strip()!r}.", next_step)
    return account.strip()


def account_told(
    connection: sa.Connection, e: Evidence, account: str
) -> list[tuple[datetime, str, float, float | None, float | None, int]]:
    """What the last run found open of one account: means add up, their ranges do not, and past runs keep the whole."""
    ranks = RANKS.sql_table()
    run = connection.execute(sa.select(sa.func.max(ranks.c.run_id)).where(ranks.c.run_id.in_(finished()))).scalar()
    if run is None or e.last_run is None or not e.queue_is_told:
        return []
    sums = sums_seen(connection, run, (account,), e.currency)
    n = sum(n for *_, n in e.categories)
    names = {"open_revenue_at_risk": "revenue_at_risk", "open_avoidable": "avoidable"}
    return [(e.last_run, name, sums[key]["mean"], None, None, n) for name, key in names.items() if sums.get(key)]

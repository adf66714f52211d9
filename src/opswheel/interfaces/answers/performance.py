"""Is the wheel compounding, and where does it stall: plain answers for the command line, the sheet and the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from ...core.clock import DAY, channel_day, show_moment
from ...core.money import round6
from ...core.settings import place
from ...performance import METRICS, habits, repeat_rate, revenue_per_operator
from ...performance import friction as rub
from ...performance.capacity import frees
from ...performance.connections import connections
from ...performance.cycle import current, cycles
from ...performance.evidence import Evidence
from ...performance.figures import Asked, Figure
from ...performance.maturity import Known, maturity, overrides, set_level
from ...performance.operators import Operators
from ...performance.pitfalls import watch
from ...performance.reading import read
from ...performance.roadmap import next_investment, roadmap
from ...performance.staged import gates
from ...performance.stall import handoffs, stalled_at
from ...performance.trends import scaling
from ...performance.verdict import Answer, judge
from ...performance.window import Window, month_window, window
from ...performance.work import read_work
from ...performance.workflows import Workflows
from ...resolution.playbook import kinds as kinds_with_a_page
from ..catalogues import sections
from ..wiring import Workspace
from . import performance_parts as parts
from .performance_facts import Facts, operators_of, read_facts


@dataclass(frozen=True)
class Seen:
    """What one window shows: the ledger's sums, people and revenue, and the figures made of them."""

    evidence: Evidence
    operators: Operators
    facts: Facts
    figures: tuple[Figure, ...]

    def answer(self) -> Answer:
        """The verdict on the twelve months up to the window's end."""
        e, o = self.evidence, self.operators
        since = e.window.months[0]
        inside = {m: n for m, n in o.headcount.items() if m in e.window.months}
        return judge(
            revenue_per_operator.yearly(o, since),
            repeat_rate.trend(e),
            scaling(inside, o.catalog),
            people=o.headcount_source,
            no_revenue=revenue_per_operator.merged_in(o, since),
        )


def catalogue() -> list[dict[str, Any]]:
    """The metrics as data: what each says, and what it may not claim."""
    found = []
    for metric in METRICS:
        told = sections(metric)
        one = {"name": metric.name, "title": metric.title, "unit": metric.unit, "role": metric.role}
        text = {
            "summary": told["summary"],
            "text": told.get("text", ""),
            "may_not_claim": told.get("May not claim", ""),
        }
        found.append({**one, **text})
    return found


def metrics_answer(
    workspace: Workspace, first: date | None = None, last: date | None = None, *, facts: Facts | None = None
) -> dict[str, Any]:
    """The six health figures and the outcomes beside them, between two days; the last thirty if none are named."""
    asked = window(workspace.clock.now(), workspace.settings.staffed.zone, first, last)
    facts = read_facts(workspace, slow=False) if facts is None else facts
    with workspace.ledger.read() as connection:
        return _metrics_json(see(workspace, connection, asked, facts))


def diagnose_answer(workspace: Workspace, month: date | None = None, *, facts: Facts | None = None) -> dict[str, Any]:
    """The verdict, the hand-off to mend next, cycle, start, maturity, connections, friction, habits and pitfalls.

    On the last thirty days and the year behind them, or as a calendar month left it.
    """
    now, zone = workspace.clock.now(), workspace.settings.staffed.zone
    asked = window(now, zone) if month is None else month_window(now, zone, month)
    with workspace.ledger.read() as connection:
        seen = see(workspace, connection, asked, facts)
        return _diagnosis(workspace, connection, seen)


def month_answer(workspace: Workspace, month: date, account: str | None = None) -> dict[str, Any]:
    """Everything the monthly sheet says; of one account what can be told of one, without the team's own figures.

    Raises NotFound for an account nothing is loaded of.
    """
    asked = month_window(workspace.clock.now(), workspace.settings.staffed.zone, month)
    base = {
        "month": f"{month:%Y-%m}",
        "until": show_moment(asked.end),
        "over": asked.end < workspace.clock.now(),
        "workspace": workspace.folder.name,
        "account": account,
    }
    if account is not None:
        return base | _account_month(workspace, asked, account)
    with workspace.ledger.read() as connection:
        seen = see(workspace, connection, asked, None)
        told = _diagnosis(workspace, connection, seen)
        work = read_work(connection, asked)
        judged = parts.brought(connection, *asked.period)
    span = asked.period
    changed = [d for d in work.decisions if span[0] <= d.at < span[1]]
    return base | {
        "metrics": _metrics_json(seen),
        "diagnosis": told,
        "changed": [{"day": d.at.date().isoformat(), "kind": d.kind, "about": d.about} for d in changed],
        "brought": judged,
        "removed_handoffs": [h for h in told["removed_handoffs"] if h["month"] == f"{month:%Y-%m}"],
    }


def _account_month(workspace: Workspace, asked: Window, account: str) -> dict[str, Any]:
    """The figures of one account's issues and channels, and the friction on them."""
    with workspace.ledger.read() as connection:
        name = parts.account_named(connection, account)
        seen = see(workspace, connection, asked, read_facts(workspace, slow=False), account=name)
        work = read_work(connection, asked, name)
    flows = Workflows(workspace.settings.performance.workflows)
    return {
        "account": name,
        "metrics": _metrics_json(seen),
        "friction": [f.as_json() for f in rub.friction(seen.evidence, work, flows)],
    }


def see(
    workspace: Workspace,
    connection: sa.Connection,
    asked: Window,
    facts: Facts | None,
    *,
    account: str | None = None,
) -> Seen:
    """Everything a window shows, of one account where one is named; `facts` where they have been read already."""
    facts = read_facts(workspace) if facts is None else facts
    settings = workspace.settings

    def zone(account: str, channel: str) -> str:
        return place(settings, account, channel).zone

    evidence = read(connection, asked, zone, settings.money.reporting_currency, account)
    if account is not None:
        facts = facts.of(account)
        evidence = replace(evidence, told=parts.account_told(connection, evidence, account))
    people = operators_of(connection, evidence, facts)
    question = Asked(evidence, people, facts.shares)
    return Seen(evidence, people, facts, tuple(m.measure(question) for m in METRICS))


def _metrics_json(seen: Seen) -> dict[str, Any]:
    w = seen.evidence.window
    last = channel_day(w.end - timedelta(microseconds=1), w.zone)
    told = {figure.name: figure.as_json() for figure in seen.figures}
    return {
        "from": w.first.isoformat(),
        "to": last.isoformat(),
        "zone": w.zone,
        "currency": seen.evidence.currency,
        "runs": seen.evidence.runs,
        "account": seen.evidence.account,
        **told,
    }


def _diagnosis(workspace: Workspace, connection: sa.Connection, seen: Seen) -> dict[str, Any]:
    e, now = seen.evidence, seen.evidence.window.end
    flows, answer = Workflows(workspace.settings.performance.workflows), seen.answer()
    work, closed = read_work(connection, e.window), e.closes(e.window.slots(e.window.period))
    days = 0.0 if e.first_run is None else (now - e.first_run) / DAY
    flowing = handoffs(work, closed, days_of_runs=days)
    stall, edges = stalled_at(flowing), connections(connection, flows, now)
    steps, down = rub.friction(e, work, flows), answer.repeats
    queue = parts.queue_of(workspace, e, seen.operators, work, closed, rub.handoff_rate(steps))
    freed = frees(queue)
    known = Known(
        frozenset(kinds_with_a_page()),
        {} if e.window.over else parts.owned(connection),
        frozenset(edge.source for edge in edges),
        None if down is None else down.ends()[1] < 0,
    )
    levels = maturity(e, work, flows, known, overrides(connection, now))
    wheel = cycles(e, work, closed, answer)
    pitfalls, stage = watch(work, flowing, edges, levels, days, seen.facts.slow), current(wheel)
    first = next_investment(stall, freed)
    zone = e.window.zone
    last = channel_day(now - timedelta(microseconds=1), zone)
    kept = habits.done(connection, e.window.months[0], last)
    return {
        "as_of": show_moment(now),
        "currency": e.currency,
        "verdict": answer.verdict,
        "basis": answer.as_json(),
        "stall": None if stall is None else {"handoff": stall.name, "title": stall.title, "evidence": stall.evidence},
        "handoffs": [h.as_json() for h in flowing],
        "frees": [f.as_json() for f in freed],
        "queue": queue.as_json(),
        "cycle": {
            "number": None if stage is None else stage.number,
            "title": None if stage is None else stage.title,
            "evidence": "no cycle's test holds yet" if stage is None else stage.evidence,
            "tests": [c.as_json() for c in wheel],
        },
        "start": [g.as_json() for g in gates(connection, e, work, closed)],
        "workflows": [m.as_json() for m in levels],
        "connections": [edge.as_json() for edge in edges],
        "friction": [f.as_json() for f in steps],
        "removed_handoffs": parts.with_pace(connection, e, work, flows, rub.removed_handoffs(connection, now)),
        "habits": habits.kept(kept, e.window.first, last),
        "habits_go_with": _short(habits.goes_with(e, kept)),
        "pitfalls": [p.as_json() for p in pitfalls],
        "next": None if first is None else first.as_json(),
        "roadmap": [step.as_json() for step in roadmap(first, levels, pitfalls, steps)],
    }


def _short(told: Mapping[str, Any]) -> dict[str, Any]:
    return {k: round6(v) if isinstance(v, float) else v for k, v in told.items()}


def record_habit(workspace: Workspace, habit: str, by: str | None = None, note: str | None = None) -> dict[str, Any]:
    """Write down that a habit was done today."""
    now = workspace.clock.now()
    day = workspace.desk.calendar.day(now)
    with workspace.ledger.write() as connection:
        return habits.record(connection, habit, day=day, by=by or workspace.me, at=now, note=note)


def remove_handoff(
    workspace: Workspace, workflow: str, what: str, since: date | None = None, by: str | None = None
) -> dict[str, Any]:
    """Write down that a hand-off is gone."""
    now = workspace.clock.now()
    day = since or workspace.desk.calendar.day(now)
    with workspace.ledger.write() as connection:
        rub.remove_handoff(connection, workflow, what, since=day, by=by or workspace.me, at=now)
        return rub.removed_handoffs(connection, now)[0]


def override_maturity(  # noqa: PLR0913
    workspace: Workspace, workflow: str, level: int, *, note: str, until: date, by: str | None = None
) -> None:
    """Put a person's word in the place of the evidence until a day."""
    now = workspace.clock.now()
    with workspace.ledger.write() as connection:
        set_level(connection, workflow, level, note=note, until=until, by=by or workspace.me, at=now)

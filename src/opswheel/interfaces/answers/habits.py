"""What a team does each day, week and month, ticked by what was recorded while doing it, never by a box.

Morning: an issue was taken, handed on or acknowledged before noon. Midday: somebody acted on a tier 1 issue between
eleven and three. Close of day: a close named a known cause. Weekly: something was decided. Monthly and quarterly
leave no trace but that their page was opened from here, which is recorded.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ...core.contracts import DECISIONS, ISSUE_EVENTS, ISSUES, OUTCOMES, ROUTES
from ...performance.habits import HABIT_LIST, done, record
from ...resolution.lifecycle import NEEDS_CAUSE
from ..wiring import Workspace
from .stage_reading import OURSELVES

WEEKS = 5
LEFT_NO_TRACE = ("monthly", "quarterly")
"""Habits of looking: opening their page from here is the record."""
MORNING_ENDS, MIDDAY = 12, (11, 15)
_TOLD_BY = {
    "morning": "an issue taken, handed on or acknowledged before noon",
    "midday": "somebody acted on a tier 1 issue between eleven and three",
    "close_of_day": "a close that names a known cause",
    "weekly": "a decision on a cut line, a route or a prevention",
    "monthly": "its page opened from here",
    "quarterly": "its page opened from here",
}


def habits_answer(workspace: Workspace) -> dict[str, Any]:
    """Each habit with the days of the last weeks it was done on, and whether it is done now."""
    now = workspace.clock.now()
    today = workspace.desk.calendar.day(now)
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    quarter = today - timedelta(days=100)
    with workspace.ledger.read() as connection:
        recorded = done(connection, quarter, today)
        derived = _derived(workspace, connection, quarter, now)
    found = []
    for habit in HABIT_LIST:
        days = sorted({*recorded[habit.name], *derived.get(habit.name, ())})
        found.append(
            {
                "habit": habit.name,
                "title": habit.title,
                "words": habit.words,
                "told_by": _TOLD_BY[habit.name],
                "every_days": habit.every_days,
                "done": any(d >= _since(habit.every_days, today) for d in days),
                "last": days[-1] if days else None,
                "days": [
                    {
                        "day": first + timedelta(days=i),
                        "done": first + timedelta(days=i) in days,
                        "asked": _asked(workspace, habit.every_days, first + timedelta(days=i)),
                    }
                    for i in range((today - first).days + 1)
                ],
            }
        )
    return {"today": today, "habits": found, "done": sum(h["done"] for h in found), "total": len(found)}


def _since(every: int, today: date) -> date:
    """From when on a habit counts as done: today, this week, this month, this quarter."""
    if every == 1:
        return today
    if every == 7:
        return today - timedelta(days=today.weekday())
    if every <= 31:
        return today.replace(day=1)
    return today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)


def _asked(workspace: Workspace, every: int, day: date) -> bool:
    """Whether a daily habit is asked for on a day: only when somebody is at work."""
    calendar = workspace.desk.calendar
    return every != 1 or (bool(calendar.week[day.weekday()]) and day not in calendar.closed)


def _derived(workspace: Workspace, connection: sa.Connection, first: date, now: datetime) -> dict[str, set[date]]:
    zone = ZoneInfo(workspace.settings.staffed.zone)
    since = datetime(first.year, first.month, first.day) - timedelta(days=1)

    def local(at: datetime) -> datetime:
        return at.replace(tzinfo=UTC).astimezone(zone)

    events, issues = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    acts = connection.execute(
        sa.select(events.c.at, issues.c.tier)
        .join(issues, issues.c.id == events.c.issue_id)
        .where(events.c.by != OURSELVES, events.c.at > since, events.c.at <= now)
    ).all()
    when = [(local(a.at), a.tier) for a in acts]
    outcomes = OUTCOMES.sql_table()
    lessons = connection.execute(
        sa.select(outcomes.c.at).where(
            outcomes.c.by != OURSELVES,
            outcomes.c.at > since,
            outcomes.c.at <= now,
            outcomes.c.resolution.in_(NEEDS_CAUSE),
            sa.func.coalesce(outcomes.c.root_cause, "unknown") != "unknown",
        )
    ).scalars()
    return {
        "morning": {t.date() for t, _ in when if t.hour < MORNING_ENDS},
        "midday": {t.date() for t, tier in when if tier == 1 and MIDDAY[0] <= t.hour < MIDDAY[1]},
        "close_of_day": {local(at).date() for at in lessons},
        "weekly": {local(at).date() for at in _decided(connection, since, now)},
    }


def _decided(connection: sa.Connection, since: datetime, now: datetime) -> list[datetime]:
    decisions, routes = DECISIONS.sql_table(), ROUTES.sql_table()
    found = list(
        connection.execute(
            sa.select(decisions.c.at).where(
                decisions.c.verdict != "automatic", decisions.c.at > since, decisions.c.at <= now
            )
        ).scalars()
    )
    lists = sa.select(routes.c.at).where(routes.c.at > since, routes.c.at <= now).distinct()
    return found + list(connection.execute(lists).scalars())


def opened(workspace: Workspace, habit: str, by: str) -> None:
    """Somebody opened the page of a habit that leaves no other trace; others are told by what is done there."""
    if habit not in LEFT_NO_TRACE:
        return
    now = workspace.clock.now()
    with workspace.ledger.write() as connection:
        record(connection, habit, day=workspace.desk.calendar.day(now), by=by, at=now, note="opened")

"""A run meets the issues it knows: which open, which go on, which are verified, regressed, healed, or carried.

The plan is pure: rows in, plans out. The wheel writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import ISSUES
from .lifecycle import OPEN, Change, Looked, Seen, next_change, opens, repeat_of
from .playbook import load


@dataclass
class Plan:
    """What a run will write about issues.

    `known` maps a fingerprint to the issue its rank row belongs to; `new` are fingerprints that open one;
    `changes` are (issue, change), `reopened` the numbers of those that regressed. The run has no row of its own for
    `carried` issues, which are open and may not be closed, nor for `waiting` ones, which facts must verify.
    """

    known: dict[str, Any] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    repeats: dict[str, int | None] = field(default_factory=dict)
    episodes: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[Any, Change]] = field(default_factory=list)
    reopened: set[int] = field(default_factory=set)
    carried: list[tuple[Any, str]] = field(default_factory=list)
    waiting: list[tuple[Any, None]] = field(default_factory=list)


def grace_of(kind: str, playbooks: Path | None = None) -> timedelta:
    """How long the marketplace may take to show a fix of this kind, by the team's own page or the shipped one."""
    return timedelta(hours=load(kind, playbooks).grace_hours)


def living_issues(connection: sa.Connection) -> list[Any]:
    """The issues a run may change: open, fixed and not yet verified, or closed while their signal goes on."""
    issues = ISSUES.sql_table()
    living = sa.or_(issues.c.state.in_((*OPEN, "fixed")), issues.c.muted.is_(True))
    return list(connection.execute(sa.select(issues).where(living)).all())


def earlier_episodes(connection: sa.Connection, living: Sequence[Any], seen: Mapping[str, Seen]) -> list[Any]:
    """All episodes of the problems that are seen and have no living issue, or one that is closed already."""
    issues = ISSUES.sql_table()
    known = {i.fingerprint for i in living}
    missing = [name for name in seen if name not in known] + [i.fingerprint for i in living if i.muted]
    found: list[Any] = []
    for part in chunks(missing):
        found += connection.execute(sa.select(issues).where(issues.c.fingerprint.in_(part))).all()
    return found


def plan(  # noqa: PLR0913
    issues: Sequence[Any],
    earlier: Sequence[Any],
    seen: Mapping[str, Seen],
    look: Callable[[Any], Looked],
    *,
    as_of: datetime,
    shown: Collection[str] | None = None,
    playbooks: Path | None = None,
) -> Plan:
    """Decide for every living issue and every signal.

    `issues` are those that are open, fixed or muted; `earlier` all episodes of the fingerprints that are seen
    and have no living issue. `look` tells what could have been seen of an issue. `shown` are the problems this run
    ranked; others that are seen are held back and open nothing.
    """
    made = Plan()
    ranked = seen if shown is None else shown
    living: set[str] = set()
    graces: dict[str, timedelta] = {}
    for issue in issues:
        found, looked = seen.get(issue.fingerprint), look(issue)
        if issue.kind not in graces:
            graces[issue.kind] = grace_of(issue.kind, playbooks)
        change = next_change(issue, found, looked, as_of=as_of, grace=graces[issue.kind])
        if change:
            made.changes.append((issue, change))
        if issue.state != "closed" or change is None:  # else no longer muted: a signal may open a new episode
            living.add(issue.fingerprint)
        _place(made, issue, change, found, looked, has_row=issue.fingerprint in ranked)
    history: dict[str, list[Any]] = defaultdict(list)
    for issue in earlier:
        history[issue.fingerprint].append(issue)
    for name in sorted(seen):
        if name not in living and name in ranked:
            _open(made, name, sorted(history[name], key=lambda i: i.episode), as_of)
    return made


def _place(  # noqa: PLR0913
    made: Plan, issue: Any, change: Change | None, found: Seen | None, looked: Looked, *, has_row: bool
) -> None:
    """Which row a living issue has this morning: its own, or its last one."""
    reopened = change is not None and change.event == "regressed"
    if reopened:
        made.reopened.add(issue.id)
    if issue.state in OPEN or reopened:
        if has_row:
            made.known[issue.fingerprint] = issue
        elif change is None or reopened:
            made.carried.append((issue, _why_carried(issue, found, looked)))
    elif issue.state == "fixed" and (change is None or change.event == "absent"):
        made.waiting.append((issue, None))


def _open(made: Plan, name: str, episodes: Sequence[Any], as_of: datetime) -> None:
    """A new episode of a problem, unless its last one was closed for good while the signal goes on."""
    latest = episodes[-1] if episodes else None
    expired = latest is not None and latest.until_day is not None
    if expired or opens(latest):
        made.new.append(name)
        made.episodes[name] = (latest.episode if latest else 0) + 1
        made.repeats[name] = repeat_of(episodes, as_of)


def _why_carried(issue: Any, found: Seen | None, looked: Looked) -> str:
    if looked.held_back:
        return looked.held_back
    if found is not None:
        return "still there, counted in one row with other listings nobody speaks for"
    if looked.blind:
        return "not seen this morning, but its source is late or partial: nothing closes by itself"
    if looked.listing_gone:
        return "the listing itself is gone from the report: mended or deleted, look"
    return f"the signal is gone; {issue.owner or 'whoever worked on it'} should close it with what it taught"

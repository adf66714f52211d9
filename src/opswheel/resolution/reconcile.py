"""A run meets the issues it knows: which open, which go on, which are verified, regressed, healed, or carried.

Pure: rows in, plans out. The wheel writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .lifecycle import OPEN, Change, Looked, Seen, next_change, opens, repeat_of
from .playbook import load


@dataclass
class Plan:
    """What a run will write about issues.

    `known` maps a fingerprint to the issue its rank row belongs to; `new` are fingerprints that open one;
    `changes` are (issue, change); `carried` are open issues the run did not see but may not close.
    """

    known: dict[str, Any] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    repeats: dict[str, int | None] = field(default_factory=dict)
    episodes: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[Any, Change]] = field(default_factory=list)
    carried: list[tuple[Any, str]] = field(default_factory=list)


def grace_of(kind: str) -> timedelta:
    """How long the marketplace may take to show a fix of this kind."""
    return timedelta(hours=load(kind).grace_hours)


def plan(
    issues: Sequence[Any],
    earlier: Sequence[Any],
    seen: Mapping[str, Seen],
    look: Callable[[Any], Looked],
    *,
    as_of: datetime,
) -> Plan:
    """Decide for every living issue and every signal.

    `issues` are those that are open, fixed or muted; `earlier` all episodes of the fingerprints that are seen
    and have no living issue. `look` tells what could have been seen of an issue.
    """
    made = Plan()
    living: dict[str, Any] = {}
    for issue in issues:
        found = seen.get(issue.fingerprint)
        looked = look(issue)
        change = next_change(issue, found, looked, as_of=as_of, grace=grace_of(issue.kind))
        if change:
            made.changes.append((issue, change))
        gone = issue.state == "closed" and change is not None  # no longer muted: a signal may open a new episode
        if not gone:
            living[issue.fingerprint] = issue
        reopened = change is not None and change.event == "regressed"
        if issue.state in OPEN or reopened:
            if found is not None:
                made.known[issue.fingerprint] = issue
            elif change is None:
                made.carried.append((issue, _why_carried(issue, looked)))
    history: dict[str, list[Any]] = defaultdict(list)
    for issue in earlier:
        history[issue.fingerprint].append(issue)
    for name in sorted(seen):
        if name in living:
            continue
        episodes = sorted(history[name], key=lambda i: i.episode)
        latest = episodes[-1] if episodes else None
        if latest is not None and latest.state == "closed" and latest.muted and latest.until_day is None:
            continue
        if latest is None or opens(latest, seen[name]) or latest.until_day is not None:
            made.new.append(name)
            made.episodes[name] = (latest.episode if latest else 0) + 1
            made.repeats[name] = repeat_of(episodes, as_of)
    return made


def _why_carried(issue: Any, looked: Looked) -> str:
    if looked.blind:
        return "not seen this morning, but its source is late or partial: nothing closes by itself"
    if looked.listing_gone:
        return "the listing itself is gone from the report: mended or deleted, look"
    return f"the signal is gone; {issue.owner or 'whoever worked on it'} should close it with what it taught"

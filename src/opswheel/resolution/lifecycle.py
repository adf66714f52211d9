"""The life of an issue, as pure decisions.

    new → assigned → in_progress → waiting → fixed → verified
                                                ↘ regressed → in_progress …
    any open state → closed (false alarm, duplicate, not meant to sell, self-healed …)

A run decides from facts; a person decides by acting. Where both write, the person wins: a run's change names
the version it read and is thought over again if that version has moved on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

OPEN = ("new", "assigned", "in_progress", "waiting", "regressed")
"""States in which an issue is in the queue."""
STATES = ("new", "assigned", "in_progress", "waiting", "fixed", "verified", "regressed", "closed")

RESOLUTIONS = (
    "fixed",
    "false_alarm",
    "duplicate",
    "accepted_risk",
    "self_healed",
    "not_meant_to_sell",
    "wont_fix",
)
NEEDS_CAUSE = ("fixed", "wont_fix", "accepted_risk")
FALSE_ALARM_REASONS = ("cut_too_tight", "data_wrong", "fixed_already", "not_ours", "expected")
MUTES = ("false_alarm", "duplicate", "accepted_risk", "wont_fix", "not_meant_to_sell")
"""Resolutions after which the same continuing signal opens nothing new."""

AWAKE: dict[str, None] = dict.fromkeys(
    (
        "snoozed_at",
        "snoozed_until",
        "snoozed_by",
        "snooze_why",
        "snooze_when",
        "snooze_lost",
        "snooze_accrued",
        "snooze_counted_at",
    )
)
"""What changes when a snooze ends."""

APART = timedelta(hours=20)
"""Two deliveries that verify a fix lie at least so far apart."""
REPEAT_DAYS = 90


@dataclass(frozen=True)
class Seen:
    """What a run saw of a problem."""

    seen_at: datetime


@dataclass(frozen=True)
class Looked:
    """What a run could have seen: may absence be believed, and on which deliveries was it absent.

    `not_meant` says that somebody said by other means that the listing is not meant to sell; `held_back` why a
    problem can have no row of its own this morning. `absent_on` are the known_at of complete
    deliveries, oldest first, on which the signal was looked for and not there; `slow` says that the source comes
    more seldom than every three days.
    """

    blind: bool = False
    listing_gone: bool = False
    not_meant: bool = False
    held_back: str = ""
    absent_on: tuple[datetime, ...] = ()
    present_on: tuple[datetime, ...] = ()
    slow: bool = False


@dataclass(frozen=True)
class Change:
    """An event a run wants to write, with the columns of the issue it sets."""

    event: str
    set: dict[str, Any] = field(default_factory=dict)


def next_change(issue: Any, seen: Seen | None, looked: Looked, *, as_of: datetime, grace: timedelta) -> Change | None:
    """What a run does to an issue it knows; None leaves it as it is.

    `issue` has the columns of the contract `issues`.
    """
    if seen is None and looked.not_meant and issue.state in (*OPEN, "fixed"):
        done = {"state": "closed", "resolution": "not_meant_to_sell", "closed_at": as_of, "muted": False}
        return Change("not_meant_to_sell", done)
    if issue.state == "fixed":
        return _after_fix(issue, seen, looked, as_of=as_of, grace=grace)
    if issue.state == "closed" and issue.muted:
        return _after_mute(issue, seen, looked, as_of=as_of)
    if issue.state in OPEN and seen is None and not looked.blind and not looked.listing_gone and not issue.touched:
        closed = {"state": "closed", "resolution": "self_healed", "root_cause": "unknown", "closed_at": as_of}
        return Change("self_healed", {**closed, "muted": False})
    return None


def _after_fix(issue: Any, seen: Seen | None, looked: Looked, *, as_of: datetime, grace: timedelta) -> Change | None:
    """Verified by facts or regressed by facts; a delivery older than the fix and its grace never counts."""
    due = issue.fixed_at + grace
    back = [at for at in looked.present_on if at > due]
    if seen is not None and seen.seen_at > due:
        back.append(seen.seen_at)
    if back:
        return Change("regressed", {"state": "regressed", "fixed_at": None, "resolution": None, "absent_at": None})
    if seen is not None or looked.blind or looked.listing_gone:
        return None
    counted = [at for at in looked.absent_on if at > due]
    if not counted:
        return None
    first = counted[0]
    second = next((at for at in counted if at - first >= APART), None)
    if second is None and not looked.slow:
        return None if issue.absent_at == first else Change("absent", {"absent_at": first})
    return Change("verified", {"state": "verified", "verified_at": as_of, "closed_at": as_of, "absent_at": first})


def _after_mute(issue: Any, seen: Seen | None, looked: Looked, *, as_of: datetime) -> Change | None:
    if seen is None and not looked.blind and not looked.listing_gone:
        return Change("signal_gone", {"muted": False})
    if seen is not None and issue.until_day is not None and as_of.date() > issue.until_day:
        return Change("risk_expired", {"muted": False})
    return None


def opens(latest: Any | None) -> bool:
    """Whether a signal opens a new issue, given the latest episode of its fingerprint."""
    return latest is None or latest.state == "verified" or (latest.state == "closed" and not latest.muted)


def repeat_of(earlier: Sequence[Any], began: datetime) -> int | None:
    """The latest issue of the same fingerprint that was verified in the 90 days before this one began."""
    since = began - timedelta(days=REPEAT_DAYS)
    known = [i for i in earlier if i.verified_at is not None and since <= i.verified_at <= began]
    return max(known, key=lambda i: i.verified_at).id if known else None

"""What people do before they work on an issue: acknowledge, put aside, put on top, wait for somebody.

None of it mutes an issue. An acknowledgement runs out, a snooze ends by time, condition or dollars, a pin expires, and
waiting ends when somebody moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.errors import Conflict, WrongUse
from .actions import act, find
from .conditions import parse
from .desk import DEFAULT, NO_TIER, WAITING, Desk, refresh
from .events import write
from .lifecycle import AWAKE, OPEN


@dataclass(frozen=True)
class Snooze:
    """What a person says when putting an issue aside: why, and at least one thing that brings it back.

    `until` is a moment, `when` a condition (see `conditions`), `lost` an expected loss in the reporting currency.
    """

    why: str
    until: datetime | None = None
    when: str | None = None
    lost: float | None = None


def acknowledge(connection: sa.Connection, issue_id: int, *, by: str, at: datetime, desk: Desk = DEFAULT) -> Any:
    """Say that somebody has seen an issue: that holds off the first action for a while, and ends by itself.

    Raises Conflict where work on it has begun, or it was acknowledged and still is.
    """
    issue = _open(connection, issue_id)
    if issue.first_action_at is not None:
        raise Conflict(f"Work on issue {issue_id} has begun already.", f"Look: opswheel why {issue_id}.")
    if issue.acked_at is not None and issue.ack_until is not None and issue.ack_until > at:
        raise Conflict(
            f"{issue.acked_by} acknowledged issue {issue_id}; that holds until {show_moment(issue.ack_until)}.",
            f"Begin work on it: opswheel claim {issue_id}.",
        )
    until = desk.after(at, desk.minutes("ack_lasts", issue.tier))
    set_ = {"acked_at": at, "acked_by": by, "ack_until": until}
    write(connection, issue, "acknowledged", by=by, at=at, set_=set_)
    refresh(connection, [issue_id], desk)
    return find(connection, issue_id)


def snooze(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, said: Snooze, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """Put an issue out of sight until a time, a condition or an expected loss; it comes back in staffed hours.

    It never stays away longer than its tier allows, and its promises keep running. Raises WrongUse where the reason
    or the end is missing or the end lies beyond that.
    """
    issue = _open(connection, issue_id)
    if not said.why.strip():
        raise WrongUse("Why is it put aside?", 'Say --why "…": whoever finds it later needs to know.')
    if said.until is None and said.when is None and said.lost is None:
        raise WrongUse("Until when?", "Say --until TIME, --until-condition CONDITION or --until-lost AMOUNT.")
    if said.lost is not None and not 0 < said.lost < 1e12:
        raise WrongUse(f"--until-lost {said.lost:g} is no amount.", "Say how much may be lost, such as 500.")
    if said.when is not None:
        parse(said.when)
    most = desk.settings.snooze.most_days[(issue.tier or NO_TIER) - 1]
    latest = at + timedelta(days=most)
    if said.until is not None and said.until <= at:
        raise WrongUse(f"{show_moment(said.until)} is past.", "Say a time to come.")
    if said.until is not None and said.until > latest:
        tier = f"tier {issue.tier}" if issue.tier else "an issue without a tier"
        raise WrongUse(
            f"{show_moment(said.until)} is too far: {tier} may be put aside for {most:g} days.",
            f"Say --until {show_moment(latest)} or sooner, or close it as accepted_risk.",
        )
    set_ = {
        **AWAKE,
        "snoozed_at": at,
        "snoozed_until": desk.calendar.opening(said.until or latest),
        "snoozed_by": by,
        "snooze_why": said.why.strip(),
        "snooze_when": said.when,
        "snooze_lost": said.lost,
        "snooze_accrued": 0.0,
        "snooze_counted_at": at,
    }
    write(connection, issue, "snoozed", by=by, at=at, set_=set_)
    return find(connection, issue_id)


def wake(connection: sa.Connection, issue_id: int, *, by: str, at: datetime) -> Any:
    """Bring a snoozed issue back."""
    issue = _open(connection, issue_id)
    if issue.snoozed_until is None:
        raise Conflict(f"Issue {issue_id} is not put aside.")
    write(connection, issue, "woken", by=by, at=at, set_=AWAKE, more={"because": f"{by} asked for it"})
    return find(connection, issue_id)


def pin(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, *, why: str, until: datetime, by: str, at: datetime
) -> Any:
    """Put an issue on top of the queue until a time, whatever its score; its score and money stay what they are."""
    issue = _open(connection, issue_id)
    if not why.strip():
        raise WrongUse("Why does it stand on top?", 'Say --why "…".')
    if until <= at:
        raise WrongUse(f"{show_moment(until)} is past.", "Say a time to come: --until TIME.")
    set_ = {"pinned_until": until, "pinned_by": by, "pin_why": why.strip()}
    write(connection, issue, "pinned", by=by, at=at, set_=set_)
    return find(connection, issue_id)


def unpin(connection: sa.Connection, issue_id: int, *, by: str, at: datetime) -> Any:
    """Let an issue stand where its score puts it."""
    issue = _open(connection, issue_id)
    if issue.pinned_until is None:
        raise Conflict(f"Issue {issue_id} is not pinned.")
    write(connection, issue, "unpinned", by=by, at=at, set_=dict.fromkeys(("pinned_until", "pinned_by", "pin_why")))
    return find(connection, issue_id)


def wait(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, on: str, *, by: str, at: datetime, desk: Desk = DEFAULT
) -> Any:
    """The next move is somebody else's: the clock of its promises stands still until it is claimed or answered."""
    issue = _open(connection, issue_id)
    if not on.strip():
        raise WrongUse("On whom does it wait?", "Say --on WHO.")
    if issue.waiting_since is not None:
        raise Conflict(f"Issue {issue_id} waits on {issue.waiting_on} already.", f"opswheel claim {issue_id} goes on.")
    set_ = {"state": WAITING, "waiting_on": on.strip(), "waiting_since": at, "owner": issue.owner or by}
    act(connection, issue, "waiting", by=by, at=at, desk=desk, set_=set_)
    return find(connection, issue_id)


def answered(  # noqa: PLR0913
    connection: sa.Connection, issue_id: int, *, by: str, at: datetime, desk: Desk = DEFAULT, because: str = ""
) -> Any:
    """Whom it waited on has moved: it is its owner's turn again, and its clock goes on."""
    issue = _open(connection, issue_id)
    if issue.waiting_since is None:
        return issue
    state = "in_progress" if issue.claimed_at is not None else "assigned" if issue.owner else "new"
    set_ = {"state": state, **desk.resumed(issue, at)}
    write(connection, issue, "answered", by=by, at=at, set_=set_, more={"because": because} if because else None)
    refresh(connection, [issue_id], desk)
    return find(connection, issue_id)


def _open(connection: sa.Connection, issue_id: int) -> Any:
    issue = find(connection, issue_id)
    if issue.state not in OPEN:
        raise Conflict(f"Issue {issue_id} is {issue.state}: nobody works it now.")
    return issue

"""`ack`, `snooze`, `wake`, `pin`, `unpin`, `wait`: what people do before they work on an issue."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from .context import workspace
from .days import parse_until
from .issue import each

Issues = Annotated[list[int], Parameter(negative=())]


def ack(issues: Issues, /, *, by: str | None = None) -> int:
    """Say that somebody has seen issues: that holds off the first action for a while, and ends by itself.

    Parameters
    ----------
    issues
        Numbers of the issues.
    by
        Who; you, if not given.
    """
    return each(
        issues,
        "ack",
        by,
        lambda i: f"Issue {i['id']} is acknowledged by {i['acknowledged']['by']}; begin by {i['sla_due']}.",
    )


def snooze(  # noqa: PLR0913
    issues: Issues,
    /,
    *,
    why: str,
    until: str | None = None,
    until_condition: str | None = None,
    until_lost: str | None = None,
    by: str | None = None,
) -> int:
    """Put issues out of sight until a time, a condition or an expected loss; they come back in staffed hours.

    Parameters
    ----------
    issues
        Numbers of the issues.
    why
        Why they can wait.
    until
        A day or a moment, as far as the tier allows.
    until_condition
        Sooner if this comes true, such as avoidable>=500, lane=queue or case=answered.
    until_lost
        Sooner once it is expected to have lost so much, in the reporting currency.
    by
        Who; you, if not given.
    """
    here = workspace()
    end = None if until is None else parse_until(until, "--until", here.settings.staffed.zone)
    lost = None if until_lost is None else _amount(until_lost)
    return each(
        issues,
        "snooze",
        by,
        lambda i: (
            f"Issue {i['id']} is put aside until {i['snoozed']['until']} at the latest. Its promises keep running."
        ),
        {"why": why, "until": end, "when": until_condition, "lost": lost},
    )


def _amount(text: str) -> float:
    """An amount as people type it: 500, $500 or 1,500.00."""
    from ...core.errors import WrongUse

    try:
        return float(text.strip().lstrip("$€£¥ ").replace(",", ""))
    except ValueError as wrong:
        raise WrongUse(f"--until-lost {text!r} is no amount.", "Write it like 500.") from wrong


def wake(issues: Issues, /, *, by: str | None = None) -> int:
    """Bring issues back that were put aside.

    Parameters
    ----------
    issues
        Numbers of the issues.
    by
        Who; you, if not given.
    """
    return each(
        issues,
        "wake",
        by,
        lambda i: f"Issue {i['id']} is in the queue again.",
    )


def pin(issues: Issues, /, *, why: str, until: str, by: str | None = None) -> int:
    """Put issues on top of the queue, whatever their score.

    Parameters
    ----------
    issues
        Numbers of the issues.
    why
        Why they stand on top.
    until
        The last day, or a moment.
    by
        Who; you, if not given.
    """
    end = parse_until(until, "--until", workspace().settings.staffed.zone, through=True)
    return each(
        issues,
        "pin",
        by,
        lambda i: f"Issue {i['id']} stands on top until {i['pinned']['until']}.",
        {"why": why, "until": end},
    )


def unpin(issues: Issues, /, *, by: str | None = None) -> int:
    """Let issues stand where their score puts them.

    Parameters
    ----------
    issues
        Numbers of the issues.
    by
        Who; you, if not given.
    """
    return each(
        issues,
        "unpin",
        by,
        lambda i: f"Issue {i['id']} stands where its score puts it.",
    )


def wait(issues: Issues, /, *, on: str, by: str | None = None) -> int:
    """Say that the next move is somebody else's: the clock of the promises stands still.

    Parameters
    ----------
    issues
        Numbers of the issues.
    on
        Whom they wait for.
    by
        Who says so; you, if not given.
    """
    return each(
        issues,
        "wait",
        by,
        lambda i: f"Issue {i['id']} waits on {i['waiting_on']}; `opswheel claim {i['id']}` goes on with it.",
        {"on": on},
    )

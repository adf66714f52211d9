"""What a person does to an issue, by name: the one place the API and the app call, so that both do the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from ...core.errors import IssueTaken, WrongUse
from ...resolution import actions, triage
from ..wiring import Workspace
from .issues import close_issue, issue_state, reopen_issue

Said = Mapping[str, Any]
Act = Callable[[Workspace, sa.Connection, int, Said, str], object]


ACTS: dict[str, Act] = {
    "ack": lambda w, c, n, _, who: triage.acknowledge(c, n, by=who, at=w.clock.now(), desk=w.desk),
    "claim": lambda w, c, n, _, who: actions.claim(c, n, by=who, at=w.clock.now(), desk=w.desk),
    "assign": lambda w, c, n, said, who: actions.assign(c, n, said["to"], by=who, at=w.clock.now(), desk=w.desk),
    "note": lambda w, c, n, said, who: actions.note(c, n, said["text"], by=who, at=w.clock.now(), desk=w.desk),
    "wait": lambda w, c, n, said, who: triage.wait(c, n, said["on"], by=who, at=w.clock.now(), desk=w.desk),
    "snooze": lambda w, c, n, said, who: triage.snooze(
        c, n, triage.Snooze(**said), by=who, at=w.clock.now(), desk=w.desk
    ),
    "wake": lambda w, c, n, _, who: triage.wake(c, n, by=who, at=w.clock.now()),
    "pin": lambda w, c, n, said, who: triage.pin(c, n, why=said["why"], until=said["until"], by=who, at=w.clock.now()),
    "unpin": lambda w, c, n, _, who: triage.unpin(c, n, by=who, at=w.clock.now()),
    "close": lambda w, c, n, said, who: close_issue(w, c, n, dict(said), who),
    "reopen": lambda w, c, n, _, who: reopen_issue(w, c, n, who),
}
"""Every act; `said` holds what it needs by name: `to`, `text`, `on`, `why`, `until`, the fields of Snooze or Close."""


def do(  # noqa: PLR0913
    workspace: Workspace, number: int, act: str, said: Said, who: str, *, read_version: int | None = None
) -> dict[str, Any]:
    """Do one thing to one issue in one transaction; returns the issue as it then stands.

    `read_version` is the version the person looked at. Raises IssueTaken where the issue has changed since, NotFound
    where it does not exist, WrongUse where `act` is none.
    """
    if act not in ACTS:
        raise WrongUse(f"{act!r} is nothing one can do to an issue.", f"One of: {', '.join(ACTS)}.")
    with workspace.ledger.write() as connection:
        if read_version is not None and actions.find(connection, number).version != read_version:
            raise IssueTaken(f"Issue {number} was changed by somebody else.", "Look at it again; nothing was written.")
        ACTS[act](workspace, connection, number, said, who)
        return issue_state(workspace, connection, number)

"""What somebody who sees some accounts only may see: one place for the API and the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.errors import NotAllowed, NotFound
from ...resolution import actions
from ...resolution.queue import Wanted
from .who import Who

if TYPE_CHECKING:
    from ..wiring import Workspace

OF_ALL_ACCOUNTS = ("cut_line", "revenue_at_risk", "avoidable", "match")
"""Figures of the whole workspace, that are null for whoever sees a part of it: a part of an interval is no sum."""


def must_see(connection: sa.Connection, asker: Who, number: int) -> Any:
    """An issue of an account they see; raises NotFound, in the same words, where there is none or it is another's."""
    issue = actions.find(connection, number)
    if not asker.sees(issue.account):
        raise NotFound(f"There is no issue {number}.", "`opswheel queue` lists the issues with their numbers.")
    return issue


def queue_seen(workspace: Workspace, asker: Who, wanted: Wanted, as_of: datetime | None) -> dict[str, Any]:
    """The queue as somebody may see it: rows, counts and blind sources of their accounts only.

    Raises NotAllowed where they ask for an account that is not theirs.
    """
    from ..answers import queue_answer

    if not asker.accounts:
        return queue_answer(workspace, wanted, as_of)
    if wanted.account is not None and not asker.sees(wanted.account):
        raise NotAllowed(f"{asker.name} may not see the account {wanted.account}.", "Ask an admin.")
    found = without_hints(lambda: queue_answer(workspace, replace(wanted, accounts=asker.accounts), as_of))
    found["blind"] = [b for b in found["blind"] if asker.sees(b["account"])]
    found["withheld"] = []
    return found | dict.fromkeys(OF_ALL_ACCOUNTS)


def without_hints(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An answer; where nothing is found, without the names of what others have."""
    try:
        return ask()
    except NotFound as nothing:
        raise NotFound("There is nothing of that on your accounts.", "Check the name.") from nothing

"""What somebody who sees some accounts only may see: one place for the API and the app."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.contracts import RANKS
from ...core.detector import AT_ONCE
from ...core.errors import NotAllowed, NotFound
from ...core.money import round6
from ...resolution import actions
from ...resolution.queue import Wanted
from ..kept import Kept
from .who import Who

if TYPE_CHECKING:
    from ..wiring import Workspace

OF_ALL_ACCOUNTS = ("cut_line", "match")
"""Figures of the whole workspace, that are null for whoever sees a part of it."""
SUMS = {"revenue_at_risk": "risk_mean", "avoidable": "avoidable_mean"}
"""Figures that can be summed over accounts, and the column of `ranks` each adds up."""


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
    found |= dict.fromkeys(OF_ALL_ACCOUNTS) | dict.fromkeys(SUMS)
    if found["run"] is None:
        return found
    return found | _sums(workspace, found["run"], asker.accounts, found["currency"])


_known = Kept[tuple[str, int, frozenset[str]], dict[str, Any]](200)


def _sums(workspace: Workspace, run: int, accounts: frozenset[str], currency: str) -> dict[str, Any]:
    """The sums of a run, added up once: its money never changes, and its rows may be a million."""

    def add() -> dict[str, Any]:
        with workspace.ledger.read() as connection:
            return sums_seen(connection, run, accounts, currency)

    return _known.of((workspace.ledger.url, run, accounts), add)


def sums_seen(connection: sa.Connection, run: int, accounts: Collection[str], currency: str) -> dict[str, Any]:
    """The means of the headline for some accounts; null where the run is no longer the last.

    Means add up. Percentiles do not, and what they are made of is not kept: they are null.
    """
    from ...prioritization.issues import BATCH_KINDS
    from ...wheel.compute import HEADLINE_LANES

    ranks = RANKS.sql_table()
    kept = connection.execute(sa.select(ranks.c.run_id).where(ranks.c.run_id == run).limit(1)).first()
    if kept is None:
        return dict.fromkeys(SUMS)
    wanted = (
        ranks.c.run_id == run,
        ranks.c.account.in_(sorted(accounts)),
        ranks.c.lane.in_(HEADLINE_LANES),
        ranks.c.kind.not_in(BATCH_KINDS),
        sa.func.coalesce(ranks.c.share_state, "").not_in(AT_ONCE),
    )
    query = sa.select(*(sa.func.coalesce(sa.func.sum(ranks.c[name]), 0.0) for name in SUMS.values())).where(*wanted)
    unknown = dict.fromkeys(("p10", "p50", "p90"))
    row = connection.execute(query).one()
    return {
        name: {"mean": round6(value), **unknown, "currency": currency} for name, value in zip(SUMS, row, strict=True)
    }


def without_hints(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An answer; where nothing is found, without the names of what others have."""
    try:
        return ask()
    except NotFound as nothing:
        raise NotFound("There is nothing of that on your accounts.", "Check the name.") from nothing

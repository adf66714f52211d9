"""What stays of a pack: one event on each issue whose rows it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...core.errors import IssueTaken
from ..desk import DEFAULT, Desk, refresh
from ..events import Happened, write_all


def record(  # noqa: PLR0913
    connection: sa.Connection,
    issues: Sequence[Any],
    told: Mapping[int, Mapping[str, Any]],
    *,
    by: str,
    at: datetime,
    desk: Desk = DEFAULT,
) -> None:
    """Write `packed` on each issue as it was read, with what `told` says of it: pack, file, checksum, rows, a note.

    The issue counts as touched: should its signal go, a person closes it, and what was cleared is counted. State and
    owner stay as they are. Raises IssueTaken where an issue has changed since it was read; the caller then undoes
    the transaction.
    """
    happened = [
        Happened(i, "packed", {"touched": True, "acted_at": at, "first_action_at": i.first_action_at or at}, told[i.id])
        for i in issues
    ]
    written = {h.issue.id for h in write_all(connection, happened, by=by, at=at)}
    if missing := {i.id for i in issues} - written:
        raise IssueTaken(
            f"Issue {min(missing)} was changed by somebody else a moment ago; no file was made.",
            "Say the command again.",
        )
    refresh(connection, sorted(written), desk)

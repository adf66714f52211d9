"""A restored workspace sends nothing: it must not speak for the one it was copied from until somebody says so.

Two switches, one for webhooks and one for notices, each a row of `cursors` while it is off.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from ...core.contracts import CURSORS, EVENT_FEED, TOLD_TO, WEBHOOKS
from ...core.errors import Conflict

if TYPE_CHECKING:
    from ..wiring import Workspace

What = Literal["webhooks", "notices"]
WAKE: dict[What, str] = {"webhooks": "opswheel webhooks wake", "notices": "opswheel notices --wake"}


def fall_asleep(connection: sa.Connection, what: What, at: datetime) -> None:
    """Send nothing of this kind any more."""
    table = CURSORS.sql_table()
    connection.execute(table.delete().where(table.c.name == _name(what)))
    connection.execute(table.insert(), {"name": _name(what), "at": at})


def asleep_since(connection: sa.Connection, what: What) -> datetime | None:
    """Since when nothing of this kind is sent; None where it is."""
    table = CURSORS.sql_table()
    since: datetime | None = connection.execute(sa.select(table.c.at).where(table.c.name == _name(what))).scalar()
    return since


def must_be_awake(connection: sa.Connection, what: What) -> None:
    """Raises Conflict while nothing of this kind is sent."""
    if asleep_since(connection, what) is not None:
        raise Conflict("This workspace was restored from a backup and sends nothing.", f"Switch it on: {WAKE[what]}.")


def wake(workspace: Workspace, what: What) -> bool:
    """Send again, from now on: what happened meanwhile is not told. Whether it was asleep."""
    table, now = CURSORS.sql_table(), workspace.clock.now()
    with workspace.ledger.write() as connection:
        if not connection.execute(table.delete().where(table.c.name == _name(what))).rowcount:
            return False
        if what == "webhooks":
            connection.execute(EVENT_FEED.sql_table().delete())
            connection.execute(WEBHOOKS.sql_table().update().values(made_at=now))
        else:
            connection.execute(TOLD_TO.sql_table().update().values(since=now))
    return True


def _name(what: What) -> str:
    return f"asleep {what}"

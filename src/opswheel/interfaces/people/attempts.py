"""Wrong passwords cost time: of one address more and more, of one name a minute at most.

A name must not be lockable by strangers, so its own wait is short; whoever guesses from one address waits longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from ...core.contracts.people import ATTEMPTS
from ...core.errors import TooMany

FREE = {"person": 10, "from": 10}
"""Wrong passwords in a row before anybody waits."""
LONGEST_WAIT = {"person": 60, "from": 900}
"""Seconds."""
FORGOTTEN = timedelta(hours=1)


def charge(connection: sa.Connection, name: str, address: str, at: datetime) -> None:
    """Count an attempt before it is checked, so that a hundred at once do not pass; raises TooMany.

    Whoever calls must let the transaction be, also where this raises nothing and the password is wrong.
    """
    table = ATTEMPTS.sql_table()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE attempts IN EXCLUSIVE MODE"))
    subjects = {"person": f"person:{name[:100]}", "from": f"from:{address}"}
    rows = {r.subject: r for r in connection.execute(sa.select(table).where(table.c.subject.in_(subjects.values())))}
    wrong = {}
    for kind, subject in subjects.items():
        row = rows.get(subject)
        known = row is not None and at - row.last_at < FORGOTTEN
        wrong[subject] = row.wrong if row is not None and known else 0
        if row is not None and known and row.wrong >= FREE[kind]:
            wait = min(LONGEST_WAIT[kind], 2 ** min(20, row.wrong - FREE[kind] + 1))
            left = wait - (at - row.last_at).total_seconds()
            if left > 0:
                raise TooMany("Too many wrong passwords.", f"Wait {int(left) + 1} seconds.", seconds=int(left) + 1)
    connection.execute(table.delete().where(table.c.subject.in_(subjects.values())))
    connection.execute(table.insert(), [{"subject": s, "wrong": n + 1, "last_at": at} for s, n in wrong.items()])


def clear(connection: sa.Connection, name: str, address: str) -> None:
    """A right password: nothing is held against the name or the address."""
    table = ATTEMPTS.sql_table()
    connection.execute(table.delete().where(table.c.subject.in_([f"person:{name[:100]}", f"from:{address}"])))

"""Only one process runs the wheel at a time: a lease with a heartbeat, taken over once it is stale."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from ..core.clock import Clock
from ..core.contracts import LEASES
from ..core.errors import RunInProgress
from ..storage.ledger import Ledger

HEARTBEAT_SECONDS = 10.0
STALE = timedelta(seconds=60)


@contextlib.contextmanager
def lease(ledger: Ledger, name: str, clock: Clock) -> Iterator[str]:
    """Hold a lease while the block runs; raises RunInProgress if somebody alive holds it."""
    holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    _take(ledger, name, holder, clock)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(ledger, name, holder, clock, stop), daemon=True)
    beat.start()
    try:
        yield holder
    finally:
        stop.set()
        beat.join()
        table = LEASES.sql_table()
        with ledger.write() as connection:
            connection.execute(table.delete().where(table.c.name == name, table.c.holder == holder))


def _take(ledger: Ledger, name: str, holder: str, clock: Clock) -> None:
    table, now = LEASES.sql_table(), clock.wall()
    row = {"name": name, "holder": holder, "heartbeat_at": now}
    with ledger.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE leases IN EXCLUSIVE MODE"))
        held = connection.execute(sa.select(table).where(table.c.name == name)).one_or_none()
        if held is None:
            connection.execute(table.insert(), row)
        elif now - held.heartbeat_at < STALE and alive(held.holder):
            raise RunInProgress(
                f"Another {name} is at work ({held.holder}, last sign of life {held.heartbeat_at:%H:%M:%S} UTC).",
                "Wait for it to finish; if it died, its lease ends after a minute.",
            )
        else:
            connection.execute(table.update().where(table.c.name == name).values(**row))


def alive(holder: str) -> bool:
    """False only where the holder certainly is a dead process of this machine."""
    host, _, rest = holder.partition("/")
    pid, _, _ = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _beat(ledger: Ledger, name: str, holder: str, clock: Clock, stop: threading.Event) -> None:
    table = LEASES.sql_table()
    while not stop.wait(HEARTBEAT_SECONDS):
        mine = table.update().where(table.c.name == name, table.c.holder == holder)
        with contextlib.suppress(sa.exc.OperationalError), ledger.write() as connection:  # busy: the next beat tells
            connection.execute(mine.values(heartbeat_at=clock.wall()))


def still_held(connection: sa.Connection, name: str, holder: str) -> bool:
    """Whether the lease is still ours, and stays so until this transaction ends: asked by each that writes results."""
    table = LEASES.sql_table()
    mine = sa.select(table.c.holder).where(table.c.name == name).with_for_update(read=True)
    found = connection.execute(mine).scalar()
    return found == holder

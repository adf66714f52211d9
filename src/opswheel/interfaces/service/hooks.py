"""Webhooks as people manage them, and how one delivery is made: signed, checked, tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ... import __version__
from ...core.clock import show_moment
from ...core.contracts import JOBS, WEBHOOK_DELIVERIES, WEBHOOKS
from ...core.errors import Conflict, NotFound, WrongUse
from ...wheel.jobs import Failed, GiveUp, Job, next_id, only_me, put
from ...wheel.jobs_feed import EVENTS, PING, hooks, queue
from .asleep import asleep_since, must_be_awake
from .reaching import Forbidden, Unreached, parse_target, post, resolve

if TYPE_CHECKING:
    from ..wiring import Workspace

SIGNATURE = "X-Opswheel-Signature"


def signature(secret: str, body: str, at: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over the second it was sent and the body, so that neither can be changed or replayed."""
    made = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def add_hook(workspace: Workspace, url: str, events: Sequence[str], by: str) -> dict[str, Any]:
    """Add a webhook; the answer alone holds its secret.

    Raises WrongUse where the URL cannot be used or leads inside, or an event is none.
    """
    if unknown := sorted(set(events) - set(EVENTS)):
        raise WrongUse(f"There is no event {unknown[0]!r}.", f"Events: {', '.join(EVENTS)}.")
    settings = workspace.settings.webhooks
    try:
        resolve(parse_target(url, settings), settings, settings.seconds)
    except Unreached as wrong:
        raise WrongUse(
            f"Nothing can be sent there: {wrong}.", "See docs/how-to/webhooks.md, section Where to."
        ) from wrong
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    table = WEBHOOKS.sql_table()
    row = dict.fromkeys(WEBHOOKS.names())
    row |= {"url": url, "events": json.dumps([e for e in EVENTS if e in (events or EVENTS)]), "secret": secret}
    with workspace.ledger.write() as connection:
        only_me(connection)
        row |= {"id": next_id(connection, table), "made_at": workspace.clock.now(), "by": by}
        connection.execute(table.insert(), row)
        told = _told(connection, int(str(row["id"])))
    return {"webhook": told, "secret": secret}


def list_hooks(workspace: Workspace) -> dict[str, Any]:
    """The webhooks in use, each with how its deliveries stand; `asleep_since` where a restored copy sends nothing."""
    with workspace.ledger.read() as connection:
        since = asleep_since(connection, "webhooks")
        told = [_told(connection, hook.id) for hook in hooks(connection)]
    return {"webhooks": told, "asleep_since": since and show_moment(since)}


def remove_hook(workspace: Workspace, number: int) -> dict[str, Any]:
    """Send nothing there any more; what was not sent yet is not sent. Raises NotFound."""
    table, sent, now = WEBHOOKS.sql_table(), WEBHOOK_DELIVERIES.sql_table(), workspace.clock.now()
    with workspace.ledger.write() as connection:
        _find(connection, number)
        connection.execute(table.update().where(table.c.id == number).values(removed_at=now, secret=""))
        waiting = sent.update().where(sent.c.webhook_id == number, sent.c.state == "waiting")
        connection.execute(waiting.values(state="dead", last_error="the webhook was removed"))
    return {"removed": number}


def list_deliveries(workspace: Workspace, number: int | None, state: str | None, limit: int) -> dict[str, Any]:
    """What was sent, waits or is dead, newest first."""
    table = WEBHOOK_DELIVERIES.sql_table()
    query = sa.select(table).order_by(table.c.id.desc()).limit(limit)
    query = query if number is None else query.where(table.c.webhook_id == number)
    query = query if state is None else query.where(table.c.state == state)
    with workspace.ledger.read() as connection:
        return {"deliveries": [_delivery(row) for row in connection.execute(query)]}


def retry_delivery(workspace: Workspace, number: int) -> dict[str, Any]:
    """Try a dead delivery again. Raises NotFound, or Conflict where it is not dead or its webhook is gone."""
    table, jobs, wall = WEBHOOK_DELIVERIES.sql_table(), JOBS.sql_table(), workspace.clock.wall()
    with workspace.ledger.write() as connection:
        only_me(connection)
        row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
        if row is None:
            raise NotFound(f"There is no delivery {number}.", "opswheel webhooks deliveries lists them.")
        if row.state != "dead" or not row.body:
            raise Conflict(
                f"Delivery {number} is {row.state}.", "Only dead ones that are still kept can be sent again."
            )
        _find(connection, row.webhook_id)
        must_be_awake(connection, "webhooks")
        connection.execute(table.update().where(table.c.id == number).values(state="waiting", last_error=None))
        connection.execute(jobs.delete().where(jobs.c.kind == "webhook", jobs.c.key == str(number)))
        put(connection, "webhook", str(number), {"delivery": number}, wall=wall, line=f"webhook {row.webhook_id}")
        return {"delivery": _delivery(connection.execute(sa.select(table).where(table.c.id == number)).one())}


def test_hook(workspace: Workspace, number: int) -> dict[str, Any]:
    """Send one `ping` at once, and tell how it went. Raises NotFound."""
    now, wall = workspace.clock.now(), workspace.clock.wall()
    table, jobs = WEBHOOK_DELIVERIES.sql_table(), JOBS.sql_table()
    with workspace.ledger.write() as connection:
        hook = _find(connection, number)
        must_be_awake(connection, "webhooks")
        key = f"ping {secrets.token_hex(6)}"
        made = queue(connection, [hook], PING, key, {"webhook": number}, at=now, wall=wall)[0]
        connection.execute(jobs.delete().where(jobs.c.kind == "webhook", jobs.c.key == str(made)))
    try:
        deliver(workspace, Job(0, "webhook", str(made), {"delivery": made}, 1))
    except Failed as wrong:
        mark_dead(workspace, made, str(wrong))
    with workspace.ledger.read() as connection:
        return {"delivery": _delivery(connection.execute(sa.select(table).where(table.c.id == made)).one())}


def deliver(workspace: Workspace, job: Job) -> None:
    """One attempt of one delivery; nothing happens where it was taken already.

    Raises Failed where it is to be tried again, GiveUp where that cannot help.
    """
    table, clock = WEBHOOK_DELIVERIES.sql_table(), workspace.clock
    number = int(job.payload["delivery"])
    with workspace.ledger.read() as connection:
        if asleep_since(connection, "webhooks") is not None:
            raise GiveUp("this workspace was restored and sends nothing yet")
        row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
        hook = None if row is None else connection.execute(
            sa.select(WEBHOOKS.sql_table()).where(WEBHOOKS.sql_table().c.id == row.webhook_id)
        ).one()  # fmt: skip
    if row is None or hook is None or row.state == "sent" or hook.removed_at is not None:
        return
    status, why = _attempt(workspace, hook, row)
    fine = status is not None and 200 <= status < 300
    values = {"attempts": row.attempts + 1, "status": status, "last_error": None if fine else why}
    values |= {"state": "sent", "sent_at": clock.wall()} if fine else {}
    with workspace.ledger.write() as connection:
        connection.execute(table.update().where(table.c.id == number).values(**values))
    if not fine:
        raise GiveUp(why) if status == 410 else Failed(why)


def _attempt(workspace: Workspace, hook: Any, row: Any) -> tuple[int | None, str]:
    """The status of the answer, if one came, and what is wrong with it."""
    at = int((workspace.clock.wall() - datetime(1970, 1, 1)).total_seconds())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Opswheel/{__version__}",
        "X-Opswheel-Event": row.event,
        "X-Opswheel-Delivery": str(row.id),
        SIGNATURE: signature(hook.secret, row.body, at),
    }
    try:
        status = post(hook.url, row.body.encode(), headers, workspace.settings.webhooks)
    except Forbidden as wrong:
        return None, f"not sent: {wrong}"
    except Unreached as wrong:
        return None, str(wrong)
    if 300 <= status < 400:
        return status, f"it answered {status}, a redirect, which is not followed"
    return status, f"it answered {status}"


def mark_dead(workspace: Workspace, number: int, why: str) -> None:
    """A delivery that is not tried any more, until somebody says so."""
    table = WEBHOOK_DELIVERIES.sql_table()
    mine = table.update().where(table.c.id == number, table.c.state == "waiting")
    with workspace.ledger.write() as connection:
        connection.execute(mine.values(state="dead", last_error=why))


def shown(url: str) -> str:
    """A URL as it may be shown: a path or query can be a secret."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}" + (f"/…{path[-4:]}" if slash and len(path) > 12 else slash + path.partition("?")[0])


def _find(connection: sa.Connection, number: int) -> Any:
    table = WEBHOOKS.sql_table()
    query = sa.select(table).where(table.c.id == number, table.c.removed_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no webhook {number}.", "opswheel webhooks lists them.")
    return row


def _told(connection: sa.Connection, number: int) -> dict[str, Any]:
    hook, table = _find(connection, number), WEBHOOK_DELIVERIES.sql_table()
    counts: Counter[str] = Counter()
    by_state = sa.select(table.c.state, sa.func.count()).where(table.c.webhook_id == number).group_by(table.c.state)
    for state, n in connection.execute(by_state):
        counts[state] = n
    return {
        "id": hook.id,
        "url": shown(hook.url),
        "events": json.loads(hook.events),
        "by": hook.by,
        "since": show_moment(hook.made_at),
        **{state: counts[state] for state in ("waiting", "sent", "dead")},
    }


def _delivery(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "webhook": row.webhook_id,
        "event": row.event,
        "about": row.key,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "error": row.last_error,
        "at": show_moment(row.at),
        "sent_at": show_moment(row.sent_at) if row.sent_at else None,
    }

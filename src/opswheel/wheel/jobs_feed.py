"""From events to webhooks: each event of an issue is handed to every webhook that asked for it, once and in order.

The database itself writes the number of each event into `event_feed`, in the transaction that writes the event. Here
the feed is emptied: deliveries and their jobs are queued and the rows deleted in one transaction, so that nothing is
lost or handed over twice whatever stops in between. Events of a run wait until the run is finished.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import EVENT_FEED, ISSUE_EVENTS, ISSUES, RANKS, RUNS, WEBHOOK_DELIVERIES, WEBHOOKS
from .jobs import next_id, only_me, put

MOST = 1_000
"""Events handed over in one transaction."""
EVENTS: dict[str, tuple[str, ...]] = {
    "opened": ("opened",),
    "assigned": ("assigned", "rerouted"),
    "breached": (),
    "closed": ("closed", "self_healed", "not_meant_to_sell"),
    "verified": ("verified",),
    "regressed": ("regressed", "reopened"),
    "run_finished": (),
}
"""What a webhook may ask for, and the events of `issue_events` behind it; the others are seen elsewhere."""
PING = "ping"
_NAMES = {kind: name for name, kinds in EVENTS.items() for kind in kinds}
_ISSUE: tuple[str, ...] = ("version", "kind", "account", "channel", "sku", "item_id", "title", "tier", "state", "owner")
_ISSUE += ("resolution", "root_cause", "repeat_of")
_SUMMARY = ("as_of", "seconds", "issues", "revenue_at_risk", "avoidable", "unowned")


def hooks(connection: sa.Connection) -> Sequence[Any]:
    """The webhooks in use."""
    table = WEBHOOKS.sql_table()
    return connection.execute(sa.select(table).where(table.c.removed_at.is_(None)).order_by(table.c.id)).all()


def hand_over(connection: sa.Connection, *, wall: datetime) -> int:
    """Queue what the feed holds for every webhook, `MOST` events at a time; returns how many were taken from it."""
    feed, events, issues, runs = (t.sql_table() for t in (EVENT_FEED, ISSUE_EVENTS, ISSUES, RUNS))
    of_event = sa.and_(events.c.issue_id == feed.c.issue_id, events.c.version == feed.c.version)
    rows = connection.execute(
        sa.select(feed.c.issue_id, feed.c.version.label("event_version"), events.c.at, events.c.event, events.c.by)
        .add_columns(*(issues.c[name] for name in _ISSUE), issues.c.onset_day, issues.c.detected_at)
        .join(events, of_event)
        .join(issues, issues.c.id == feed.c.issue_id)
        .outerjoin(runs, runs.c.id == events.c.run_id)
        .where(sa.or_(events.c.run_id.is_(None), runs.c.finished_at.is_not(None)))
        .order_by(events.c.at, feed.c.issue_id, feed.c.version)
        .limit(MOST)
    ).all()
    listening = hooks(connection)
    money = _money(connection, [r.issue_id for r in rows])
    for row in rows:
        name = _NAMES.get(row.event)
        if name:
            told = {"issue": _issue(row, money.get(row.issue_id)), "by": row.by}
            key = f"issue {row.issue_id} v{row.event_version}"
            queue(connection, listening, name, key, told, at=row.at, wall=wall)
    for row in rows:
        gone = feed.delete().where(feed.c.issue_id == row.issue_id, feed.c.version == row.event_version)
        connection.execute(gone)
    return len(rows)


def tell_breaches(connection: sa.Connection, broken: Iterable[Any], *, at: datetime, wall: datetime) -> None:
    """Queue broken promises; `broken` are rows of `ranks` (resolution.notices.broken)."""
    listening = [h for h in hooks(connection) if "breached" in json.loads(h.events)]
    if not listening:
        return
    for row in broken:
        fresh = [h for h in listening if h.made_at <= row.sla_due]
        issue = _issue(row, row) | {"id": row.issue_id}
        told = {"issue": issue, "promise": row.sla_what, "due": show_moment(row.sla_due)}
        key = f"breached {row.issue_id} {row.sla_what} {show_moment(row.sla_due)}"
        queue(connection, fresh, "breached", key, told, at=at, wall=wall)


def tell_runs(connection: sa.Connection, *, wall: datetime) -> None:
    """Queue the last finished runs that no webhook was told of."""
    listening = [h for h in hooks(connection) if "run_finished" in json.loads(h.events)]
    if not listening:
        return
    runs, sent = RUNS.sql_table(), WEBHOOK_DELIVERIES.sql_table()
    done = sa.select(runs.c.id, runs.c.finished_at).where(runs.c.finished_at.is_not(None))
    last = connection.execute(done.order_by(runs.c.id.desc()).limit(20)).all()
    told = sa.select(sent.c.webhook_id, sent.c.key).where(sent.c.key.in_([f"run {r.id}" for r in last]))
    known = {(r.webhook_id, r.key) for r in connection.execute(told)}
    for run in reversed(last):
        fresh = [h for h in listening if h.made_at <= run.finished_at and (h.id, f"run {run.id}") not in known]
        if fresh:
            text = connection.execute(sa.select(runs.c.summary).where(runs.c.id == run.id)).scalar()
            summary = json.loads(text or "{}")
            words = {"run": {"id": run.id} | {name: summary.get(name) for name in _SUMMARY}}
            queue(connection, fresh, "run_finished", f"run {run.id}", words, at=run.finished_at, wall=wall)


def queue(  # noqa: PLR0913
    connection: sa.Connection,
    listening: Iterable[Any],
    event: str,
    key: str,
    told: dict[str, Any],
    *,
    at: datetime,
    wall: datetime,
) -> list[int]:
    """Queue one event for the webhooks that asked for it and were not handed it before; returns the deliveries."""
    table = WEBHOOK_DELIVERIES.sql_table()
    made = []
    for hook in listening:
        if event != PING and event not in json.loads(hook.events):
            continue
        only_me(connection)
        same = sa.select(table.c.id).where(table.c.webhook_id == hook.id, table.c.key == key)
        if connection.execute(same).scalar() is not None:
            continue
        number = next_id(connection, table)
        body = {"id": key.replace(" ", "-"), "event": event, "at": show_moment(at), **told}
        row = dict.fromkeys(WEBHOOK_DELIVERIES.names())
        row |= {"id": number, "webhook_id": hook.id, "key": key, "event": event, "state": "waiting", "attempts": 0}
        connection.execute(table.insert(), row | {"body": json.dumps(body, sort_keys=True), "at": at, "made_at": wall})
        put(connection, "webhook", str(number), {"delivery": number}, wall=wall, line=f"webhook {hook.id}")
        made.append(number)
    return made


def _issue(row: Any, money: Any) -> dict[str, Any]:
    """An issue as webhooks tell it: stable keys, nothing a person wrote down."""
    told = {name: getattr(row, name, None) for name in _ISSUE}
    told["id"] = row.issue_id
    told["onset_day"] = row.onset_day.isoformat() if row.onset_day else None
    told["detected_at"] = show_moment(row.detected_at) if row.detected_at else None
    told["sentence"] = money.sentence if money else None
    told["exposure_per_day"] = round(money.exposure_mean or 0.0, 2) if money else None
    told["avoidable"] = round(money.avoidable_mean or 0.0, 2) if money else None
    told["currency"] = money.currency if money else None
    return told


def _money(connection: sa.Connection, issue_ids: Sequence[int]) -> dict[int, Any]:
    """What the last finished run says of issues."""
    if not issue_ids:
        return {}
    ranks, runs = RANKS.sql_table(), RUNS.sql_table()
    finished = sa.select(runs.c.id).where(runs.c.finished_at.is_not(None))
    last = finished.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1).scalar_subquery()
    columns = (ranks.c.issue_id, ranks.c.sentence, ranks.c.exposure_mean, ranks.c.avoidable_mean, ranks.c.currency)
    asked = sa.select(*columns).where(ranks.c.run_id == last, ranks.c.issue_id.in_(set(issue_ids)))
    return {row.issue_id: row for row in connection.execute(asked)}


def sweep(connection: sa.Connection) -> None:
    """Take events out of the feed that were taken back, as those of a run that was killed."""
    feed, events = EVENT_FEED.sql_table(), ISSUE_EVENTS.sql_table()
    there = sa.exists().where(events.c.issue_id == feed.c.issue_id, events.c.version == feed.c.version)
    connection.execute(feed.delete().where(~there))

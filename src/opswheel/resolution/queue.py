"""The queue as people read it: pages of the last finished run's ranks, by any promised filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.clock import DAY, show_moment
from ..core.contracts import FILTERS, ISSUES, RANKS, RUNS
from ..core.money import Estimate
from .lifecycle import OPEN
from .questions import Questions, Shape, is_open, many, questions

COUNTED = 10_000
"""Totals are exact up to here; beyond, the page says that there are more."""
DEFAULT_LIMIT = 50


@dataclass(frozen=True)
class Wanted:
    """Which part of the queue to show. Without a `state`: issues that are in the queue.

    `breached` shows those with a broken promise, `unowned` those nobody is responsible for, `snoozed` those put aside,
    `incident` the issues of an incident, which elsewhere one row stands for. `accounts` are the only ones the asker
    sees; empty: all. Whoever turns pages names the pins of the first one, so that a pin set or taken meanwhile neither
    skips nor repeats an issue: `top` are those still to be shown first, `shown` those they have seen.
    """

    lane: str | None = None
    owner: str | None = None
    kind: str | None = None
    account: str | None = None
    channel: str | None = None
    tier: int | None = None
    state: str | None = None
    limit: int = DEFAULT_LIMIT
    rule: str | None = None
    after: int = 0
    breached: bool = False
    snoozed: bool = False
    incident: int | None = None
    accounts: frozenset[str] = frozenset()
    top: tuple[int, ...] | None = None
    shown: tuple[int, ...] = ()
    unowned: bool = False


@dataclass(frozen=True)
class Page:
    """One page: rows of `ranks` in order, how many match in all (up to `COUNTED`), and whether there are more."""

    rows: list[Any]
    total: int
    more: bool


def last_run(connection: sa.Connection, as_of: datetime | None = None) -> Any | None:
    """The last finished run, or the last one that speaks of `as_of` or before."""
    told = {} if as_of is None else {"as_of": as_of}
    return connection.execute(_last_run(as_of is not None), told).one_or_none()


@cache
def _last_run(past: bool) -> Any:
    runs = RUNS.sql_table()
    query = sa.select(runs).where(runs.c.finished_at.is_not(None)).order_by(runs.c.as_of.desc(), runs.c.id.desc())
    return (query.where(runs.c.as_of <= sa.bindparam("as_of")) if past else query).limit(1)


def page(connection: sa.Connection, run_id: int, wanted: Wanted, now: datetime | None = None) -> Page:
    """A page of a run's ranks. Every filter walks an index that ends in the order.

    At `now`, pinned issues stand on top of the first page with what hangs under them, and snoozed ones are left out
    of rows and total. Without it nothing is pinned or snoozed.
    """
    aside, pinned = ([], []) if now is None else _apart(connection, run_id, now)
    if wanted.top is not None:
        pinned = list(wanted.top)
    elif wanted.snoozed:
        pinned = []
    apart = bool(pinned or wanted.shown)
    query = questions(Shape.of(wanted, now, aside=bool(aside), apart=apart))
    told = _told(run_id, wanted, now) | {"aside": aside, "pinned": pinned, "seen": [*pinned, *wanted.shown]}
    top: list[Any] = []
    if apart and wanted.after == 0:
        top = list(connection.execute(query.top, told).all())
    rows = top + list(connection.execute(query.rows, told).all())
    hidden = _hits(connection, run_id, aside, wanted, now)
    total, more = (hidden, False) if wanted.snoozed else _counted(connection, query, told, hidden)
    return Page(rows[: wanted.limit], total, more)


def _told(run_id: int, wanted: Wanted, now: datetime | None) -> dict[str, Any]:
    """The values of a page's questions, by the names they have there."""
    told = {name: value for name in FILTERS if (value := getattr(wanted, name)) is not None}
    more = {"accounts": sorted(wanted.accounts), "incident": wanted.incident, "now": now, "after": wanted.after}
    return {**told, **more, "run": run_id, "rows": wanted.limit}


def _counted(connection: sa.Connection, query: Questions, told: Mapping[str, Any], hidden: int) -> tuple[int, bool]:
    """How many issues match without those `hidden`, exact to `COUNTED`, and whether there are more."""
    skipped = {**told, "skipped": COUNTED + hidden}
    if connection.execute(query.beyond, skipped).first() is not None:  # cheaper than counting so far
        return COUNTED, True
    return (connection.execute(query.count, told).scalar() or 0) - hidden, False


def _hits(connection: sa.Connection, run_id: int, ids: list[int], wanted: Wanted, now: datetime | None) -> int:
    """How many of these issues match; they are fetched by number and looked at here, whatever else there is."""
    ranks, n = RANKS.sql_table(), 0
    for part in chunks(ids):
        columns = (ranks.c[name] for name in (*FILTERS, "open", "incident_id", "sla_due"))
        rows = connection.execute(sa.select(*columns).where(ranks.c.run_id == run_id, ranks.c.issue_id.in_(part)))
        for row in rows:
            late = not wanted.breached or (now is not None and row.sla_due is not None and row.sla_due <= now)
            same = all(getattr(wanted, name) in (None, getattr(row, name)) for name in FILTERS)
            same = same and (not wanted.accounts or row.account in wanted.accounts)
            same = same and not (wanted.unowned and row.owner is not None)
            asked = wanted.incident in (None, row.incident_id)
            n += late and same and asked and row.open == (wanted.state is None or wanted.state in OPEN)
    return n


MOST_ASIDE = 5_000
"""The most snoozed issues a page asks about by number."""


def _apart(connection: sa.Connection, run_id: int, now: datetime) -> tuple[list[int], list[int]]:
    """Open issues that are put aside at a moment, and those that are pinned; each with what hangs under it."""
    ranks = RANKS.sql_table()
    found: tuple[list[int], list[int]] = ([], [])
    for pinned, number in connection.execute(_ahead(), {"now": now}):
        found[pinned].append(number)
    for numbers in found:
        for part in list(chunks(numbers)):
            children = sa.select(ranks.c.issue_id).where(ranks.c.run_id == run_id, ranks.c.inhibited_by.in_(part))
            numbers += connection.execute(children).scalars()
    return found


@cache
def _ahead() -> Any:
    issues, parts = ISSUES.sql_table(), []
    for pinned, until in enumerate((issues.c.snoozed_until, issues.c.pinned_until)):
        query = sa.select(sa.literal_column(str(pinned), sa.Integer).label("pinned"), issues.c.id)
        query = query.where(until > sa.bindparam("now"), is_open(issues.c.state))
        # Not the bare number: SQLite would walk a million issues in its order instead of asking the index of `until`.
        query = query.order_by(issues.c.id + sa.literal_column("0"))
        part = query.limit(MOST_ASIDE).subquery()
        parts.append(sa.select(part.c.pinned, part.c.id))
    return sa.union_all(*parts)


def pinned_now(connection: sa.Connection, run_id: int, now: datetime) -> tuple[int, ...]:
    """The issues that stand on top now, with what hangs under them."""
    return tuple(_apart(connection, run_id, now)[1])


def estimate(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One estimate of a rank row in the public JSON form."""
    values = {p: row[f"{name}_{p}"] or 0.0 for p in ("mean", "p10", "p50", "p90")}
    return Estimate(**values, currency=row["currency"]).as_json()


def issue_json(row: Mapping[str, Any], rule: str, now: datetime | None = None) -> dict[str, Any]:
    """A rank row in the public JSON form; keys are a promise (docs/reference/interface.md).

    A promise is broken once it was due before `now`.
    """
    listing = row["subject_type"] in ("listing", "item") or row["members"] == 1
    return {
        "id": row["issue_id"],
        "rank": row["rank"],
        "lane": row["lane"],
        "kind": row["kind"],
        "sentence": row["sentence"],
        "subject": {"type": row["subject_type"], "key": row["subject_key"]},
        "members": row["members"],
        "account": row["account"],
        "channel": row["channel"],
        "sku": row["sku"] if listing else None,
        "item_id": row["item_id"] if listing else None,
        "title": row["title"],
        "tier": row["tier"],
        "state": row["state"],
        "owner": row["owner"],
        "onset": {"first_bad": _day(row["onset_day"]), "last_good": _day(row["last_good_day"])},
        "detected_at": _moment(row["detected_at"]),
        "exposure_per_day": estimate(row, "exposure"),
        "revenue_at_risk": estimate(row, "risk"),
        "avoidable": estimate(row, "avoidable"),
        "committed": row["committed"],
        "expected_loss": row["expected_loss"],
        "lost_to_date": {"mean": row["lost_to_date"], "currency": row["currency"]},
        "deadline_at": _moment(row["deadline_at"]),
        "minutes": row["minutes"],
        "score": row[f"score_{rule}"],
        "sla_due": _moment(row.get("sla_due")),
        "sla_what": row.get("sla_what"),
        "breached": row.get("sla_due") is not None and now is not None and row["sla_due"] <= now,
        "repeat_of": row["repeat_of"],
        "inhibited_by": row["inhibited_by"],
        "incident": row.get("incident_id"),
        "incident_issues": row.get("incident_issues"),
        "why_lane": row["why_lane"],
    }


_DESK = (
    "claimed_at acked_by ack_until waiting_on waiting_since paused_minutes escalation route snoozed_at snoozed_until"
    " snoozed_by snooze_why snooze_when snooze_lost snooze_accrued snooze_counted_at pinned_until pinned_by pin_why"
).split()


def desk_json(issue: Any, exposure_per_day: float | None, now: datetime) -> dict[str, Any]:
    """What people said about an issue's place: claim, acknowledgement, wait, snooze with its cost so far, pin."""
    holds = issue.ack_until is not None and issue.ack_until > now
    return {
        "route": issue.route,
        "claimed_at": _moment(issue.claimed_at),
        "acknowledged": {"by": issue.acked_by, "until": _moment(issue.ack_until)} if holds else None,
        "waiting_on": issue.waiting_on,
        "paused_minutes": issue.paused_minutes or 0.0,
        "escalation": issue.escalation or 0,
        "snoozed": _snooze_json(issue, exposure_per_day, now),
        "pinned": (
            {"by": issue.pinned_by, "why": issue.pin_why, "until": _moment(issue.pinned_until)}
            if issue.pinned_until is not None and issue.pinned_until > now
            else None
        ),
    }


def _snooze_json(issue: Any, exposure_per_day: float | None, now: datetime) -> dict[str, Any] | None:
    if issue.snoozed_until is None or issue.snoozed_until <= now:
        return None
    return {
        "by": issue.snoozed_by,
        "why": issue.snooze_why,
        "since": _moment(issue.snoozed_at),
        "until": _moment(issue.snoozed_until),
        "condition": issue.snooze_when,
        "until_lost": issue.snooze_lost,
        "lost_since": round(accrued(issue, exposure_per_day, now), 2),
    }


def accrued(issue: Any, exposure_per_day: float | None, at: datetime) -> float:
    """Expected loss since an issue was put aside, in the reporting currency: counted at each run's exposure."""
    since = issue.snooze_counted_at or issue.snoozed_at
    days = 0.0 if since is None else max(0.0, (at - since) / DAY)
    return float(issue.snooze_accrued or 0.0) + (exposure_per_day or 0.0) * days


def desks(connection: sa.Connection, exposure_of: Mapping[int, float], now: datetime) -> dict[int, dict[str, Any]]:
    """`desk_json` of issues by number, given what each loses a day."""
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(sorted(exposure_of)):
        rows = connection.execute(_desks(), {"ids": part})
        found |= {row.id: desk_json(row, exposure_of[row.id], now) for row in rows}
    return found


@cache
def _desks() -> Any:
    issues = ISSUES.sql_table()
    return sa.select(issues.c.id, *(issues.c[n] for n in _DESK)).where(issues.c.id.in_(many("ids")))


def set_aside(
    connection: sa.Connection, run_id: int, now: datetime, accounts: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What the queue leaves out because people put it aside: how many, what it loses a day, what it has cost since."""
    told = {"run": run_id, "now": now, "accounts": sorted(accounts)}
    rows = connection.execute(_aside(bool(accounts)), told).all()
    return {
        "n": len(rows),
        "exposure_per_day": round(sum(r.exposure_mean or 0.0 for r in rows), 2),
        "avoidable": round(sum(r.avoidable_mean or 0.0 for r in rows), 2),
        "lost_since": round(sum(accrued(r, r.exposure_mean, now) for r in rows), 2),
    }


@cache
def _aside(some_accounts: bool) -> Any:
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    cost = (issues.c[n] for n in ("snoozed_at", "snooze_accrued", "snooze_counted_at"))
    query = (
        sa.select(*cost, ranks.c.exposure_mean, ranks.c.avoidable_mean)
        .join(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == sa.bindparam("run")))
        .where(issues.c.snoozed_until > sa.bindparam("now"), is_open(issues.c.state))
    )
    return query.where(issues.c.account.in_(many("accounts"))) if some_accounts else query


def unowned(connection: sa.Connection, run_id: int, accounts: frozenset[str] = frozenset()) -> int:
    """Open issues nobody is responsible for, also those under a cause or in an incident."""
    told = {"run": run_id, "accounts": sorted(accounts)}
    return connection.execute(_unowned(bool(accounts)), told).scalar() or 0


@cache
def _unowned(some_accounts: bool) -> Any:
    ranks = RANKS.sql_table()
    query = sa.select(sa.func.count()).select_from(ranks)
    query = query.where(ranks.c.run_id == sa.bindparam("run"), ranks.c.open.is_(True), ranks.c.owner.is_(None))
    return query.where(ranks.c.account.in_(many("accounts"))) if some_accounts else query


def _day(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(value: Any) -> str | None:
    return None if value is None else show_moment(value)

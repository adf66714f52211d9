"""The queue as people read it: pages of the last finished run's ranks, by any promised filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.clock import DAY, show_moment
from ..core.contracts import FILTERS, ISSUES, RANKS, RUNS
from ..core.errors import WrongUse
from ..core.money import Estimate
from .lifecycle import OPEN

COUNTED = 10_000
"""Totals are exact up to here; beyond, the page says that there are more."""
DEFAULT_LIMIT = 50


@dataclass(frozen=True)
class Wanted:
    """Which part of the queue to show. Without a `state`: issues that are in the queue.

    `breached` shows those with a broken promise, `snoozed` those put aside, `incident` the issues of an incident,
    which elsewhere one row stands for. `accounts` are the only ones the asker sees; empty: all. Whoever turns pages
    names the pins of the first one, so that a pin set or taken meanwhile neither skips nor repeats an issue: `top` are
    those still to be shown first, `shown` those they have seen.
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


@dataclass(frozen=True)
class Page:
    """One page: rows of `ranks` in order, how many match in all (up to `COUNTED`), and whether there are more."""

    rows: list[Any]
    total: int
    more: bool


def last_run(connection: sa.Connection, as_of: datetime | None = None) -> Any | None:
    """The last finished run, or the last one that speaks of `as_of` or before."""
    runs = RUNS.sql_table()
    query = sa.select(runs).where(runs.c.finished_at.is_not(None)).order_by(runs.c.as_of.desc(), runs.c.id.desc())
    if as_of is not None:
        query = query.where(runs.c.as_of <= as_of)
    return connection.execute(query.limit(1)).one_or_none()


def page(connection: sa.Connection, run_id: int, wanted: Wanted, now: datetime | None = None) -> Page:
    """A page of a run's ranks. Every filter walks an index that ends in the order.

    At `now`, pinned issues stand on top of the first page with what hangs under them, and snoozed ones are left out
    of rows and total. Without it nothing is pinned or snoozed.
    """
    ranks, issues = RANKS.sql_table(), ISSUES.sql_table()
    aside = [] if now is None else _until(connection, run_id, issues.c.snoozed_until, now)
    if wanted.top is not None:
        pinned = list(wanted.top)
    else:
        pinned = [] if now is None or wanted.snoozed else _until(connection, run_id, issues.c.pinned_until, now)
    matching = _filtered(ranks, run_id, wanted, now)
    shown = [*matching, ranks.c.issue_id.in_(aside) if wanted.snoozed else ranks.c.issue_id.not_in(aside)]
    if _folds(wanted):
        shown.append(ranks.c.folded.is_not(True))
    query = sa.select(ranks).where(*shown)
    top: list[Any] = []
    if pinned or wanted.shown:
        query = query.where(ranks.c.issue_id.not_in([*pinned, *wanted.shown]))
        if wanted.after == 0:
            first = sa.select(ranks).where(*shown, ranks.c.issue_id.in_(pinned)).order_by(ranks.c.position)
            top = list(connection.execute(first).all())
    rows = top + list(connection.execute(_in_order(query, ranks, run_id, wanted).limit(wanted.limit)).all())
    hidden = _hits(connection, run_id, aside, wanted, now)
    total, more = (hidden, False) if wanted.snoozed else _counted(connection, ranks, matching, hidden, wanted)
    return Page(rows[: wanted.limit], total, more)


def _in_order(query: Any, ranks: sa.Table, run_id: int, wanted: Wanted) -> Any:
    """The rows after those the asker has seen, in the order asked for."""
    if wanted.rule is not None:
        score = _score(ranks, wanted.rule)
        if wanted.after:  # not by counting: an issue that leaves meanwhile must shift no other
            same = ranks.alias()
            seen = (same.c.run_id == run_id, same.c.position == wanted.after)
            last = sa.select(same.c[score.name]).where(*seen).scalar_subquery()
            query = query.where(sa.or_(score < last, sa.and_(score == last, ranks.c.position > wanted.after)))
        return query.order_by(score.desc(), ranks.c.position)
    # Few promises are broken: their own index finds them, and must not lose to the one that ends in the order.
    order = ranks.c.position + 0 if wanted.breached else ranks.c.position
    return query.where(ranks.c.position > wanted.after).order_by(order)


def _counted(
    connection: sa.Connection, ranks: sa.Table, matching: list[Any], hidden: int, wanted: Wanted
) -> tuple[int, bool]:
    """How many issues match without those `hidden`, exact to `COUNTED`, and whether there are more."""
    beyond = sa.select(ranks.c.position).where(*matching)
    if not wanted.breached:
        beyond = beyond.order_by(ranks.c.position)
    if connection.execute(beyond.offset(COUNTED + hidden).limit(1)).first() is not None:  # cheaper than counting so far
        return COUNTED, True
    count = sa.select(sa.func.count()).select_from(ranks).where(*matching)
    return (connection.execute(count).scalar() or 0) - hidden, False


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
            asked = wanted.incident in (None, row.incident_id)
            n += late and same and asked and row.open == (wanted.state is None or wanted.state in OPEN)
    return n


MOST_ASIDE = 5_000
"""The most snoozed issues a page asks about by number."""


def _until(connection: sa.Connection, run_id: int, until: Any, now: datetime) -> list[int]:
    """Open issues whose `until` lies ahead, and what hangs under them."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    query = sa.select(issues.c.id).where(until > now, issues.c.state.in_(OPEN)).order_by(issues.c.id)
    found = list(connection.execute(query.limit(MOST_ASIDE)).scalars())
    under: list[int] = []
    for part in chunks(found):
        children = sa.select(ranks.c.issue_id).where(ranks.c.run_id == run_id, ranks.c.inhibited_by.in_(part))
        under += connection.execute(children).scalars()
    return [*found, *under]


def pinned_now(connection: sa.Connection, run_id: int, now: datetime) -> tuple[int, ...]:
    """The issues that stand on top now, with what hangs under them."""
    return tuple(_until(connection, run_id, ISSUES.sql_table().c.pinned_until, now))


def _folds(wanted: Wanted) -> bool:
    """Whether one row stands for an incident: not where a filter could leave that row out and the others in."""
    return wanted.incident is None and not (wanted.owner or wanted.tier or wanted.state or wanted.breached)


def _filtered(ranks: sa.Table, run_id: int, wanted: Wanted, now: datetime | None) -> list[Any]:
    """What a row must be to match, whether it is shown or not."""
    open_ = True if wanted.state is None else wanted.state in OPEN
    found = [ranks.c.run_id == run_id, ranks.c.open.is_(open_)]
    found += [ranks.c[name] == value for name in FILTERS if (value := getattr(wanted, name)) is not None]
    if wanted.accounts:
        found.append(ranks.c.account.in_(sorted(wanted.accounts)))
    if wanted.incident is not None:
        found.append(ranks.c.incident_id == wanted.incident)
    if wanted.breached and now is not None:
        found.append(ranks.c.sla_due <= now)
    return found


def _score(ranks: sa.Table, rule: str) -> Any:
    name = f"score_{rule}"
    if name not in ranks.c:
        known = ", ".join(c.removeprefix("score_") for c in ranks.c.keys() if c.startswith("score_"))  # noqa: SIM118
        raise WrongUse(f"{rule!r} is no ranking rule.", f"One of: {known}.")
    return ranks.c[name]


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
    issues, found = ISSUES.sql_table(), dict[int, dict[str, Any]]()
    for part in chunks(sorted(exposure_of)):
        query = sa.select(issues.c.id, *(issues.c[n] for n in _DESK)).where(issues.c.id.in_(part))
        found |= {row.id: desk_json(row, exposure_of[row.id], now) for row in connection.execute(query)}
    return found


def set_aside(
    connection: sa.Connection, run_id: int, now: datetime, accounts: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What the queue leaves out because people put it aside: how many, what it loses a day, what it has cost since."""
    issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
    query = (
        sa.select(issues, ranks.c.exposure_mean, ranks.c.avoidable_mean)
        .join(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == run_id))
        .where(issues.c.snoozed_until > now, issues.c.state.in_(OPEN))
    )
    rows = connection.execute(query.where(issues.c.account.in_(accounts)) if accounts else query).all()
    return {
        "n": len(rows),
        "exposure_per_day": round(sum(r.exposure_mean or 0.0 for r in rows), 2),
        "avoidable": round(sum(r.avoidable_mean or 0.0 for r in rows), 2),
        "lost_since": round(sum(accrued(r, r.exposure_mean, now) for r in rows), 2),
    }


def unowned(connection: sa.Connection, run_id: int, accounts: frozenset[str] = frozenset()) -> int:
    """Open issues nobody is responsible for, also those under a cause or in an incident."""
    ranks = RANKS.sql_table()
    query = sa.select(sa.func.count()).select_from(ranks)
    query = query.where(ranks.c.run_id == run_id, ranks.c.open.is_(True), ranks.c.owner.is_(None))
    query = query.where(ranks.c.account.in_(accounts)) if accounts else query
    return connection.execute(query).scalar() or 0


def _day(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(value: Any) -> str | None:
    return None if value is None else show_moment(value)

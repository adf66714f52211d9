"""The queue, now or on a past morning."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ...core.chunks import chunks
from ...core.clock import show_moment
from ...core.contracts import DELIVERIES, FILTERS, ISSUE_EVENTS, ISSUES, MATCHES, RANK_HISTORY, RANKS
from ...core.detector import LANES
from ...core.errors import NotFound, WrongUse, there_are
from ...resolution.lifecycle import OPEN, STATES
from ...resolution.queue import COUNTED, Wanted, desks, issue_json, last_run, page, set_aside, unowned
from ...wheel.past import last_rank_rows, run_rows
from ..kept import Kept
from ..wiring import Workspace
from .since import morning_words

ENDED = ("verified", "closed")
_UNSAID: dict[str, Any] = dict.fromkeys(
    ("route", "claimed_at", "acknowledged", "waiting_on", "paused_minutes", "escalation", "snoozed", "pinned")
)
"""What people said about an issue is told of now, not of a past morning."""


@dataclass(frozen=True)
class Answered:
    """A page of the queue as the public JSON form tells it, the run it is of, and the place of its last row by rank.

    `morning` says what changed since the morning before.
    """

    told: dict[str, Any]
    run: Any = None
    last: int | None = None
    morning: dict[str, Any] = field(default_factory=dict)


def queue_answer(workspace: Workspace, wanted: Wanted, as_of: datetime | None) -> dict[str, Any]:
    """The queue's page with what surrounds it: blind sources, what is withheld, the cut line, the match."""
    return queue_answered(workspace, wanted, as_of).told


def queue_answered(workspace: Workspace, wanted: Wanted, as_of: datetime | None) -> Answered:
    """The same with the run it is of and what changed by then, seen at one moment."""
    _check(wanted)
    rule = wanted.rule or workspace.settings.ranking.rule
    with workspace.ledger.read() as connection:
        _check_known(connection, wanted)
        run = last_run(connection, as_of)
        if run is None:
            return Answered(_nothing(workspace, connection, as_of))
        newest = run if as_of is None else last_run(connection)
        now = workspace.clock.now() if as_of is None else as_of
        of_now = newest is None or (run.id == newest.id and (as_of is None or as_of >= workspace.clock.now()))
        tell: Tell = issue_json
        if as_of is not None and not of_now:
            rows, total, more = _past(workspace, connection, run, as_of, wanted, rule)
        elif wanted.state in ENDED:
            rows, total, more = _ended(workspace, connection, wanted)
        else:
            found = page(connection, run.id, wanted, now)
            rows, total, more, tell = [dict(r._mapping) for r in found.rows], found.total, found.more, _row_json
        match = match_words(connection, run.as_of)
        said = desks(connection, {r["issue_id"]: r["exposure_mean"] for r in rows}, now) if of_now else {}
        aside = set_aside(connection, run.id, now, wanted.accounts) if of_now else None
        nobody = unowned(connection, run.id, wanted.accounts) if of_now else None
        morning = morning_words(connection, run, now)
    shown = [tell(row, rule, now) | said.get(row["issue_id"], _UNSAID) for row in rows]
    summary = json.loads(run.summary)
    told = {
        "as_of": show_moment(run.as_of),
        "run": run.id,
        "rule": rule,
        "total": total,
        "more": more,
        "currency": workspace.settings.money.reporting_currency,
        "issues": shown,
        "blind": summary["blind"],
        "withheld": summary["withheld"],
        "unowned": nobody,
        "snoozed": aside,
        "cut_line": summary["cut_line"],
        "revenue_at_risk": summary["revenue_at_risk"],
        "avoidable": summary["avoidable"],
        "match": match,
    }
    return Answered(told, run, _last_place(rows, shown), morning)


Tell = Callable[[Mapping[str, Any], str, datetime], dict[str, Any]]
_rows = Kept[tuple[Any, ...], dict[str, Any]](5_000)


def _row_json(row: Mapping[str, Any], rule: str, now: datetime) -> dict[str, Any]:
    """`issue_json`, kept for each row of the ledger as it is; whoever gets it changes nothing in it."""
    due = row.get("sla_due")
    key = (rule, due is not None and due <= now, *row.values())
    return _rows.of(key, lambda: issue_json(row, rule, now))


def _last_place(rows: list[dict[str, Any]], shown: list[dict[str, Any]]) -> int | None:
    """Where the next page goes on: after the last row that does not stand on top of its turn."""
    places = [row.get("position") for row, told in zip(rows, shown, strict=True) if not told.get("pinned")]
    return places[-1] if places else None


def _check(wanted: Wanted) -> None:
    for name, value, known in (("lane", wanted.lane, LANES), ("state", wanted.state, STATES)):
        if value is not None and value not in known:
            raise WrongUse(f"{value!r} is no {name}.", f"One of: {', '.join(known)}.")
    if wanted.tier is not None and not 1 <= wanted.tier <= 3:
        raise WrongUse(f"{wanted.tier} is no tier.", "One of: 1, 2, 3.")
    if not 1 <= wanted.limit <= COUNTED:
        raise WrongUse(f"--limit {wanted.limit} cannot be shown.", f"Between 1 and {COUNTED:,}.")


def _check_known(connection: sa.Connection, wanted: Wanted) -> None:
    """A kind, channel or account nobody ever heard of is a slip of the pen, not an empty queue."""
    if wanted.kind is not None:
        _check_kind(connection, wanted.kind)
    for name, value in (("channel", wanted.channel), ("account", wanted.account)):
        if value is None:
            continue
        known = _told(connection, DELIVERIES.sql_table().c[name]) - {"*"}
        if value not in known:
            known |= _told(connection, ISSUES.sql_table().c[name])
        if known and value not in known:
            raise NotFound(
                f"Nothing is loaded of the {name} {value!r}.",
                there_are(sorted(known)),
            )


def _check_kind(connection: sa.Connection, kind: str) -> None:
    from ...visibility.detectors import DETECTORS
    from ...wheel.parameters import WITHOUT_A_RULE

    known = {d.kind for d in DETECTORS} | set(WITHOUT_A_RULE)
    if kind in known or _open_now(connection, kind):
        return
    known |= _told(connection, ISSUES.sql_table().c.kind)  # the team's own list names kinds too
    if kind not in known:
        near = difflib.get_close_matches(kind, sorted(known), n=1)
        raise WrongUse(
            f"{kind!r} is no kind.",
            f"Did you mean {near[0]}?" if near else "`opswheel detectors` lists the kinds.",
        )


def _open_now(connection: sa.Connection, kind: str) -> bool:
    """Whether the last run holds an open issue of a kind: one look at an index, however many issues there are."""
    ranks, run = RANKS.sql_table(), last_run(connection)
    if run is None:
        return False
    here = (ranks.c.run_id == run.id, ranks.c.open.is_(True), ranks.c.kind == kind)
    return connection.execute(sa.select(ranks.c.issue_id).where(*here).limit(1)).first() is not None


def _told(connection: sa.Connection, column: Any) -> set[str]:
    return {value for (value,) in connection.execute(sa.select(column).distinct()) if value}


def _nothing(workspace: Workspace, connection: sa.Connection, as_of: datetime | None) -> dict[str, Any]:
    if as_of is not None and last_run(connection) is not None:
        raise NotFound(
            f"No run speaks of {show_moment(as_of)} or before.",
            f"`opswheel run --as-of {show_moment(as_of)} --hindsight` computes it with what is known now.",
        )
    return {
        "as_of": None,
        "run": None,
        "rule": workspace.settings.ranking.rule,
        "total": 0,
        "more": False,
        "currency": workspace.settings.money.reporting_currency,
        "issues": [],
        "blind": [],
        "withheld": [],
        "unowned": 0,
        "snoozed": {"n": 0, "exposure_per_day": 0.0, "avoidable": 0.0, "lost_since": 0.0},
        "cut_line": None,
        "revenue_at_risk": None,
        "avoidable": None,
        "match": match_words(connection, workspace.clock.now()),
    }


def _ended(workspace: Workspace, connection: sa.Connection, wanted: Wanted) -> tuple[list[dict[str, Any]], int, bool]:
    """Issues that have ended, the newest first, as they last were in a queue."""
    issues = ISSUES.sql_table()
    query = sa.select(issues.c.id, issues.c.state, issues.c.owner).where(issues.c.state == wanted.state)
    found = connection.execute(query.order_by(issues.c.id.desc()).limit(COUNTED + 1)).all()
    before = last_rank_rows(workspace.lake, connection, [i.id for i in found])
    ended = {"open": False, "rank": None, "inhibited_by": None}
    now = workspace.clock.now()
    rows = [
        {**before[i.id], **ended, "state": i.state, "owner": i.owner, "asked_at": now} for i in found if i.id in before
    ]
    kept = [r for r in rows if _matches(r, wanted)]
    beyond = [r for r in kept if not wanted.after or r["issue_id"] < wanted.after]
    return beyond[: wanted.limit], min(len(kept), COUNTED), len(kept) > COUNTED


def _past(  # noqa: PLR0913
    workspace: Workspace, connection: sa.Connection, run: Any, as_of: datetime, wanted: Wanted, rule: str
) -> tuple[list[dict[str, Any]], int, bool]:
    """A past morning as its run recorded it, with the events recorded by then laid over it."""
    rows = run_rows(workspace.lake, connection, RANK_HISTORY, run.id)
    changed = states_at(connection, [r["issue_id"] for r in rows], as_of)
    for row in rows:
        now = changed.get(row["issue_id"], {})
        row["asked_at"] = as_of
        row["state"] = now.get("state", row["state"])
        row["owner"] = now.get("owner", row["owner"])
        asleep = _asleep(now, as_of)
        row["open"] = row["state"] in OPEN and asleep == wanted.snoozed
    kept = [r for r in rows if _matches(r, wanted)]
    key = (lambda r: r["position"]) if wanted.rule is None else (lambda r: (-(r[f"score_{rule}"] or 0), r["position"]))
    kept.sort(key=key)
    seen = next((i for i, r in enumerate(kept, 1) if r["position"] == wanted.after), 0)
    page_rows = kept[seen:] if wanted.rule else [r for r in kept if r["position"] > wanted.after]
    return page_rows[: wanted.limit], min(len(kept), COUNTED), len(kept) > COUNTED


def _asleep(told: dict[str, Any], at: datetime) -> bool:
    until = told.get("snoozed_until")
    return until is not None and datetime.fromisoformat(until) > at


def _matches(row: dict[str, Any], wanted: Wanted) -> bool:
    if wanted.state is None and not row["open"]:
        return False
    if wanted.accounts and row["account"] not in wanted.accounts:
        return False
    if wanted.breached and (row.get("sla_due") is None or row["sla_due"] > row["asked_at"]):
        return False
    if wanted.unowned and row["owner"] is not None:
        return False
    if wanted.incident is not None and row.get("incident_id") != wanted.incident:
        return False
    return all(getattr(wanted, name) in (None, row[name]) for name in FILTERS)


def states_at(connection: sa.Connection, issue_ids: list[int], at: datetime) -> dict[int, dict[str, Any]]:
    """State and owner of issues at a moment, from their events; issues without an event by then are left out."""
    events = ISSUE_EVENTS.sql_table()
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(issue_ids):
        rows = connection.execute(
            sa.select(events.c.issue_id, events.c.payload)
            .where(events.c.issue_id.in_(part), events.c.at <= at)
            .order_by(events.c.issue_id, events.c.version)
        )
        for row in rows:
            told = json.loads(row.payload)
            found.setdefault(row.issue_id, {}).update(
                {k: told[k] for k in ("state", "owner", "snoozed_until") if k in told}
            )
    return found


def match_words(connection: sa.Connection, as_of: datetime) -> str:
    """How far our sums agreed with the marketplace's when somebody last looked."""
    rows = connection.execute(_matches_by(), {"at": as_of}).all()
    latest: dict[tuple[str, str], Any] = {}
    for row in rows:
        latest.setdefault((row.account, row.channel), row)
    told = [r for r in latest.values() if r.agreement is not None]
    if not told:
        return "match with the marketplace's figures: not checked"
    worst = min(told, key=lambda r: r.agreement)
    return f"match with the marketplace's figures: {worst.agreement:.1%} ({worst.channel}, {worst.at:%Y-%m-%d})"


@cache
def _matches_by() -> Any:
    matches = MATCHES.sql_table()
    return sa.select(matches).where(matches.c.at <= sa.bindparam("at")).order_by(matches.c.at.desc())

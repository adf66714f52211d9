"""The queue as people read it: pages of the last finished run's ranks, by any promised filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import FILTERS, RANKS, RUNS
from ..core.errors import WrongUse
from ..core.money import Estimate
from .lifecycle import OPEN

COUNTED = 10_000
"""Totals are exact up to here; beyond, the page says that there are more."""
DEFAULT_LIMIT = 50


@dataclass(frozen=True)
class Wanted:
    """Which part of the queue to show. Without a `state`: issues that are in the queue."""

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


def page(connection: sa.Connection, run_id: int, wanted: Wanted) -> Page:
    """A page of a run's ranks. Every filter walks an index that ends in the order."""
    ranks = RANKS.sql_table()
    query = _filtered(sa.select(ranks), ranks, run_id, wanted)
    if wanted.rule is None:
        query = query.where(ranks.c.position > wanted.after).order_by(ranks.c.position)
    else:
        query = query.order_by(_score(ranks, wanted.rule).desc(), ranks.c.position).offset(wanted.after)
    rows = list(connection.execute(query.limit(wanted.limit)).all())
    beyond = _filtered(sa.select(ranks.c.position), ranks, run_id, wanted).order_by(ranks.c.position)
    if connection.execute(beyond.offset(COUNTED).limit(1)).first() is not None:  # cheaper than counting that far
        return Page(rows, COUNTED, True)
    total = connection.execute(_filtered(sa.select(sa.func.count()).select_from(ranks), ranks, run_id, wanted)).scalar()
    return Page(rows, total or 0, False)


def _filtered(query: Any, ranks: sa.Table, run_id: int, wanted: Wanted) -> Any:
    query = query.where(ranks.c.run_id == run_id)
    if wanted.state is None:
        query = query.where(ranks.c.open.is_(True))
    else:
        query = query.where(ranks.c.open.is_(wanted.state in OPEN))
    for name in FILTERS:
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(ranks.c[name] == value)
    return query


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


def issue_json(row: Mapping[str, Any], rule: str) -> dict[str, Any]:
    """A rank row in the public JSON form; keys are a promise (docs/reference/interface.md)."""
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
        "sla_due": None,
        "repeat_of": row["repeat_of"],
        "inhibited_by": row["inhibited_by"],
        "why_lane": row["why_lane"],
    }


def _day(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(value: Any) -> str | None:
    return None if value is None else show_moment(value)

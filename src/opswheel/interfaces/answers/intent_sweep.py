"""The sweep: listings nobody said the intent of, in groups a person can settle at once, and taken back at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from ...core.contracts import INTENTS
from ...core.contracts.prepared import BASELINES, LISTING_NOW
from ...core.errors import Conflict, WrongUse
from ...resolution.actions import say_intent
from ...resolution.queue import last_run
from ...visibility.detect import prepare_all
from ...wheel.inputs import morning
from ..kept import Kept
from ..wiring import Workspace
from .intent import SETTABLE

Key = tuple[str, str, str]
"""Account, channel, SKU."""
GROUPINGS = {"last": "last sale", "brand": "brand", "category": "category"}
SWEEP = "settled in a sweep"
_AGES = (
    (90, "sold in the last 3 months"),
    (180, "last sold 3 to 6 months ago"),
    (365, "last sold 6 to 12 months ago"),
)
_kept = Kept[tuple[str, int, int], list[dict[str, Any]]](20)
"""What each workspace's last run left unsettled: reading it takes the engine a second."""


def sweep_answer(
    workspace: Workspace, by: str, channel: str | None, me: str, sees: Callable[[str], bool]
) -> dict[str, Any]:
    """Unsettled listings by group, the largest first, and the last sweep that can be taken back."""
    if by not in GROUPINGS:
        raise WrongUse(f"{by!r} is no grouping.", f"One of: {', '.join(GROUPINGS)}.")
    run, rows = unsettled(workspace, sees)
    channels = sorted({r["channel"] for r in rows})
    kept = [r for r in rows if channel in (None, "", r["channel"])]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in kept:
        groups.setdefault(_label(row, by), []).append(row)
    return {
        "run": run,
        "by": by,
        "channels": channels,
        "total": len(kept),
        "groups": [_group(label, held) for label, held in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))],
        "last": _last_sweep(workspace, run, me),
    }


def unsettled(workspace: Workspace, sees: Callable[[str], bool]) -> tuple[int | None, list[dict[str, Any]]]:
    """The last run's number, and the listings it left unsettled that nobody has settled since."""
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return None, []
        table = INTENTS.sql_table()
        since = sa.select(table.c.account, table.c.channel, table.c.sku).where(table.c.after_run >= run.id)
        said = {tuple(r) for r in connection.execute(since.where(table.c.intent != "unknown"))}
    place = (str(workspace.folder), run.id, run.manifest_version)
    left = _kept.of(place, lambda: _read(workspace, run))
    rows = [r for r in left if sees(r["account"]) and (r["account"], r["channel"], r["sku"]) not in said]
    return run.id, rows


def _read(workspace: Workspace, run: Any) -> list[dict[str, Any]]:
    with workspace.ledger.read() as connection:
        seen = morning(
            connection,
            workspace.settings,
            as_of=run.as_of,
            version=run.manifest_version,
            run_id=run.id,
            readers=workspace.readers,
        )
    with workspace.mounted(seen) as engine:
        prepare_all(engine)
        told = BASELINES.ibis_table()
        rows = engine.fetch("sweep", lambda: told.filter(told.intent.isin(["unknown", "dead"]))).to_pylist()
        listed = engine.fetch("sweep listings", LISTING_NOW.ibis_table).to_pylist()
    known = {(r["account"], r["channel"], r["sku"]): r for r in listed}
    return [_row(r, known.get((r["account"], r["channel"], r["sku"]), {}), run.as_of.date()) for r in rows]


def _row(row: Mapping[str, Any], listing: Mapping[str, Any], today: date) -> dict[str, Any]:
    last = row["last_sale_day"]
    return {
        "account": row["account"],
        "channel": row["channel"],
        "sku": row["sku"],
        "title": row["title"] or listing.get("title"),
        "brand": listing.get("brand"),
        "category": row["category"] or None,
        "status": listing.get("status"),
        "why": row["intent_source"],
        "last_sale": last,
        "days_since": None if last is None else (today - last).days,
        "units": row["clean_units"],
        "clean_days": row["clean_days"],
    }


def _label(row: Mapping[str, Any], by: str) -> str:
    if by != "last":
        return str(row[by] or f"no {by} told")
    days = row["days_since"]
    age = (
        "never sold here"
        if days is None
        else next((w for most, w in _AGES if days <= most), "last sold over a year ago")
    )
    return f"{age}, {row['status'] or 'status not told'}"


def _group(label: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    sales = [r["last_sale"] for r in rows if r["last_sale"] is not None]
    return {
        "id": hashlib.sha256(label.encode()).hexdigest()[:10],
        "label": label,
        "n": len(rows),
        "channels": sorted({r["channel"] for r in rows}),
        "last_sale": max(sales, default=None),
        "active": sum(r["status"] == "active" for r in rows),
        "units": sum(r["units"] or 0 for r in rows),
        "rows": sorted(rows, key=lambda r: (r["channel"], r["sku"])),
    }


def settle(workspace: Workspace, said: Mapping[Key, str], by: str) -> int:
    """Write down what listings are meant for, all in one transaction; returns how many.

    Raises WrongUse where a word is no intent; nothing is written then.
    """
    wrong = sorted(set(said.values()) - set(SETTABLE))
    if wrong:
        raise WrongUse(f"{wrong[0]!r} is no intent to set.", f"One of: {', '.join(SETTABLE)}.")
    if not said:
        raise WrongUse("Nothing was chosen.", "Say of at least one group what it is meant for.")
    why = f"{SWEEP} ({secrets.token_hex(3)})"
    with workspace.ledger.write() as connection:
        for intent in SETTABLE:
            keys = sorted(key for key, chosen in said.items() if chosen == intent)
            if keys:
                say_intent(connection, keys, intent, by=by, at=workspace.clock.now(), why=why)
    return len(said)


def _last_sweep(workspace: Workspace, run: int | None, me: str) -> dict[str, Any] | None:
    """The newest sweep of a person that no run has used yet."""
    table = INTENTS.sql_table()
    if run is None:
        return None
    mine = (table.c.by == me, table.c.why.like(f"{SWEEP}%"), table.c.after_run >= run)
    query = sa.select(table.c.why, sa.func.max(table.c.at).label("at"), sa.func.count().label("n"))
    with workspace.ledger.read() as connection:
        rows = connection.execute(query.where(*mine).group_by(table.c.why)).all()
    newest = max(rows, key=lambda r: r.at, default=None)
    return None if newest is None else {"why": newest.why, "at": newest.at, "n": newest.n}


def take_back(workspace: Workspace, why: str, me: str) -> int:
    """Take one's own sweep back, as if it had not been said; returns how many listings are unsettled again.

    Raises Conflict once a run has used it, or where there is none.
    """
    table = INTENTS.sql_table()
    with workspace.ledger.write() as connection:
        run = last_run(connection)
        mine = (table.c.by == me, table.c.why == why, table.c.after_run >= (run.id if run else 0))
        done = connection.execute(table.delete().where(*mine)) if why.startswith(SWEEP) else None
        if done is None or not done.rowcount:
            raise Conflict("That sweep cannot be taken back: a run has used it.", "Say the intent anew.")
        return int(done.rowcount)

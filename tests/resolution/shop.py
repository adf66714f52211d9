"""A small queue in a ledger: issues a finished run opened, with their ranks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opswheel.core.contracts import ISSUE_EVENTS, ISSUES, RANKS, RUNS
from opswheel.resolution.desk import DEFAULT, refresh
from opswheel.storage.ledger import Ledger

NOW = datetime(2026, 11, 22, 16)
"""A Sunday, when nobody is at work."""
LATER = datetime(2026, 11, 22, 16, 24)
MONDAY = datetime(2026, 11, 23, 9)


def fill(ledger: Ledger, *numbers: int, unfinished: tuple[int, ...] = (), **same: Any) -> None:
    """Issues of these numbers, opened on Sunday by a finished run, ranked in their order; others nobody sees yet.

    `same` are columns of issues or ranks they all have.
    """
    run = {"as_of": NOW, "started_at": NOW, "manifest_version": 1, "engine": "duckdb", "code_version": "0"}
    run |= {"hindsight": False, "parameters": "{}", "summary": "{}"}
    with ledger.write() as connection:
        connection.execute(
            RUNS.sql_table().insert(), [{**run, "id": 1, "finished_at": NOW}, {**run, "id": 2, "finished_at": None}]
        )
        rows = [issue(n, 1, **_of(ISSUES, same)) for n in numbers] + [issue(n, 2) for n in unfinished]
        connection.execute(ISSUES.sql_table().insert(), rows)
        connection.execute(RANKS.sql_table().insert(), [rank(n, **_of(RANKS, same)) for n in numbers])
        refresh(connection, numbers, DEFAULT)


def _of(contract: Any, same: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in same.items() if k in contract.names()}


def issue(number: int, run: int = 1, **named: Any) -> dict[str, Any]:
    """A new issue of a suppressed mug."""
    row: dict[str, Any] = dict.fromkeys(ISSUES.names())
    row |= {"id": number, "fingerprint": f"k1:listing_suppressed:listing:main|amazon:US|MUG-{number}", "episode": 1}
    row |= {"kind": "listing_suppressed", "account": "main", "channel": "amazon:US", "sku": f"MUG-{number}"}
    row |= {"subject_type": "listing", "subject_key": f"main|amazon:US|MUG-{number}", "state": "new", "version": 1}
    row |= {"touched": False, "opened_run": run, "detected_at": NOW, "inherited": False, "muted": False, "tier": 1}
    return row | named


def rank(number: int, **named: Any) -> dict[str, Any]:
    """Its row in the queue: 10.00 a day, 300.00 can be saved."""
    empty = {"at": None, "day": None, "text": "x", "bool": False}
    row: dict[str, Any] = {c.name: empty.get(c.type, 0) for c in RANKS.columns}
    row |= dict.fromkeys(
        ("inhibited_by", "repeat_of", "incident_id", "incident_issues", "owner", "why_lane", "sla_what")
    )
    row |= {
        "run_id": 1,
        "issue_id": number,
        "position": number,
        "rank": number,
        "state": "new",
        "open": True,
        "tier": 1,
    }
    row |= {"currency": "USD", "lane": "queue", "kind": "listing_suppressed", "account": "main", "channel": "amazon:US"}
    row |= {"evidence": "{}", "members": 1, "avoidable_mean": 300.0, "exposure_mean": 10.0, "issue_version": 1}
    return row | named


def events(ledger: Ledger, number: int) -> list[str]:
    """What happened to an issue, in order."""
    table = ISSUE_EVENTS.sql_table()
    with ledger.read() as connection:
        query = sa.select(table.c.event).where(table.c.issue_id == number).order_by(table.c.version)
        return list(connection.execute(query).scalars())


def now(ledger: Ledger, number: int) -> Any:
    """An issue as it is."""
    table = ISSUES.sql_table()
    with ledger.read() as connection:
        return connection.execute(sa.select(table).where(table.c.id == number)).one()


def row(ledger: Ledger, number: int) -> Any:
    """Its row in the queue as it is."""
    table = RANKS.sql_table()
    with ledger.read() as connection:
        return connection.execute(sa.select(table).where(table.c.issue_id == number)).one()

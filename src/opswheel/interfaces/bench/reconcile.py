"""50,000 signals meet 200,000 open issues, against a bare bulk upsert of as many rows of the same table.

Ours: what is living is read, every issue and signal is decided on, and the outcome is written: 45,000 signals belong to
open issues, 5,000 open new ones with their events, 5,000 issues nobody touched are gone and close by themselves, and
150,000 others are out of sight because their source is late. Baseline: 50,000 rows of `issues`, as wide as ours,
inserted or updated by (fingerprint, episode) in one statement and one transaction, on the same database.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from ...core.contracts import ISSUE_EVENTS, ISSUES, RUNS
from ...resolution import events
from ...resolution.lifecycle import Looked, Seen
from ...resolution.reconcile import earlier_episodes, living_issues, plan
from ...storage.ledger import BATCH_ROWS, Ledger, insert_rows
from . import world
from .common import median, row
from .queue import finished_run

OPEN, KNOWN, NEW, HEALED = 200_000, 45_000, 5_000, 5_000
TIMES = 5
SEEN = Seen(world.AS_OF)
BLIND, CLEAR = Looked(blind=True), Looked()


def measure() -> list[dict[str, Any]]:
    """Median of five, each on the ledger as it was before: what was written is taken back."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = _filled(Path(folder) / "ledger.db")
        ours, baseline = [], []
        for i in range(TIMES + 1):
            pair = _seconds(ledger, _reconcile), _seconds(ledger, _upsert)
            if i:  # the first of each is warm-up
                ours.append(pair[0])
                baseline.append(pair[1])
        ledger.close()
    return [row("reconcile", median(ours), median(baseline), "seconds", "≤ 3 × a bare bulk upsert")]


class _TakenBack(Exception):
    """Ends a transaction without a trace."""


def _seconds(ledger: Ledger, work: Callable[[sa.Connection], None]) -> float:
    seconds = 0.0
    try:
        with ledger.write() as connection:
            began = time.perf_counter()
            work(connection)
            seconds = time.perf_counter() - began
            raise _TakenBack
    except _TakenBack:
        return seconds


def _name(i: int) -> str:
    return f"k1:out_of_stock:listing:main|amazon:US|SKU-{i}"


def _reconcile(connection: sa.Connection) -> None:
    seen = {_name(i): SEEN for i in (*range(1, KNOWN + 1), *range(OPEN + 1, OPEN + NEW + 1))}
    living = living_issues(connection)
    earlier = earlier_episodes(connection, living, seen)
    made = plan(living, earlier, seen, lambda i: CLEAR if i.id <= KNOWN + HEALED else BLIND, as_of=world.AS_OF)
    opened = [{**_issue(OPEN + n), "fingerprint": name, "opened_run": 2} for n, name in enumerate(made.new, 1)]
    for start in range(0, len(opened), BATCH_ROWS):
        part = opened[start : start + BATCH_ROWS]
        insert_rows(connection, ISSUES.sql_table(), part)
        insert_rows(connection, ISSUE_EVENTS.sql_table(), [_opening(r) for r in part])
    told = [events.Happened(issue, change.event, change.set) for issue, change in made.changes]
    events.write_all(connection, told, by="opswheel", at=world.AS_OF, run_id=2)
    if (len(made.known), len(opened), len(told)) != (KNOWN, NEW, HEALED):
        raise AssertionError("the benchmark's own world is not what it says")


def _opening(issue: dict[str, Any]) -> dict[str, Any]:
    told = events.payload({"kind": issue["kind"], "subject_key": issue["subject_key"]})
    at = {"issue_id": issue["id"], "version": 1, "at": world.AS_OF, "event": "opened", "by": "opswheel"}
    return {**at, "run_id": 2, "payload": told}


def _upsert(connection: sa.Connection) -> None:
    table = ISSUES.sql_table()
    rows = [_issue(i) for i in range(OPEN - KNOWN + 1, OPEN + NEW + 1)]
    statement = upsert(table)
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in ("id", "fingerprint")}
    connection.execute(statement.on_conflict_do_update(index_elements=["fingerprint", "episode"], set_=changed), rows)


def _issue(i: int) -> dict[str, Any]:
    return dict.fromkeys(ISSUES.names()) | {
        "id": i,
        "fingerprint": _name(i),
        "episode": 1,
        "kind": "out_of_stock",
        "account": "main",
        "channel": "amazon:US",
        "subject_type": "listing",
        "subject_key": f"main|amazon:US|SKU-{i}",
        "sku": f"SKU-{i}",
        "item_id": f"B{i:09d}",
        "title": f"Mug number {i}, dishwasher safe",
        "state": "assigned",
        "version": 1,
        "owner": f"owner-{i % 9}",
        "touched": False,
        "opened_run": 1,
        "detected_at": world.AS_OF - timedelta(days=1),
        "onset_day": world.AS_OF.date() - timedelta(days=2),
        "tier": 1 + i % 3,
        "inherited": False,
        "muted": False,
    }


def _filled(path: Path) -> Ledger:
    ledger = Ledger(f"sqlite:///{path}")
    ledger.prepare()
    with ledger.write() as connection:
        connection.execute(RUNS.sql_table().insert(), finished_run())
        insert_rows(connection, ISSUES.sql_table(), [_issue(i) for i in range(1, OPEN + 1)])
    with ledger.write() as connection:
        connection.execute(sa.text("ANALYZE"))
    return ledger

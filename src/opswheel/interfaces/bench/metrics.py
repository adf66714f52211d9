"""`metrics` and `diagnose` over 1,000,000 issues and 10,000,000 events on SQLite, against one scan of the events."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ...core.contracts import METRICS, RUNS
from ...core.settings import SETTINGS_FILE
from ...storage.ledger import Ledger, insert_rows
from ..answers.performance import diagnose_answer, metrics_answer
from ..answers.performance_facts import Facts
from ..wiring import Workspace
from .common import row, sql, timed

ISSUES_N, EVENTS_EACH = 1_000_000, 10
END = datetime(2026, 11, 1)
DAYS = 365
TIMES = 3


def measure(n: int = ISSUES_N) -> list[dict[str, Any]]:
    """Both answers together, on a year of history; facts are left out, because their cost is that of a run."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = filled(Path(folder), n)
        with workspace.ledger.read() as connection:
            scan = timed(lambda: connection.exec_driver_sql(sql("performance_scan")).all(), runs=TIMES)
        ours = {
            "metrics": timed(lambda: metrics_answer(workspace, facts=Facts()), runs=TIMES),
            "diagnose": timed(lambda: diagnose_answer(workspace, facts=Facts()), runs=TIMES),
        }
        both = sum(ours.values())
        told = {f"{k}_seconds": round(v, 2) for k, v in ours.items()}
        name = f"metrics + diagnose, {n:,} issues and {n * EVENTS_EACH:,} events"
        workspace.ledger.close()
        return [row(name, both, scan, "seconds", "≤ 5 × one scan of the events", **told)]


def filled(folder: Path, n: int) -> Workspace:
    """A workspace whose ledger holds a year of issues, events and closes, made by the database itself."""
    (folder / SETTINGS_FILE).write_text(f'[clock]\nnow = "{END:%Y-%m-%dT%H:%M:%SZ}"\n', encoding="utf-8")
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.prepare()
    start = END - timedelta(days=DAYS + 1)
    run = {"engine": "duckdb", "code_version": "0", "hindsight": False, "parameters": "{}", "manifest_version": 1}
    with ledger.write() as connection:
        days = [(d, start + timedelta(days=d)) for d in range(1, DAYS + 1)]
        insert_rows(
            connection,
            RUNS.sql_table(),
            [{**run, "id": d, "as_of": at, "started_at": at, "finished_at": at} for d, at in days],
        )
        told = {"name": "open_revenue_at_risk", "low": 9e4, "high": 1.1e5, "n": n // 3, "unit": "USD"}
        insert_rows(connection, METRICS.sql_table(), [{**told, "run_id": d, "value": 1e5} for d, _ in days])
        connection.exec_driver_sql(
            sql("performance_issues")
            .replace("{n}", str(n))
            .replace("{start}", f"{start:%Y-%m-%d %H:%M:%S}")
            .replace("{end}", f"{END}")
        )
        connection.exec_driver_sql(sql("performance_events"))
        connection.exec_driver_sql(sql("performance_outcomes"))
    ledger.close()
    return Workspace(folder)

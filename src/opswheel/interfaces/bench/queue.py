"""The first page of the queue with 1,000,000 open issues, against 10,000: default, each filter, owner and tier."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANKS, RUNS
from ...resolution.queue import Wanted, page
from ...storage.ledger import Ledger
from . import world
from .common import RUNS as TIMES
from .common import row, timed

SMALL, LARGE = 10_000, 1_000_000
REPEATS = 20

QUESTIONS: tuple[tuple[str, Wanted], ...] = (
    ("default", Wanted()),
    ("lane", Wanted(lane="queue")),
    ("owner", Wanted(owner="owner-3")),
    ("kind", Wanted(kind="kind-5")),
    ("account", Wanted(account="main")),
    ("channel", Wanted(channel="amazon:US")),
    ("tier", Wanted(tier=2)),
    ("state", Wanted(state="in_progress")),
    ("owner and tier", Wanted(owner="owner-3", tier=1)),
)


def measure() -> list[dict[str, Any]]:
    """In-process queries on SQLite, the rows of one finished run."""
    with tempfile.TemporaryDirectory() as folder:
        ledgers = {n: filled(Path(folder) / f"{n}.db", n) for n in (SMALL, LARGE)}
        rows = []
        for name, wanted in QUESTIONS:
            seconds = {n: _page_seconds(ledger, wanted) for n, ledger in ledgers.items()}
            rows.append(row(f"queue: {name}", seconds[LARGE], seconds[SMALL], "seconds", "≤ 1.5 × 10 k"))
        for ledger in ledgers.values():
            ledger.close()
    return rows


def _page_seconds(ledger: Ledger, wanted: Wanted) -> float:
    with ledger.read() as connection:

        def pages() -> None:
            for _ in range(REPEATS):
                page(connection, 1, wanted)

        return timed(pages, runs=TIMES) / REPEATS


def filled(path: Path, n: int) -> Ledger:
    """A ledger whose last run ranked `n` open issues."""
    ledger = Ledger(f"sqlite:///{path}")
    ledger.prepare()
    ranks, runs = RANKS.sql_table(), RUNS.sql_table()
    with ledger.write() as connection:
        connection.execute(runs.insert(), finished_run())
    usual = dict.fromkeys(RANKS.names()) | {"run_id": 1, "open": True, "issue_version": 1, "members": 1}
    usual |= {
        "currency": "USD",
        "sentence": "Suppressed",
        "evidence": "{}",
        "subject_type": "listing",
        "account": "main",
    }
    for start in range(1, n + 1, 50_000):
        part = [usual | _issue(i) for i in range(start, min(start + 50_000, n + 1))]
        with ledger.write() as connection:
            connection.execute(ranks.insert(), part)
    with ledger.write() as connection:
        connection.execute(sa.text("ANALYZE"))
    return ledger


def _issue(i: int) -> dict[str, Any]:
    mixed = (i * 2_654_435_761) % 2**32
    return {
        "issue_id": i,
        "position": i,
        "rank": i,
        "lane": ("queue", "queue", "queue", "verify", "watch", "deadlines")[mixed % 6],
        "fingerprint": f"k1:kind-{mixed % 11}:listing:main|amazon:US|SKU-{i}",
        "kind": f"kind-{mixed % 11}",
        "channel": ("amazon:US", "amazon:US", "amazon:UK", "walmart:US")[mixed % 4],
        "subject_key": f"main|amazon:US|SKU-{i}",
        "sku": f"SKU-{i}",
        "tier": 1 + mixed % 3,
        "state": ("new", "assigned", "assigned", "in_progress")[mixed // 16 % 4],
        "owner": f"owner-{mixed // 64 % 9}",
        **{
            f"{e}_{p}": float(n_)
            for n_, e in enumerate(("exposure", "risk", "avoidable"))
            for p in ("mean", "p10", "p50", "p90")
        },
        "score_revenue_at_risk": float(10_000_000 - i),
        "score_value_per_hour": float(mixed),
        "score_exposure_per_hour": float(mixed % 1000),
    }


def finished_run() -> dict[str, Any]:
    """The row of a run that is over."""
    told: dict[str, Any] = {"blind": [], "withheld": [], "cut_line": None, "revenue_at_risk": None, "avoidable": None}
    return {
        "id": 1,
        "as_of": world.AS_OF,
        "started_at": world.AS_OF,
        "finished_at": world.AS_OF,
        "manifest_version": 1,
        "engine": "duckdb",
        "code_version": "bench",
        "hindsight": False,
        "parameters": "{}",
        "summary": json.dumps(told),
    }

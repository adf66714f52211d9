"""The first page of the queue over the API with 1,000,000 open issues, against a bare endpoint on the same server.

One client asks both in turn, so that whatever else the machine does slows both alike; p99 of each.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import ISSUES, RANKS
from ...core.settings import SETTINGS_FILE
from ...storage.ledger import Ledger
from . import team, world
from .common import row
from .queue import LARGE, filled

TIMES, WARM = 300, 20
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("default", {}),
    ("owner and tier", {"owner": "owner-3", "tier": "1"}),
    ("kind", {"kind": "kind-5"}),
)


def measure(progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """On SQLite; a page has 50 issues."""
    import httpx

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("making 1,000,000 open issues …")
        _fill(folder)
        port = team.free_port()
        server = team.child_process("serve", str(folder), str(port))
        try:
            team.wait_for(port)
            rows = []
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                for words, question in QUESTIONS:
                    progress(f"asking for the queue: {words} …")
                    rows.append(_row(client, words, question))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    return rows


def _row(client: Any, words: str, question: dict[str, str]) -> dict[str, Any]:
    ours: list[float] = []
    bare: list[float] = []
    for i in range(WARM + TIMES):
        for seconds, path, asked in ((ours, "/api/v1/queue", question), (bare, team.BARE, {"number": str(1 + i)})):
            began = time.perf_counter()
            answer = client.get(path, params=asked)
            if answer.status_code != 200:
                raise AssertionError(answer.text)
            if i >= WARM:
                seconds.append(time.perf_counter() - began)
    size = len(client.get("/api/v1/queue", params=question).content)
    must = "p99 ≤ 5 × the bare endpoint's"
    middle = round(team.middle(ours) / team.middle(bare), 3)
    return row(
        f"api_queue: {words}", team.p99(ours), team.p99(bare), "seconds, p99", must, ratio_of_medians=middle, bytes=size
    )


def _fill(folder: Path) -> None:
    """Ranks as the benchmark `queue` has them, and the issues they belong to."""
    (folder / SETTINGS_FILE).write_text(
        f'[clock]\nnow = "{world.AS_OF.isoformat()}Z"\n\n[serve]\nrequests_per_minute = 100000\n', encoding="utf-8"
    )
    ledger: Ledger = filled(folder / "ledger.db", LARGE)
    ranks, issues = RANKS.sql_table(), ISSUES.sql_table()
    same = ("fingerprint", "kind", "account", "channel", "subject_type", "subject_key", "sku", "state", "owner", "tier")
    fixed = {"episode": 1, "version": 1, "touched": False, "opened_run": 1, "inherited": False, "muted": False}
    columns = [ranks.c.issue_id.label("id"), *(ranks.c[n] for n in same)]
    columns += [sa.literal(v).label(n) for n, v in fixed.items()]
    columns.append(sa.literal(world.AS_OF, sa.DateTime()).label("detected_at"))
    with ledger.write() as connection:
        connection.execute(sa.text("PRAGMA cache_size=-1500000"))  # a million rows into seven indexes at once
        names = ["id", *same, *fixed, "detected_at"]
        connection.execute(issues.insert().from_select(names, sa.select(*columns)))
    with ledger.write() as connection:
        connection.execute(sa.text("ANALYZE"))
    ledger.close()

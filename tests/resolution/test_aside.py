"""What is put aside or pinned is found without walking through every issue."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from opswheel.core.contracts import ISSUES
from opswheel.resolution.queue import _ahead
from opswheel.storage.ledger import Ledger

NOW = datetime(2026, 11, 22, 16)


def test_a_large_queue_does_not_wait_for_the_few_issues_put_aside(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.prepare()
    issues = ISSUES.sql_table()
    row = dict.fromkeys(ISSUES.names()) | {"kind": "k", "account": "main", "channel": "amazon:US", "state": "new"}
    row |= {"subject_type": "listing", "owner": "ines", "tier": 1, "episode": 1, "version": 1, "touched": False}
    row |= {"opened_run": 1, "inherited": False, "muted": False, "detected_at": NOW}
    rows = [row | {"id": n, "fingerprint": f"f{n}", "subject_key": f"s{n}", "sku": f"s{n}"} for n in range(1, 3001)]
    with ledger.write() as connection:
        connection.execute(issues.insert(), rows)
        connection.execute(sa.text("ANALYZE"))
    with ledger.read() as connection:
        asked = str(_ahead().compile(connection.engine, compile_kwargs={"render_postcompile": True}))
        values = (NOW.isoformat(),) * asked.count("?")
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values).all()
    told = [line[-1] for line in plan]
    assert not [line for line in told if line.startswith("SCAN issues")], told
    assert [line for line in told if "ix_issues_snoozed_until" in line], told
    ledger.close()

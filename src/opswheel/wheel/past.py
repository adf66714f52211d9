"""Reading what earlier runs wrote: rows of their lake files, and the last rank row of an issue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import RANK_HISTORY, RANKS, RUNS, Contract
from ..storage.duck import connect, quote
from ..storage.lake import COMPACTION, Lake, LakeFile, files_at, manifest_version


def run_rows(
    lake: Lake, connection: sa.Connection, contract: Contract, run_id: int, where: str = "true", *values: Any
) -> list[dict[str, Any]]:
    """Rows of one run's result table that meet `where`; values are bound to its question marks."""
    files = files_at(connection, manifest_version(connection), [contract.name])
    held = [f for f in files if f.source in (f"run {run_id}", COMPACTION)]
    return _rows(lake, held, f"run_id = ? AND {where}", run_id, *values)


def last_rank_rows(lake: Lake, connection: sa.Connection, issue_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The newest rank row of each issue: from the ledger, where a finished run ranked it, else from the lake."""
    ranks, runs = RANKS.sql_table(), RUNS.sql_table()
    wanted = sorted(set(issue_ids))
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(wanted):
        query = (
            sa.select(ranks)
            .join(runs, runs.c.id == ranks.c.run_id)
            .where(ranks.c.issue_id.in_(part), runs.c.finished_at.is_not(None))
            .order_by(ranks.c.run_id)
        )
        found |= {row.issue_id: dict(row._mapping) for row in connection.execute(query)}
    if missing := [i for i in wanted if i not in found]:
        files = files_at(connection, manifest_version(connection), [RANK_HISTORY.name])
        newest = "row_number() OVER (PARTITION BY issue_id ORDER BY run_id DESC) = 1"
        found |= {
            row["issue_id"]: row
            for row in _rows(lake, files, f"issue_id IN (SELECT unnest(?)) QUALIFY {newest}", missing)
        }
    return found


def _rows(lake: Lake, files: Sequence[LakeFile], where: str, *values: Any) -> list[dict[str, Any]]:
    if not files:
        return []
    paths = ", ".join(quote(str(lake.absolute(f.path))) for f in files)
    duck = connect(directories=[lake.root])
    try:
        read = f"read_parquet([{paths}], union_by_name = true)"  # columns came in with later versions
        result = duck.execute(f"SELECT * FROM {read} WHERE {where}", list(values))
        names = [d[0] for d in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    finally:
        duck.close()

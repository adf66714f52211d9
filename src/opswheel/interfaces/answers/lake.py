"""Reading a few rows of a run's lake files."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...core.contracts import Contract
from ...storage.duck import connect, quote
from ...storage.lake import files_at, manifest_version
from ..wiring import Workspace


def run_rows(
    workspace: Workspace, connection: sa.Connection, contract: Contract, run_id: int, where: str, *values: Any
) -> list[dict[str, Any]]:
    """Rows of one run's result table that meet `where`; values are bound to its question marks."""
    version = manifest_version(connection)
    files = [f for f in files_at(connection, version, [contract.name]) if f.source in (f"run {run_id}", "compaction")]
    if not files:
        return []
    paths = ", ".join(quote(str(workspace.lake.absolute(f.path))) for f in files)
    duck = connect(directories=[workspace.lake.root])
    try:
        result = duck.execute(f"SELECT * FROM read_parquet([{paths}]) WHERE run_id = ? AND {where}", [run_id, *values])
        names = [d[0] for d in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    finally:
        duck.close()

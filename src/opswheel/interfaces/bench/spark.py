"""A run on Spark, local[2], against the embedded engine: the same rows, and how long each takes.

Equal means the same issues at the same ranks with numbers equal to nine digits. Spark is for facts that outgrow one
machine: on this size its time is what it costs to plan some sixty tables, and nothing must be reached but equality.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import RANKS
from ...storage.engines import open_engine
from ...storage.ledger import Ledger
from . import world
from .common import in_child, row
from .run import wheel

LISTINGS, DAYS = 20_000, 90
ENGINES = ("duckdb", "local[2]")
DIGITS = 1e-9


def measure(progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Each engine in a process of its own, on the same lake and a fresh ledger; the second of two runs counts."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(f"sqlite:///{Path(folder) / 'ledger.db'}")
        ledger.prepare()
        world.make(Path(folder), ledger, listings=LISTINGS, days=DAYS)
        ledger.close()
        found = {}
        for engine in ENGINES:
            progress(f"running on {engine} …")
            found[engine] = in_child("opswheel.interfaces.bench.spark", folder, engine)
    ours, theirs = found["local[2]"], found["duckdb"]
    equal = [_same(a, b) for a, b in zip(ours["rows"], theirs["rows"], strict=False)]
    same = len(ours["rows"]) == len(theirs["rows"]) and all(equal)
    more = {"issues": len(theirs["rows"]), "rows_equal": same, "first_run_seconds": round(ours["first"], 1)}
    return [row("spark local[2]", ours["seconds"], theirs["seconds"], "seconds", "equal rows; time reported", **more)]


def _same(a: list[Any], b: list[Any]) -> bool:
    return all(
        math.isclose(x, y, rel_tol=DIGITS) if isinstance(x, float) and isinstance(y, float) else x == y
        for x, y in zip(a, b, strict=True)
    )


def child(folder: str, engine: str) -> dict[str, Any]:
    """Two runs on one engine; returns the rows of the second and the seconds of both."""
    where = Path(folder)
    copy = where / f"{engine.replace('[', '-').rstrip(']')}.db"
    copy.write_bytes((where / "ledger.db").read_bytes())
    seconds = []
    for _ in range(2):
        ledger = Ledger(f"sqlite:///{copy}")
        turning = wheel(where, ledger)
        turning.make_engine = partial(open_engine, engine, where / "lake")
        began = time.perf_counter()
        turning.run()
        seconds.append(time.perf_counter() - began)
    table = RANKS.sql_table()
    shown = (table.c.fingerprint, table.c.rank, table.c.lane, table.c.risk_mean, table.c.avoidable_mean)
    with ledger.read() as connection:
        last = sa.select(sa.func.max(table.c.run_id)).scalar_subquery()
        rows = connection.execute(sa.select(*shown).where(table.c.run_id == last).order_by(table.c.position)).all()
    ledger.close()
    return {"first": seconds[0], "seconds": seconds[1], "rows": [list(r) for r in rows]}

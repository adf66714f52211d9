"""The benchmarks: each prints a ratio against a baseline measured in the same run on the same files.

Machines are noisy and differ; ratios travel. The baselines' SQL lies in `sql/`. Nothing here is a timed test.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from ...core.errors import WrongUse

BENCHES: tuple[tuple[str, str], ...] = (
    ("load", "1,000,000-row listings and inventory exports, against DuckDB reading them as text to Parquet"),
    ("run", "200,000 listings × 90 days, 5 % faulty, against one DuckDB scan of the daily rows"),
    ("queue", "first page with 1,000,000 open issues, against 10,000"),
    ("run_small", "CPU seconds of a run on 2,000 listings × 90 days, after the first"),
    ("cli", "CPU seconds of `opswheel --help`"),
    ("install", "megabytes of the core in an empty environment, without .pyc"),
)


def bench(name: str | None, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Run one benchmark, or all of them; returns `{"name","ours","baseline","ratio","unit","machine"}` rows."""
    known = [n for n, _ in BENCHES]
    if name is not None and name not in known:
        raise WrongUse(f"There is no benchmark {name!r}.", f"One of: {', '.join(known)}.")
    rows: list[dict[str, Any]] = []
    for each in known if name is None else [name]:
        progress(f"bench {each} …")
        rows += import_module(f"{__name__}.{each}").measure()
    return rows

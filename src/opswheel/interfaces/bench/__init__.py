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
    ("reconcile", "50,000 signals meet 200,000 open issues, against a bare bulk upsert of as many rows"),
    ("run_small", "CPU seconds of a run on 2,000 listings × 90 days, after the first"),
    ("cli", "CPU seconds of `opswheel --help`"),
    ("growth", "calibration of 200 simulated growth wheels with known truth, against literature alone; ten minutes"),
    ("install", "megabytes of the core in an empty environment, without .pyc"),
)

BY_NAME_ONLY: tuple[tuple[str, str], ...] = (
    ("run_million", "1,000,000 listings × 90 days, compacted and in daily files, against one scan; ten minutes"),
    ("spark", "a run on Spark, local[2], against the embedded engine; needs the extra `spark` and Java"),
    ("policies", "ranking rules on the same simulated worlds: hours, or minutes with --small"),
)


def policies_wanted(*, small: bool, listings: int | None, days: int | None, seeds: int | None) -> dict[str, Any]:
    """What the command line says about the size of the benchmark `policies`; empty where it says nothing."""
    told: dict[str, Any] = {
        k: v for k, v in {"listings": listings, "days": days, "seeds": seeds}.items() if v is not None
    }
    if not (small or told):
        return {}
    from dataclasses import replace

    from .policies import SMALL, Size

    if wrong := next((k for k, v in told.items() if v < 1), None):
        raise WrongUse(f"--{wrong} {told[wrong]} cannot be played.", "Say a number above 0.")
    start = SMALL if small else replace(Size(), sensitivity_seeds=0, carry_seeds=0)
    return {"size": replace(start, **told)}


def bench(name: str | None, progress: Callable[[str], None], **own: Any) -> list[dict[str, Any]]:
    """Run one benchmark, or all but those that run by name only.

    Returns `{"name","ours","baseline","ratio","unit","machine"}` rows; `own` are options of the one named.
    """
    if name in [n for n, _ in BY_NAME_ONLY]:
        told = {k: v for k, v in own.items() if v is not None}
        rows_: list[dict[str, Any]] = import_module(f"{__name__}.{name}").measure(progress=progress, **told)
        return rows_
    known = [n for n, _ in BENCHES]
    if name is not None and name not in known:
        raise WrongUse(
            f"There is no benchmark {name!r}.", f"One of: {', '.join([*known, *(n for n, _ in BY_NAME_ONLY)])}."
        )
    rows: list[dict[str, Any]] = []
    for each in known if name is None else [name]:
        progress(f"bench {each} …")
        rows += import_module(f"{__name__}.{each}").measure()
    return rows

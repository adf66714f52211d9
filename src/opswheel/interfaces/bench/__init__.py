"""The benchmarks: each prints a ratio against a baseline measured in the same run on the same files.

Machines are noisy and differ; ratios travel. The baselines' SQL lies in `sql/`. Nothing here is a timed test.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import signature
from typing import Any

from ...core.errors import WrongUse

BENCHES: tuple[tuple[str, str], ...] = (
    ("load", "1,000,000-row listings and inventory exports, against DuckDB reading them as text to Parquet"),
    ("run", "200,000 listings × 90 days, 5 % faulty, against one DuckDB scan of the daily rows"),
    ("queue", "first page with 1,000,000 open issues, against 10,000"),
    ("today", "the app's first page with 100,000 open issues, against a bare endpoint of the same server"),
    ("reconcile", "50,000 signals meet 200,000 open issues, against a bare bulk upsert of as many rows"),
    ("run_small", "CPU seconds of a run on 2,000 listings × 90 days, after the first"),
    ("cli", "CPU seconds of `opswheel --help`"),
    ("growth", "calibration of 200 simulated growth wheels with known truth, against literature alone; ten minutes"),
    ("proof", "verdict, stalls and medians on histories with known truth; minutes"),
    ("metrics", "`metrics` and `diagnose` over 1,000,000 issues and 10,000,000 events, against one scan of the events"),
    ("decisions", "weekly decisions in light worlds with known truth, and a proposal at 200,000 listings; ten minutes"),
    ("allocation", "the split of stock over places, against trying every one"),
    ("install", "megabytes of the core in an empty environment, without .pyc"),
)

BY_NAME_ONLY: tuple[tuple[str, str], ...] = (
    ("forecast", "demand forecasts on series held out, --data FOLDER or FILE, against naive and library models"),
    ("run_million", "1,000,000 listings × 90 days, compacted and in daily files, against one scan; ten minutes"),
    ("spark", "a run on Spark, local[2], against the embedded engine; needs the extra `spark` and Java"),
    ("team", "50 operators on PostgreSQL and 10 on SQLite over the API, a run going on meanwhile; five minutes"),
    ("api_queue", "first page with 1,000,000 open issues over the API, against a bare endpoint; three minutes"),
    ("policies", "ranking rules on the same simulated worlds: hours, or minutes with --small"),
    ("detectors", "precision and recall of dollars of the rules at default cut lines, on simulated worlds: minutes"),
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
    known = [n for n, _ in BENCHES]
    alone = [n for n, _ in BY_NAME_ONLY]
    if name is not None and name not in (*known, *alone):
        raise WrongUse(f"There is no benchmark {name!r}.", f"One of: {', '.join([*known, *alone])}.")
    rows: list[dict[str, Any]] = []
    for each in known if name is None else [name]:
        progress(f"bench {each} …")
        measure = import_module(f"{__name__}.{each}").measure
        takes = signature(measure).parameters
        if other := sorted(own.keys() - takes.keys()):
            raise WrongUse(f"The benchmark {each} takes no --{other[0]}.", "`opswheel bench --help` tells the options.")
        rows += measure(**(own | {"progress": progress} if "progress" in takes else own))
    return rows

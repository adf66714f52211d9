"""What the benchmarks share: medians, peak memory of a child process, and the machine's description."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from ...growth.kpis.intervals import ratio_t, wilson

THREADS = 2
RUNS = 5


def sql(name: str) -> str:
    """The SQL of a baseline."""
    return (files("opswheel.interfaces.bench") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def median(values: list[float]) -> float:
    """The middle value."""
    return sorted(values)[len(values) // 2]


def timed(work: Callable[[], Any], *, runs: int = RUNS, warm: int = 1, cpu: bool = False) -> float:
    """Median seconds of `work`, after `warm` runs that do not count."""
    clock = time.process_time if cpu else time.perf_counter
    seconds = []
    for i in range(warm + runs):
        began = clock()
        work()
        if i >= warm:
            seconds.append(clock() - began)
    return median(seconds)


def machine() -> str:
    """Where the figures were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def peak_mib() -> float:
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_child(module: str, *arguments: str) -> dict[str, Any]:
    """Run `module.child(*arguments)` in a process of its own and return its JSON: memory is then its own, too."""
    code = f"import json, sys; from {module} import child; print('\\x1e' + json.dumps(child(*sys.argv[1:])))"
    done = subprocess.run(  # noqa: S603  our own interpreter and code
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.rpartition("\x1e")[2])
    return found


FEWEST_FAULTS = 5
"""Of fewer faults a recall of dollars has no interval but 0 … 1: one of them is most of the dollars."""


def recall_of(faults: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Share of dollars seen of faults told as (dollars, of them seen), with a 95 % interval.

    The t of a ratio, from the faults' own spread; where all were seen, or none, Wilson's interval of their number.
    """
    n, whole = len(faults), sum(dollars for dollars, _ in faults)
    share = sum(seen for _, seen in faults) / whole if whole else 0.0
    if n < FEWEST_FAULTS:
        low, high = 0.0, 1.0
    elif 0.0 < share < 1.0:
        _, low, high = ratio_t([seen for _, seen in faults], [dollars for dollars, _ in faults])
    else:
        low, high = wilson(n if share else 0, n)
    return {"share": share, "faults": n, "low": round(max(0.0, low), 4), "high": round(min(1.0, high), 4)}


def row(name: str, ours: float, baseline: float | None, unit: str, must: str, **more: Any) -> dict[str, Any]:
    """One line of the result."""
    ratio = None if not baseline else round(ours / baseline, 3)
    return {
        "name": name,
        "ours": round(ours, 4),
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": ratio,
        "unit": unit,
        "must_reach": must,
        "machine": machine(),
        **more,
    }

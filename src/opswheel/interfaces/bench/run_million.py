"""A run on 1,000,000 listings × 90 days: closed months compacted, and in a file for each table and day.

Both against one scan of the same files; minutes, so by name only. Median of three runs after a first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

from .common import in_child, row

LISTINGS, DAYS, TIMES = 1_000_000, 90, 3
MODULE = "opswheel.interfaces.bench.run"


def measure(progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Two rows against the scan, and one that holds the two ways of keeping the files against each other."""
    found: dict[str, dict[str, Any]] = {}
    rows = []
    for kept in ("compacted", "daily"):
        with tempfile.TemporaryDirectory() as folder:
            progress(f"making 90 million daily rows, {kept} …")
            made = in_child(MODULE, "make", folder, str(LISTINGS), str(DAYS), kept)
            progress(f"running on them, {kept} …")
            base = in_child(MODULE, "baseline", folder)
            found[kept] = in_child(MODULE, "run", folder, str(TIMES))
        more = {k: found[kept][k] for k in ("signals", "issues", "next_morning_seconds")}
        ours, peak = found[kept]["seconds"], round(found[kept]["peak_mib"])
        must = "≤ 5 × the scan; < 6 GiB"
        rows.append(row(f"run_million: {kept}", ours, base["seconds"], "seconds", must, **made, peak_mib=peak, **more))
    slower, quicker = sorted((found["compacted"]["seconds"], found["daily"]["seconds"]), reverse=True)
    return [*rows, row("run_million: slower ÷ quicker way", slower, quicker, "seconds", "≤ 1.2 × of each other")]

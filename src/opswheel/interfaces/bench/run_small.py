"""CPU seconds of a run on 2,000 listings × 90 days in a process that has run before."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import world
from .common import RUNS, in_child, median, row
from .run import _ledger, wheel

LISTINGS, DAYS = 2_000, 90


def measure() -> list[dict[str, Any]]:
    """Morning after morning in one process; the first run is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        found = in_child("opswheel.interfaces.bench.run_small", folder)
    return [row("run_small", found["cpu"], None, "CPU seconds", "≤ 0.3 s", issues=found["issues"])]


def child(folder: str) -> dict[str, Any]:
    """Make the workspace and run it on consecutive minutes of one morning."""
    import time

    where = Path(folder)
    ledger = _ledger(where)
    world.make(where, ledger, listings=LISTINGS, days=DAYS)
    seconds = []
    result = None
    for i in range(RUNS + 1):
        began = time.process_time()
        result = wheel(where, ledger, world.AS_OF + timedelta(minutes=i)).run()
        if i:
            seconds.append(time.process_time() - began)
    assert result is not None
    return {"cpu": median(seconds), "issues": result.summary["issues"]["open"]}

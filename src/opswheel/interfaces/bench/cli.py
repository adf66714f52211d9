"""CPU seconds of `opswheel --help`, the whole process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from .common import RUNS, median, row


def measure() -> list[dict[str, Any]]:
    """Median user + system seconds of the command, beside a bare interpreter's."""
    ours = _cpu([sys.executable, "-m", "opswheel", "--help"])
    bare = _cpu([sys.executable, "-c", "pass"])
    return [row("cli", ours, bare, "CPU seconds", "< 0.3 s", baseline_is="a bare Python")]


def _cpu(command: list[str]) -> float:
    seconds = []
    for _ in range(RUNS + 1):
        before = os.times()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        after = os.times()
        seconds.append(after.children_user - before.children_user + after.children_system - before.children_system)
    return median(seconds[1:])

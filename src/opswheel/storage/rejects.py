"""Refused rows as a CSV a person can open: which line, which column, what stood there, and why."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ..core.csvs import safe_cell
from .ingest import Reject

_STAMP = "%Y%m%dT%H%M%S"
HEADER = ("file", "line", "column", "value", "reason")


def write_rejects(folder: Path, title: str, landed_at: datetime, number: int, rejects: Sequence[Reject]) -> None:
    """Write a file's refused rows, safe on the disk when this returns; nothing where there are none."""
    if not rejects:
        return
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{landed_at.strftime(_STAMP)}-{number:012x}.csv"
    temporary = target.with_suffix(f".{os.getpid()}.part")
    with temporary.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for reject in rejects:
            cells = (title, reject.line, reject.column, reject.value, reject.reason)
            writer.writerow([safe_cell(c) for c in cells])
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(target)


def remove_old_rejects(folder: Path, before: datetime) -> int:
    """Delete lists of refused rows, finished or not, that landed before a moment; returns how many."""
    removed = 0
    for path in sorted(folder.glob("*")):
        with contextlib.suppress(ValueError):  # a file of somebody else's stays
            if datetime.strptime(path.name.partition("-")[0], _STAMP) < before:  # noqa: DTZ007  UTC, as all of ours
                path.unlink(missing_ok=True)
                removed += 1
    return removed

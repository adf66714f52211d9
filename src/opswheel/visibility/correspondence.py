"""Files that are no tables by themselves, case e-mails and pasted case logs, made tables before they are recognised."""

from __future__ import annotations

from pathlib import Path

from . import case_log, letters


def as_table(path: Path, name: str, scratch: Path) -> Path:
    """`path` itself, or a table of what it holds; raises UnreadableFile or OverLimit where it cannot be made."""
    if letters.is_mail(path):
        return letters.case_table(path, name, scratch)
    if case_log.is_log(path):
        return case_log.case_table(path, name, scratch)
    return path

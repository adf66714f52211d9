"""Comma files with quoted cells made plain: one line for each row, tabs between cells, no quotes.

Quotes let a cell hold commas, line ends and quotes; each engine has its own opinion where people or programs
got them wrong. Here there is one: Python's. Line numbers survive: a row that took three lines is followed by
two empty ones, which the reader skips.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import OverLimit, UnreadableFile

_BLANK = str.maketrans("\t\r\n", "   ")
_CHARACTERS = 2**20


def plain_table(path: Path, name: str, separator: str, scratch: Path) -> Path:
    """A tab-separated copy of a comma (or semicolon) file.

    Raises UnreadableFile where a quote never closes, OverLimit where a cell is larger than `csv` reads.
    """
    target = scratch / f"{path.name}.tab"
    with (
        path.open("r", encoding="utf-8-sig", newline="") as text,
        target.open("w", encoding="utf-8", newline="", buffering=_CHARACTERS) as out,
    ):
        last: list[str] = []
        rows = csv.reader(_remembered(text, last), delimiter=separator)
        before = 0
        try:
            for row in rows:
                closed = rows.line_num
                out.write("\t".join(cell.translate(_BLANK) for cell in row))
                out.write("\n" * (closed - before))
                before = closed
                final, last[:] = list(last), []
        except csv.Error as failed:
            raise OverLimit(
                f"{name} has a cell of more than {csv.field_size_limit():,} characters, or a quote that never closes "
                f"(near line {before + 1}).",
                "A report has short cells; export it again.",
            ) from failed
        if before and _open_quote("".join(final), separator):
            raise UnreadableFile(
                f"{name} has a quote that never closes (near line {before - len(final) + 1}).", "Download it again."
            )
    return target


def _remembered(text: io.TextIOBase, last: list[str]) -> Iterator[str]:
    for line in text:
        last.append(line)
        yield line


def _open_quote(lines: str, separator: str) -> bool:
    if lines.count('"') % 2 == 0:
        return False
    try:
        list(csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True))
    except csv.Error as failed:
        return "unexpected end" in str(failed)
    return False

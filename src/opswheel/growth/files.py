"""Small CSV files people give the growth wheel: their columns checked, their cells read, their errors told by line."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..core.errors import OverLimit, RefusedFile, UnknownLayout, UnreadableFile

MOST_ROWS = 5_000_000
"""More rows than this are refused by name: such a file belongs into the workspace, with `load`."""


@dataclass(frozen=True)
class Field:
    """A column: its name, what it means, how a cell is read (raising ValueError), and what an empty one is.

    A required column must be there and have no empty cell, unless `may_be_empty`.
    """

    name: str
    meaning: str
    read: Callable[[str], Any]
    required: bool = False
    may_be_empty: bool = False
    empty: Any = None


def number(cell: str) -> float:
    """A finite number with a decimal point, with or without thousands commas."""
    plain = cell.replace(",", "") if _grouped(cell) else cell
    try:
        value = float(plain)
    except ValueError:
        raise ValueError("is no number; write it like 1234.50") from None
    if not math.isfinite(value) or "_" in cell:
        raise ValueError("is no number; write it like 1234.50")
    return value


def _grouped(cell: str) -> bool:
    head, *groups = cell.partition(".")[0].lstrip("-").split(",")
    return bool(groups) and head.isdigit() and 1 <= len(head) <= 3 and all(len(g) == 3 and g.isdigit() for g in groups)


def at_least_0(cell: str) -> float:
    """A number that is not negative."""
    value = number(cell)
    if value < 0:
        raise ValueError("is below 0")
    return value


def above_0(cell: str) -> float:
    """A number above 0."""
    value = number(cell)
    if value <= 0:
        raise ValueError("is not above 0")
    return value


def day(cell: str) -> date:
    """A day as 2026-11-20; the time of a moment is left off."""
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        raise ValueError("is no day; write it like 2026-11-20") from None


def word(cell: str) -> str:
    """Text as it stands."""
    return cell


def read_table(path: Path, fields: Sequence[Field], what: str, *, others: bool = False) -> dict[str, list[Any]]:
    """The columns of a CSV by name, each as long as the file has rows; an absent optional column is left out.

    `what` names the file's content in errors. With `others`, unknown columns are read as numbers (empty: None);
    without, they are refused with the nearest known name. Raises RefusedFile and its kinds, naming line and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            chosen = _columns(path, header, fields, what, others=others)
            columns: dict[str, list[Any]] = {field.name: [] for field in chosen if field is not None}
            for row in reader:
                if row and any(row):
                    _take(path, reader.line_num, row, header, chosen, columns)
    except FileNotFoundError as wrong:
        raise UnreadableFile(f"{path} is not there.", "Name a CSV file that is.") from wrong
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise UnreadableFile(f"{path.name} cannot be read: {wrong}.", "Save it as CSV in UTF-8.") from wrong
    if not any(columns.values()):
        raise UnreadableFile(f"{path.name} has no rows below its header.", f"One row for each {what}.")
    return columns


def _columns(
    path: Path, header: Sequence[str], fields: Sequence[Field], what: str, *, others: bool
) -> list[Field | None]:
    """The field behind each column of the header."""
    known = {field.name: field for field in fields}
    needed = ", ".join(field.name for field in fields if field.required)
    listed = f"It needs {needed}; it may have {', '.join(f.name for f in fields if not f.required) or 'no others'}."
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise UnknownLayout(f"{path.name} has the column {min(twice)!r} twice.", "Keep one of them.")
    missing = [field.name for field in fields if field.required and field.name not in header]
    if missing:
        near = difflib.get_close_matches(missing[0], [h for h in header if h not in known], n=1, cutoff=0.5)
        hint = f" Is {near[0]!r} meant?" if near else ""
        raise UnknownLayout(f"{path.name} has no column {missing[0]!r} for each {what}.{hint}", listed)
    for name in header:
        if name and name not in known and not others:
            near = difflib.get_close_matches(name, list(known), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UnknownLayout(f"{path.name} has a column {name!r} that nothing reads.{hint}", listed)
    return [known.get(name) or (Field(name, "", number) if name else None) for name in header]


def _take(  # noqa: PLR0913
    path: Path,
    line: int,
    row: Sequence[str],
    header: Sequence[str],
    chosen: Sequence[Field | None],
    columns: dict[str, list[Any]],
) -> None:
    if len(row) != len(header):
        raise RefusedFile(
            f"{path.name}, line {line}: {len(row)} cells under {len(header)} columns.",
            "Quote cells that hold a comma.",
        )
    for field, cell in zip(chosen, row, strict=True):
        if field is None:
            continue
        text = cell.strip()
        if text:
            try:
                columns[field.name].append(field.read(text))
            except ValueError as wrong:
                raise RefusedFile(f"{path.name}, line {line}: {field.name} {text[:40]!r} {wrong}.", "") from None
        elif field.required and not field.may_be_empty:
            raise RefusedFile(f"{path.name}, line {line}: {field.name} is empty.", "Fill it in, or leave the row out.")
        else:
            columns[field.name].append(field.empty)
    rows = len(next(iter(columns.values())))
    if rows > MOST_ROWS:
        raise OverLimit(f"{path.name} has more than {MOST_ROWS:,} rows.", "Cut it by year or by channel.")

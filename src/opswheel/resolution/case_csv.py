"""`cases.csv`: the case log of a team or an export, as rows `cases.take` merges."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from ..core.clock import DAY, parse_moment
from ..core.errors import WrongUse
from .actions import nearest
from .cases import TYPES

COLUMNS = (
    "external_id",
    "account",
    "channel",
    "type",
    "title",
    "status",
    "last_from",
    "last_at",
    "seen_at",
    "issues",
)
"""Columns of `cases.csv`; `external_id` and `channel` must be there."""
_CLOSED = {
    "type": tuple(TYPES),
    "status": ("open", "closed", "waiting_on_us", "waiting_on_them"),
    "last_from": ("us", "them"),
}
_AHEAD = DAY
"""A case cannot have moved later than a day after it was read: another zone, but no slip of the year."""


def parse(text: str, *, at: datetime) -> list[dict[str, Any]]:
    """The rows of a case log read at `at`; a bare day means its end.

    Raises WrongUse naming line and column; then no row counts.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        names = [(n or "").strip().lower() for n in reader.fieldnames or ()]
        rows = list(reader)
    except csv.Error as wrong:
        raise WrongUse(f"This is no CSV file: {wrong}.", f"Its columns are {', '.join(COLUMNS)}.") from wrong
    if unknown := [n for n in names if n not in COLUMNS]:
        raise WrongUse(f"A case log has no column {unknown[0]!r}.", nearest(unknown[0], COLUMNS))
    if missing := [n for n in ("external_id", "channel") if n not in names]:
        raise WrongUse(f"The case log has no column {missing[0]}.", f"Its columns are {', '.join(COLUMNS)}.")
    return [_row(dict(zip(names, row.values(), strict=False)), line, at) for line, row in enumerate(rows, 2)]


def _row(cells: dict[str, Any], line: int, at: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {k: (v if isinstance(v, str) else "").strip().removeprefix("'") for k, v in cells.items()}
    for name in ("external_id", "channel"):
        if not told[name]:
            raise WrongUse(f"Line {line}: {name} is empty.", "Every case has its number and its channel.")
    for name, known in _CLOSED.items():
        if told.get(name) and told[name] not in known:
            raise WrongUse(f"Line {line}: {told[name]!r} is no {name}.", nearest(told[name], known))
    for name in ("last_at", "seen_at"):
        told[name] = _moment(told.get(name, ""), name, line, at)
    try:
        told["issues"] = [int(n) for n in told.get("issues", "").replace(";", " ").split()]
    except ValueError as wrong:
        raise WrongUse(f"Line {line}: issues {told['issues']!r} are no numbers.", "Write them like 14;15.") from wrong
    return {"account": "main", **{k: v for k, v in told.items() if v not in ("", None, [])}}


def _moment(text: str, name: str, line: int, at: datetime) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_moment(text)
    except ValueError as wrong:
        raise WrongUse(f"Line {line}: {name} {text!r} is no time.", "Write it like 2026-11-20.") from wrong
    if found > at + _AHEAD:
        raise WrongUse(f"Line {line}: {name} {text} is still to come.", "Correct the day.")
    return min(found, at)

"""Pages of a list that is made whole and then stands still: a forecast, a plan, the decisions so far."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from ...core.errors import CursorOver


def begins(cursor: str | None, *of: object) -> int:
    """Where the page of a cursor begins; 0 without one.

    `of` is what the list is: the question, whose eyes, and when it was made. Raises CursorOver where that has changed.
    """
    if cursor is None:
        return 0
    mark, _, offset = cursor.partition(".")
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 12):
        raise CursorOver("This cursor is none of ours.", "Send `next_cursor` as it was given.")
    if mark != _mark(of):
        raise CursorOver(
            "The list was made anew since, or this cursor belongs to another.", "Begin again with the first page."
        )
    return int(offset)


def page(rows: Sequence[Any], start: int, limit: int, *of: object) -> tuple[list[Any], str | None]:
    """The rows of a page, and the cursor of the next; None on the last."""
    end = start + limit
    return list(rows[start:end]), f"{_mark(of)}.{end}" if end < len(rows) else None


def _mark(of: Sequence[object]) -> str:
    return hashlib.sha256(repr(of).encode("utf-8", "replace")).hexdigest()[:16]

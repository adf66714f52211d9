"""A long list in parts that one statement or one transaction may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

ASKED_AT_ONCE = 900
"""The most values one SQL statement names: older SQLite takes 999 parameters."""


def chunks(items: Sequence[T], size: int = ASKED_AT_ONCE) -> Iterator[Sequence[T]]:
    """`items` in order, at most `size` at a time; nothing where there are none."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

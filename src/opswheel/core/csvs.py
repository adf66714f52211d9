"""CSV cells that a spreadsheet will not run."""

from __future__ import annotations

_STARTERS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """`value` as a spreadsheet may hold it: text that would start a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_STARTERS):
        try:
            float(value)
        except ValueError:
            return "'" + value
    return value

"""The rows of an Arrow table as numpy arrays, nulls as NaN, None or NaT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.money import Floats

if TYPE_CHECKING:
    import pyarrow as pa


def floats(table: pa.Table, name: str, null: float = np.nan) -> Floats:
    """A numeric column as floats."""
    values = table.column(name).cast("float64").to_numpy(zero_copy_only=False).astype(float)
    return values if np.isnan(null) else np.where(np.isnan(values), null, values)


def texts(table: pa.Table, name: str) -> list[Any]:
    """A column as Python values."""
    return table.column(name).to_pylist()


def codes(*columns: list[Any]) -> tuple[np.ndarray, int]:
    """Equal rows of several columns get equal numbers, in order of first appearance."""
    seen: dict[Any, int] = {}
    numbers = np.fromiter((seen.setdefault(k, len(seen)) for k in zip(*columns, strict=True)), int, len(columns[0]))
    return numbers, len(seen)

"""What came of a forecast: units sold since on days one could buy, against the units said for the same days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from .panel import Panel

STRETCH_DAYS = 28


@dataclass(frozen=True)
class Cycle:
    """A forecast made before: of each SKU its segment, units a day, and the 80 % interval of 28 days."""

    made_at: datetime
    from_day: date
    said: dict[str, tuple[str, float, float, float]]


def measure(cycle: Cycle, panel: Panel, place: tuple[str, str], at: datetime) -> list[dict[str, Any]]:
    """One row per segment, and one for all; nothing where no day of it is over yet."""
    first = (cycle.from_day - panel.first_day).days
    last = min(first + STRETCH_DAYS, panel.days)
    if last <= first or first < 0:
        return []
    clean = (panel.clean() & ~panel.cut)[:, first:last]
    sold = (panel.units[:, first:last] * clean).sum(axis=1)
    days = clean.sum(axis=1)
    found: dict[str, list[tuple[float, float, int, bool | None]]] = {}
    for i, key in enumerate(panel.keys):
        if key[-1] not in cycle.said or not days[i]:
            continue
        segment, per_day, low, high = cycle.said[key[-1]]
        inside = bool(low <= sold[i] <= high) if days[i] == STRETCH_DAYS else None
        one = (float(sold[i]), per_day * float(days[i]), int(days[i]), inside)
        found.setdefault(segment, []).append(one)
        found.setdefault("all", []).append(one)
    return [_row(cycle, place, segment, rows, at) for segment, rows in sorted(found.items())]


def _row(cycle: Cycle, place: tuple[str, str], segment: str, rows: list[Any], at: datetime) -> dict[str, Any]:
    sold, said = (np.array([r[i] for r in rows]) for i in (0, 1))
    whole = [r[3] for r in rows if r[3] is not None]
    total = float(sold.sum())
    return {
        "account": place[0],
        "channel": place[1],
        "segment": segment,
        "made_at": cycle.made_at,
        "measured_at": at,
        "items": len(rows),
        "item_days": int(sum(r[2] for r in rows)),
        "forecast_units": float(said.sum()),
        "sold_units": total,
        "wape": float(np.abs(sold - said).sum() / total) if total else None,
        "bias": float(said.sum() / total - 1) if total else None,
        "inside": float(np.mean(whole)) if whole else None,
    }

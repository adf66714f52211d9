"""A panel out of rows of facts: one channel's listings by settled day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .panel import Panel, panel

RENAMED_GAP_DAYS, RENAMED_OVERLAP_DAYS = 31, 3
"""A SKU is taken for a renamed one if the old sold last within a month before the new first sold (assumed), and they
overlap by at most three days."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Known:
    """A channel's panel with what else is known of its listings, in the panel's order."""

    panel: Panel
    prices: tuple[float, ...]
    former: tuple[str | None, ...]
    titles: tuple[str, ...]


def known(rows: Rows, place: tuple[str, str], days: Sequence[date]) -> Known:
    """The panel of one channel. Days between the first and last told that no source covers tell nothing of anyone."""
    here = {name: [r for r in found if (r["account"], r["channel"]) == place] for name, found in rows.items()}
    listed = {r["sku"]: r for r in here["listings"] if r["said_intent"] != "off"}
    renamed = _renamed(here["former"], listed)
    sales = [(renamed.get(r["sku"], r["sku"]), r["day"], float(r["units"] or 0)) for r in here["sold"]]
    keys: list[str] = sorted({str(sku) for sku, _, _ in sales if sku in listed})
    at = {sku: i for i, sku in enumerate(keys)}
    first, last = min(days), max(days)
    width = (last - first).days + 1
    units = np.zeros((len(keys), width))
    for sku, day, n in sales:
        if sku in at and first <= day <= last:
            units[at[sku], (day - first).days] += n
    told = np.zeros(width, bool)
    told[[(d - first).days for d in days]] = True
    exposure = np.repeat(told[None, :].astype(float), len(keys), axis=0)
    cut = np.zeros(units.shape, bool)
    for span in here["blind_spans"]:
        _close(exposure, cut, span, at.get(span["sku"]), first)
    promoted = np.zeros(units.shape, bool)
    for span in here["deals"]:
        if span["sku"] in at:
            promoted[at[span["sku"]], _columns(span, first, width)] = True
    price = {r["sku"]: float(r["price"]) for r in here["prices"] if r["price"] is not None}
    worth = tuple(price.get(k) or float(listed[k]["asked"] or 0.0) for k in keys)
    made = panel(
        [(*place, k) for k in keys],
        units,
        first_day=first,
        groups=[listed[k]["category"] or "" for k in keys],
        exposure=exposure,
        cut=cut,
        promoted=promoted,
        value=np.array(worth),
    )
    olds: dict[str, str] = {new: old for old, new in renamed.items()}
    return Known(made, worth, tuple(olds.get(k) for k in keys), tuple(listed[k]["title"] or k for k in keys))


def _close(exposure: Any, cut: Any, span: Mapping[str, Any], row: int | None, first: date) -> None:
    """A stretch that tells nothing; the day before it, if open, ended early: what sold is the least that was wanted."""
    if row is None or span["from_day"] is None or span["to_day"] is None:
        return
    columns = _columns(span, first, exposure.shape[1])
    before = (span["from_day"] - first).days - 1
    if 0 <= before < exposure.shape[1] and exposure[row, before] > 0:
        cut[row, before] = True
    exposure[row, columns] = 0.0
    cut[row, columns] = False


def _columns(span: Mapping[str, Any], first: date, width: int) -> slice:
    low = (span["from_day"] - first).days
    high = (span["to_day"] - first).days + 1
    return slice(min(max(low, 0), width), min(max(high, 0), width))


def _renamed(rows: Sequence[Mapping[str, Any]], listed: Mapping[str, Any]) -> dict[str, str]:
    """Old SKU → the listing that carries on its history; where two could be the old one, neither is taken."""
    found: dict[str, list[str]] = {}
    for r in rows:
        gap = None if r["first_day"] is None else (r["first_day"] - r["last_day"]).days
        if r["sku"] in listed and (gap is None or -RENAMED_OVERLAP_DAYS <= gap <= RENAMED_GAP_DAYS):
            found.setdefault(r["sku"], []).append(r["old"])
    return {olds[0]: new for new, olds in found.items() if len(olds) == 1}

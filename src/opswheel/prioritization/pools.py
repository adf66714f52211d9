"""Stock pools from rows: units counted once, however many listings draw on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from .dates import Pool
from .inputs import Rows

STOCK_STATES = ("out_of_stock", "transfer_only")


def pools(rows: Rows, stock: Sequence[Mapping[str, Any]], inbound: Sequence[Mapping[str, Any]]) -> dict[str, Pool]:
    """Every pool that has a signal, by its subject key (`account|pool`)."""
    paces: dict[str, dict[int, float]] = defaultdict(dict)
    for i, state in enumerate(rows.state):
        if state in STOCK_STATES:
            paces[rows.subject[i]][int(rows.listing[i])] = float(rows.velocity[i])
    told: dict[tuple[str, str, str], list[tuple[int, float]]] = defaultdict(list)
    for row in inbound:
        if row["in_days"] is not None:
            told[_key(row)].append((int(row["in_days"]), float(row["units"])))
    held: dict[str, list[float]] = {}
    arrivals: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in stock:
        key = f"{row['account']}|{row['pool']}"
        if key in paces:
            held[key] = _together(held.get(key), [row[name] or 0 for name in _MOST], [row[name] for name in _SOONEST])
            arrivals[key] += told.get(_key(row), [])
    return {key: _pool(numbers, arrivals[key], fsum(paces[key].values())) for key, numbers in held.items()}


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return (row["account"], row["channel"], row["sku"])


_MOST = ("sellable_units", "transfer_units", "inbound_receiving_units", "inbound_shipped_units")
_SOONEST = ("receiving_arrives_days", "shipped_arrives_days", "fastest_days")


def _together(numbers: list[float] | None, most: list[float], soonest: list[float]) -> list[float]:
    """Listings of one pool tell the same units: the most of them, and the soonest days."""
    if numbers is None:
        return most + soonest
    merged = [max(a, b) for a, b in zip(numbers, most, strict=False)]
    return merged + [min(a, b) for a, b in zip(numbers[len(most) :], soonest, strict=True)]


def _pool(numbers: list[float], told: list[tuple[int, float]], pace: float) -> Pool:
    """One pool. Arrivals from our own list, else from what the report says is on its way; units in transfer are
    at the marketplace already and on no list of ours."""
    sellable, transfer, receiving, shipped, receiving_days, shipped_days, fastest = numbers
    reported = [(int(receiving_days), receiving), (int(shipped_days), shipped)]
    arrivals = [*(told or reported), (int(receiving_days), transfer)]
    coming = tuple(sorted((days, float(units)) for days, units in arrivals if units > 0))
    return Pool(float(sellable), pace, coming, int(fastest))

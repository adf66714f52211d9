"""Promises kept: late deliveries, late hand-overs, and what lateness does to review scores."""

from __future__ import annotations

import numpy as np

from ...core.money import Floats
from .figures import Figure
from .intervals import mean_t, wilson


def late(done: np.ndarray, promised: np.ndarray, *, by_day: bool = True) -> np.ndarray:
    """Whether each was done after its promise, by calendar day or to the moment; both are numpy datetimes.

    A promise for a day is a promise for all of it: compared to the moment, a delivery at noon of the promised day
    would count as late where the promise is written as midnight.
    """
    if by_day:
        done, promised = done.astype("datetime64[D]"), promised.astype("datetime64[D]")
    found: np.ndarray = done > promised
    return found


def late_share(channel: str, is_late: np.ndarray, *, name: str = "late_delivery_rate", title: str = "") -> Figure:
    """The share that came late, with Wilson's interval."""
    n, hits = len(is_late), int(is_late.sum())
    low, high = wilson(hits, n)
    return Figure(
        name,
        title or "Late delivery rate",
        channel,
        "share",
        hits / n,
        low,
        high,
        n,
        "deliveries",
        "Wilson",
        note="late by calendar day",
    )


def scores_by_lateness(is_late: np.ndarray, stars: Floats) -> dict[str, tuple[float, float, float]]:
    """Mean stars with their t interval for orders on time and late. Late orders differ in other ways too."""
    found = {}
    for words, rows in (("on time", ~is_late), ("late", is_late)):
        chosen = stars[rows]
        if len(chosen):
            found[words] = mean_t(len(chosen), float(chosen.sum()), float(chosen @ chosen))
    return found


def contested_share(channel: str, sellers: np.ndarray, products: np.ndarray) -> Figure:
    """The share of products more than one seller sold: where sellers compete for the same listing."""
    pairs = np.unique(np.column_stack([products, sellers]), axis=0)
    counts = np.unique(pairs[:, 0], return_counts=True)[1]
    hits, n = int((counts > 1).sum()), len(counts)
    low, high = wilson(hits, n)
    return Figure(
        "contested_products",
        "Products of more than one seller",
        channel,
        "share",
        hits / n,
        low,
        high,
        n,
        "products",
        "Wilson",
    )

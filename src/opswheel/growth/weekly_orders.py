"""Weekly drivers out of a file of orders with customers: new and returning buyers, baskets, sellers and selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from ..core.errors import WrongUse
from .kpis.files import OrderBook
from .kpis.purchases import Purchases
from .weekly import Drivers, complete
from .wheel import Wheel

YEAR_DAYS = 364
KNOWN_AFTER_DAYS = 182
"""So long after the file begins, returning customers of the time before have mostly shown up: assumed."""


def drivers(book: OrderBook, wheel: Wheel, channel: str | None) -> Drivers:
    """The drivers of `wheel` that one channel's orders give, by whole weeks from Monday.

    The first and the last week are left out where they are not whole. Buyers of the time before the file look new, so
    new and returning orders are left empty for its first half year, and the base of buyers for its first year.
    """
    names = sorted(book.purchases)
    chosen = channel if channel is not None else names[0] if len(names) == 1 else None
    if chosen not in book.purchases:
        raise WrongUse(
            f"The orders are of {len(names)} channels, and a wheel is that of one.",
            f"Say which: --channel {' or '.join(names)}.",
        )
    seen = book.purchases[chosen]
    weeks = _weeks(seen)
    told = _levels(seen, weeks, book.offered.get(chosen, {})) if weeks else {}
    levels = {name: values for name, (values, _) in told.items() if name in wheel.names}
    return complete(
        Drivers(
            tuple(weeks),
            levels,
            {},
            None,
            {name: words for name, (_, words) in told.items() if name in levels},
            {n: "orders do not tell it" for n in wheel.names if n not in levels},
        ),
        wheel,
    )


def _weeks(seen: Purchases) -> list[date]:
    """Mondays of the whole weeks."""
    if not len(seen):
        return []
    first, last = (date.fromordinal(int(d)) for d in (seen.day.min(), seen.day.max()))
    monday = first + timedelta(days=-first.weekday() % 7)
    found = []
    while monday + timedelta(days=6) <= last:
        found.append(monday)
        monday += timedelta(days=7)
    return found


def _levels(
    seen: Purchases, weeks: Sequence[date], offered: Mapping[int, tuple[int, int]]
) -> dict[str, tuple[list[float | None], str]]:
    starts = np.array([w.toordinal() for w in weeks])
    at = (seen.day - starts[0]) // 7
    inside = (seen.day >= starts[0]) & (at < len(weeks))

    def counted(keep: np.ndarray, weigh: np.ndarray | None = None) -> list[float | None]:
        rows = inside & keep
        weights = None if weigh is None else weigh[rows]
        return [float(v) for v in np.bincount(at[rows], weights, minlength=len(weeks))]

    everyone = np.ones(len(seen), bool)
    orders, sales = counted(everyone), counted(everyone, seen.amount)
    found: dict[str, tuple[list[float | None], str]] = {
        "sales": (sales, "what orders brought"),
        "basket": (
            [s / n if n else None for s, n in zip(sales, orders, strict=True) if s is not None],
            "sales ÷ orders",
        ),
    }
    if (seen.customer >= 0).any():
        first = _firsts(seen)
        again = (seen.customer >= 0) & ~first
        found["new"] = (_after(starts, seen, KNOWN_AFTER_DAYS, counted(first)), "first orders of customers")
        found["repeat"] = (_after(starts, seen, KNOWN_AFTER_DAYS, counted(again)), "orders of customers who came back")
        buyers: list[float | None] = [_buyers(seen, int(s)) for s in starts]
        found["base"] = (_after(starts, seen, YEAR_DAYS, buyers), "customers with an order in the year before the week")
    if offered:
        for i, name in enumerate(("sellers", "selection")):
            values: list[float | None] = [float(offered.get(int(s), (0, 0))[i]) or None for s in starts]
            found[name] = (values, f"{'sellers' if i == 0 else 'products'} with a sale in the week")
    return found


def _after(starts: np.ndarray, seen: Purchases, days: int, values: list[float | None]) -> list[float | None]:
    """The values of weeks that begin at least so many days after the file does."""
    known = starts >= int(seen.day.min()) + days
    return [value if ok else None for value, ok in zip(values, known, strict=True)]


def _firsts(seen: Purchases) -> np.ndarray:
    """Whether each order is its customer's first."""
    order = np.lexsort((np.arange(len(seen)), seen.day))
    _, at = np.unique(seen.customer[order], return_index=True)
    first = np.zeros(len(seen), bool)
    first[order[at]] = True
    return np.asarray(first & (seen.customer >= 0))


def _buyers(seen: Purchases, start: int) -> float:
    rows = (seen.day < start) & (seen.day >= start - YEAR_DAYS) & (seen.customer >= 0)
    return float(len(np.unique(seen.customer[rows])))

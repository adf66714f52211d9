"""Orders by customer, and what follows from them: repeat purchase rate, order value, returns, cancellations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from ...core.money import Floats
from .figures import Figure, unseen
from .intervals import change, mean_t, normal_quantile, wilson

YEAR_DAYS = 364
"""Fifty-two weeks: the same weekdays a year earlier."""
FEWEST_WINDOW_DAYS = 56
CANCELLED = ("cancelled", "canceled", "unavailable")


@dataclass(frozen=True)
class Purchases:
    """The orders of one channel, one entry each: customer number, day as an ordinal, amount above 0.

    A customer number below 0 is an order nobody is known to have placed. `returned` is the sum of the negative rows,
    as a positive amount, `returned_rows` their count; `cancelled` counts orders that were cancelled: they are in
    none of the arrays. `rows` are the rows of sales behind the orders.
    """

    channel: str
    currency: str
    customer: np.ndarray
    day: np.ndarray
    amount: Floats
    rows: int
    returned: float = 0.0
    returned_rows: int = 0
    returned_orders: int = 0
    cancelled: int = 0

    def __len__(self) -> int:
        return len(self.amount)

    def between(self, first: int, last: int) -> Purchases:
        """The orders of some days, both ends included."""
        return self.where((self.day >= first) & (self.day <= last))

    def where(self, keep: np.ndarray) -> Purchases:
        """Some of the orders."""
        return replace(self, customer=self.customer[keep], day=self.day[keep], amount=self.amount[keep])

    @property
    def known(self) -> Purchases:
        """The orders whose customer is known."""
        return self.where(self.customer >= 0)


def gather(  # noqa: PLR0913
    channel: str,
    currency: str,
    customers: Sequence[Any],
    orders: Sequence[Any],
    days: Sequence[int],
    amounts: Sequence[float],
    *,
    statuses: Sequence[str | None] | None = None,
) -> Purchases:
    """Rows to orders: rows of the same order add up; rows without an amount above 0 are no sale.

    An order's customer and day are those of its first row of sales. `customers` may hold None.
    """
    amount = np.asarray(amounts, float)
    sold, back = amount > 0, amount < 0
    off = np.array([s is not None and s.lower() in CANCELLED for s in statuses], bool) if statuses else ~(sold | ~sold)
    names, number = np.unique(np.array([str(o) for o in orders], dtype=object), return_inverse=True)
    people = {name: i for i, name in enumerate(dict.fromkeys(c for c in customers if c is not None))}
    person = np.array([-1 if c is None else people[c] for c in customers], np.int64)
    counts = sold & ~off
    totals = np.bincount(number[counts], amount[counts], len(names)).astype(np.float64)
    has, first = np.unique(number[counts], return_index=True)
    return Purchases(
        channel=channel,
        currency=currency,
        customer=person[counts][first],
        day=np.asarray(days, np.int64)[counts][first],
        amount=totals[has],
        rows=int(counts.sum()),
        returned=float(-amount[back].sum()),
        returned_rows=int(back.sum()),
        returned_orders=len(np.unique(number[back])),
        cancelled=len(np.unique(number[off])),
    )


def repeat_rate(seen: Purchases) -> Figure:
    """The share of known customers with more than one order, over all that is loaded, with Wilson's interval."""
    name, title = "repeat_purchase_rate", "Repeat purchase rate"
    known = seen.known
    if not len(known):
        return unseen(
            name,
            title,
            seen.channel,
            "share",
            because="no order names its customer",
            would_be="if a file of orders with a customer column is given: --orders FILE",
        )
    counts = np.unique(known.customer, return_counts=True)[1]
    again, n = int((counts > 1).sum()), len(counts)
    low, high = wilson(again, n)
    return Figure(
        name,
        title,
        seen.channel,
        "share",
        again / n,
        low,
        high,
        n,
        "customers",
        "Wilson",
        note=f"{again:,} of {n:,} customers; those who came lately had little time to come back",
    )


def order_value(seen: Purchases) -> Figure:
    """Mean value of an order, with a t interval."""
    name, title = "average_order_value", "Average order value"
    if not len(seen):
        return unseen(
            name,
            title,
            seen.channel,
            "money",
            because="there is no order with an amount above 0",
            would_be="if orders with prices are loaded",
        )
    mean, low, high = mean_t(len(seen), float(seen.amount.sum()), float(seen.amount @ seen.amount))
    return Figure(
        name, title, seen.channel, "money", mean, *_closed(low, high), len(seen), "orders", "t", currency=seen.currency
    )


def _closed(low: float, high: float) -> tuple[float | None, float | None]:
    return (low, high) if np.isfinite(low) else (None, None)


def year_apart(seen: Purchases) -> tuple[Purchases, Purchases] | None:
    """The latest days and the same days a year earlier, as many as both years have; None below eight weeks."""
    if not len(seen):
        return None
    first, last = int(seen.day.min()), int(seen.day.max())
    window = min(YEAR_DAYS, last - first + 1 - YEAR_DAYS)
    if window < FEWEST_WINDOW_DAYS:
        return None
    now = seen.between(last - window + 1, last)
    before = seen.between(last - window + 1 - YEAR_DAYS, last - YEAR_DAYS)
    return (now, before) if min(len(now), len(before)) >= 2 else None


def too_short(name: str, title: str, seen: Purchases) -> Figure:
    """The answer where no year can be compared with the one before it."""
    days = int(seen.day.max() - seen.day.min() + 1) if len(seen) else 0
    return unseen(
        name,
        title,
        seen.channel,
        "growth",
        because=f"orders cover {days} days, and a year ago must be among them",
        would_be=f"if orders of {YEAR_DAYS + FEWEST_WINDOW_DAYS} days or more are loaded",
    )


def order_value_growth(seen: Purchases) -> Figure:
    """Mean order value of the latest days against the same days a year earlier."""
    name, title = "average_order_value_growth", "Average order value, year on year"
    pair = year_apart(seen)
    if pair is None:
        return too_short(name, title, seen)
    z = normal_quantile()
    means = [(f.value or 0.0, ((f.high or 0.0) - (f.low or 0.0)) / (2 * z)) for f in map(order_value, pair)]
    value, low, high = change(*means[0], *means[1])
    days = int(pair[0].day.max() - pair[0].day.min() + 1)
    return Figure(
        name,
        title,
        seen.channel,
        "growth",
        value,
        low,
        high,
        len(pair[0]) + len(pair[1]),
        "orders",
        "delta, log scale",
        note=f"the latest {days} days against the same days a year earlier",
    )


def return_share(seen: Purchases) -> Figure:
    """What went back as a share of what was sold, by value: refunds against gross sales of the same rows."""
    name, title = "return_rate", "Return rate, by value"
    sales = float(seen.amount.sum())
    if seen.returned_rows == 0 or sales <= 0:
        return unseen(
            name,
            title,
            seen.channel,
            "share",
            because="no row is a return",
            would_be="if returns are in the file as rows with a negative amount",
        )
    share = min(1.0, seen.returned / sales)
    orders = max(len(seen), seen.returned_orders)
    half = normal_quantile() * share * sqrt(1 / seen.returned_orders + 1 / orders)
    return Figure(
        name,
        title,
        seen.channel,
        "share",
        share,
        max(0.0, share - half),
        share + half,
        seen.returned_orders,
        "returns",
        "Poisson number of returns",
        note=f"{seen.returned_rows:,} rows of {seen.returned_orders:,} orders",
    )


def cancel_share(seen: Purchases) -> Figure:
    """Cancelled and unavailable orders as a share of all orders placed."""
    name, title = "cancellation_rate", "Cancellation rate"
    placed = len(seen) + seen.cancelled
    low, high = wilson(seen.cancelled, placed)
    return Figure(name, title, seen.channel, "share", seen.cancelled / placed, low, high, placed, "orders", "Wilson")

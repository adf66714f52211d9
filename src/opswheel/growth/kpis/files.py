"""The two files key figures are read from where no report tells them: orders with their customers, and surveys.

Both stay in memory only: nothing of a customer is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import RefusedFile
from ..files import Field, day, number, read_table, word
from .delivery import contested_share, late, late_share
from .figures import Figure
from .purchases import Purchases, gather
from .satisfaction import from_answers, from_stars

EVERYWHERE = "all"
"""Channel of rows whose file names none."""

ORDER_FIELDS: tuple[Field, ...] = (
    Field("customer", "who ordered: any id that stays the same; empty where unknown", word, True, may_be_empty=True),
    Field("order", "the order's id; rows of the same order add up", word, True),
    Field("day", "day of the order", day, True),
    Field("amount", "what the row brought, in whole currency units; negative for a return", number, True),
    Field("channel", "channel, such as amazon:US; one for the file if absent", word),
    Field("currency", "ISO 4217 code; the workspace's reporting currency if absent", word),
    Field("status", "`cancelled` or `unavailable` keeps an order out of sales and counts it as cancelled", word),
    Field("promised", "day the delivery was promised for", day),
    Field("delivered", "day it was delivered", day),
    Field("seller", "who sold it, on a marketplace of several sellers", word),
    Field("product", "what was sold", word),
)


def _answer(cell: str) -> int:
    if cell.isdigit() and int(cell) <= 10:
        return int(cell)
    raise ValueError("is no answer from 0 to 10")


def _star(cell: str) -> int:
    if cell in ("1", "2", "3", "4", "5"):
        return int(cell)
    raise ValueError("is no number of stars from 1 to 5")


SURVEY_FIELDS: tuple[Field, ...] = (
    Field("score", "answer from 0 to 10 to: how likely are you to recommend us", _answer),
    Field("stars", "stars from 1 to 5, where no survey asks: gives a proxy", _star),
    Field("channel", "channel; one for the file if absent", word),
    Field("day", "day of the answer", day),
)


@dataclass(frozen=True)
class OrderBook:
    """Orders by channel, the figures their further columns give, and (sellers, products) by Monday and channel."""

    purchases: dict[str, Purchases]
    figures: list[Figure]
    offered: dict[str, dict[int, tuple[int, int]]]


def read_orders(path: Path, reporting_currency: str) -> OrderBook:
    """The orders of a CSV with `ORDER_FIELDS`, by channel. Raises RefusedFile naming line and column."""
    columns = read_table(path, ORDER_FIELDS, "order")
    return order_book(path.name, columns, reporting_currency)


def order_book(name: str, columns: Mapping[str, Sequence[Any]], reporting_currency: str) -> OrderBook:
    """The same from columns; `name` stands in errors. A channel in two currencies is refused."""
    n = len(columns["order"])
    channels = _by_channel(columns.get("channel") or [None] * n)
    purchases, figures, shown = {}, [], {}
    for channel, rows in channels.items():
        part = {key: [values[i] for i in rows] for key, values in columns.items()}
        purchases[channel] = gather(
            channel,
            _currency(name, channel, part.get("currency"), reporting_currency),
            part["customer"],
            part["order"],
            [d.toordinal() for d in part["day"]],
            part["amount"],
            statuses=part.get("status"),
        )
        figures += _deliveries(channel, part) + _contested(channel, part)
        if "seller" in part and "product" in part:
            shown[channel] = offered(part["day"], part["seller"], part["product"])
    return OrderBook(purchases, figures, shown)


def _by_channel(names: Sequence[str | None]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        rows[name or EVERYWHERE].append(i)
    return dict(sorted(rows.items()))


def _currency(name: str, channel: str, codes: Sequence[str | None] | None, reporting: str) -> str:
    found = sorted({c for c in codes or () if c})
    if len(found) > 1:
        raise RefusedFile(
            f"{name}: the orders of {channel} are in {' and '.join(found)}.",
            "Convert them to one currency, or give each its own channel.",
        )
    return found[0] if found else reporting


def _deliveries(channel: str, part: Mapping[str, Sequence[Any]]) -> list[Figure]:
    """Late deliveries, one row for each order that has both days."""
    pairs: dict[Any, tuple[date, date]] = {}
    if "promised" in part and "delivered" in part:
        for order, promised, delivered in zip(part["order"], part["promised"], part["delivered"], strict=True):
            if promised is not None and delivered is not None:
                pairs[order] = (delivered, promised)
    if not pairs:
        return []
    both = np.array(list(pairs.values()), dtype="datetime64[D]")
    return [late_share(channel, late(both[:, 0], both[:, 1]))]


def _contested(channel: str, part: Mapping[str, Sequence[Any]]) -> list[Figure]:
    if "seller" not in part or "product" not in part:
        return []
    pairs = [(s, p) for s, p in zip(part["seller"], part["product"], strict=True) if s and p]
    if len({s for s, _ in pairs}) < 2:
        return []
    sellers, products = (np.unique(np.array(v, dtype=object), return_inverse=True)[1] for v in zip(*pairs, strict=True))
    return [contested_share(channel, sellers, products)]


def offered(days: Sequence[date], sellers: Sequence[Any], products: Sequence[Any]) -> dict[int, tuple[int, int]]:
    """How many sellers and products had a sale in each week, by the ordinal of its Monday."""
    found: dict[int, tuple[set[Any], set[Any]]] = defaultdict(lambda: (set(), set()))
    for at, seller, product in zip(days, sellers, products, strict=True):
        pair = found[at.toordinal() - at.weekday()]
        pair[0].add(seller)
        pair[1].add(product)
    return {week: (len(s - {None}), len(p - {None})) for week, (s, p) in found.items()}


def read_surveys(path: Path) -> dict[str, Figure]:
    """Net Promoter Score by channel from a CSV with `score`, or its proxy from `stars`."""
    columns = read_table(path, SURVEY_FIELDS, "answer")
    kind = "score" if "score" in columns else "stars"
    if kind not in columns or all(v is None for v in columns[kind]):
        raise RefusedFile(f"{path.name} has no answers.", "It needs a column score (0 to 10) or stars (1 to 5).")
    make = from_answers if kind == "score" else from_stars
    found = {}
    for channel, rows in _by_channel(columns.get("channel") or [None] * len(columns[kind])).items():
        told = [columns[kind][i] for i in rows if columns[kind][i] is not None]
        if told:
            found[channel] = make(channel, told)
    return found

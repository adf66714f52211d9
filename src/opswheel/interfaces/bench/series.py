"""Daily series for the benchmark `forecast`: from folders of real shops, from a file of one's own, or made up.

A file has the columns `series`, `day`, `units` and may have `value` (what a unit brings) and `group`; CSV or Parquet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import WrongUse
from ...planning.panel import Panel, panel

UCI = """
    SELECT StockCode AS series, '' AS "group", InvoiceDate::DATE AS day, sum(Quantity)::DOUBLE AS units,
           sum(Quantity * UnitPrice) AS earned
    FROM '{path}/uci_online_retail/online_retail.parquet'
    WHERE Quantity > 0 AND UnitPrice > 0 AND regexp_matches(StockCode, '^[0-9]') GROUP BY ALL"""
OLIST = """
    SELECT {key}::VARCHAR AS series, '' AS "group", order_purchase_timestamp::DATE AS day,
           count(*)::DOUBLE AS units, sum(price_cents) / 100.0 AS earned
    FROM '{path}/olist/order_items.parquet' JOIN '{path}/olist/orders.parquet' USING (order_no)
    JOIN '{path}/olist/products.parquet' USING (product_no)
    WHERE order_status NOT IN ('canceled', 'unavailable') AND order_purchase_timestamp >= '2017-01-05'
      AND {key} IS NOT NULL
    GROUP BY ALL"""
OWN = """
    SELECT series::VARCHAR AS series, {group} AS "group", day::DATE AS day, sum(units)::DOUBLE AS units,
           sum(units * {value})::DOUBLE AS earned
    FROM '{path}' GROUP BY ALL"""
LAST_WHOLE_DAY = {"uci": date(2011, 12, 8), "olist": date(2018, 8, 28)}
"""The last day of the first ends at noon; after the last of the second orders are missing, not absent."""


@dataclass(frozen=True)
class Shop:
    """A set of daily series with a name."""

    name: str
    panel: Panel


def shops(where: Path | None) -> Iterator[Shop]:
    """Every shop found in `where`: a folder with real ones, or one file; without it a made-up one."""
    if where is None:
        yield made_up()
        return
    if not where.exists():
        raise WrongUse(f"{where} is not there.", "--data takes a folder of shops, or a file: series, day, units.")
    if where.is_file():
        yield Shop(where.stem, _read(_own(where), None))
        return
    found = False
    if (where / "uci_online_retail" / "online_retail.parquet").exists():
        found = True
        yield Shop("uci items", _read(UCI.format(path=where), LAST_WHOLE_DAY["uci"]))
    if (where / "olist" / "orders.parquet").exists():
        found = True
        keys = {"products": "product_no", "sellers": "seller_no", "categories": "product_category_name_english"}
        for name, key in keys.items():
            yield Shop(f"olist {name}", _read(OLIST.format(path=where, key=key), LAST_WHOLE_DAY["olist"]))
    if not found:
        raise WrongUse(f"{where} holds no shop we know.", "It needs uci_online_retail/ or olist/; or give one file.")


def _own(path: Path) -> str:
    import duckdb

    have = {r[0] for r in duckdb.connect().execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()}
    if missing := {"series", "day", "units"} - have:
        raise WrongUse(f"{path} lacks {', '.join(sorted(missing))}.", "It needs the columns series, day, units.")
    group = '"group"::VARCHAR' if "group" in have else "''"
    return OWN.format(path=path, group=group, value="value" if "value" in have else "1.0")


def _read(sql: str, last: date | None) -> Panel:
    import duckdb

    rows = duckdb.connect().execute(f"SELECT * FROM ({sql}) ORDER BY series, day").fetchall()
    return _panel([r for r in rows if last is None or r[2] <= last])


def _panel(rows: list[tuple[Any, ...]]) -> Panel:
    keys = sorted({r[0] for r in rows})
    at = {key: i for i, key in enumerate(keys)}
    first, last = min(r[2] for r in rows), max(r[2] for r in rows)
    units, earned = np.zeros((len(keys), (last - first).days + 1)), np.zeros(len(keys))
    groups = [""] * len(keys)
    for key, group, day, n, money in rows:
        units[at[key], (day - first).days] += n
        earned[at[key]] += money
        groups[at[key]] = group or ""
    value = earned / np.maximum(units.sum(axis=1), 1)
    return panel(keys, units, first_day=first, groups=groups, value=value)


def made_up(items: int = 600, days: int = 420, seed: int = 11) -> Shop:
    """Items from rare to fast, some in orders of many units, with weekdays, drifting levels and a closed Christmas."""
    rng = np.random.default_rng(seed)
    first = date(2025, 1, 6)
    base = np.exp(rng.normal(-0.5, 1.4, items))
    drift = np.exp(np.cumsum(rng.normal(0, 0.015, (items, days)), axis=1))
    week = np.array([1.1, 1.0, 0.95, 0.95, 1.05, 1.05, 0.9])
    weekday = week[(first.weekday() + np.arange(days)) % 7]
    mean = base[:, None] * drift * weekday
    size = rng.choice([0.5, 1.0, 3.0], items)[:, None] * np.ones_like(mean)
    units = rng.poisson(mean * rng.gamma(size, 1 / size))
    for i in range(days):
        if (first + timedelta(days=i)).timetuple()[1:3] == (12, 25):
            units[:, i] = 0
    value = np.exp(rng.normal(3, 0.7, items))
    return Shop("made up", panel([f"S{i:04d}" for i in range(items)], units, first_day=first, value=value))

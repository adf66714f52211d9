"""The shape figures of `world.toml`, read off real shops: spread of revenue, sparsity, week, season, lateness.

    python -m opswheel.simulation.calibration ../shared/data

prints what the folders `olist` and `uci_online_retail` below it say. Either may be absent; what is absent is told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

SPARSE_UNITS_PER_DAY = 1.0
UCI = "uci_online_retail/online_retail.parquet"
OLIST = ("olist/order_items.parquet", "olist/orders.parquet")

_UCI_LINES = """
SELECT StockCode AS sku, InvoiceDate::DATE AS day, Quantity AS units, Quantity * UnitPrice AS sales, UnitPrice AS price
FROM read_parquet(?) WHERE Quantity > 0 AND UnitPrice > 0 AND NOT starts_with(InvoiceNo, 'C')
"""
_OLIST_LINES = """
SELECT i.product_no AS sku, o.order_purchase_timestamp::DATE AS day, 1 AS units, i.price_cents / 100 AS sales,
       i.price_cents / 100 AS price
FROM read_parquet(?) i JOIN read_parquet(?) o USING (order_no)
WHERE o.order_status NOT IN ('canceled', 'unavailable')
  AND o.order_purchase_timestamp::DATE BETWEEN DATE '2017-02-01' AND DATE '2018-08-28'
"""
_SHAPE = """
WITH per_sku AS (
  SELECT sku, sum(sales) AS sales, sum(units) AS units, min(day) AS first, max(day) AS last, count(DISTINCT day) AS sold
  FROM lines GROUP BY sku
), span AS (SELECT min(day) AS first, max(day) AS last, max(day) - min(day) + 1 AS days FROM lines)
SELECT count(*) AS skus,
       stddev_samp(ln(per_sku.sales)) AS revenue_log_sd,
       avg((per_sku.units < ? * span.days)::INT) AS share_under_a_unit_a_day,
       1 - sum(sold) / (count(*) * any_value(span.days)) AS share_of_days_without_a_sale,
       avg((per_sku.last < span.last - 90)::INT) AS share_without_a_sale_in_the_last_90_days,
       avg((per_sku.first > span.last - 90)::INT) AS share_first_sold_in_the_last_90_days
FROM per_sku, span
"""
_WEEK = "SELECT isodow(day) AS part, sum(units) FROM lines GROUP BY part ORDER BY part"
_MONTH = "SELECT strftime(day, '%Y-%m') AS part, sum(units) FROM lines GROUP BY part ORDER BY part"
_PRICE = "SELECT median(price), stddev_samp(ln(price)) FROM lines"
_LATE = """
SELECT avg((order_delivered_customer_date > order_estimated_delivery_date)::INT) FROM read_parquet(?)
WHERE order_status = 'delivered' AND order_delivered_customer_date IS NOT NULL
"""

Figures = dict[str, float | list[float]]


def uci(data: Path) -> Figures | None:
    """Shape of the UK gift retailer's year (December 2010 to 9 December 2011); None where the file is absent."""
    path = data / UCI
    return _shape(_UCI_LINES, [path], data) if path.exists() else None


def olist(data: Path) -> Figures | None:
    """Shape of the Brazilian marketplace, February 2017 to 28 August 2018; None where a file is absent.

    The first months are a launch and what follows is censored, so neither is read.
    """
    paths = [data / name for name in OLIST]
    if not all(p.exists() for p in paths):
        return None
    late = _rows(_LATE, [str(paths[1])], data)[0][0]
    return _shape(_OLIST_LINES, paths, data) | {"share_delivered_late": round(float(late), 4)}


def _shape(lines: str, paths: Sequence[Path], data: Path) -> Figures:
    from ..storage.duck import connect

    connection = connect(directories=[data.resolve()])
    try:
        connection.execute(f"CREATE TEMP TABLE lines AS {lines}", [str(p.resolve()) for p in paths])
        cursor = connection.execute(_SHAPE, [SPARSE_UNITS_PER_DAY])
        names = [c[0] for c in cursor.description or ()]
        told: Figures = dict(zip(names, (round(float(v), 4) for v in cursor.fetchone() or ()), strict=True))
        week, month = (connection.execute(q).fetchall() for q in (_WEEK, _MONTH))
        price, spread = connection.execute(_PRICE).fetchone() or (0.0, 0.0)
    finally:
        connection.close()
    mean_day = sum(float(n) for _, n in week) / 7
    whole = [float(n) for _, n in month][:-1]  # the last month is not whole in either file
    told["week_from_monday"] = _factors({int(at): float(n) / mean_day for at, n in week}, range(1, 8))
    told["best_month_over_mean"] = round(max(whole) * len(whole) / sum(whole), 3)
    told["price_median"] = round(float(price), 2)
    told["price_log_sd"] = round(float(spread), 3)
    return told


def _factors(found: dict[int, float], keys: range) -> list[float]:
    return [round(found.get(k, 0.0), 3) for k in keys]


def _rows(query: str, values: list[str], data: Path) -> list[tuple[float, ...]]:
    from ..storage.duck import connect

    connection = connect(directories=[data.resolve()])
    try:
        return connection.execute(query, [str(Path(v).resolve()) for v in values]).fetchall()
    finally:
        connection.close()


def main(arguments: Sequence[str]) -> int:
    """Print both shapes as JSON; status 2 where neither lies there."""
    data = Path(arguments[0]) if arguments else Path("../shared/data")
    found = {"olist": olist(data), "uci_online_retail": uci(data)}
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if any(found.values()) else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

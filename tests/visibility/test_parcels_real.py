"""Real deliveries of a marketplace (Olist), loaded as parcels.csv, are late as often as is known of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from ..loading import Shop

OLIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "olist"


@pytest.mark.skipif(not OLIST.is_dir(), reason=f"the real orders are not here: {OLIST}")
def test_olist_loaded_as_parcels_is_late_to_the_digit(tmp_path: Path) -> None:
    table = pq.read_table(OLIST / "orders.parquet")
    came = table.filter(table.column("order_delivered_customer_date").is_valid())
    came = came.filter([str(s) == "delivered" for s in came.column("order_status").to_pylist()])
    names = {"order_no": "order_id", "order_purchase_timestamp": "shipped_at",
             "order_estimated_delivery_date": "promised_by", "order_delivered_customer_date": "delivered_at",
             "customer_state": "path"}  # fmt: skip
    chosen = came.select(list(names)).rename_columns(list(names.values()))
    chosen = chosen.set_column(4, "path", chosen.column("path").cast("string"))
    folder = tmp_path / "files"
    folder.mkdir()
    csv.write_csv(chosen, folder / "parcels-2018-11-01.csv")
    shop = Shop(tmp_path)
    (done,) = shop.load(folder / "parcels-2018-11-01.csv", channel="shopify:main")
    assert (done.status, done.rows, done.rejected) == ("loaded", 96_470, 0)
    rows = shop.rows("parcels", "promised_at", "delivered_at", "promised_day", "delivered_day")
    assert sum(came_at > by for by, came_at, _, _ in rows) == 7_826
    assert sum(day > by for _, _, by, day in rows) == 6_534

"""A workspace in a temporary folder: report text in, what the loader made of it out."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from opswheel.core.clock import PinnedClock
from opswheel.core.contracts import COVERAGE, DELIVERIES
from opswheel.core.settings import Settings
from opswheel.storage.duck import DuckEngine
from opswheel.storage.lake import Lake, LakeFile, files_at, manifest_version
from opswheel.storage.ledger import Ledger
from opswheel.visibility.arrival import Stated
from opswheel.wheel import inputs
from opswheel.wheel.loading import FileResult, Loader, Said

MORNING = datetime.fromisoformat("2026-11-22 16:00:00")
"""08:00 in Los Angeles on 22 November 2026."""
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "amazon"
"""Real files that lie beside the repository on some machines; tests that need them are skipped elsewhere."""


class FreeClock:
    """A clock that a person did not pin, but that stands still all the same."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.pinned = False

    def now(self) -> datetime:
        """The moment."""
        return self.at

    def wall(self) -> datetime:
        """The same."""
        return self.at


@cache
def _prepared() -> bytes:
    """An empty ledger with its tables; making them takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        made = Ledger(f"sqlite:///{folder}/ledger.db")
        made.prepare()
        made.close()
        return (Path(folder) / "ledger.db").read_bytes()


def _fresh_ledger(path: Path) -> Ledger:
    path.write_bytes(_prepared())
    return Ledger(f"sqlite:///{path}")


class Shop:
    """One workspace. Files are put below `reports/`; `now` may be moved between loads."""

    def __init__(self, folder: Path, *, ledger: Ledger | None = None, settings: Settings | None = None) -> None:
        self.folder = folder
        self.reports = folder / "reports"
        self.settings = settings or Settings()
        self.ledger = ledger or _fresh_ledger(folder / "ledger.db")
        self.lake = Lake(folder / "lake")
        self.rejects_folder = folder / "rejects"
        self.now = MORNING
        self.pinned = True

    def put(self, name: str, content: str | bytes, *, modified: datetime | None = None) -> Path:
        """Write a report file; text is UTF-8 with the line ends it has."""
        path = self.reports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if modified:
            stamp = modified.replace(tzinfo=UTC).timestamp()
            os.utime(path, (stamp, stamp))
        return path

    def loader(self) -> Loader:
        """A loader on this workspace."""
        return Loader(
            lake=self.lake,
            ledger=self.ledger,
            rejects=self.rejects_folder,
            settings=self.settings,
            clock=PinnedClock(self.now) if self.pinned else FreeClock(self.now),
            key="a key",
        )

    def load(
        self,
        *paths: Path,
        channel: str = "",
        day: date | None = None,
        between: tuple[date, date] | None = None,
        accept: bool = False,
        account: str = "main",
    ) -> list[FileResult]:
        """Load files, or everything below `reports/`."""
        stated = Stated(day, *(between or (None, None)))
        said = Said(account=account, channel=channel, days=stated, accept=accept, by="Ines")
        return self.loader().load(paths or [self.reports], said)

    def load_text(self, name: str, content: str | bytes, **said: Any) -> FileResult:
        """Write one file and load it alone; it must make one delivery, or be refused."""
        (result,) = self.load(self.put(name, content), **said)
        return result

    def files(self) -> list[LakeFile]:
        """What the manifest names now."""
        with self.ledger.read() as connection:
            return files_at(connection, manifest_version(connection))

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Chosen columns of every row of a table the manifest names, sorted."""
        paths = [str(self.lake.absolute(f.path)) for f in self.files() if f.table_name == table]
        if not paths:
            return []
        chosen = ", ".join(f'"{c}"' for c in columns)
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT {chosen} FROM read_parquet(?)", [paths]).fetchall()
        return sorted(found, key=lambda row: tuple((v is None, str(v)) for v in row))

    def seen(self, table: str, *columns: str, at: datetime | None = None) -> list[tuple[Any, ...]]:
        """The same of the rows a run at `at` (else now) would see."""
        engine = DuckEngine(self.lake.root)
        with self.ledger.read() as connection:
            version = manifest_version(connection)
            morning = inputs.morning(connection, self.settings, as_of=at or self.now, version=version)
        try:
            inputs.mount(engine, morning, self.lake.root)
            found = engine.sql(f"SELECT {', '.join(columns)} FROM {table}")
        finally:
            engine.close()
        return sorted(found, key=lambda row: tuple((v is None, str(v)) for v in row))

    def deliveries(self, *columns: str) -> list[tuple[Any, ...]]:
        """Chosen columns of the ledger's deliveries, in the order they became visible."""
        table = DELIVERIES.sql_table()
        query = sa.select(*(table.c[c] for c in columns)).order_by(
            table.c.version, table.c.table_name, table.c.from_day
        )
        with self.ledger.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def covered(self) -> list[tuple[Any, ...]]:
        """(report, level, first day, last day) of everything covered."""
        covers, table = COVERAGE.sql_table(), DELIVERIES.sql_table()
        query = sa.select(table.c.report, covers.c.level, covers.c.from_day, covers.c.to_day).join(
            table, table.c.id == covers.c.delivery_id
        )
        with self.ledger.read() as connection:
            return sorted(tuple(row) for row in connection.execute(query))

    def rejects(self) -> list[tuple[str, ...]]:
        """(line, column, value, reason) of every refused row, by file and line."""
        found = []
        for path in sorted(self.rejects_folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as text:
                rows = csv.DictReader(text)
                assert rows.fieldnames == ["file", "line", "column", "value", "reason"]
                found += [(r["line"], r["column"], r["value"], r["reason"]) for r in rows]
        return found

    def assert_whole(self) -> None:
        """Nothing is half loaded: files and deliveries name each other, and hold the rows they say."""
        files = self.files()
        told = dict(self.deliveries("id", "rows"))
        assert sorted(d for f in files for d in f.deliveries) == sorted(told)
        with duckdb.connect() as connection:
            for file in files:
                path = self.lake.absolute(file.path)
                (rows,) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone() or (-1,)
                assert rows == file.rows == sum(told[d] for d in file.deliveries)

    def bytes_at_rest(self) -> bytes:
        """Everything the workspace keeps of what was loaded, Parquet pages unpacked."""
        kept = [p.read_bytes() for p in self.folder.rglob("*") if p.is_file() and self.reports not in p.parents]
        with duckdb.connect() as connection:
            for file in self.files():
                path = str(self.lake.absolute(file.path))
                kept.append(str(connection.execute("FROM read_parquet(?)", [path]).fetchall()).encode())
        return b"\n".join(kept)


def tab(header: str, rows: Iterable[Sequence[object]], *, end: str = "\r\n") -> str:
    """A tab file: `header` with commas between its names, one line for each row."""
    lines = [[name.strip() for name in header.split(",")], *rows]
    return "".join("\t".join("" if c is None else str(c) for c in line) + end for line in lines)


def table(header: str, *rows: dict[str, object], end: str = "\r\n") -> str:
    """A tab file whose rows name only the columns that matter; the others are empty."""
    names = [name.strip() for name in header.split(",")]
    assert all(key in names for row in rows for key in row), [k for row in rows for k in row if k not in names]
    return tab(header, [[row.get(name, "") for name in names] for row in rows], end=end)


ALL_LISTINGS = (
    "item-name,item-description,listing-id,seller-sku,price,quantity,open-date,image-url,item-is-marketplace,"
    "product-id-type,zshop-shipping-fee,item-note,item-condition,zshop-category1,zshop-browse-path,"
    "zshop-storefront-feature,asin1,asin2,asin3,will-ship-internationally,expedited-shipping,zshop-boldface,product-id,"
    "bid-for-featured-placement,add-delete,pending-quantity,fulfillment-channel,merchant-shipping-group,status"
)
INACTIVE_LISTINGS = ALL_LISTINGS.removesuffix(",status")
ACTIVE_LISTINGS = (
    ALL_LISTINGS.removesuffix(",merchant-shipping-group,status")
    + ",Business Price,Quantity Price Type,"
    + ",".join(f"Quantity Lower Bound {i},Quantity Price {i}" for i in range(1, 6))
    + ",merchant-shipping-group,Progressive Price Type,"
    + ",".join(f"Progressive Lower Bound {i},Progressive Price {i}" for i in range(1, 4))
)
SUPPRESSED = "Status,Reason,SKU,ASIN,Product name,Condition,Status Change Date,Issue Description"
FBA_2018 = (
    "sku,fnsku,asin,product-name,condition,your-price,mfn-listing-exists,mfn-fulfillable-quantity,afn-listing-exists,"
    "afn-warehouse-quantity,afn-fulfillable-quantity,afn-unsellable-quantity,afn-reserved-quantity,afn-total-quantity,"
    "per-unit-volume,afn-inbound-working-quantity,afn-inbound-shipped-quantity,afn-inbound-receiving-quantity"
)
FBA_2026 = FBA_2018 + ",afn-researching-quantity,afn-reserved-future-supply,afn-future-supply-buyable,store"
RESTOCK = (
    "Country,Product Name,FNSKU,Merchant SKU,ASIN,Condition,Supplier,Supplier part no.,Currency code,Price,"
    "Sales last 30 days,Units Sold Last 30 Days,Total Units,Inbound,Available,FC transfer,FC Processing,Customer Order,"
    "Unfulfillable,Working,Shipped,Receiving,Fulfilled by,Total Days of Supply (including units from open shipments),"
    "Days of Supply at Amazon Fulfillment Network,Alert,Recommended replenishment qty,Recommended ship date,"
    "Recommended action,Unit storage size"
)
ORDERS_29 = (
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,sales-channel,"
    "order-channel,url,ship-service-level,product-name,sku,asin,item-status,quantity,currency,item-price,item-tax,"
    "shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,ship-promotion-discount,"
    "ship-city,ship-state,ship-postal-code,ship-country,promotion-ids"
)
ORDERS_32 = ORDERS_29 + ",is-business-order,purchase-order-number,price-designation"
ORDERS_33 = (
    ORDERS_29.replace(",url,", ",")
    + ",cpf,is-business-order,purchase-order-number,price-designation,signature-confirmation-recommended"
)
STRANDED = (
    "primary-action,date-stranded,Date-to-take-auto-removal,status-primary,status-secondary,error-message,"
    "stranded-reason,asin,sku,fnsku,product-name,condition,fulfilled-by,fulfillable-qty,your-price,unfulfillable-qty,"
    "reserved-quantity,inbound-shipped-qty"
)

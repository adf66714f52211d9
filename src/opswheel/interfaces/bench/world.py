"""Made-up workspaces for benchmarks: facts put straight into the lake, as loading and compacting leave them.

Closed months are one file per table and channel, the open month one file a day. 5 % of the listings are faulty:
suppressed or inactive, out of stock or soon so, hidden from search, featured offer lost, or priced by a slipped
point.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ...core.clock import day_start
from ...core.contracts import COVERAGE, DELIVERIES, LISTINGS, STOCK, SUPPRESSIONS, TRAFFIC, Contract
from ...core.identity import delivery_id
from ...storage.duck import connect, name, quote
from ...storage.lake import Lake, LakeFile, commit
from ...storage.ledger import Ledger
from .common import THREADS, sql

AS_OF = datetime(2026, 11, 22, 16)
TODAY = date(2026, 11, 22)
SNAPSHOT_DAYS = 14
ZONE = "America/Los_Angeles"
_REPORTS = {
    "listings": "amazon_all_listings",
    "stock": "amazon_fba_inventory",
    "suppressions": "amazon_suppressed_listings",
    "traffic": "traffic_csv",
}


def make(  # noqa: PLR0913
    folder: Path,
    ledger: Ledger,
    *,
    listings: int,
    days: int,
    channel: str = "amazon:US",
    daily: bool = False,
) -> dict[str, Any]:
    """Fill a workspace's lake and ledger; returns how many rows and files there are.

    `daily` leaves a file for each table and day, as a shop that never compacts has them.
    """
    lake = Lake(folder / "lake")
    lake.root.mkdir(parents=True, exist_ok=True)
    duck = connect(directories=[lake.root], threads=THREADS)
    duck.execute(f"CREATE TABLE catalog AS {sql('catalog').format(n=listings)}")
    rows = files = 0
    for contract, span in (
        (TRAFFIC, days),
        (LISTINGS, SNAPSHOT_DAYS),
        (STOCK, SNAPSHOT_DAYS),
        (SUPPRESSIONS, SNAPSHOT_DAYS),
    ):
        last = TODAY - timedelta(days=1) if contract.kind == "period" else TODAY
        wanted = [last - timedelta(days=i) for i in range(span - 1, -1, -1)]
        for group in [[day] for day in wanted] if daily else _by_file(wanted):
            rows += _write(duck, lake, ledger, contract, group, channel)
            files += 1
    duck.close()
    return {"rows": rows, "files": files, "daily_rows": listings * days}


def _by_file(days: Sequence[date]) -> list[list[date]]:
    """Closed months together, the open month's days apart: what `compact` leaves."""
    groups: dict[Any, list[date]] = {}
    for day in days:
        groups.setdefault(day if day >= TODAY.replace(day=1) else (day.year, day.month), []).append(day)
    return list(groups.values())


def _write(  # noqa: PLR0913
    duck: Any, lake: Lake, ledger: Ledger, contract: Contract, days: list[date], channel: str
) -> int:
    target = lake.new_path(contract.name)
    report = _REPORTS[contract.name]
    parts, deliveries = [], []
    for day in days:
        number = delivery_id("bench", contract.name, channel, day)
        known = day_start(day if contract.kind == "snapshot" else day + timedelta(days=1), ZONE)
        constants = {
            "account": "'main'",
            "channel": quote(channel),
            "day": f"DATE '{day}'",
            "known_at": f"TIMESTAMP '{known}'",
            "delivery_id": f"{number}::BIGINT",
        }
        inner = sql(f"world_{contract.name}").format(day=f"DATE '{day}'", today=f"DATE '{TODAY}'", seed=day.toordinal())
        columns = ", ".join(f"{constants[n]} AS {name(n)}" if n in constants else name(n) for n in contract.names())
        parts.append(f"SELECT {columns} FROM ({inner})")
        deliveries.append((number, day, known))
    result = duck.execute(
        f"COPY ({' UNION ALL BY NAME '.join(parts)} ORDER BY {', '.join(contract.key[:3])}) TO {quote(str(target))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    ).fetchone()
    file = lake.describe(
        target,
        contract.name,
        ("main", channel),
        from_day=days[0],
        to_day=days[-1],
        source=report,
        deliveries=tuple(d[0] for d in deliveries),
        rows=int(result[0]),
        reader_version="1",
    )
    _register(ledger, contract, report, channel, file, deliveries)
    return int(result[0])


def _register(  # noqa: PLR0913
    ledger: Ledger,
    contract: Contract,
    report: str,
    channel: str,
    file: LakeFile,
    deliveries: list[tuple[int, date, Any]],
) -> None:
    level = "child" if contract.kind == "period" else ""
    with ledger.write() as connection:
        version = commit(connection, at=AS_OF, why="bench", add=[file])
        connection.execute(
            DELIVERIES.sql_table().insert(),
            [
                {
                    "id": number,
                    "account": "main",
                    "channel": channel,
                    "report": report,
                    "table_name": contract.name,
                    "file_name": f"{report}-{day}",
                    "checksum": f"{number:x}",
                    "reader_version": "1",
                    "landed_at": known,
                    "known_at": known,
                    "from_day": day,
                    "to_day": day,
                    "rows": file.rows // len(deliveries),
                    "rejected": 0,
                    "share_absent": 0.0,
                    "partial": False,
                    "complete_in": version,
                    "version": version,
                }
                for number, day, known in deliveries
            ],
        )
        connection.execute(
            COVERAGE.sql_table().insert(),
            [
                {"delivery_id": number, "level": level, "from_day": day, "to_day": day, "rows": 0}
                for number, day, _ in deliveries
            ],
        )

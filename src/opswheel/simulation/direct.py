"""Puts sheets straight into the lake: what loading their report files would leave, without the files.

Which delivery counts, when it was known and whether it looks partial is decided by the same functions of visibility
that decide for files; a test holds both ways against each other.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..core.clock import day_start
from ..core.contracts import COVERAGE, DELIVERIES
from ..core.identity import DEFAULT_ACCOUNT, EVERYWHERE, delivery_id
from ..core.reader import Reader
from ..storage.lake import Lake, LakeFile, commit
from ..storage.ledger import Ledger
from ..visibility import arrival
from ..visibility.readers import reader
from .sheets import MAY_BE_EMPTY, Column, Sheet, zone_of

Columns = dict[str, Column]


@dataclass
class _Source:
    """What is remembered of one report of one channel: keys of the last whole delivery, and of one that waits."""

    whole: set[str] = field(default_factory=set)
    waiting: set[str] | None = None
    waiting_id: int = 0


@dataclass(frozen=True)
class _Delivery:
    row: dict[str, Any]
    coverage: dict[str, Any] | None
    table: pa.Table
    complete: bool
    confirms: tuple[int, ...] = ()


class Direct:
    """The direct way into one workspace's lake and ledger. `key` is that of the hashes of order ids."""

    def __init__(self, lake: Lake, ledger: Ledger, key: str) -> None:
        self._lake, self._ledger, self._key = lake, ledger, key
        self._sources: dict[tuple[str, str], _Source] = defaultdict(_Source)

    def put(self, sheets: Sequence[Sheet], now: datetime) -> int:
        """Make sheets visible at once, as landed `now`; returns the rows. One lake file per table and channel."""
        made = [self._deliver(s, now) for s in sheets if len(s) or s.report in MAY_BE_EMPTY]
        groups: dict[tuple[str, str, str], list[_Delivery]] = defaultdict(list)
        for d in made:
            groups[d.row["table_name"], d.row["channel"], d.row["report"]].append(d)
        files = [self._write(name, channel, report, group) for (name, channel, report), group in groups.items()]
        table, coverage = DELIVERIES.sql_table(), COVERAGE.sql_table()
        with self._ledger.write() as connection:
            version = commit(connection, at=now, why="simulated morning", add=files)
            rows = [{**d.row, "version": version, "complete_in": version if d.complete else None} for d in made]
            if rows:
                connection.execute(table.insert(), rows)
            covered = [d.coverage for d in made if d.coverage]
            if covered:
                connection.execute(coverage.insert(), covered)
            confirmed = [i for d in made for i in d.confirms]
            if confirmed:
                connection.execute(table.update().where(table.c.id.in_(confirmed)).values(complete_in=version))
        return sum(d.table.num_rows for d in made)

    def _deliver(self, sheet: Sheet, now: datetime) -> _Delivery:
        which = reader(sheet.report)
        account = EVERYWHERE if sheet.channel == EVERYWHERE else DEFAULT_ACCOUNT
        zone = zone_of(sheet.channel)
        columns = _FILL.get(sheet.report, _as_it_is)(sheet, self._key)
        first, last = (sheet.of_day, sheet.of_day) if sheet.of_day else (sheet.day, sheet.day)
        assert first is not None and last is not None
        known_at = _known_at(which, sheet, zone, now)
        checksum = _checksum(sheet)
        number = delivery_id(checksum, account, sheet.channel, which.report, first, last, which.version)
        constants = {"account": account, "channel": sheet.channel, "known_at": known_at, "delivery_id": number}
        if which.table.kind == "snapshot":
            constants["day"] = sheet.day
        rows = _table(which, columns, constants, len(sheet))
        share, odd, agrees = self._compare(which, sheet, columns)
        self._remember(which, sheet, columns, number, odd=odd and not agrees)
        confirms = (self._sources[sheet.report, sheet.channel].waiting_id,) if agrees else ()
        row = {
            "id": number,
            "account": account,
            "channel": sheet.channel,
            "report": which.report,
            "table_name": which.table.name,
            "file_name": f"{which.report}-{sheet.day}",
            "checksum": checksum,
            "reader_version": which.version,
            "landed_at": now,
            "known_at": known_at,
            "from_day": first,
            "to_day": last,
            "rows": rows.num_rows,
            "rejected": 0,
            "share_absent": share,
            "partial": bool(odd),
            "accepted_by": None,
            "note": odd or None,
        }
        covered = {
            "delivery_id": number,
            "level": _level(which),
            "from_day": first,
            "to_day": last,
            "rows": rows.num_rows,
        }
        return _Delivery(row, covered, rows, not odd or agrees, confirms)

    def _compare(self, which: Reader, sheet: Sheet, columns: Columns) -> tuple[float, str, bool]:
        """(share absent, why it looks partial, whether it agrees with the one that waits), as for a file."""
        source = self._sources[sheet.report, sheet.channel]
        compared = which.table.kind == "snapshot" and which.compared and not which.row_by_row
        keys = set(columns.get("sku", ())) if compared else set()
        absent = len(source.whole - keys) if compared else 0
        share, odd = arrival.completeness(
            lists_everything=which.lists_everything,
            before=len(source.whole) if compared else 0,
            absent=absent,
            rows=len(sheet),
            rejected=0,
        )
        if not odd or source.waiting is None:
            return share, odd, False
        shared = len(source.waiting & keys) / max(len(source.waiting), len(keys), 1)
        return share, odd, shared >= arrival.AGREEMENT

    def _remember(self, which: Reader, sheet: Sheet, columns: Columns, number: int, *, odd: str | bool) -> None:
        if which.table.kind != "snapshot" or "sku" not in columns:
            return
        source, keys = self._sources[sheet.report, sheet.channel], set(columns["sku"])
        if odd:
            source.waiting, source.waiting_id = keys, number
        else:
            source.whole, source.waiting = keys, None

    def _write(self, name: str, channel: str, report: str, group: Sequence[_Delivery]) -> LakeFile:
        path = self._lake.new_path(name)
        whole = pa.concat_tables([d.table for d in group])
        pq.write_table(whole, path, compression="zstd")
        return self._lake.describe(
            path,
            name,
            (group[0].row["account"], channel),
            from_day=min(d.row["from_day"] for d in group),
            to_day=max(d.row["to_day"] for d in group),
            source=report,
            deliveries=tuple(d.row["id"] for d in group),
            rows=whole.num_rows,
            reader_version=group[0].row["reader_version"],
        )


def _known_at(which: Reader, sheet: Sheet, zone: str, now: datetime) -> datetime:
    if which.table.name == "rates":
        return min(day_start(sheet.day, zone), now)
    if which.table.kind == "snapshot":
        return day_start(sheet.day, zone)
    return min(day_start(sheet.day, zone), now)


def _level(which: Reader) -> str:
    return "child" if which.report == "amazon_sales_and_traffic" else ""


def _checksum(sheet: Sheet) -> str:
    told = f"{sheet.report} {sheet.channel} {sheet.day} {sheet.of_day} {len(sheet)}"
    return hashlib.sha256(told.encode()).hexdigest()


def _table(which: Reader, columns: Columns, constants: dict[str, Any], n: int) -> pa.Table:
    schema = which.table.arrow_schema()
    arrays = []
    for f in schema:
        if f.name in constants:
            arrays.append(pa.repeat(pa.scalar(constants[f.name], f.type), n))
        elif f.name in columns:
            arrays.append(pa.array(columns[f.name], f.type))
        else:
            arrays.append(pa.nulls(n, f.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _as_it_is(sheet: Sheet, _key: str) -> Columns:
    return dict(sheet.columns)


def _with(**more: Any) -> Callable[[Sheet, str], Columns]:
    """The sheet's columns and the same value in every row of some more."""

    def fill(sheet: Sheet, _key: str) -> Columns:
        return {**sheet.columns, **{name: _same(value, len(sheet)) for name, value in more.items()}}

    return fill


def _same(value: Any, n: int) -> Column:
    """One value in every row."""
    return np.full(n, value, object if isinstance(value, str | date) else None)


def _traffic(sheet: Sheet, _key: str) -> Columns:
    columns = {k: v for k, v in sheet.columns.items() if k != "featured_percent"}
    shares = np.asarray(sheet.columns["page_views"]) * np.asarray(sheet.columns["featured_percent"])
    columns["featured_view_hundredths"] = np.floor(shares + 0.5).astype(np.int64)
    return {**columns, **_of_day(sheet), "level": _same("child", len(sheet))}


def _totals(sheet: Sheet, _key: str) -> Columns:
    return {**sheet.columns, **_of_day(sheet)}


def _of_day(sheet: Sheet) -> Columns:
    return {"from_day": _same(sheet.of_day, len(sheet)), "to_day": _same(sheet.of_day, len(sheet))}


def _orders(sheet: Sheet, key: str) -> Columns:
    n = len(sheet)
    columns = {k: v for k, v in sheet.columns.items() if k != "order"}
    return {
        **columns,
        "order_hash": [hashlib.sha256((key + o).encode()).hexdigest() for o in sheet.columns["order"]],
        "line": _same(1, n),
        "day": _same(sheet.of_day, n),
        "updated_at": sheet.columns["at"],
        "status": _same("shipped", n),
        "external": _same(False, n),
        "fulfillment": _same("marketplace", n),
    }


def _answers(sheet: Sheet, _key: str) -> Columns:
    down = [bool(a) for a in sheet.columns["action"]]
    return {
        **sheet.columns,
        "discoverable": sheet.columns["buyable"],
        "condition": ["new"] * len(sheet),
        "issue_code": ["removed" if d else None for d in down],
        "issue_text": ["Removed." if d else None for d in down],
    }


_FILL: dict[str, Callable[[Sheet, str], Columns]] = {
    "amazon_all_listings": _with(condition="new", fulfillment="marketplace"),
    "amazon_fba_inventory": _with(
        fulfillment="marketplace",
        unsellable_units=0,
        reserved_units=0,
        inbound_working_units=0,
        inbound_receiving_units=0,
    ),
    "amazon_listings_items": _answers,
    "amazon_orders": _orders,
    "amazon_sales_and_traffic": _traffic,
    "amazon_sales_and_traffic_by_date": _totals,
}

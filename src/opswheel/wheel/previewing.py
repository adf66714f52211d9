"""What a load would do, without doing it: files are read as `load` reads them, and written where nobody looks.

Each delivery a file would make is compared by key with the rows it would stand beside: new, changed, gone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.contracts import DELIVERIES, FACTS, Contract
from ..storage.duck import connect, name, quote
from ..storage.ingest import Ingest, Reject
from ..storage.lake import Lake, files_at, manifest_version
from .arriving import Delivery, file_of_delivery
from .loading import FileResult, Loader

LOOK_BACK = timedelta(days=400)
MOST_COLUMNS = 5
"""So many columns that changed most are named."""
SHOWN_REJECTS = 20
_UNCOMPARED = ("account", "channel", "day", "known_at", "delivery_id")


@dataclass(frozen=True)
class Changes:
    """Rows of a delivery against those that hold now, by key; `gone` is None where a file takes no rows away."""

    before: int
    new: int
    changed: int
    same: int
    gone: int | None
    columns: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Preview:
    """What would become of one file, or of its part for one channel and table."""

    result: FileResult
    changes: Changes | None = None
    rejects: tuple[Reject, ...] = ()


class _Aside(Lake):
    """A lake whose new files lie in a scratch folder and go with it; what it reads is the real one."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.aside = root
        self._count = itertools.count()

    def new_path(self, table_name: str) -> Path:
        """A place outside the lake."""
        folder = self.aside / "would-be" / table_name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{next(self._count)}.parquet"

    def relative(self, path: Path) -> str:
        """Its whole path: it belongs to no manifest."""
        return str(path)

    def absolute(self, path: str) -> Path:
        """Where a manifest path, or one of its own, lies."""
        return Path(path) if Path(path).is_absolute() else super().absolute(path)


class Previewer(Loader):
    """A loader that looks and does not keep. Ledger, lake and rejects stay as they are."""

    def __init__(self, **same: Any) -> None:
        self._aside = _Aside(same["lake"].root)
        super().__init__(**{**same, "lake": self._aside})
        self._told: list[tuple[Changes | None, tuple[Reject, ...]]] = []
        self._met: list[str] = []
        self._previews: dict[int, Preview] = {}

    def preview(self, paths: Sequence[Path], said: Any) -> list[Preview]:
        """What `load` would make of the files, in its order."""
        return [self._previews.get(id(r)) or Preview(r) for r in self.load(paths, said)]

    def _load_member(self, file: Any, path: Path, ingest: Ingest, scratch: Path) -> list[FileResult]:
        self._aside.aside, self._told = scratch, []
        results = super()._load_member(file, path, ingest, scratch)
        for result, told in itertools.zip_longest(results, self._told[: len(results)]):
            self._previews[id(result)] = Preview(result, *(told or (None, ())))
        return results

    def _known_channels(self, account: str) -> list[str]:
        """Files loaded together follow each other's channel, as they will when they are loaded."""
        return list(dict.fromkeys([*super()._known_channels(account), *self._met]))

    def _accept(self, ids: set[int], by: str) -> None:
        """Nothing is accepted by looking."""

    def _commit(self, _title: str, deliveries: list[Delivery], rejects: list[Reject]) -> None:
        """Compare instead of making visible."""
        for n, d in enumerate(deliveries):
            bad = tuple(rejects[:SHOWN_REJECTS]) if n == 0 else ()
            self._told.append((self._changes(d) if d.file else None, bad))
            self._met.append(d.row["channel"])

    def _changes(self, delivery: Delivery) -> Changes:
        assert delivery.file is not None
        contract = _TABLES[delivery.row["table_name"]]
        with self._ledger.read() as connection:
            before = self._before(connection, delivery.row, contract)
        duck = connect(directories=[self._lake.root, self._aside.aside])
        try:
            return _compare(duck, contract, before, Path(delivery.file.path))
        finally:
            duck.close()

    def _before(self, connection: sa.Connection, row: dict[str, Any], contract: Contract) -> list[tuple[Path, str]]:
        """The files, each with its condition, that hold what the delivery would stand beside."""
        if contract.kind == "snapshot":
            found = _previous(connection, row)
            path = None if found is None else file_of_delivery(connection, found, contract.name)
            return [] if path is None else [(self._lake.absolute(path), f"delivery_id = {found}")]
        place = f"account = {quote(row['account'])} AND channel = {quote(row['channel'])}"
        files = files_at(connection, manifest_version(connection), [contract.name])
        return [(self._lake.absolute(f.path), place) for f in files if _overlap(f, row)]


_TABLES = {c.name: c for c in FACTS}


def _previous(connection: sa.Connection, row: dict[str, Any]) -> int | None:
    """The delivery whose rows a snapshot would replace."""
    table = DELIVERIES.sql_table()
    same = [table.c[n] == row[n] for n in ("report", "account", "channel")]
    known = (table.c.to_day <= row["to_day"], table.c.to_day >= row["to_day"] - LOOK_BACK)
    query = sa.select(table.c.id).where(*same, *known, table.c.complete_in.is_not(None))
    found: int | None = connection.execute(
        query.order_by(table.c.to_day.desc(), table.c.version.desc()).limit(1)
    ).scalar()
    return found


def _overlap(file: Any, row: dict[str, Any]) -> bool:
    """Whether a file may hold rows of the same days."""
    first, last = row["from_day"] or date.min, row["to_day"] or date.max
    return (file.from_day or date.min) <= last and (file.to_day or date.max) >= first


def _compare(duck: Any, contract: Contract, before: list[tuple[Path, str]], after: Path) -> Changes:
    key = [k for k in contract.key if k not in ("account", "channel", "day")]
    values = [c for c in contract.names() if c not in key and c not in _UNCOMPARED]
    snapshot = contract.kind == "snapshot"
    rows = int(_one(duck, f"SELECT count(*) FROM read_parquet({quote(str(after))})")[0])
    if not before or not key:
        return Changes(0, rows, 0, 0, 0 if snapshot else None, ())
    by = ", ".join(name(k) for k in key)
    columns = ", ".join(name(c) for c in (*key, *values))
    olds = " UNION ALL BY NAME ".join(
        f"SELECT *, true AS there FROM read_parquet({quote(str(path))}, union_by_name = true) WHERE {where}"
        for path, where in before
    )
    newest = f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY known_at DESC, delivery_id DESC) = 1"
    same = " AND ".join(f"o.{name(k)} IS NOT DISTINCT FROM a.{name(k)}" for k in key)
    differs = [f"o.{name(c)} IS DISTINCT FROM a.{name(c)}" for c in values]
    flags = ", ".join(f"{d} AS d{i}" for i, d in enumerate(differs))
    counts = "".join(f", count(*) FILTER (met AND d{i})" for i in range(len(differs)))
    anyhow = " OR ".join(f"d{i}" for i in range(len(differs))) or "false"
    row = _one(
        duck,
        f"WITH o AS (SELECT {columns}, there FROM ({olds}) {newest}),"
        f" a AS (SELECT {columns}, true AS here FROM read_parquet({quote(str(after))})"
        f" QUALIFY row_number() OVER (PARTITION BY {by}) = 1),"
        f" j AS (SELECT there, here, coalesce(there AND here, false) AS met{', ' + flags if flags else ''}"
        f" FROM o FULL JOIN a ON {same})"
        " SELECT count(*) FILTER (there), count(*) FILTER (there IS NULL),"
        f" count(*) FILTER (met AND ({anyhow})), count(*) FILTER (met), count(*) FILTER (here IS NULL){counts} FROM j",
    )
    told, per = row[:5], row[5:]
    most = sorted(zip(values, (int(n) for n in per), strict=True), key=lambda c: -c[1])[:MOST_COLUMNS]
    return Changes(
        before=int(told[0]),
        new=int(told[1]),
        changed=int(told[2]),
        same=int(told[3]) - int(told[2]),
        gone=int(told[4]) if snapshot else None,
        columns=tuple((c, n) for c, n in most if n),
    )


def _one(duck: Any, sql: str) -> tuple[Any, ...]:
    found = duck.execute(sql).fetchone()
    assert found is not None
    return tuple(found)

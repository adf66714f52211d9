"""`compact`: closed months become one file per table, channel and month; nothing is lost on the way.

A new file is written first; one ledger transaction puts it in the place of the old ones. Replaced files stay
until no run in the replay window names them. Killed at any point, either the old files are named or the new one.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.clock import Clock
from ..core.contracts import FACTS, LAKE_FILES, OBSERVATIONS, RESULTS, RUNS, Contract
from ..core.settings import Settings
from ..storage.duck import connect, name, quote
from ..storage.lake import COMPACTION, Lake, LakeFile, commit, files_at, manifest_version
from ..storage.ledger import Ledger
from ..storage.rejects import remove_old_rejects
from .lease import lease
from .parameters import HELD_DAYS

_CONTRACTS = {c.name: c for c in (*FACTS, *RESULTS)}


class Compactor:
    """Merges small files and deletes those nothing names."""

    def __init__(self, *, lake: Lake, ledger: Ledger, settings: Settings, clock: Clock, rejects: Path) -> None:
        self._lake = lake
        self._rejects = rejects
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    def compact(self) -> dict[str, int]:
        """Merge closed months, then delete what the replay window no longer needs, and old lists of refused rows."""
        merged = made = 0
        with lease(self._ledger, "compact", self._clock):
            with self._ledger.read() as connection:
                files = files_at(connection, manifest_version(connection))
                runs = RUNS.sql_table()
                last = connection.execute(
                    sa.select(sa.func.max(runs.c.as_of)).where(runs.c.finished_at.is_not(None))
                ).scalar()
            remembered = None if last is None else (last - timedelta(days=HELD_DAYS)).date()
            for group in self._groups(files, remembered):
                merged += len(group)
                made += 1
                self._merge(group)
            deleted = self._delete_unneeded()
            kept_days = timedelta(days=self._settings.retention.rejects_days)
            deleted += remove_old_rejects(self._rejects, self._clock.now() - kept_days)
        return {"merged_files": merged, "new_files": made, "deleted_files": deleted}

    def _groups(self, files: list[LakeFile], remembered: date | None) -> list[list[LakeFile]]:
        """Files of one table, channel and closed month, where there is more than one.

        Observations the next run looks back at, those since `remembered`, stay one file per run.
        """
        this_month = self._clock.now().date().replace(day=1)
        groups: dict[tuple[Any, ...], list[LakeFile]] = defaultdict(list)
        for file in files:
            if file.from_day is None or file.to_day is None:
                continue
            month = file.from_day.replace(day=1)
            if month != file.to_day.replace(day=1) or month >= this_month:
                continue
            if file.table_name == OBSERVATIONS.name and remembered is not None and _month_end(month) >= remembered:
                continue
            groups[(file.table_name, file.account, file.channel, month)].append(file)
        return [g for _, g in sorted(groups.items()) if len(g) > 1]

    def _merge(self, group: list[LakeFile]) -> None:
        first = group[0]
        contract = _CONTRACTS[first.table_name]
        target = self._lake.new_path(contract.name)
        duck = connect(directories=[self._lake.root])
        try:
            paths = ", ".join(quote(str(self._lake.absolute(f.path))) for f in group)
            columns = ", ".join(name(n) for n in contract.names())
            result = duck.execute(
                f"COPY (SELECT {columns} FROM read_parquet([{paths}]) ORDER BY {_order(contract)}) "
                f"TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            ).fetchone()
        finally:
            duck.close()
        rows = int(result[0]) if result else 0
        if rows != sum(f.rows for f in group):
            target.unlink(missing_ok=True)
            raise AssertionError(
                f"compaction of {contract.name} would change {sum(f.rows for f in group)} rows to {rows}"
            )
        source = first.source if len({f.source for f in group}) == 1 else COMPACTION
        file = self._lake.describe(
            target,
            contract.name,
            (first.account, first.channel),
            from_day=min(_day(f.from_day) for f in group),
            to_day=max(_day(f.to_day) for f in group),
            source=source,
            deliveries=tuple(sorted({d for f in group for d in f.deliveries})),
            rows=rows,
            reader_version=first.reader_version,
        )
        with self._ledger.write() as connection:
            table = LAKE_FILES.sql_table()
            old = [f.path for f in group]
            still = connection.execute(
                sa.select(sa.func.count()).select_from(table).where(table.c.path.in_(old), table.c.removed_in.is_(None))
            ).scalar()
            if still == len(old):
                commit(connection, at=self._clock.now(), why=f"compact {contract.name}", add=[file], remove=old)

    def _delete_unneeded(self) -> int:
        """Delete replaced files no run in the replay window names, and orphans a day old."""
        table, runs = LAKE_FILES.sql_table(), RUNS.sql_table()
        since = self._clock.now() - timedelta(days=self._settings.retention.replay_days)
        with self._ledger.read() as connection:
            oldest = connection.execute(
                sa.select(sa.func.min(runs.c.manifest_version)).where(
                    sa.or_(runs.c.as_of >= since, runs.c.finished_at.is_(None))
                )
            ).scalar()
            limit = manifest_version(connection) if oldest is None else oldest
            gone = list(connection.execute(sa.select(table.c.path).where(table.c.removed_in <= limit)).scalars())
        for path in gone:
            self._lake.absolute(path).unlink(missing_ok=True)
        if gone:
            with self._ledger.write() as connection:
                for part in chunks(gone):
                    connection.execute(table.delete().where(table.c.path.in_(part)))
        with self._ledger.read() as connection:
            orphans = self._lake.remove_orphans(connection)
        return len(gone) + orphans


def _day(value: date | None) -> date:
    assert value is not None
    return value


def _month_end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _order(contract: Contract) -> str:
    keys = [k for k in contract.key if k in contract.names()]
    return ", ".join(name(k) for k in keys)

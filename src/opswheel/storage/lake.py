"""The lake: immutable Parquet files, and the manifest that alone says which of them exist.

A file is written under a unique name first; it becomes visible when a ledger transaction lists it in
`lake_files`. Replacing, compacting and discarding only ever add and remove manifest rows. Nobody globs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.contracts import LAKE_FILES, MANIFEST_VERSIONS

ORPHAN_SECONDS = 24 * 3600.0
"""A file the manifest does not name is deleted once it is this old."""

COMPACTION = "compaction"
"""`source` of a file merged from files of several reports or runs."""


@dataclass(frozen=True)
class LakeFile:
    """One row of the manifest."""

    path: str
    table_name: str
    account: str
    channel: str
    from_day: date | None
    to_day: date | None
    source: str
    deliveries: tuple[int, ...]
    rows: int
    bytes: int
    checksum: str
    reader_version: str


class Lake:
    """The folder of immutable files below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def new_path(self, table_name: str) -> Path:
        """A fresh, unique place for a file of a table."""
        folder = self.root / table_name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{uuid.uuid4().hex}.parquet"

    def relative(self, path: Path) -> str:
        """The path the manifest stores."""
        return path.relative_to(self.root).as_posix()

    def absolute(self, path: str) -> Path:
        """Where a manifest path lies."""
        return self.root / path

    def describe(self, path: Path, table_name: str, place: tuple[str, str], **facts: Any) -> LakeFile:
        """The manifest row of a file just written: safe on the disk, and read once for its checksum."""
        _settle(path)
        return LakeFile(
            path=self.relative(path),
            table_name=table_name,
            account=place[0],
            channel=place[1],
            bytes=path.stat().st_size,
            checksum=sha256(path),
            **facts,
        )

    def remove_orphans(self, connection: sa.Connection, now: float | None = None) -> int:
        """Delete files no manifest row names, once they are a day old; returns how many."""
        named = set(connection.execute(sa.select(LAKE_FILES.sql_table().c.path)).scalars())
        limit = (time.time() if now is None else now) - ORPHAN_SECONDS
        removed = 0
        for path in self.root.glob("*/*"):
            if path.is_file() and self.relative(path) not in named and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def manifest_version(connection: sa.Connection) -> int:
    """The manifest's current version; 0 before anything was loaded."""
    return connection.execute(sa.select(sa.func.max(MANIFEST_VERSIONS.sql_table().c.version))).scalar() or 0


def files_at(connection: sa.Connection, version: int, table_names: Iterable[str] | None = None) -> list[LakeFile]:
    """The files the manifest named at `version`, in the order they were added."""
    table = LAKE_FILES.sql_table()
    query = sa.select(table).where(
        table.c.added_in <= version, sa.or_(table.c.removed_in.is_(None), table.c.removed_in > version)
    )
    if table_names is not None:
        query = query.where(table.c.table_name.in_(list(table_names)))
    return [_file(row) for row in connection.execute(query.order_by(table.c.added_in, table.c.path))]


def _file(row: sa.Row[tuple[object, ...]]) -> LakeFile:
    fields = dict(row._mapping)
    del fields["added_in"], fields["removed_in"]
    return LakeFile(**{**fields, "deliveries": tuple(json.loads(fields["deliveries"]))})


def hold(connection: sa.Connection) -> None:
    """Let nobody else change the manifest until this transaction ends; SQLite's write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE manifest_versions IN EXCLUSIVE MODE"))


def commit(
    connection: sa.Connection,
    *,
    at: datetime,
    why: str,
    add: Sequence[LakeFile] = (),
    remove: Sequence[str] = (),
) -> int:
    """Change the manifest inside the caller's transaction; returns the new version."""
    hold(connection)
    version = manifest_version(connection) + 1
    connection.execute(MANIFEST_VERSIONS.sql_table().insert(), {"version": version, "at": at, "why": why})
    table = LAKE_FILES.sql_table()
    if add:
        connection.execute(table.insert(), [_row(file, version) for file in add])
    if remove:
        connection.execute(
            table.update()
            .where(table.c.path.in_(list(remove)), table.c.removed_in.is_(None))
            .values(removed_in=version)
        )
    return version


def _row(file: LakeFile, version: int) -> dict[str, object]:
    fields = {**vars(file), "deliveries": json.dumps(list(file.deliveries))}
    return {**fields, "added_in": version, "removed_in": None}


def _settle(path: Path) -> None:
    """Wait until a file and its name are on the disk: the manifest must not outlive what it names."""
    for target, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))):
        with contextlib.suppress(PermissionError):  # some systems open no folders
            handle = os.open(target, flags)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

"""The lake's files and the manifest that alone says which of them exist."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import pytest

from opswheel.storage.lake import ORPHAN_SECONDS, Lake, LakeFile, commit, files_at, manifest_version, sha256
from opswheel.storage.ledger import Ledger

AT = datetime.fromisoformat("2026-11-22 16:00:00")
DAY = date(2026, 11, 20)


def written(
    lake: Lake, table: str = "stock", content: bytes = b"rows", *, deliveries: tuple[int, ...] = (1,)
) -> LakeFile:
    path = lake.new_path(table)
    path.write_bytes(content)
    return lake.describe(
        path,
        table,
        ("main", "amazon:US"),
        from_day=DAY,
        to_day=DAY,
        source="stock_csv",
        deliveries=deliveries,
        rows=3,
        reader_version="1",
    )


def change(ledger: Ledger, *, add: tuple[LakeFile, ...] = (), remove: tuple[str, ...] = ()) -> int:
    with ledger.write() as connection:
        return commit(connection, at=AT, why="test", add=add, remove=remove)


def paths_at(ledger: Ledger, version: int, *tables: str) -> list[str]:
    with ledger.read() as connection:
        return [f.path for f in files_at(connection, version, tables or None)]


def test_every_version_of_the_manifest_can_be_read_again(tmp_path: Path, ledger: Ledger) -> None:
    lake = Lake(tmp_path / "lake")
    a, b, c = written(lake), written(lake, "orders"), written(lake)
    assert (change(ledger, add=(a, b)), change(ledger, add=(c,), remove=(a.path,)), change(ledger)) == (1, 2, 3)
    assert paths_at(ledger, 0) == []
    assert sorted(paths_at(ledger, 1)) == sorted([a.path, b.path])
    assert sorted(paths_at(ledger, 2)) == sorted(paths_at(ledger, 3)) == sorted([b.path, c.path])
    assert paths_at(ledger, 1, "stock") == [a.path]
    with ledger.read() as connection:
        assert manifest_version(connection) == 3


def test_a_manifest_row_tells_the_file_it_names(tmp_path: Path, ledger: Ledger) -> None:
    lake = Lake(tmp_path / "lake")
    file = written(lake, content=b"abc", deliveries=(7, 2**47))
    change(ledger, add=(file,))
    with ledger.read() as connection:
        (told,) = files_at(connection, 1)
    assert told == file
    assert (told.deliveries, told.bytes, told.rows) == ((7, 2**47), 3, 3)
    assert told.checksum == sha256(lake.absolute(told.path))
    assert told.path == f"stock/{lake.absolute(told.path).name}"


def test_a_commit_that_fails_shows_nothing(tmp_path: Path, ledger: Ledger) -> None:
    lake = Lake(tmp_path / "lake")
    file = written(lake)
    change(ledger, add=(file,))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        change(ledger, add=(written(lake), file))
    assert paths_at(ledger, 9) == [file.path]


def test_two_new_files_of_a_table_never_share_a_name(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    assert len({lake.new_path("stock") for _ in range(50)}) == 50


def test_only_files_nobody_ever_named_are_orphans_and_only_after_a_day(tmp_path: Path, ledger: Ledger) -> None:
    lake = Lake(tmp_path / "lake")
    named, replaced, orphan = written(lake), written(lake), written(lake)
    change(ledger, add=(named, replaced))
    change(ledger, remove=(replaced.path,))
    for file in (named, replaced, orphan):
        os.utime(lake.absolute(file.path), (1_000_000, 1_000_000))
    with ledger.read() as connection:
        assert lake.remove_orphans(connection, now=1_000_000 + ORPHAN_SECONDS) == 0
        assert lake.remove_orphans(connection, now=1_000_001 + ORPHAN_SECONDS) == 1
    assert [lake.absolute(f.path).exists() for f in (named, replaced, orphan)] == [True, True, False]

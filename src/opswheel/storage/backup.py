"""A backup: one archive with the ledger's rows, the lake files they name, the settings and the team's own pages.

The ledger is written as rows, not as a database file: a backup of SQLite restores into PostgreSQL and the other way
round. Every member has its checksum in the list that comes last; what the list does not name, or names otherwise, is
damage, and a damaged backup restores nothing. The key of the hashes stays outside (docs/how-to, "Back up").
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sa

from ..core.contracts import LAKE_FILES, LEASES, LEDGER, Contract
from ..core.errors import DamagedBackup, LedgerTooNew
from ..core.settings import SETTINGS_FILE
from .ledger import BATCH_ROWS, HEAD, Ledger

LIST = "backup.json"
FORMAT = 1
_FOLDERS = ("lake", "playbooks", "ledger")
_BLOCK = 1 << 20


def write_backup(ledger: Ledger, folder: Path, target: Path, *, at: datetime) -> dict[str, Any]:
    """Write the workspace in `folder` into the archive `target`; returns {"files", "rows", "bytes"}.

    The rows are those of one moment; lake files are never changed once written. The archive appears whole or not.
    """
    part = target.with_name(target.name + ".part")
    members: dict[str, dict[str, Any]] = {}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with ledger.read() as connection:
                rows = sum(_write_table(archive, connection, c, members) for c in LEDGER if c is not LEASES)
                named = list(connection.execute(sa.select(LAKE_FILES.sql_table().c.path).distinct()).scalars())
            pages = sorted((folder / "playbooks").glob("*.md"))
            lake = [p for name in sorted(named) if (p := folder / "lake" / name).exists()]  # replaced ones may be gone
            for path in (folder / SETTINGS_FILE, *pages, *lake):
                name = path.relative_to(folder).as_posix()
                with path.open("rb") as source, archive.open(_info(name), "w", force_zip64=True) as out:
                    members[name] = _copy(source, out)
            told = {"format": FORMAT, "migration": HEAD, "at": at.isoformat(), "rows": rows, "members": members}
            archive.writestr(LIST, json.dumps(told))
        part.chmod(0o600)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return {"files": len(members), "rows": rows, "bytes": target.stat().st_size}


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # with a day of its own, so that the same workspace gives the same archive
    info.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
    return info


def _write_table(
    archive: zipfile.ZipFile, connection: sa.Connection, contract: Contract, members: dict[str, Any]
) -> int:
    table, name = contract.sql_table(), f"ledger/{contract.name}.jsonl"
    n, size, checksum = 0, 0, hashlib.sha256()
    with archive.open(_info(name), "w", force_zip64=True) as out:
        for row in connection.execute(sa.select(table).order_by(*table.primary_key)):
            line = json.dumps(dict(row._mapping), default=lambda v: v.isoformat()).encode() + b"\n"
            out.write(line)
            checksum.update(line)
            n, size = n + 1, size + len(line)
    members[name] = {"bytes": size, "sha256": checksum.hexdigest()}
    return n


def _copy(source: IO[bytes], out: IO[bytes], most: int | None = None) -> dict[str, Any]:
    """Copy block by block; returns size and checksum. Stops with an error beyond `most` bytes."""
    size, checksum = 0, hashlib.sha256()
    while block := source.read(_BLOCK):
        size += len(block)
        if most is not None and size > most:
            raise DamagedBackup("A file in the backup is larger than its list says.", "Use another backup.")
        checksum.update(block)
        out.write(block)
    return {"bytes": size, "sha256": checksum.hexdigest()}


def unpack(backup: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup into an empty folder, checking every member; returns its list.

    Raises DamagedBackup where anything is missing, changed, added, or would lie outside the folder; LedgerTooNew
    where a later version wrote it.
    """
    try:
        with zipfile.ZipFile(backup) as archive:
            told = _list(archive)
            for name, wanted in told["members"].items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, path.open("wb") as out:
                    if _copy(source, out, wanted["bytes"]) != wanted:
                        raise DamagedBackup(f"{name} in the backup is not what it was.", "Use another backup.")
            return told
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, TypeError, RuntimeError) as wrong:
        raise DamagedBackup(f"{backup} is no whole backup: {wrong}.", "Use another backup.") from wrong
    except zlib.error as wrong:
        raise DamagedBackup(f"{backup} is damaged: {wrong}.", "Use another backup.") from wrong


def _list(archive: zipfile.ZipFile) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(archive.read(LIST))
    if told["format"] != FORMAT or told["migration"] > HEAD:
        raise LedgerTooNew("This backup was made by a later version of Opswheel.", "Restore it with that version.")
    names = [n for n in archive.namelist() if n != LIST]
    if sorted(names) != sorted(told["members"]):
        raise DamagedBackup("The backup's list and its content differ.", "Use another backup.")
    for name in names:
        parts = PurePosixPath(name).parts
        inside = name == SETTINGS_FILE or (len(parts) > 1 and parts[0] in _FOLDERS)
        if not inside or ".." in parts or name.startswith("/") or "\\" in name:
            raise DamagedBackup(f"The backup holds {name!r}, which belongs to no workspace.", "Use another backup.")
    return told


def fill(ledger: Ledger, rows: Path, migration: str) -> int:
    """Put the rows of an unpacked backup into an empty ledger, then bring it to this version; returns how many.

    All of them or none. Raises DamagedBackup where a row cannot be read.
    """
    ledger.upgrade(migration)
    n = 0
    with ledger.write() as connection:
        for path in sorted(rows.glob("*.jsonl")):
            table = sa.Table(path.stem, sa.MetaData(), autoload_with=connection)
            if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).scalar() is not None:
                connection.execute(table.delete())  # what migrations put in; the audit log refuses even an empty one
            for part in _batches(path, table):
                connection.execute(table.insert(), part)
                n += len(part)
    ledger.prepare()
    return n


def _batches(path: Path, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    moments = {c.name for c in table.columns if isinstance(c.type, sa.DateTime)}
    days = {c.name for c in table.columns if isinstance(c.type, sa.Date)}
    part: list[dict[str, Any]] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for name, value in row.items():
                if value is not None and name in moments:
                    row[name] = datetime.fromisoformat(value)
                elif value is not None and name in days:
                    row[name] = date.fromisoformat(value)
            part.append(row)
            if len(part) == BATCH_ROWS:
                yield part
                part = []
    if part:
        yield part

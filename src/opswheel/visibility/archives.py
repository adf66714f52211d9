"""The plain files behind a path: itself, or what its zip or gzip archive holds, within named limits."""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..core.errors import OverLimit, UnreadableFile

MAX_FILE_BYTES = 4 * 2**30
MAX_UNPACKED_BYTES = 4 * 2**30
MAX_UNPACK_RATIO = 200
"""Reports pack to a tenth or a thirtieth of their size; what unpacks to more than this is a bomb."""
MAX_MEMBERS = 200

_CHUNK = 2**20
_ZIP, _GZIP, _OLD_OFFICE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """A plain file: where it lies, its own name, and the archive it came from, if any."""

    path: Path
    name: str
    archive: str = ""

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"{self.archive} ({self.name})" if self.archive else self.name


def unpack(path: Path, scratch: Path) -> list[Member]:
    """The plain files behind `path`.

    Raises OverLimit for a bomb, UnreadableFile for a broken archive or an Excel workbook.
    """
    name = printable(path.name)
    if not path.is_file():
        raise UnreadableFile(f"There is no file {printable(str(path))}.", "Check the name.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise OverLimit(f"{name} is larger than {MAX_FILE_BYTES >> 30} GiB.", "Export a shorter period.")
    with path.open("rb") as handle:
        magic = handle.read(4)
    if magic == _OLD_OFFICE:
        raise _outlook(name) if name.lower().endswith(".msg") else _workbook(name)
    try:
        if magic.startswith(_GZIP):
            return [_gunzip(path, name, scratch)]
        if magic == _ZIP:
            return _unzip(path, name, scratch)
    except _BROKEN as broken:
        raise UnreadableFile(f"{name} is a broken archive ({broken}).", "Download it again.") from broken
    return [Member(path, name)]


def printable(name: str) -> str:
    """A file's name as text that can be printed and stored, whatever bytes its system allows."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _gunzip(path: Path, name: str, scratch: Path) -> Member:
    target = scratch / "0"
    with gzip.open(path) as packed:
        _copy(packed, target, name, MAX_UNPACK_RATIO * max(path.stat().st_size, 1024))
    return Member(target, name.removesuffix(".gz"))


def _unzip(path: Path, name: str, scratch: Path) -> list[Member]:
    found = []
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
        if len(members) > MAX_MEMBERS:
            raise OverLimit(f"{name} holds {len(members)} files; {MAX_MEMBERS} is the limit.", "Unpack it first.")
        if any(m.filename.endswith("xl/workbook.xml") for m in members):
            raise _workbook(name)
        if not members:
            raise UnreadableFile(f"{name} is an empty archive.", "Download it again.")
        left = MAX_UNPACKED_BYTES
        for number, member in enumerate(members):
            target = scratch / str(number)
            limit = min(left, MAX_UNPACK_RATIO * max(member.compress_size, 1024))
            with archive.open(member) as packed:
                left -= _copy(packed, target, name, limit)
            found.append(Member(target, printable(Path(member.filename).name), name))
    return found


def _workbook(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} is an Excel workbook.", "Save the sheet as CSV and load that.")


def _outlook(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} is a message in Outlook's own format.", "Save it as .eml, or forward it attached.")


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, name: str, limit: int) -> int:
    written = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > min(limit, MAX_UNPACKED_BYTES):
                raise OverLimit(
                    f"{name} unpacks to far more than it should ({MAX_UNPACK_RATIO} times its size is the limit).",
                    "Unpack it by hand if you trust it.",
                )
            out.write(chunk)
    return written

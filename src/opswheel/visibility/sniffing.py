"""From bytes to clean UTF-8: archives, encodings, and the named limits that keep a bad file from hurting.

Nothing here trusts a file: sizes are checked before and while reading, and text is accepted only if it
decodes without loss.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..core.errors import OverLimit, UnreadableFile

MAX_FILE_BYTES = 4 * 2**30
MAX_UNPACKED_BYTES = 4 * 2**30
MAX_UNPACK_RATIO = 200
MAX_MEMBERS = 200
MAX_LINE_BYTES = 2_000_000
MAX_JSON_BYTES = 2**30

_CHUNK = 2**20
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
# UTF-8 read as cp1252 and written as UTF-8 again: the first letters of "é", "–" and "’" after that accident.
_TWICE = (b"\xc3\x83\xc2", b"\xc3\xa2\xe2\x82\xac", b"\xc3\x82\xc2")


@dataclass(frozen=True)
class Text:
    """A file as UTF-8 without BOM: where it lies, what it was encoded in, and its first line."""

    path: Path
    encoding: str
    head: bytes
    size: int


def unpack(path: Path, scratch: Path) -> list[Path]:
    """The plain files behind `path`: itself, or what its zip or gzip archive holds.

    Raises OverLimit for a bomb, UnreadableFile for a broken archive.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise OverLimit(f"{path.name} is larger than {MAX_FILE_BYTES >> 30} GiB.", "Export a shorter period.")
    with path.open("rb") as handle:
        magic = handle.read(4)
    try:
        if magic.startswith(_GZIP):
            target = scratch / path.stem
            with gzip.open(path) as packed:
                _copy(packed, target, path.name, MAX_UNPACK_RATIO * path.stat().st_size)
            return [target]
        if magic == _ZIP:
            return _unzip(path, scratch)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as broken:
        raise UnreadableFile(f"{path.name} is a broken archive ({broken}).", "Download it again.") from broken
    return [path]


def _unzip(path: Path, scratch: Path) -> list[Path]:
    found = []
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
        if len(members) > MAX_MEMBERS:
            raise OverLimit(f"{path.name} holds {len(members)} files; {MAX_MEMBERS} is the limit.", "Unpack it first.")
        if any(m.filename.endswith("xl/workbook.xml") for m in members):
            raise UnreadableFile(f"{path.name} is an Excel workbook.", "Save the sheet as CSV and load that.")
        left = MAX_UNPACKED_BYTES
        for number, member in enumerate(members):
            target = scratch / f"{number}-{Path(member.filename).name}"
            limit = min(left, MAX_UNPACK_RATIO * max(member.compress_size, 1024))
            with archive.open(member) as packed:
                left -= _copy(packed, target, path.name, limit)
            found.append(target)
    return found


def _copy(packed: IO[bytes], target: Path, name: str, limit: int) -> int:
    written = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > min(limit, MAX_UNPACKED_BYTES):
                target.unlink(missing_ok=True)
                raise OverLimit(
                    f"{name} unpacks to far more than it should ({MAX_UNPACK_RATIO} times its size is the limit).",
                    "Unpack it by hand if you trust it.",
                )
            out.write(chunk)
    return written


def read_text(path: Path, scratch: Path, *, japanese: bool = False) -> Text:
    """`path` as UTF-8: utf-8-sig first, then UTF-16 by its mark, then cp1252, or Shift-JIS for Japan.

    Raises UnreadableFile for binary, doubly encoded or undecodable bytes, OverLimit for an endless line.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _transcode(path, scratch, ("utf-16",))
    if _is_utf8(path):
        skip = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
        return Text(path, "utf-8", _head(path, skip), path.stat().st_size)
    return _transcode(path, scratch, ("shift_jis", "cp1252") if japanese else ("cp1252", "shift_jis"))


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    since_newline, twice, wide = 0, 0, 0
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
            if b"\x00" in chunk:
                raise UnreadableFile(f"{path.name} is a binary file.", "Load the report as it was downloaded.")
            since_newline = _line_room(path, chunk, since_newline)
            if not chunk.isascii():
                twice += sum(chunk.count(pattern) for pattern in _TWICE)
                wide += sum(chunk.count(lead) for lead in (b"\xc3", b"\xc5", b"\xe2"))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    if twice >= 2 and 2 * twice >= wide / 2:
        raise UnreadableFile(
            f"{path.name} was encoded twice (“é” reads as “Ã©”).", "Download it again and do not open it in between."
        )
    return True


def _line_room(path: Path, chunk: bytes, since_newline: int) -> int:
    last = chunk.rfind(b"\n")
    if last >= 0:
        return len(chunk) - last
    since_newline += len(chunk)
    if since_newline > MAX_LINE_BYTES and not path.suffix.lower().endswith("json") and not _looks_json(path):
        raise OverLimit(
            f"{path.name} has a line of more than {MAX_LINE_BYTES:,} bytes.", "A report has one row on each line."
        )
    return since_newline


def _looks_json(path: Path) -> bool:
    return _head(path, 0)[:64].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")


def _transcode(path: Path, scratch: Path, encodings: tuple[str, ...]) -> Text:
    for encoding in encodings:
        target = scratch / f"{path.name}.utf8"
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with target.open("w", encoding="utf-8", newline="") as out:
                for chunk in _chunks(path):
                    if b"\x00" in chunk and encoding != "utf-16":
                        raise UnreadableFile(f"{path.name} is a binary file.", "Load the report as downloaded.")
                    out.write(decoder.decode(chunk))
                out.write(decoder.decode(b"", final=True))
        except UnicodeDecodeError:
            continue
        return Text(target, encoding, _head(target, 0).removeprefix(codecs.BOM_UTF8), target.stat().st_size)
    raise UnreadableFile(
        f"{path.name} is text in no encoding Opswheel knows (tried UTF-8, {', '.join(encodings)}).",
        "Save it as UTF-8.",
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk


def _head(path: Path, skip: int) -> bytes:
    with path.open("rb") as handle:
        handle.seek(skip)
        return handle.read(2**16)


def cut_short(text: Text, separator: bytes) -> bool:
    """Whether the last line of a delimited file breaks off: no line end, and fewer cells than the line before."""
    with text.path.open("rb") as handle:
        handle.seek(max(0, text.size - 2**16))
        tail = handle.read()
    if not tail or tail.endswith((b"\n", b"\r")):
        return False
    lines = tail.replace(b"\r\n", b"\n").split(b"\n")
    return len(lines) > 2 and lines[-1].count(separator) < lines[-2].count(separator)

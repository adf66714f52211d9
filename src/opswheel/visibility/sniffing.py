"""From bytes to clean UTF-8 text: encodings, and the named limits that keep a bad file from hurting.

Nothing here trusts a file. One pass over its bytes decides whether the engine can read it as it lies; if not,
a clean copy is made in the scratch folder. Text is accepted only if it decodes without loss.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import OverLimit, UnreadableFile
from ..core.reader import MAX_LINE_BYTES

MAX_JSON_BYTES = 2**30

_CHUNK = 2**19  # smaller than half a longest line, so that every longer line shows between two chunks
_HEAD = 2**16
_BOM = codecs.BOM_UTF8
_WIDE_BLANKS = "\u00a0\u2009\u202f"
_TWICE_ENOUGH = 2
_TWICE_SHARE = 0.75
_RUNS_LOOKED_AT = 1_000
_WIDE = re.compile(rb"[\x80-\xff]+")
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))
_LONE_RETURN = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True)
class Text:
    """A file as UTF-8: where it lies, what it was encoded in, its first bytes without mark, and what it holds.

    `quoted` says that there are double quotes in it, `wide_blanks` that there are blanks other than the space.
    """

    path: Path
    encoding: str
    head: bytes
    size: int
    quoted: bool = False
    wide_blanks: bool = False


@dataclass
class _Seen:
    """What one pass over a file's bytes found."""

    valid: bool = True
    wide: bool = False
    nul: bool = False
    quoted: bool = False
    wide_blanks: bool = False
    line_feeds: bool = False
    lone_returns: bool = False
    broken_end: bool = False
    runs: int = 0
    twice: int = 0


def read_text(path: Path, name: str, scratch: Path, *, japanese: bool = False) -> Text:
    """`path` as UTF-8: utf-8-sig first, then UTF-16 by its mark, then cp1252, or Shift-JIS for Japan.

    Raises UnreadableFile for binary, doubly encoded or undecodable bytes, OverLimit for an endless line.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _transcode(path, name, scratch, ("utf-16",))
    seen = _scan(path, name)
    if seen.nul:
        raise UnreadableFile(f"{name} is a binary file.", "Load the report as it was downloaded.")
    if not seen.valid:
        marked = start.startswith(_BOM)
        if marked or (seen.broken_end and seen.wide):
            where = "breaks off in the middle of a character" if seen.broken_end else "says it is UTF-8 and is not"
            raise UnreadableFile(f"{name} {where}.", "Download it again.")
        return _transcode(path, name, scratch, ("cp932", "cp1252") if japanese else ("cp1252", "cp932"))
    return _text(path, name, "utf-8", seen, scratch)


def looks_json(head: bytes) -> bool:
    """Whether text begins as a JSON document does."""
    return head.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def _text(path: Path, name: str, encoding: str, seen: _Seen, scratch: Path) -> Text:
    head, size = _head(path), path.stat().st_size
    if looks_json(head):
        if size > MAX_JSON_BYTES:
            raise OverLimit(f"{name} is JSON of more than {MAX_JSON_BYTES >> 30} GiB.", "Export a shorter period.")
    elif seen.lone_returns and seen.line_feeds:  # the engine would take each for the end of a row
        path = _without_lone_returns(path, scratch)
        head, size = _head(path), path.stat().st_size
    if seen.twice >= max(_TWICE_ENOUGH, _TWICE_SHARE * seen.runs):
        raise UnreadableFile(
            f"{name} was encoded twice (“é” reads as “Ã©”).", "Download it again and do not open it in between."
        )
    return Text(path, encoding, head.removeprefix(_BOM), size, seen.quoted, seen.wide_blanks)


def _scan(path: Path, name: str) -> _Seen:
    seen, decoder, since_newline = _Seen(), codecs.getincrementaldecoder("utf-8")(), 0
    endless = looks_json(_head(path))
    for chunk in _chunks(path):
        seen.nul = seen.nul or b"\x00" in chunk or (endless and b"\\u0000" in chunk)
        if seen.nul:
            return seen
        since_newline = since_newline if endless else _line_room(name, chunk, since_newline)
        seen.quoted = seen.quoted or b'"' in chunk
        seen.line_feeds = seen.line_feeds or b"\n" in chunk
        seen.lone_returns = seen.lone_returns or (b"\r" in chunk and _LONE_RETURN.search(chunk) is not None)
        if not chunk.isascii() or decoder.getstate()[0]:
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                seen.valid = False
                return seen
            seen.wide = seen.wide or not text.isascii()
            seen.wide_blanks = seen.wide_blanks or any(blank in text for blank in _WIDE_BLANKS)
            _look_at_wide(chunk, seen)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        seen.valid, seen.broken_end = False, True
    return seen


def _line_room(name: str, chunk: bytes, since_newline: int) -> int:
    first = min((at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0), default=len(chunk))
    if since_newline + first > MAX_LINE_BYTES:
        raise OverLimit(f"{name} has a line of more than {MAX_LINE_BYTES:,} bytes.", "A report has one row on a line.")
    last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    return since_newline + len(chunk) if last < 0 else len(chunk) - last - 1


def _look_at_wide(chunk: bytes, seen: _Seen) -> None:
    if seen.runs >= _RUNS_LOOKED_AT:
        return
    for match in _WIDE.finditer(chunk):
        seen.runs += 1
        seen.twice += _encoded_twice(match.group().removeprefix(_BOM))
        if seen.runs >= _RUNS_LOOKED_AT:
            return


def _encoded_twice(run: bytes) -> bool:
    """Whether UTF-8 was taken for cp1252 and written as UTF-8 again: then the way back gives UTF-8 once more."""
    try:
        once = run.decode("utf-8")
        return bool(once) and bool(_as_cp1252(once).decode("utf-8"))
    except UnicodeError:
        return False


def _as_cp1252(text: str) -> bytes:
    return b"".join(c.encode("latin-1") if "\x80" <= c <= "\x9f" else c.encode("cp1252") for c in text)


def _transcode(path: Path, name: str, scratch: Path, encodings: tuple[str, ...]) -> Text:
    target = scratch / f"{path.name}.utf8"
    for encoding in encodings:
        try:
            with target.open("wb") as out:
                for text in _decoded(path, encoding):
                    out.write(text.encode("utf-8"))
        except UnicodeError:
            continue
        seen = _scan(target, name)
        if seen.nul:
            raise UnreadableFile(f"{name} is a binary file.", "Load the report as it was downloaded.")
        seen.twice = 0
        return _text(target, name, encoding, seen, scratch)
    raise UnreadableFile(
        f"{name} is text in no encoding Opswheel knows (tried UTF-8, {', '.join(encodings)}).", "Save it as UTF-8."
    )


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in _chunks(path):
        # Where Windows' own letters do not occur, cp1252 is Latin-1, which decodes several times faster.
        latin = encoding == "cp1252" and len(chunk.translate(None, _WINDOWS_ONLY)) == len(chunk)
        yield chunk.decode("latin-1") if latin else decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _without_lone_returns(path: Path, scratch: Path) -> Path:
    """A copy in which a carriage return inside a cell is a blank."""
    target = scratch / f"{path.name}.lines"
    with target.open("wb") as out:
        for chunk in _chunks(path):
            out.write(_LONE_RETURN.sub(b" ", chunk))
    return target


def _chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces that never part a carriage return from its line feed."""
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk + handle.read(1) if chunk.endswith(b"\r") else chunk


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(_HEAD)


def cut_short(text: Text, separator: str) -> bool:
    """Whether the last line of a delimited file breaks off: no line end, and fewer cells than the line before."""
    with text.path.open("rb") as handle:
        handle.seek(max(0, text.size - _HEAD))
        tail = handle.read()
    if not tail or tail.endswith((b"\n", b"\r")):
        return False
    lines = re.split(r"\r\n|\n|\r", tail.decode("utf-8", "replace"))
    return len(lines) > 2 and _cells(lines[-1], separator) < _cells(lines[-2], separator)


def _cells(line: str, separator: str) -> int:
    """Cells of a line; separators between quotes part nothing, except in tab files."""
    if separator != "\t":
        line = re.sub(r'"[^"]*"', "", line)
    return line.count(separator)

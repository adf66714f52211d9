"""Which report a file is: by its header, never by its name."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..core.errors import UnknownLayout
from ..core.reader import Cell, Reader
from .sniffing import Text


@dataclass(frozen=True)
class Layout:
    """A recognised file: its reader, and for delimited files the separator and what each column becomes.

    `columns` holds the fact column each column of the file fills, or empty text where no reader wants it.
    """

    reader: Reader
    separator: str = ""
    columns: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()


@lru_cache(maxsize=4096)  # every file is held against the same few hundred headers
def fold(header: str) -> str:
    """A header as it is compared: trimmed, case-folded, dashes and spaces made plain."""
    plain = re.sub(r"[\u2010-\u2015]", "-", header.strip().strip("\ufeff\"'").strip())
    return re.sub(r"\s+", " ", plain).casefold()


def recognise(text: Text, name: str, readers: Sequence[Reader]) -> Layout:
    """The layout of a file. Readers that take another table from some reader's files have none of their own.

    Raises UnknownLayout with the nearest layouts and the columns they miss.
    """
    start, inside = text.head.lstrip(), {name for r in readers for name in r.also}
    own = [r for r in readers if r.report not in inside]
    if start[:1] in (b"{", b"["):
        return _recognise_json(start, name, [r for r in own if r.format == "json"])
    return _recognise_delimited(text, name, [r for r in own if r.format != "json"])


def header_of(head: bytes) -> tuple[str, list[str]]:
    """(separator, names) of the first line."""
    line = re.split(r"[\r\n]", head.decode("utf-8", "replace"), maxsplit=1)[0]
    separator = max("\t,;", key=line.count)
    if separator == "\t":
        return separator, line.split("\t")
    return separator, next(csv.reader([line], delimiter=separator), [])


def _recognise_delimited(text: Text, name: str, readers: Sequence[Reader]) -> Layout:
    separator, names = header_of(text.head)
    folded = [fold(n) for n in names]
    best: tuple[int, Layout] | None = None
    near: list[tuple[float, str, list[str]]] = []
    for reader in readers:
        places = [_place(cell, folded) for cell in reader.cells]
        wanted = [(cell, at) for cell, at in zip(reader.cells, places, strict=True) if cell.required or cell.in_header]
        missing = [cell.headers[0] for cell, at in wanted if at is None]
        if not missing:
            found = sum(at is not None for at in places)
            if best is None or found > best[0]:
                best = (found, _layout(reader, separator, len(names), places))
        elif len(missing) < len(wanted):
            near.append((len(missing) / len(wanted), reader.title, missing))
    if best:
        return best[1]
    raise _unknown(name, sorted(near, key=lambda n: (n[0], n[1])))


def _place(cell: Cell, folded: list[str]) -> int | None:
    for header in cell.headers:
        if fold(header) in folded:
            return folded.index(fold(header))
    return None


def _layout(reader: Reader, separator: str, width: int, places: list[int | None]) -> Layout:
    taken = {at: cell.to for cell, at in zip(reader.cells, places, strict=True) if at is not None}
    return Layout(reader, separator, tuple(taken.get(i, "") for i in range(width)))


def _unknown(name: str, near: list[tuple[float, str, list[str]]]) -> UnknownLayout:
    if not near:
        return UnknownLayout(
            f"{name} has the header of no report Opswheel knows.",
            "Its first line must hold the column names, in English; `opswheel readers` lists the reports.",
        )
    nearest = "; ".join(f"{title} (missing: {', '.join(missing[:6])})" for _, title, missing in near[:3])
    return UnknownLayout(f"{name} has the header of no report Opswheel knows.", f"Nearest: {nearest}.")


# Keys under which APIs, and people who record API answers, wrap the document itself.
_WRAPPERS: tuple[tuple[str, ...], ...] = ((), ("payload",), ("cases", "response"), ("response",), ("body",))


_USUALLY_ENOUGH = 4_096


def _recognise_json(start: bytes, name: str, readers: Sequence[Reader]) -> Layout:
    text = start.decode("utf-8", "replace")
    found = _json_layout(_first_keys(text[:_USUALLY_ENOUGH]), readers) or _json_layout(_first_keys(text), readers)
    if found:
        return found
    near = _nearest_shapes({key for path in _first_keys(text) for key in path}, readers)
    raise UnknownLayout(f"{name} is JSON of no shape Opswheel knows.", f"Nearest: {near}.")


def _nearest_shapes(keys: set[str], readers: Sequence[Reader]) -> str:
    """The shapes of which a file has some keys, best first, with what they want; else the names of all."""

    def share(reader: Reader) -> float:
        marks = [[key for mark in m for key in mark.split(".")] for m in reader.shape.marks]  # type: ignore[attr-defined]
        return max((sum(key in keys for key in m) / len(m) for m in marks), default=0.0)

    alike = sorted((r for r in readers if share(r) > 0), key=lambda r: (-share(r), r.title))
    return "; ".join([f"{r.title} (wants: {_wanted(r)})" for r in alike[:3]] or [r.title for r in readers])


def _json_layout(keys: set[tuple[str, ...]], readers: Sequence[Reader]) -> Layout | None:
    for wrapper in _WRAPPERS:
        for reader in readers:
            for marks in reader.shape.marks:  # type: ignore[attr-defined]
                if all((*wrapper, *mark.split(".")) in keys for mark in marks):
                    return Layout(reader, wrapper=wrapper)
    return None


def _wanted(reader: Reader) -> str:
    return " or ".join(" and ".join(sorted(m)) for m in reader.shape.marks)  # type: ignore[attr-defined]


def _first_keys(text: str, depth: int = 4) -> set[tuple[str, ...]]:
    """Key paths near the start of a JSON text, found without reading all of it; lists count for nothing."""
    found: set[tuple[str, ...]] = set()
    path: list[str] = []
    kinds: list[str] = []
    pending = ""
    for token in re.finditer(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\],]', text):
        part = token.group(1) or token.group()
        if part in "{[":
            kinds.append(part)
            path.append(pending)
        elif part in "}]" and kinds:
            kinds.pop()
            path.pop()
        pending = ""
        if token.group(2) and kinds and kinds[-1] == "{":
            pending = _unquote(part)
            steps = tuple(p for p in path if p)
            if len(steps) < depth:
                found.add((*steps, pending))
    return found


def _unquote(part: str) -> str:
    if "\\" not in part:
        return part[1:-1]
    try:
        return str(json.loads(part))
    except ValueError:
        return part[1:-1]

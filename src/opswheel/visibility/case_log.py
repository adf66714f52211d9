"""A case log as it is copied from the screen: a table with tabs or commas, or one cell on each line.

The screen offers no download, so people mark it and paste it into a text file. What comes out depends on the
browser: cells are told apart by what is in them where no heading names them.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from ..core.errors import UnreadableFile
from .layouts import fold
from .masking import excerpt

HEADINGS = ("log case id", "log status", "opened", "changed", "item named", "excerpt")
MAX_LOG_BYTES = 20 * 2**20

STATES = {
    "open": "open",
    "new": "open",
    "re-opened": "waiting_on_them",
    "reopened": "waiting_on_them",
    "in progress": "waiting_on_them",
    "work in progress": "waiting_on_them",
    "pending amazon action": "waiting_on_them",
    "pending": "waiting_on_them",
    "transferred": "waiting_on_them",
    "answered": "waiting_on_us",
    "pending merchant action": "waiting_on_us",
    "pending seller action": "waiting_on_us",
    "needs attention": "waiting_on_us",
    "requires attention": "waiting_on_us",
    "needs your attention": "waiting_on_us",
    "action required": "waiting_on_us",
    "closed": "closed",
    "resolved": "closed",
}
"""The words of the screen. Answered: the marketplace wrote last, and waits for our yes or no."""

_NAMES = {
    "case": ("case id", "case", "case #", "case number"),
    "status": ("status", "case status"),
    "opened": ("created", "date created", "creation date", "case creation date", "created on", "opened"),
    "changed": ("last updated", "updated", "last update", "last modified", "last contact"),
    "subject": ("short description", "subject", "description", "issue", "title"),
}
_CASE = re.compile(r"\d{8,13}")
_DATE = re.compile(
    r"^(\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d\d)"
    r"|[A-Z][a-z]{2} \d{1,2}, \d{4}|\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{4})\b"
)
_ADDRESS = re.compile(r"\S+@\S+")
_BUTTON = re.compile(r"^(?:view|view or respond|view case|respond|reopen|actions?|edit)$", re.IGNORECASE)
_ITEM = re.compile(r"\bB0[0-9A-Z]{8}\b")
_MONTH = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]+\b")


def is_log(path: Path) -> bool:
    """Whether a text begins with the headings, or holds the buttons, of a case log."""
    with path.open("rb") as handle:
        head = _text(handle.read(2**14))
    if "\x00" in head or head.lstrip()[:1] in ("{", "["):
        return False
    lines = head.splitlines()[:60]
    cells = {fold(cell) for line in lines for cell in re.split(r"[\t,;]", line)}
    named = "case id" in cells and ("status" in cells or "case status" in cells)
    return named or "view or respond" in cells


def _text(raw: bytes) -> str:
    """Text as editors save it; letters that are none are marked, not refused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as failed:
        cut_off = failed.reason == "unexpected end of data" and failed.start > len(raw) - 4
        return raw.decode("utf-8-sig", "ignore") if cut_off else raw.decode("cp1252", "replace")


def case_table(path: Path, name: str, scratch: Path) -> Path:
    """A tab-separated table of the cases in a pasted log, one line each. Raises UnreadableFile for no log at all."""
    if path.stat().st_size > MAX_LOG_BYTES:
        raise UnreadableFile(f"{name} is too long for a pasted case log.", "Paste fewer cases.")
    lines = [line for line in _text(path.read_bytes()).splitlines() if line.strip()]
    rows = _by_heading(lines) or _by_content(lines)
    if not rows:
        raise UnreadableFile(f"{name} looks like a case log, but no case can be found in it.", "Paste the whole table.")
    target = scratch / f"{path.name}.log"
    with target.open("w", encoding="utf-8", newline="") as out:
        for row in (HEADINGS, *rows):
            out.write("\t".join(row) + "\n")
    return target


def _by_heading(lines: list[str]) -> list[tuple[str, ...]]:
    """The rows of a table whose first line names its columns."""
    for at, line in enumerate(lines[:20]):
        separator = max("\t,;", key=line.count)
        places = _places([fold(cell) for cell in line.split(separator)])
        if line.count(separator) and "case" in places and "status" in places:
            cells = csv.reader(lines[at + 1 :], delimiter=separator)
            found = []
            for row in cells:
                told = {what: row[i].strip() for what, i in places.items() if i < len(row)}
                if any(told.values()):
                    found.append(_row(told))
            return found
    return []


def _places(names: list[str]) -> dict[str, int]:
    return {what: names.index(n) for what, known in _NAMES.items() for n in reversed(known) if n in names}


def _by_content(lines: list[str]) -> list[tuple[str, ...]]:
    """The rows of a table without usable headings: by line where lines hold several cells, else by rhythm."""
    if any("\t" in line and _number(line.split("\t")) for line in lines):
        return [_row(_told(cells)) for line in lines if _number(cells := line.split("\t"))]
    at = [i for i, line in enumerate(lines) if _CASE.fullmatch(line.strip())]
    if not at:
        return []
    gaps = Counter(b - a for a, b in pairwise(at))
    rhythm = gaps.most_common(1)[0][0] if gaps else len(lines) - at[0]
    first = at[0] % rhythm if gaps else 0
    starts = [i - first for i in at]
    return [_row(_told(lines[max(0, i) : max(0, i) + rhythm])) for i in starts]


def _number(cells: list[str]) -> str:
    return next((c.strip() for c in cells if _CASE.fullmatch(c.strip())), "")


def _told(cells: list[str]) -> dict[str, str]:
    """Cells told apart by what is in them."""
    cells = [c.strip() for c in cells if c.strip()]
    dates = [c for c in cells if _DATE.match(_shortened(c))]
    status = next((c for c in cells if fold(c) in STATES), "")
    case = _number(cells)
    rest = [c for c in cells if c not in (*dates, status, case) and not (_BUTTON.match(c) or _ADDRESS.fullmatch(c))]
    told = {"case": case, "status": status, "subject": max(rest, key=len, default="")}
    if dates:
        told |= {"opened": dates[0], "changed": dates[-1]}
    return told


def _row(told: dict[str, str]) -> tuple[str, ...]:
    subject = told.get("subject", "")
    item = _ITEM.search(subject)
    return (
        told.get("case", ""),
        STATES.get(fold(told.get("status", "")), ""),
        _day(told.get("opened", "")),
        _day(told.get("changed", "") or told.get("opened", "")),
        item.group() if item else "",
        excerpt(subject),
    )


def _shortened(cell: str) -> str:
    """A date with its month in three letters."""
    return _MONTH.sub(r"\1", cell)


def _day(cell: str) -> str:
    """The date of a cell without its time; the cell as it stands where it holds none, so that it is refused."""
    found = _DATE.match(_shortened(cell))
    return found[1] if found else cell.replace("\t", " ")

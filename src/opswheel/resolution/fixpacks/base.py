"""What a fix pack is, what it is given, and the two ways a file is written.

A file that a marketplace reads holds every SKU exactly as the marketplace knows it, whatever it begins with. A
worksheet that a person opens in a spreadsheet holds no cell a spreadsheet would run.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from ...core.contracts import Contract
from ...core.csvs import safe_cell
from ...core.money import exponent
from ...core.settings import Place

Facts = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Line:
    """One listing behind one issue: what the last run that saw it saw, and what facts say of it now.

    `sku` is empty where the issue is about no listing. `seen` is the signal's evidence, `now` the current rows of the
    tables the pack reads, by table, the best first; `earlier` the listing on earlier mornings, the oldest first.
    """

    issue: int
    kind: str
    sku: str
    item_id: str | None = None
    title: str | None = None
    sentence: str = ""
    cause: str | None = None
    onset_day: date | None = None
    last_good_day: date | None = None
    deadline_at: datetime | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    now: Facts = field(default_factory=dict)
    earlier: Sequence[Mapping[str, Any]] = ()

    def fact(self, contract: Contract) -> Mapping[str, Any]:
        """The current row of a table for this listing; empty where there is none."""
        return next(iter(self.now.get(contract.name, ())), {})


@dataclass(frozen=True)
class Packed:
    """A file's text, how many rows of issues it holds, which lines it leaves out and why, what a person fills in."""

    text: str
    rows: int
    left_out: Sequence[tuple[Line, str]] = ()
    fill_in: str = ""


class FixPack(Protocol):
    """One kind of file: which issues it serves, where a person uploads it, and how lines become its text.

    `kinds` are the kinds of issue it serves, in `causes` those of which only some causes; `marketplaces` the part of
    a channel's name before the colon, none for all of them. `reads` are the snapshot tables it wants of each listing.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    causes: ClassVar[Mapping[str, tuple[str, ...]]]
    marketplaces: ClassVar[tuple[str, ...]]
    upload: ClassVar[str]
    suffix: ClassVar[str]
    for_spreadsheet: ClassVar[bool]
    reads: ClassVar[tuple[Contract, ...]]

    def write(self, lines: Sequence[Line], place: Place, day: date, /) -> Packed:
        """The file for lines of one account and channel; `day` is the channel's day of the run."""
        ...


class Pack:
    """A fix pack with the usual values; a pack names what differs."""

    causes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    marketplaces: ClassVar[tuple[str, ...]] = ()
    for_spreadsheet: ClassVar[bool] = False
    reads: ClassVar[tuple[Contract, ...]] = ()


def serves(pack: FixPack, kind: str, cause: str | None, channel: str) -> bool:
    """Whether a pack serves an issue of a kind and cause on a channel."""
    place = not pack.marketplaces or channel.partition(":")[0] in pack.marketplaces
    return place and kind in pack.kinds and (kind not in pack.causes or cause in pack.causes[kind])


def tab_line(*cells: object) -> str:
    """One line of a file the marketplace reads: tab between the cells, nothing quoted, nothing altered."""
    return "\t".join("" if c is None else str(c) for c in cells) + "\n"


def torn(text: str) -> str:
    """Why a SKU cannot stand in a tab-separated file; empty where it can."""
    return "a tab or line break in its SKU would tear the file" if any(c in text for c in "\t\r\n") else ""


def worksheet(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A CSV to open in a spreadsheet; what would start a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(c)) for c in columns])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        value = json.dumps(value)
    if isinstance(value, str) and any(c in value for c in "\t\r\n"):
        value = " ".join(value.split())
    return safe_cell(value)


def money_text(minor: int, place: Place) -> str:
    """Minor units as a marketplace's file writes a price: no sign, no thousands, a comma where it writes commas."""
    digits = exponent(place.currency)
    text = f"{minor / 10**digits:.{digits}f}"
    return text.replace(".", ",") if place.comma_decimals else text

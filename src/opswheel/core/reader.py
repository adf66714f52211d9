"""What a reader must be: one file for each report layout.

A reader says how its report is recognised and how each column becomes a column of a fact table. It opens
nothing: the loader finds the encoding, reads the file with the engine as text only, and applies the
reader's expressions. Columns are an allow-list: what no reader names is never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from .contracts import Contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

Format = Literal["tab", "comma", "json", "mail", "text"]
Export = Literal["screen export", "API only", "own layout"]

MAX_LINE_BYTES = 2_000_000
"""No row of a report is as long; a longer line is refused."""
KEY_VARIABLE = "workspace_key"
"""The engine variable that holds the key of the hashes; it is never written into an expression."""
CHANNELS_VARIABLE = "channels"
"""The engine variable that holds the channel behind every name a report may use for a marketplace."""
MARK = "\x1f"
"""Parts a problem's column, reason and value."""

Parse = Callable[["ir.StringValue", "Context"], "ir.Value"]
"""Turns a cell's text into a value; null where the text cannot be read, which refuses the row."""


def refusal(column: str, reason: str) -> str:
    """Why a row is refused, as the text of its `problem`; the value of the cell may follow it.

    The loader writes it for single cells; a reader's `finish` may, where several rows or cells decide.
    """
    return f"{column}{MARK}{reason}{MARK}"


@dataclass(frozen=True)
class Context:
    """What parsing one file may know: never a row, always the place the file belongs to.

    `careful` asks for every way a number may be written. Files of machines need none of it, and the engine would
    take longer to prepare the rules than to read a day's file: it is tried where plain reading left cells unread.
    """

    account: str
    channel: str
    currency: str
    zone: str
    comma_decimals: bool
    day_first: bool
    careful: bool = False


@dataclass(frozen=True)
class Cell:
    """How one column of a report becomes one column of the fact table.

    `headers` are the names the report uses, newest first; matching is trimmed and case-folded. A `required`
    column must be in the header and filled in every row. `personal` cells are never echoed in rejects. Days and
    moments more than a day ahead are refused unless the cell may lie `ahead`: a plan, an ETA, an expiry. Words
    that mean an empty cell, such as `--` or `none`, stand in lower case under `nothing`; only delimited files
    have them.
    """

    to: str
    headers: tuple[str, ...]
    parse: Parse
    required: bool = False
    in_header: bool = False
    personal: bool = False
    empty: Any = None
    minimum: float | None = None
    ahead: bool = False
    nothing: tuple[str, ...] = ()


@dataclass(frozen=True)
class JsonShape:
    """Where the rows of a JSON report lie.

    Each set of `marks` holds keys that, together, recognise the report; `coupons.couponId` is a key inside another's
    value. `columns` gives each wanted top-level key its type, in Ibis' notation and as text at the leaves. `rows`
    turns documents into records.
    """

    marks: tuple[frozenset[str], ...]
    columns: Mapping[str, str]
    rows: Callable[[ir.Table, Context], ir.Table]


class Reader(Protocol):
    """One report layout.

    `settles_days` is how long its days keep changing; `expected_days` how often it is exported (0: no rhythm);
    `precedence` decides between two reports of one table, smaller first. `lists_everything` says that a row
    which is absent has vanished; `row_by_row` that a delivery speaks only of the rows it holds, as the pages of
    an API search do. `compared` says that a delivery which lacks many rows of the one before it looks partial; a
    team's own lists may shrink as they like. `also` names readers that take another table from the same file.
    """

    report: ClassVar[str]
    version: ClassVar[str]
    title: ClassVar[str]
    table: ClassVar[Contract]
    format: ClassVar[Format]
    export: ClassVar[Export]
    settles_days: ClassVar[int]
    expected_days: ClassVar[int]
    zone: ClassVar[Literal["channel", "UTC"]]
    cells: ClassVar[tuple[Cell, ...]]
    precedence: ClassVar[int]
    lists_everything: ClassVar[bool]
    row_by_row: ClassVar[bool]
    compared: ClassVar[bool]
    also: ClassVar[tuple[str, ...]]

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Add what follows from several cells; rows have the parsed columns and `hint`."""
        ...

"""What most readers share: the class attributes a report usually has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...core.contracts import Contract
from ...core.reader import Cell, Context, Export, Format, JsonShape

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Report:
    """A report with the usual values; a reader names what differs."""

    report: ClassVar[str]
    version: ClassVar[str] = "1"
    title: ClassVar[str]
    table: ClassVar[Contract]
    format: ClassVar[Format]
    export: ClassVar[Export] = "screen export"
    settles_days: ClassVar[int] = 0
    expected_days: ClassVar[int] = 1
    zone: ClassVar[Literal["channel", "UTC"]] = "channel"
    cells: ClassVar[tuple[Cell, ...]]
    precedence: ClassVar[int] = 50
    lists_everything: ClassVar[bool] = True
    row_by_row: ClassVar[bool] = False
    compared: ClassVar[bool] = True
    also: ClassVar[tuple[str, ...]] = ()

    def finish(self, rows: ir.Table, _context: Context) -> ir.Table:
        """Nothing follows from several cells."""
        return rows


class TabReport(Report):
    """Tab separated, quoting off: what Amazon's flat files are."""

    format: ClassVar[Format] = "tab"


class CommaReport(Report):
    """Comma separated with quotes: Business Reports, Shopify, Walmart and our own layouts."""

    format: ClassVar[Format] = "comma"


class JsonReport(Report):
    """A JSON document; `shape` says where its rows lie, and `cells` parse their text."""

    format: ClassVar[Format] = "json"
    export: ClassVar[Export] = "API only"
    shape: ClassVar[JsonShape]

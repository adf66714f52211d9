"""What our own plain CSV layouts share: one for each fact table, and for what only the team knows.

They exist so that a spreadsheet, another marketplace or a database can feed Opswheel without a reader of its
own. Column names are the fact tables' names in whole units (`price`, not `price_minor`); a `channel` column is
optional everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.reader import Cell, Context, Export, Parse
from .base import CommaReport
from .parsing import channel_name, currency, day, integer, rescale, text, word

if TYPE_CHECKING:
    import ibis.expr.types as ir

SKU = Cell("sku", ("sku",), text, required=True)
CHANNEL = Cell("hint", ("channel",), channel_name)
DAY = Cell("day", ("day", "date"), day)
CURRENCY = Cell("currency", ("currency",), currency)


def words(*choices: str) -> Parse:
    """One of a few words, as they stand."""
    return word({c: c for c in choices})


def texts(*names: str) -> tuple[Cell, ...]:
    """Text columns that go by the same name in the file and in the table."""
    return tuple(Cell(name, (name,), text) for name in names)


def units(*names: str) -> tuple[Cell, ...]:
    """Whole units: `lost` becomes `lost_units`."""
    return tuple(Cell(f"{name}_units", (name,), integer) for name in names)


class OwnLayout(CommaReport):
    """One of our own CSV layouts."""

    export: ClassVar[Export] = "own layout"
    expected_days: ClassVar[int] = 0
    compared: ClassVar[bool] = False

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """Money in the row's own currency, where it names one."""
        rows = self.fill(rows, context)
        names = [c for c in rows.columns if c.endswith("_minor")]
        if "currency" not in rows.columns or not names:
            return rows
        code = rows.currency.fill_null(context.currency)
        return rows.mutate(currency=code, **{n: rescale(rows[n], code, context) for n in names})

    def fill(self, rows: ir.Table, _context: Context) -> ir.Table:
        """What a layout adds of its own."""
        return rows

"""Case logs copied from the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import CASES
from ...core.reader import Cell, Context, Format
from .base import TabReport
from .parsing import day_start, text, written_day

if TYPE_CHECKING:
    import ibis.expr.types as ir


class CaseLog(TabReport):
    """The list of cases as the marketplace's screen shows it: number, state, opened, last changed.

    Seller Central: Help → Manage your cases (Case log): mark the table, copy it, paste it into a text file, and name
    the file with the day. A table with its headings, in tabs or commas, is read by them; one that came out with a
    cell on each line by what the cells hold. "Answered" and "Pending merchant action" wait on us, "Pending Amazon
    action" on them. A contact address in it is not read; of the description a masked beginning is kept.
    """

    report: ClassVar[str] = "case_log"
    title: ClassVar[str] = "Case log (pasted text)"
    format: ClassVar[Format] = "text"
    table = CASES
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("case_id", ("log case id",), text, required=True),
        Cell("status", ("log status",), text, in_header=True),
        Cell("opened_day", ("opened",), written_day),
        Cell("changed_day", ("changed",), written_day, required=True),
        Cell("item_id", ("item named",), text),
        Cell("excerpt", ("excerpt",), text, personal=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The day of the last change, whichever of the two days is later."""
        last = ibis.greatest(rows.changed_day, rows.opened_day.fill_null(rows.changed_day))
        first = ibis.least(rows.changed_day, rows.opened_day)
        at = day_start(last, context)
        return rows.mutate(told=ibis.literal("log"), day=last, at=at, updated_at=at, opened_day=first)

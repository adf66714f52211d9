"""Our own CSV layout for cases: the list a team keeps of its tickets at the marketplace."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import ibis

from ...core.contracts import CASES
from ...core.reader import Cell, Context
from .own_layouts import CHANNEL, OwnLayout, words
from .parsing import day, day_start, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class OwnCases(OwnLayout):
    """The team's own list of cases: number, when it last moved, how it stands, who wrote last.

    Export it from the spreadsheet or the help desk in which cases are followed today. A newer list adds to what is
    known; it deletes no case. What was written is not asked for: keep it where it is.
    """

    report: ClassVar[str] = "cases_csv"
    title: ClassVar[str] = "cases.csv"
    table = CASES
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("case_id", ("case_id",), text, required=True),
        Cell("day", ("changed",), day, required=True),
        Cell("status", ("status",), words("open", "waiting_on_us", "waiting_on_them", "closed"), in_header=True),
        CHANNEL,
        Cell("direction", ("last_from",), words("us", "them")),
        Cell("opened_day", ("opened",), day),
        Cell("item_id", ("item_id",), text),
    )

    def fill(self, rows: ir.Table, context: Context) -> ir.Table:
        """The moment is the beginning of the day on which it last moved."""
        at = day_start(rows.day, context)
        return rows.mutate(told=ibis.literal("list"), at=at, updated_at=at)

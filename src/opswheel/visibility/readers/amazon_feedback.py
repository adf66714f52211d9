"""Amazon's seller feedback report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import FEEDBACK
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import day, day_start, integer, key, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


def feedback_day(cell: ir.StringValue, context: Context) -> ir.Value:
    """A day as each marketplace writes it here: Mexico's day comes first, Japan's year has two digits and leads."""
    if context.currency == "JPY":
        cell = cell.re_replace(r"^(\d\d)/(\d{1,2})/(\d{1,2})$", r"20\1/\2/\3")
    return day(cell, replace(context, day_first=context.day_first or context.currency == "MXN"))


class AmazonFeedback(TabReport):
    """How customers rate us as a seller, order by order: negative ratings count against the account.

    Seller Central: Performance → Feedback → Feedback Manager → Download report. API: GET_SELLER_FEEDBACK_DATA. It
    says nothing of products. Dates follow the marketplace: 11/20/26 in the US, 20/11/26 in the UK, 20.11.26 in
    Germany, 26/11/20 in Japan. The order id is hashed; the rater's e-mail is not read, and of comments and answers
    only whether there are any.
    """

    report: ClassVar[str] = "amazon_feedback"
    title: ClassVar[str] = "Amazon Seller Feedback"
    table = FEEDBACK
    expected_days: ClassVar[int] = 0
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("day", ("Date", "Datum"), feedback_day, required=True),
        Cell("rating", ("Rating", "Bewertung"), integer, required=True, minimum=1),
        Cell("comment_text", ("Comments", "Kommentare"), text, personal=True),
        Cell("answer_text", ("Your Response", "Ihre Antwort"), text, personal=True),
        Cell("order_hash", ("Order ID", "Bestellnummer"), key, required=True, personal=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """What was written stays at the door; that something was written is kept."""
        return rows.mutate(
            updated_at=day_start(rows.day, context),
            commented=rows.comment_text.notnull(),
            answered=rows.answer_text.notnull(),
        )

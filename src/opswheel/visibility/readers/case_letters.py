"""Case e-mails, and case logs copied from the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import CASES
from ...core.reader import Cell, Context, Format
from .base import TabReport
from .parsing import channel_day, key, moment, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class CaseLetters(TabReport):
    """E-mails of cases at the marketplace: which case, who wrote, when, and whether they ask or close.

    Save an e-mail as `.eml`, or a folder of them as a mailbox (`.mbox`), from any mail program; letters that were
    forwarded, in the text or attached, are taken for what they were. A letter counts if its subject or text names a
    case or ticket by number; one whose sender has an address of the marketplace is theirs, any other ours. Where the
    date of a forwarded letter cannot be read, it is the date of forwarding. Letters of no case, and messages of
    buyers whatever they name, are left out. Bodies, names, addresses and attachments are not kept: only ids (the
    message's own hashed), moment, direction, status, the first item named and a masked beginning of 200 characters.
    """

    report: ClassVar[str] = "case_letters"
    title: ClassVar[str] = "Case e-mails (.eml, mbox)"
    format: ClassVar[Format] = "mail"
    table = CASES
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("case_id", ("case id",), text, required=True),
        Cell("message_hash", ("message id",), key, in_header=True, personal=True),
        Cell("at", ("written",), moment, required=True),
        Cell("direction", ("written by",), text, required=True),
        Cell("status", ("status said",), text, in_header=True),
        Cell("item_id", ("item named",), text),
        Cell("excerpt", ("excerpt",), text, personal=True),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day."""
        return rows.mutate(told=ibis.literal("letter"), day=channel_day(rows.at, context), updated_at=rows.at)

"""Amazon's Removal Order Detail report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import ibis

from ...core.contracts import REMOVALS
from ...core.reader import Cell, Context
from .base import TabReport
from .parsing import channel_day, currency, integer, moment, money, rescale, text

if TYPE_CHECKING:
    import ibis.expr.types as ir


class AmazonRemovals(TabReport):
    """Orders to send our stock back or to dispose of it: what was asked for, what is done, what it costs.

    Seller Central: Reports → Fulfilment → Removals → Removal order detail. API:
    GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA. Quantities grow until the order is complete; units asked for and
    never sent may be claimed. Orders Amazon makes by itself name it as their source. Moments are UTC. The order
    number is ours, no customer's. No personal columns.
    """

    report: ClassVar[str] = "amazon_removals"
    title: ClassVar[str] = "Amazon Removal Order Detail"
    table = REMOVALS
    zone: ClassVar[Literal["channel", "UTC"]] = "UTC"
    expected_days: ClassVar[int] = 0
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("at", ("request-date",), moment, required=True),
        Cell("removal_id", ("order-id",), text, required=True),
        Cell("source", ("order-source",), text),
        Cell("type_text", ("order-type",), text, required=True),
        Cell("status", ("order-status",), text, required=True),
        Cell("updated_at", ("last-updated-date",), moment, in_header=True),
        Cell("sku", ("sku",), text, required=True),
        Cell("fnsku", ("fnsku",), text),
        Cell("disposition_text", ("disposition",), text),
        Cell("requested_units", ("requested-quantity",), integer, in_header=True, empty=0, minimum=0),
        Cell("cancelled_units", ("cancelled-quantity",), integer, minimum=0),
        Cell("disposed_units", ("disposed-quantity",), integer, in_header=True, minimum=0),
        Cell("shipped_units", ("shipped-quantity",), integer, minimum=0),
        Cell("open_units", ("in-process-quantity",), integer, minimum=0),
        Cell("fee_minor", ("removal-fee",), money()),
        Cell("currency", ("currency",), currency),
    )

    def finish(self, rows: ir.Table, context: Context) -> ir.Table:
        """The channel's day, the kind of removal in one word, money in the row's own currency."""
        code, kind = rows.currency.fill_null(context.currency), rows.type_text.lower()
        return rows.mutate(
            day=channel_day(rows.at, context),
            updated_at=rows.updated_at.fill_null(rows.at),
            type=ibis.cases(
                (kind.contains("dispos"), "disposal"), (kind.contains("liquid"), "liquidation"), else_=kind
            ),
            disposition=rows.disposition_text.lower(),
            currency=rows.fee_minor.isnull().ifelse(rows.currency, code),
            fee_minor=rescale(rows.fee_minor, code, context),
        )

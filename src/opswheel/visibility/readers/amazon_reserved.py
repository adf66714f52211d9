"""Amazon's Reserved Inventory report."""

from __future__ import annotations

from typing import ClassVar

from ...core.contracts import RESERVED
from ...core.reader import Cell
from .base import TabReport
from .parsing import integer, text


class AmazonReserved(TabReport):
    """Units Amazon holds back: for customers' orders, between fulfilment centres, or stuck in processing.

    Seller Central: Reports → Fulfilment → Inventory → Reserved Inventory. API: GET_RESERVED_INVENTORY_DATA. Units
    between fulfilment centres are still offered, with a later delivery. Units in processing for more than two weeks
    are worth a case. The file names no marketplace and no day. No personal columns.
    """

    report: ClassVar[str] = "amazon_reserved"
    title: ClassVar[str] = "Amazon Reserved Inventory"
    table = RESERVED
    expected_days: ClassVar[int] = 7
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("sku",), text, required=True),
        Cell("fnsku", ("fnsku",), text),
        Cell("item_id", ("asin",), text),
        Cell("reserved_units", ("reserved_qty", "reserved-qty"), integer, in_header=True, empty=0),
        Cell("customer_units", ("reserved_customerorders", "reserved-customerorders"), integer),
        Cell("transfer_units", ("reserved_fc-transfers", "reserved-fc-transfers"), integer),
        Cell("processing_units", ("reserved_fc-processing", "reserved-fc-processing"), integer, in_header=True),
    )

"""Amazon's Fulfillment Inbound API: the items of shipments, sent and received."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...core.contracts import INBOUND_SHIPMENTS
from ...core.reader import Cell, Context, JsonShape
from .base import JsonReport
from .parsing import integer, text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ITEMS = (
    "array<struct<ShipmentId: string, SellerSKU: string, FulfillmentNetworkSKU: string, QuantityShipped: string, "
    "QuantityReceived: string>>"
)


def items(documents: ir.Table, _context: Context) -> ir.Table:
    """One record per shipment and SKU."""
    rows = documents.select(item=documents.ItemData.unnest())
    return rows.select(
        shipment_id=rows.item["ShipmentId"],
        sku=rows.item["SellerSKU"],
        fnsku=rows.item["FulfillmentNetworkSKU"],
        expected_units=rows.item["QuantityShipped"],
        received_units=rows.item["QuantityReceived"],
    )


class AmazonShipmentItems(JsonReport):
    """What we sent to Amazon in each shipment, and how much of it Amazon received.

    API only: Fulfillment Inbound v0, getShipmentItems or getShipmentItemsByShipmentId. By hand, fill
    inbound_shipments.csv from Inventory → Shipments. A page speaks only of the shipments it holds, and tells neither
    their status nor a day. No personal columns.
    """

    report: ClassVar[str] = "amazon_shipment_items"
    title: ClassVar[str] = "Amazon Shipment Items (JSON)"
    table = INBOUND_SHIPMENTS
    expected_days: ClassVar[int] = 0
    lists_everything: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    shape = JsonShape(marks=(frozenset({"ItemData"}),), columns={"ItemData": _ITEMS}, rows=items)
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("shipment_id", ("ShipmentId",), text, required=True),
        Cell("sku", ("SellerSKU",), text, required=True),
        Cell("fnsku", ("FulfillmentNetworkSKU",), text),
        Cell("expected_units", ("QuantityShipped",), integer, required=True, minimum=0),
        Cell("received_units", ("QuantityReceived",), integer, empty=0, minimum=0),
    )

"""Amazon's Stranded Inventory report."""

from __future__ import annotations

from typing import ClassVar

from ...core.contracts import STRANDED
from ...core.reader import Cell
from .base import TabReport
from .parsing import day, integer, money, text


class AmazonStranded(TabReport):
    """Stock in Amazon's warehouses that no live offer of ours can sell, with the day Amazon will remove it.

    Seller Central: Inventory → FBA Inventory → Stranded inventory → Download. API: GET_STRANDED_INVENTORY_UI_DATA.
    """

    report: ClassVar[str] = "amazon_stranded"
    title: ClassVar[str] = "Amazon Stranded Inventory"
    table = STRANDED
    lists_everything: ClassVar[bool] = False
    cells: ClassVar[tuple[Cell, ...]] = (
        Cell("sku", ("sku",), text, required=True),
        Cell("item_id", ("asin",), text),
        Cell("fnsku", ("fnsku",), text),
        Cell("title", ("product-name",), text),
        Cell("stranded_day", ("date-stranded",), day, in_header=True),
        Cell("reason", ("stranded-reason",), text, in_header=True),
        Cell("error_text", ("error-message",), text),
        Cell("primary_action", ("primary-action",), text),
        Cell("sellable_units", ("fulfillable-qty",), integer, in_header=True, empty=0),
        Cell("price_minor", ("your-price",), money()),
        Cell("auto_removal_day", ("Date-to-take-auto-removal", "date-to-take-auto-removal"), day, ahead=True),
    )

"""The lines for Walmart's bulk price template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from ...core.contracts import Contract
from ...core.settings import Place
from .base import Line, Pack, Packed, money_text, worksheet
from .right_price import READS, right_prices

COLUMNS = ("SKU", "Item ID", "Product Name", "Price", "Currency")


class WalmartPrices(Pack):
    """The right price of each Walmart SKU, under the names of Walmart's item report.

    Walmart gives out its bulk price template from Seller Center and changes it; the columns of today's are not known
    here. So this is a worksheet: copy SKU and price into the template.
    """

    name: ClassVar[str] = "walmart_prices"
    title: ClassVar[str] = "Walmart price worksheet"
    kinds: ClassVar[tuple[str, ...]] = ("price_too_low", "price_outside_rules")
    marketplaces: ClassVar[tuple[str, ...]] = ("walmart",)
    upload: ClassVar[str] = "Seller Center → Catalog → Bulk updates: copy the rows into its price template"
    suffix: ClassVar[str] = ".csv"
    for_spreadsheet: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = READS

    def write(self, lines: Sequence[Line], place: Place, _day: date, /) -> Packed:
        """One row for each SKU."""
        found, left_out = right_prices(lines)
        rows = [
            {
                "SKU": sku,
                "Item ID": line.item_id,
                "Product Name": line.title,
                "Price": money_text(price, place),
                "Currency": place.currency,
            }
            for sku, (line, price) in found.items()
        ]
        return Packed(worksheet(COLUMNS, rows), len(rows), left_out)

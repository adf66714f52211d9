"""Amazon's price and quantity file, for prices that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from ...core.contracts import PRICE_RULES, Contract
from ...core.settings import Place
from .base import Line, Pack, Packed, money_text, tab_line, torn
from .right_price import READS, right_prices

COLUMNS = (
    "sku",
    "price",
    "minimum-seller-allowed-price",
    "maximum-seller-allowed-price",
    "quantity",
    "handling-time",
    "fulfillment-channel",
)


class AmazonPrices(Pack):
    """Amazon's price and quantity file: the right price of each SKU, and the team's bounds where they are loaded.

    Quantity, handling time and fulfilment channel stay empty: Amazon keeps what an empty cell does not name (the
    template's own page), and a quantity would turn a listing Amazon ships into one we ship.
    """

    name: ClassVar[str] = "amazon_prices"
    title: ClassVar[str] = "Amazon price and quantity file"
    kinds: ClassVar[tuple[str, ...]] = ("price_too_low", "price_outside_rules")
    marketplaces: ClassVar[tuple[str, ...]] = ("amazon",)
    upload: ClassVar[str] = "Seller Central → Catalog → Add Products via Upload → Price & Quantity file"
    suffix: ClassVar[str] = ".txt"
    reads: ClassVar[tuple[Contract, ...]] = READS

    def write(self, lines: Sequence[Line], place: Place, _day: date, /) -> Packed:
        """One row for each SKU."""
        found, left_out = right_prices(lines)
        text, rows = tab_line(*COLUMNS), 0
        for sku, (line, price) in found.items():
            if why := torn(sku):
                left_out.append((line, why))
                continue
            rules = line.fact(PRICE_RULES)
            bounds = (rules.get(name) for name in ("min_minor", "max_minor"))
            shown = ("" if bound is None else money_text(bound, place) for bound in bounds)
            text += tab_line(sku, money_text(price, place), *shown, "", "", "")
            rows += 1
        return Packed(text, rows, left_out)

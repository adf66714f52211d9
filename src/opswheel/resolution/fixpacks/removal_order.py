"""Amazon's removal order, for stock that cannot or will not be sold there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ...core.settings import Place
from .base import Line, Pack, Packed, tab_line, torn

ADDRESS = (
    "AddressName",
    "AddressFieldOne",
    "AddressFieldTwo",
    "AddressFieldThree",
    "AddressCity",
    "AddressCountryCode",
    "AddressStateOrRegion",
    "AddressPostalCode",
    "ContactPhoneNumber",
    "ShippingNotes",
)
ITEM = ("MerchantSKU", "SellableQuantity", "UnsellableQuantity")
MOST_SKUS = 10_000
"""Amazon's limit of SKUs in one removal file (the template's own page)."""
_UNITS = {"stranded_stock": "units", "aged_stock_fee": "units", "overstock": "excess"}


class RemovalOrder(Pack):
    """One removal order: its order lines, then a line for each SKU with the units to send back.

    It says Return, because a unit that is destroyed cannot be had back; the address is left to be filled in. Units
    are those the rule saw: all stranded ones, those that pay for their age, or those that will not sell in time.
    """

    name: ClassVar[str] = "removal_order"
    title: ClassVar[str] = "Amazon removal order"
    kinds: ClassVar[tuple[str, ...]] = tuple(_UNITS)
    marketplaces: ClassVar[tuple[str, ...]] = ("amazon",)
    upload: ClassVar[str] = "Seller Central → Inventory → FBA Inventory → Create removal order → upload a file"
    suffix: ClassVar[str] = ".txt"

    def write(self, lines: Sequence[Line], place: Place, day: date, /) -> Packed:
        """One order; a SKU that two issues name is removed once, with the larger number of units."""
        units: dict[str, int] = {}
        left_out = []
        for line in lines:
            count = _whole(line.seen.get(_UNITS[line.kind]))
            why = torn(line.sku) or ("the last run did not see how many units" if count <= 0 else "")
            if not why and line.sku not in units and len(units) == MOST_SKUS:
                why = f"one removal file holds {MOST_SKUS:,} SKUs; make another for the rest"
            if why:
                left_out.append((line, why))
            else:
                units[line.sku] = max(count, units.get(line.sku, 0))
        body = "".join(tab_line(sku, count, 0) for sku, count in units.items())
        mark = hashlib.sha256(f"{place.account} {place.channel} {body}".encode()).hexdigest()[:6]
        text = tab_line("MerchantRemovalOrderID", f"OW-{day:%Y%m%d}-{mark}")
        text += tab_line("RemovalDisposition", "Return")
        text += "".join(tab_line(name, "") for name in ADDRESS) + "\n" + tab_line(*ITEM) + body
        return Packed(text, len(units), left_out, "the address the units go to")


def _whole(value: Any) -> int:
    return 0 if value is None else round(float(value))

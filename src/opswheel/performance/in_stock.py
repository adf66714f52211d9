"""In stock, weighted by revenue."""

from __future__ import annotations

from typing import ClassVar

from .figures import Asked, Figure, Role, by_channel

NOTE = "weights are sales per day on which the item could be bought, the last 28 settled days"
MAY_NOT = "A new item weighs nothing until it has sold."


class InStock:
    """The share of usual revenue that could be bought, each item weighing what it usually sells.

    The last 28 settled days; weights are sales per day on which the item could be bought.

    May not claim:
        A new item weighs nothing until it has sold.
    """

    name: ClassVar[str] = "revenue_weighted_in_stock"
    title: ClassVar[str] = "In stock, weighted by revenue"
    unit: ClassVar[str] = "share"
    role: ClassVar[Role] = "outcome"

    def measure(self, asked: Asked) -> Figure:
        """Channel by channel, as facts tell it."""
        return by_channel(self, asked, note=NOTE, may_not=MAY_NOT)

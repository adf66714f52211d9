"""Stockout rate."""

from __future__ import annotations

from typing import ClassVar

from .figures import Asked, Figure, Role, by_channel

NOTE = "days out ÷ listing-days, the last 28 settled days"
MAY_NOT = "Every listing weighs the same: read it with the share in stock by revenue."


class StockoutRate:
    """The share of listing-days on which a listing had nothing to sell.

    Listings of the last list, the last 28 settled days. A listing that sells a unit a year counts like a hero.

    May not claim:
        Every listing weighs the same: read it with the share in stock by revenue.
    """

    name: ClassVar[str] = "stockout_rate"
    title: ClassVar[str] = "Stockout rate"
    unit: ClassVar[str] = "share"
    role: ClassVar[Role] = "outcome"

    def measure(self, asked: Asked) -> Figure:
        """Channel by channel, as facts tell it."""
        return by_channel(self, asked, note=NOTE, may_not=MAY_NOT)

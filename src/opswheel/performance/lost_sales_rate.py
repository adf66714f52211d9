"""Lost sales rate."""

from __future__ import annotations

from typing import ClassVar

from .figures import Asked, Figure, Role, by_channel

NOTE = "exposure a day of open issues ÷ (sales a day + exposure), as of the last run"
MAY_NOT = "It is what the rules see: what they miss is not in it."


class LostSalesRate:
    """What open issues cost a day, as a share of what would be sold without them.

    Exposure a day of the last run's open issues ÷ (sales a day + that exposure). A driver of nothing: an outcome.

    May not claim:
        It is what the rules see: what they miss is not in it.
    """

    name: ClassVar[str] = "lost_sales_rate"
    title: ClassVar[str] = "Lost sales rate"
    unit: ClassVar[str] = "share"
    role: ClassVar[Role] = "outcome"

    def measure(self, asked: Asked) -> Figure:
        """Channel by channel, as facts tell it."""
        return by_channel(self, asked, note=NOTE, may_not=MAY_NOT)

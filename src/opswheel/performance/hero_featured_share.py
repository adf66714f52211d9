"""Hero featured-offer share."""

from __future__ import annotations

from typing import ClassVar

from .figures import Asked, Figure, Role, by_channel

NOTE = "page views on which our offer was featured ÷ page views of the heroes, while they could be bought"
MAY_NOT = "Which items are heroes moves with sales."


class HeroFeaturedShare:
    """The share of page views of the items behind the first half of revenue on which our offer was featured.

    A hundred items at most, only while they could be bought; the last 28 settled days.

    May not claim:
        Which items are heroes moves with sales.
    """

    name: ClassVar[str] = "hero_featured_share"
    title: ClassVar[str] = "Hero featured-offer share"
    unit: ClassVar[str] = "share"
    role: ClassVar[Role] = "outcome"

    def measure(self, asked: Asked) -> Figure:
        """Channel by channel, as facts tell it."""
        return by_channel(self, asked, note=NOTE, may_not=MAY_NOT)

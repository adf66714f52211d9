"""Fix packs: the file a person uploads to mend many listings at once. One pack per file; this tuple is the catalogue.

Nothing here reaches a marketplace: a pack is text, and whoever uploads it is a person. Where several packs serve an
issue, the first one is made unless another is named.
"""

from __future__ import annotations

from .amazon_prices import AmazonPrices
from .appeal import Appeal
from .base import FixPack, Line, Packed, serves
from .claim_lines import ClaimLines
from .partial_update import PartialUpdate
from .record import record
from .removal_order import RemovalOrder
from .walmart_prices import WalmartPrices

PACKS: tuple[FixPack, ...] = (
    AmazonPrices(),
    WalmartPrices(),
    PartialUpdate(),
    Appeal(),
    ClaimLines(),
    RemovalOrder(),
)

__all__ = ["PACKS", "FixPack", "Line", "Packed", "record", "serves"]

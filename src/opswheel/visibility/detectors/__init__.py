"""One rule per file; this tuple is the catalogue, in the order docs list it."""

from __future__ import annotations

from ...core.detector import Detector
from .featured_offer_ineligible import FeaturedOfferIneligible
from .featured_offer_lost import FeaturedOfferLost
from .featured_offer_none import FeaturedOfferNone
from .item_removed import ItemRemoved
from .listing_inactive import ListingInactive
from .listing_suppressed import ListingSuppressed
from .out_of_stock import OutOfStock
from .price_outside_rules import PriceOutsideRules
from .price_too_low import PriceTooLow
from .reported_by_team import ReportedByTeam
from .search_suppressed import SearchSuppressed
from .stockout_ahead import StockoutAhead
from .stranded_stock import StrandedStock

DETECTORS: tuple[Detector, ...] = (
    ItemRemoved(),
    ListingSuppressed(),
    StrandedStock(),
    ListingInactive(),
    SearchSuppressed(),
    OutOfStock(),
    StockoutAhead(),
    PriceTooLow(),
    PriceOutsideRules(),
    FeaturedOfferLost(),
    FeaturedOfferNone(),
    FeaturedOfferIneligible(),
    ReportedByTeam(),
)

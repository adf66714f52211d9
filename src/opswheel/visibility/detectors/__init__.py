"""One rule per file; this tuple is the catalogue, in the order docs list it."""

from __future__ import annotations

from ...core.detector import Detector
from .account_deactivated import AccountDeactivated
from .account_health import AccountHealth
from .ads_stopped import AdsStopped
from .ads_wasted import AdsWasted
from .aged_stock_fee import AgedStockFee
from .case_waiting_on_us import CaseWaitingOnUs
from .content_overwritten import ContentOverwritten
from .deadline_near import DeadlineNear
from .featured_offer_ineligible import FeaturedOfferIneligible
from .featured_offer_lost import FeaturedOfferLost
from .featured_offer_none import FeaturedOfferNone
from .item_removed import ItemRemoved
from .listing_inactive import ListingInactive
from .listing_suppressed import ListingSuppressed
from .low_inventory_fee import LowInventoryFee
from .new_seller import NewSeller
from .orders_past_promise import OrdersPastPromise
from .out_of_stock import OutOfStock
from .oversell import Oversell
from .overstock import Overstock
from .price_outside_rules import PriceOutsideRules
from .price_too_low import PriceTooLow
from .reported_by_team import ReportedByTeam
from .search_suppressed import SearchSuppressed
from .ship_by_today import ShipByToday
from .shipment_short import ShipmentShort
from .stockout_ahead import StockoutAhead
from .stranded_stock import StrandedStock
from .units_unreimbursed import UnitsUnreimbursed
from .variation_changed import VariationChanged

DETECTORS: tuple[Detector, ...] = (
    AccountDeactivated(),
    AccountHealth(),
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
    NewSeller(),
    AdsStopped(),
    AdsWasted(),
    VariationChanged(),
    ContentOverwritten(),
    DeadlineNear(),
    ShipByToday(),
    OrdersPastPromise(),
    Oversell(),
    UnitsUnreimbursed(),
    ShipmentShort(),
    AgedStockFee(),
    Overstock(),
    LowInventoryFee(),
    CaseWaitingOnUs(),
    ReportedByTeam(),
)

"""One rule per file; this tuple is the catalogue, in the order docs list it."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.detector import Detector
from ...core.errors import BadSettings
from .account_deactivated import AccountDeactivated
from .account_health import AccountHealth
from .ads_efficiency_break import AdsEfficiencyBreak
from .ads_stopped import AdsStopped
from .ads_wasted import AdsWasted
from .aged_stock_fee import AgedStockFee
from .case_waiting_on_us import CaseWaitingOnUs
from .competitor_undercut import CompetitorUndercut
from .content_overwritten import ContentOverwritten
from .conversion_drop import ConversionDrop
from .customer_experience_drop import CustomerExperienceDrop
from .deadline_near import DeadlineNear
from .featured_offer_ineligible import FeaturedOfferIneligible
from .featured_offer_lost import FeaturedOfferLost
from .featured_offer_none import FeaturedOfferNone
from .forecast_drift import ForecastDrift
from .forecast_unowned import ForecastUnowned
from .inbound_late import InboundLate
from .item_removed import ItemRemoved
from .item_stars_drop import ItemStarsDrop
from .late_deliveries import LateDeliveries
from .late_shipments import LateShipments
from .launch_stuck import LaunchStuck
from .listing_inactive import ListingInactive
from .listing_missing import ListingMissing
from .listing_quality import ListingQuality
from .listing_suppressed import ListingSuppressed
from .low_inventory_fee import LowInventoryFee
from .map_broken import MapBroken
from .new_seller import NewSeller
from .orders_past_promise import OrdersPastPromise
from .out_of_stock import OutOfStock
from .oversell import Oversell
from .overstock import Overstock
from .price_outside_rules import PriceOutsideRules
from .price_too_low import PriceTooLow
from .promotion_not_live import PromotionNotLive
from .rating_drop import RatingDrop
from .reported_by_team import ReportedByTeam
from .returns_spike import ReturnsSpike
from .sales_drop import SalesDrop
from .search_suppressed import SearchSuppressed
from .ship_by_today import ShipByToday
from .shipment_short import ShipmentShort
from .stock_misplaced import StockMisplaced
from .stockout_ahead import StockoutAhead
from .stranded_stock import StrandedStock
from .traffic_drop import TrafficDrop
from .units_unreimbursed import UnitsUnreimbursed
from .variation_changed import VariationChanged

DETECTORS: tuple[Detector, ...] = (
    AccountDeactivated(),
    AccountHealth(),
    ItemRemoved(),
    ListingMissing(),
    ListingSuppressed(),
    StrandedStock(),
    ListingInactive(),
    SearchSuppressed(),
    OutOfStock(),
    StockoutAhead(),
    PriceTooLow(),
    PriceOutsideRules(),
    MapBroken(),
    PromotionNotLive(),
    FeaturedOfferLost(),
    FeaturedOfferNone(),
    FeaturedOfferIneligible(),
    NewSeller(),
    AdsStopped(),
    AdsWasted(),
    AdsEfficiencyBreak(),
    VariationChanged(),
    ContentOverwritten(),
    TrafficDrop(),
    ConversionDrop(),
    SalesDrop(),
    LaunchStuck(),
    DeadlineNear(),
    ShipByToday(),
    OrdersPastPromise(),
    LateShipments(),
    LateDeliveries(),
    Oversell(),
    UnitsUnreimbursed(),
    ShipmentShort(),
    InboundLate(),
    AgedStockFee(),
    Overstock(),
    StockMisplaced(),
    ForecastDrift(),
    ForecastUnowned(),
    LowInventoryFee(),
    ReturnsSpike(),
    RatingDrop(),
    CustomerExperienceDrop(),
    ItemStarsDrop(),
    CaseWaitingOnUs(),
    ReportedByTeam(),
    CompetitorUndercut(),
    ListingQuality(),
)


def looking(on: Sequence[str] = ()) -> tuple[Detector, ...]:
    """The rules that look: all but those that are off by default and not named in `on`.

    Raises BadSettings where `on` names a rule there is not.
    """
    known = {d.kind for d in DETECTORS}
    if strange := next((kind for kind in on if kind not in known), None):
        raise BadSettings(
            f"[detectors] on names {strange!r}, and there is no such rule.",
            f"Those that are off by default: {', '.join(d.kind for d in DETECTORS if _off(d))}.",
        )
    return tuple(d for d in DETECTORS if not _off(d) or d.kind in on)


def _off(detector: Detector) -> bool:
    return bool(getattr(detector, "off_by_default", False))

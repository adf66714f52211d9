"""One reader for each report layout; this tuple is the catalogue."""

from __future__ import annotations

from ...core.reader import Reader
from .amazon_account_health import AmazonAccountHealth
from .amazon_active_listings import AmazonActiveListings
from .amazon_ads_products import AmazonAdsProducts, AmazonAdsProductsApi
from .amazon_ads_terms import AmazonAdsTerms, AmazonAdsTermsApi
from .amazon_all_listings import AmazonAllListings
from .amazon_business_report import AmazonBusinessReport
from .amazon_data_kiosk import AmazonDataKiosk, AmazonDataKioskByDate
from .amazon_fba_inventory import AmazonFbaInventory
from .amazon_fba_returns import AmazonFbaReturns
from .amazon_fee_preview import AmazonFeePreview
from .amazon_feedback import AmazonFeedback
from .amazon_inactive_listings import AmazonInactiveListings
from .amazon_inbound_performance import AmazonInboundPerformance
from .amazon_inventory_planning import AmazonInventoryPlanning, AmazonInventoryPlanningStock
from .amazon_ledger_detail import AmazonLedgerDetail
from .amazon_ledger_summary import AmazonLedgerSummary
from .amazon_listings_items import AmazonListingsIssues, AmazonListingsItems
from .amazon_merchant_returns import AmazonMerchantReturns
from .amazon_notifications import AmazonListingNotifications, AmazonOfferNotifications
from .amazon_open_orders import AmazonOpenOrders
from .amazon_orders import AmazonOrders
from .amazon_pricing_health import AmazonPricingHealth
from .amazon_promotions import AmazonCoupons, AmazonDeals
from .amazon_reimbursements import AmazonReimbursements
from .amazon_removals import AmazonRemovals
from .amazon_repeat_purchase import AmazonRepeatPurchase
from .amazon_reserved import AmazonReserved
from .amazon_restock import AmazonRestock
from .amazon_sales_and_traffic import AmazonSalesAndTraffic, AmazonSalesAndTrafficByDate
from .amazon_search_queries import AmazonSearchQueries
from .amazon_shipment_items import AmazonShipmentItems
from .amazon_stranded import AmazonStranded
from .amazon_suppressed import AmazonSuppressed
from .case_letters import CaseLetters
from .case_log import CaseLog
from .own_cases import OwnCases
from .own_experience import OWN_EXPERIENCE
from .own_facts import OWN_FACTS
from .own_knowledge import OWN_KNOWLEDGE
from .own_operations import OWN_OPERATIONS
from .own_warehouse import OWN_WAREHOUSE
from .shopify_inventory import ShopifyInventory
from .shopify_orders import ShopifyOrders
from .shopify_products import ShopifyProductCosts, ShopifyProducts
from .walmart_buybox import WalmartBuybox
from .walmart_inventory import WalmartInventories, WalmartInventory
from .walmart_item import WalmartItem, WalmartItemPriceRules, WalmartItemRatings, WalmartItemStatus

READERS: tuple[Reader, ...] = (
    AmazonAllListings(),
    AmazonInactiveListings(),
    AmazonActiveListings(),
    AmazonSuppressed(),
    AmazonListingsItems(),
    AmazonListingsIssues(),
    AmazonStranded(),
    AmazonFbaInventory(),
    AmazonRestock(),
    AmazonOrders(),
    AmazonSalesAndTraffic(),
    AmazonSalesAndTrafficByDate(),
    AmazonBusinessReport(),
    AmazonDataKiosk(),
    AmazonDataKioskByDate(),
    AmazonAccountHealth(),
    AmazonListingNotifications(),
    AmazonOfferNotifications(),
    AmazonPricingHealth(),
    AmazonCoupons(),
    AmazonDeals(),
    AmazonRepeatPurchase(),
    AmazonSearchQueries(),
    AmazonInventoryPlanning(),
    AmazonInventoryPlanningStock(),
    AmazonReserved(),
    AmazonLedgerSummary(),
    AmazonLedgerDetail(),
    AmazonOpenOrders(),
    AmazonFbaReturns(),
    AmazonMerchantReturns(),
    AmazonFeedback(),
    AmazonInboundPerformance(),
    AmazonShipmentItems(),
    AmazonReimbursements(),
    AmazonRemovals(),
    AmazonFeePreview(),
    AmazonAdsProducts(),
    AmazonAdsProductsApi(),
    AmazonAdsTerms(),
    AmazonAdsTermsApi(),
    WalmartItem(),
    WalmartItemStatus(),
    WalmartItemPriceRules(),
    WalmartItemRatings(),
    WalmartBuybox(),
    WalmartInventory(),
    WalmartInventories(),
    ShopifyOrders(),
    ShopifyProducts(),
    ShopifyProductCosts(),
    ShopifyInventory(),
    CaseLetters(),
    CaseLog(),
    OwnCases(),
    *OWN_FACTS,
    *OWN_OPERATIONS,
    *OWN_EXPERIENCE,
    *OWN_WAREHOUSE,
    *OWN_KNOWLEDGE,
)


def reader(report: str) -> Reader:
    """The reader of a report; KeyError where there is none."""
    for candidate in READERS:
        if candidate.report == report:
            return candidate
    raise KeyError(report)

"""One reader for each report layout; this tuple is the catalogue."""

from __future__ import annotations

from ...core.reader import Reader
from .amazon_active_listings import AmazonActiveListings
from .amazon_all_listings import AmazonAllListings
from .amazon_business_report import AmazonBusinessReport
from .amazon_fba_inventory import AmazonFbaInventory
from .amazon_inactive_listings import AmazonInactiveListings
from .amazon_listings_items import AmazonListingsItems
from .amazon_orders import AmazonOrders
from .amazon_restock import AmazonRestock
from .amazon_sales_and_traffic import AmazonSalesAndTraffic, AmazonSalesAndTrafficByDate
from .amazon_stranded import AmazonStranded
from .amazon_suppressed import AmazonSuppressed
from .own_facts import OWN_FACTS
from .own_knowledge import OWN_KNOWLEDGE

READERS: tuple[Reader, ...] = (
    AmazonAllListings(),
    AmazonInactiveListings(),
    AmazonActiveListings(),
    AmazonSuppressed(),
    AmazonListingsItems(),
    AmazonStranded(),
    AmazonFbaInventory(),
    AmazonRestock(),
    AmazonOrders(),
    AmazonSalesAndTraffic(),
    AmazonSalesAndTrafficByDate(),
    AmazonBusinessReport(),
    *OWN_FACTS,
    *OWN_KNOWLEDGE,
)


def reader(report: str) -> Reader:
    """The reader of a report; KeyError where there is none."""
    for candidate in READERS:
        if candidate.report == report:
            return candidate
    raise KeyError(report)

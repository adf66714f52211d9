"""The tables, one file for each, and the two tuples that list them all."""

from .base import Column, Contract, metadata
from .channel_sales import CHANNEL_SALES
from .costs import COSTS
from .deliveries import COVERAGE, DELIVERIES, LAKE_FILES, MANIFEST_VERSIONS
from .exposures import EXPOSURES
from .inbound import INBOUND
from .intent import INTENT
from .intents import INTENTS
from .issues import ISSUE_EVENTS, ISSUE_SUBJECTS, ISSUES
from .listing_status import LISTING_STATUS
from .listings import LISTINGS
from .matches import MATCHES
from .observations import OBSERVATIONS, SIGNALS
from .offers import OFFERS
from .orders import ORDERS
from .outcomes import OUTCOMES, POSTERIORS
from .price_rules import PRICE_RULES
from .promotions import PROMOTIONS
from .ranks import FILTERS, RANK_HISTORY, RANKS
from .rates import RATES
from .reported import REPORTED
from .runs import LEASES, METRICS, RUNS
from .stock import STOCK
from .stranded import STRANDED
from .supply import SUPPLY
from .suppressions import SUPPRESSIONS
from .thresholds import THRESHOLDS
from .traffic import TRAFFIC

FACTS: tuple[Contract, ...] = (
    LISTINGS,
    SUPPRESSIONS,
    LISTING_STATUS,
    STRANDED,
    STOCK,
    ORDERS,
    TRAFFIC,
    CHANNEL_SALES,
    OFFERS,
    SUPPLY,
    INBOUND,
    PRICE_RULES,
    COSTS,
    INTENT,
    PROMOTIONS,
    RATES,
    REPORTED,
)

RESULTS: tuple[Contract, ...] = (OBSERVATIONS, SIGNALS, EXPOSURES, RANK_HISTORY)

LEDGER: tuple[Contract, ...] = (
    MANIFEST_VERSIONS,
    LAKE_FILES,
    DELIVERIES,
    COVERAGE,
    RUNS,
    LEASES,
    METRICS,
    ISSUES,
    ISSUE_EVENTS,
    ISSUE_SUBJECTS,
    RANKS,
    OUTCOMES,
    POSTERIORS,
    THRESHOLDS,
    INTENTS,
    MATCHES,
)

__all__ = [
    "CHANNEL_SALES",
    "COSTS",
    "COVERAGE",
    "DELIVERIES",
    "EXPOSURES",
    "FACTS",
    "FILTERS",
    "INBOUND",
    "INTENT",
    "INTENTS",
    "ISSUES",
    "ISSUE_EVENTS",
    "ISSUE_SUBJECTS",
    "LAKE_FILES",
    "LEASES",
    "LEDGER",
    "LISTINGS",
    "LISTING_STATUS",
    "MANIFEST_VERSIONS",
    "MATCHES",
    "METRICS",
    "OBSERVATIONS",
    "OFFERS",
    "ORDERS",
    "OUTCOMES",
    "POSTERIORS",
    "PRICE_RULES",
    "PROMOTIONS",
    "RANKS",
    "RANK_HISTORY",
    "RATES",
    "REPORTED",
    "RESULTS",
    "RUNS",
    "SIGNALS",
    "STOCK",
    "STRANDED",
    "SUPPLY",
    "SUPPRESSIONS",
    "THRESHOLDS",
    "TRAFFIC",
    "Column",
    "Contract",
    "metadata",
]

"""The tables, one file for each, and the two tuples that list them all."""

from .account_health import ACCOUNT_HEALTH
from .ad_terms import AD_TERMS
from .ads import ADS
from .base import Column, Contract, metadata
from .case_files import CASE_EVENTS, CASE_FILES, CASE_ISSUES
from .cases import CASES
from .channel_sales import CHANNEL_SALES
from .costs import COSTS
from .deadlines import DEADLINES
from .deliveries import COVERAGE, DELIVERIES, LAKE_FILES, MANIFEST_VERSIONS
from .exposures import EXPOSURES
from .feedback import FEEDBACK
from .fees import FEES
from .headcount import HEADCOUNT
from .inbound import INBOUND
from .inbound_problems import INBOUND_PROBLEMS
from .inbound_shipments import INBOUND_SHIPMENTS
from .intent import INTENT
from .intents import INTENTS
from .issues import ISSUE_EVENTS, ISSUE_SUBJECTS, ISSUES
from .listing_changes import LISTING_CHANGES
from .listing_status import LISTING_STATUS
from .listings import LISTINGS
from .matches import MATCHES
from .multipliers import MULTIPLIERS
from .observations import OBSERVATIONS, SIGNALS
from .offer_changes import OFFER_CHANGES
from .offers import OFFERS
from .open_orders import OPEN_ORDERS
from .orders import ORDERS
from .outcomes import OUTCOMES, POSTERIORS
from .price_rules import PRICE_RULES
from .promotion_results import PROMOTION_RESULTS
from .promotions import PROMOTIONS
from .ranks import FILTERS, RANK_HISTORY, RANKS
from .rates import RATES
from .reimbursements import REIMBURSEMENTS
from .removals import REMOVALS
from .repeat_purchases import REPEAT_PURCHASES
from .reported import REPORTED
from .reserved import RESERVED
from .returns import RETURNS
from .routes import ABSENCES, ROUTES
from .runs import LEASES, METRICS, RUNS
from .search_queries import SEARCH_QUERIES
from .stock import STOCK
from .stock_health import STOCK_HEALTH
from .stock_ledger import STOCK_LEDGER
from .stock_movements import STOCK_MOVEMENTS
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
    ACCOUNT_HEALTH,
    LISTING_CHANGES,
    OFFER_CHANGES,
    CASES,
    PROMOTION_RESULTS,
    REPEAT_PURCHASES,
    SEARCH_QUERIES,
    STOCK_HEALTH,
    STOCK_LEDGER,
    STOCK_MOVEMENTS,
    RESERVED,
    RETURNS,
    FEEDBACK,
    OPEN_ORDERS,
    INBOUND_SHIPMENTS,
    INBOUND_PROBLEMS,
    REIMBURSEMENTS,
    REMOVALS,
    FEES,
    ADS,
    AD_TERMS,
    DEADLINES,
    HEADCOUNT,
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
    MULTIPLIERS,
    ROUTES,
    ABSENCES,
    CASE_FILES,
    CASE_ISSUES,
    CASE_EVENTS,
)

__all__ = [
    "ABSENCES",
    "ACCOUNT_HEALTH",
    "ADS",
    "AD_TERMS",
    "CASES",
    "CASE_EVENTS",
    "CASE_FILES",
    "CASE_ISSUES",
    "CHANNEL_SALES",
    "COSTS",
    "COVERAGE",
    "DEADLINES",
    "DELIVERIES",
    "EXPOSURES",
    "FACTS",
    "FEEDBACK",
    "FEES",
    "FILTERS",
    "HEADCOUNT",
    "INBOUND",
    "INBOUND_PROBLEMS",
    "INBOUND_SHIPMENTS",
    "INTENT",
    "INTENTS",
    "ISSUES",
    "ISSUE_EVENTS",
    "ISSUE_SUBJECTS",
    "LAKE_FILES",
    "LEASES",
    "LEDGER",
    "LISTINGS",
    "LISTING_CHANGES",
    "LISTING_STATUS",
    "MANIFEST_VERSIONS",
    "MATCHES",
    "METRICS",
    "MULTIPLIERS",
    "OBSERVATIONS",
    "OFFERS",
    "OFFER_CHANGES",
    "OPEN_ORDERS",
    "ORDERS",
    "OUTCOMES",
    "POSTERIORS",
    "PRICE_RULES",
    "PROMOTIONS",
    "PROMOTION_RESULTS",
    "RANKS",
    "RANK_HISTORY",
    "RATES",
    "REIMBURSEMENTS",
    "REMOVALS",
    "REPEAT_PURCHASES",
    "REPORTED",
    "RESERVED",
    "RESULTS",
    "RETURNS",
    "ROUTES",
    "RUNS",
    "SEARCH_QUERIES",
    "SIGNALS",
    "STOCK",
    "STOCK_HEALTH",
    "STOCK_LEDGER",
    "STOCK_MOVEMENTS",
    "STRANDED",
    "SUPPLY",
    "SUPPRESSIONS",
    "THRESHOLDS",
    "TRAFFIC",
    "Column",
    "Contract",
    "metadata",
]

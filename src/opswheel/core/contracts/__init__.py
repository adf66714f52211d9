"""The tables, one file for each, and the two tuples that list them all."""

from .account_health import ACCOUNT_HEALTH
from .ad_terms import AD_TERMS
from .ads import ADS
from .attributes import ATTRIBUTES
from .base import Column, Contract, metadata
from .case_files import CASE_EVENTS, CASE_FILES, CASE_ISSUES
from .cases import CASES
from .channel_sales import CHANNEL_SALES
from .costs import COSTS
from .customer_experience import CUSTOMER_EXPERIENCE
from .deadlines import DEADLINES
from .decisions import DECISIONS
from .deliveries import COVERAGE, DELIVERIES, LAKE_FILES, MANIFEST_VERSIONS
from .exposures import EXPOSURES
from .feedback import FEEDBACK
from .fees import FEES
from .forecast_models import FORECAST_ACCURACY, FORECAST_MODELS
from .forecasts import FORECAST_ITEMS, FORECASTS
from .habits import HABITS, REMOVED_HANDOFFS
from .headcount import HEADCOUNT
from .inbound import INBOUND
from .inbound_problems import INBOUND_PROBLEMS
from .inbound_shipments import INBOUND_SHIPMENTS
from .intent import INTENT
from .intents import INTENTS
from .issues import ISSUE_EVENTS, ISSUE_SUBJECTS, ISSUES
from .item_ratings import ITEM_RATINGS
from .labels import LABELS, ROOT_CAUSE_WORDS
from .listing_changes import LISTING_CHANGES
from .listing_issues import LISTING_ISSUES
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
from .overrides import MATURITY_OVERRIDES
from .parcels import PARCELS
from .people import ATTEMPTS, AUDIT_LOG, KEPT_ANSWERS, SESSIONS, TOKENS, USERS
from .plans import PLANS
from .prevention import PREVENTION
from .price_rules import PRICE_RULES
from .promotion_results import PROMOTION_RESULTS
from .promotions import PROMOTIONS
from .proposals import PROPOSALS
from .ranks import FILTERS, RANK_HISTORY, RANKS
from .rates import RATES
from .reimbursements import REIMBURSEMENTS
from .removals import REMOVALS
from .repeat_purchases import REPEAT_PURCHASES
from .repeats import GRADES, MISSED, REPEATS
from .reported import REPORTED
from .reserved import RESERVED
from .returns import RETURNS
from .routes import ABSENCES, ROUTES
from .rule_breaks import RULE_BREAKS
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
from .work import CURSORS, EVENT_FEED, JOBS, NOTICES, TOLD_TO, WEBHOOK_DELIVERIES, WEBHOOKS, WORK

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
    CUSTOMER_EXPERIENCE,
    ITEM_RATINGS,
    OPEN_ORDERS,
    PARCELS,
    INBOUND_SHIPMENTS,
    INBOUND_PROBLEMS,
    REIMBURSEMENTS,
    REMOVALS,
    FEES,
    ADS,
    AD_TERMS,
    DEADLINES,
    HEADCOUNT,
    LISTING_ISSUES,
    ATTRIBUTES,
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
    USERS,
    TOKENS,
    SESSIONS,
    ATTEMPTS,
    AUDIT_LOG,
    KEPT_ANSWERS,
    *WORK,
    LABELS,
    ROOT_CAUSE_WORDS,
    REPEATS,
    GRADES,
    MISSED,
    PROPOSALS,
    DECISIONS,
    PREVENTION,
    RULE_BREAKS,
    HABITS,
    REMOVED_HANDOFFS,
    MATURITY_OVERRIDES,
    FORECASTS,
    FORECAST_ITEMS,
    FORECAST_MODELS,
    FORECAST_ACCURACY,
    PLANS,
)

__all__ = [
    "ABSENCES",
    "ACCOUNT_HEALTH",
    "ADS",
    "AD_TERMS",
    "ATTEMPTS",
    "ATTRIBUTES",
    "AUDIT_LOG",
    "CASES",
    "CASE_EVENTS",
    "CASE_FILES",
    "CASE_ISSUES",
    "CHANNEL_SALES",
    "COSTS",
    "COVERAGE",
    "CURSORS",
    "CUSTOMER_EXPERIENCE",
    "DEADLINES",
    "DECISIONS",
    "DELIVERIES",
    "EVENT_FEED",
    "EXPOSURES",
    "FACTS",
    "FEEDBACK",
    "FEES",
    "FILTERS",
    "FORECASTS",
    "FORECAST_ACCURACY",
    "FORECAST_ITEMS",
    "FORECAST_MODELS",
    "GRADES",
    "HABITS",
    "HEADCOUNT",
    "INBOUND",
    "INBOUND_PROBLEMS",
    "INBOUND_SHIPMENTS",
    "INTENT",
    "INTENTS",
    "ISSUES",
    "ISSUE_EVENTS",
    "ISSUE_SUBJECTS",
    "ITEM_RATINGS",
    "JOBS",
    "KEPT_ANSWERS",
    "LABELS",
    "LAKE_FILES",
    "LEASES",
    "LEDGER",
    "LISTINGS",
    "LISTING_CHANGES",
    "LISTING_ISSUES",
    "LISTING_STATUS",
    "MANIFEST_VERSIONS",
    "MATCHES",
    "MATURITY_OVERRIDES",
    "METRICS",
    "MISSED",
    "MULTIPLIERS",
    "NOTICES",
    "OBSERVATIONS",
    "OFFERS",
    "OFFER_CHANGES",
    "OPEN_ORDERS",
    "ORDERS",
    "OUTCOMES",
    "PARCELS",
    "PLANS",
    "POSTERIORS",
    "PREVENTION",
    "PRICE_RULES",
    "PROMOTIONS",
    "PROMOTION_RESULTS",
    "PROPOSALS",
    "RANKS",
    "RANK_HISTORY",
    "RATES",
    "REIMBURSEMENTS",
    "REMOVALS",
    "REMOVED_HANDOFFS",
    "REPEATS",
    "REPEAT_PURCHASES",
    "REPORTED",
    "RESERVED",
    "RESULTS",
    "RETURNS",
    "ROOT_CAUSE_WORDS",
    "ROUTES",
    "RULE_BREAKS",
    "RUNS",
    "SEARCH_QUERIES",
    "SESSIONS",
    "SIGNALS",
    "STOCK",
    "STOCK_HEALTH",
    "STOCK_LEDGER",
    "STOCK_MOVEMENTS",
    "STRANDED",
    "SUPPLY",
    "SUPPRESSIONS",
    "THRESHOLDS",
    "TOKENS",
    "TOLD_TO",
    "TRAFFIC",
    "USERS",
    "WEBHOOKS",
    "WEBHOOK_DELIVERIES",
    "WORK",
    "Column",
    "Contract",
    "metadata",
]

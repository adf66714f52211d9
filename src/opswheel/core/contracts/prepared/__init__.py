"""Tables made once per run from facts, which every detector may read. Nothing here outlives the run."""

from .baselines import BASELINES, FOCUS_DAYS, SEASON
from .featured import FEATURED
from .inputs import (
    ARRIVALS,
    CALENDAR,
    CHANNELS,
    CUTS,
    FORECAST_CYCLES,
    FORECAST_EXCEPTIONS,
    LEDGER_INTENTS,
    PIECES,
    PLANNED,
    RATE_PRIORS,
    TIER_PINS,
)
from .listing_now import LISTING_NOW
from .listing_state import LISTING_STATE
from .stock_now import STOCK_NOW

PREPARED = (LISTING_NOW, LISTING_STATE, STOCK_NOW, FEATURED, BASELINES, FOCUS_DAYS, SEASON)

INPUTS = (
    *(CHANNELS, CALENDAR, ARRIVALS, PIECES, CUTS, LEDGER_INTENTS),
    *(FORECAST_CYCLES, FORECAST_EXCEPTIONS, PLANNED, RATE_PRIORS, TIER_PINS),
)

__all__ = [
    "ARRIVALS",
    "BASELINES",
    "CALENDAR",
    "CHANNELS",
    "CUTS",
    "FEATURED",
    "FOCUS_DAYS",
    "FORECAST_CYCLES",
    "FORECAST_EXCEPTIONS",
    "INPUTS",
    "LEDGER_INTENTS",
    "LISTING_NOW",
    "LISTING_STATE",
    "PIECES",
    "PLANNED",
    "PREPARED",
    "RATE_PRIORS",
    "SEASON",
    "STOCK_NOW",
    "TIER_PINS",
]

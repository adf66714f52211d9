"""6 PROVE, "better performance": what the team may claim about itself, and where the wheel stalls.

one metric per file      METRICS below is the catalogue
survival, intervals, rates, trends   the statistics: plain functions on counts and sums
window, evidence, operators          what they are asked of: the ledger and facts, aggregated by the database
verdict                  compounding, flat, stalled or cannot tell
stall, capacity          the hand-off to mend next, and what mending frees
cycle, staged            how far the wheel has come
maturity, connections, roadmap       where each workflow stands, and what changes what
friction, habits, pitfalls           what work costs beside the work
"""

from __future__ import annotations

from .cleared_per_day import ClearedPerDay
from .exposure_by_category import ExposureByCategory
from .figures import Metric
from .hero_featured_share import HeroFeaturedShare
from .in_stock import InStock
from .lost_sales_rate import LostSalesRate
from .open_revenue_at_risk import OpenRevenueAtRisk
from .repeat_rate import RepeatRate
from .revenue_per_operator import RevenuePerOperator
from .stockout_rate import StockoutRate
from .time_to_detection import TimeToDetection
from .time_to_resolution import TimeToResolution

METRICS: tuple[Metric, ...] = (
    TimeToDetection(),
    OpenRevenueAtRisk(),
    TimeToResolution(),
    RepeatRate(),
    ClearedPerDay(),
    RevenuePerOperator(),
    LostSalesRate(),
    StockoutRate(),
    InStock(),
    HeroFeaturedShare(),
    ExposureByCategory(),
)
"""The six health figures in the order of the wheel, then what they are for: drivers apart from outcomes."""

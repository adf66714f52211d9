"""As many shoppers come, far fewer buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ...core.contracts import Contract
from ...core.detector import PRECEDENCE, Facts
from ...core.threshold import Threshold
from .amounts import evidence_of
from .base import Rule
from .drop import FLOORS, READS, observe_drop

if TYPE_CHECKING:
    import ibis.expr.types as ir


class ConversionDrop(Rule):
    """Shoppers open the listing's page as before, but far fewer of them buy.

    Why it costs money:
        Every visit was earned or paid for. A bad review on top, a slow delivery promise, a wrong picture or a cheaper
        rival turns them away at the last step.
    Source:
        orders.units, traffic.units   units a day
        traffic.page_views            Amazon GET_SALES_AND_TRAFFIC_REPORT `pageViews`, CHILD, one-day rows
        listings.price_minor          what a higher price of ours explains is taken off first
    Blind spots:
        Views of an item with several offers of ours count for each. Visits that never buy (a mention in the news) look
        the same. One that has lasted four weeks is how the listing sells. Ten units must have been expected.
    """

    kind: ClassVar[str] = "conversion_drop"
    title: ClassVar[str] = "Conversion dropped"
    spoke: ClassVar[str] = "content"
    precedence: ClassVar[int] = PRECEDENCE["unexplained"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = READS
    thresholds: ClassVar[tuple[Threshold, ...]] = FLOORS

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock whose units per page view fell, and explain most of what sales lost."""
        return observe_drop(self.kind, facts, "conversion")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        units = f"{seen['units_since']:,.0f} units instead of {row['baseline']:,.0f}"
        return f"As many come, {seen['missing']:.0%} fewer buy: {units}"

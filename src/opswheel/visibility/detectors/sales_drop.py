"""A listing sells clearly less than before, and nothing known explains it."""

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


class SalesDrop(Rule):
    """The listing is live and in stock, yet sells far less than it did, more than chance, season or its price explain.

    Why it costs money:
        Something took these sales that no report names: a rating, a rival, a picture, a wrong page. It goes on until
        somebody looks.
    Source:
        orders.units, traffic.units   units a day, against the same listing's last eight weeks at its category's pace
        listings.price_minor          what a higher price of ours explains is taken off first
    Blind spots:
        A fall of the whole category is taken for season. One that has lasted four weeks is how the listing sells. Slow
        listings must miss ten units before anything can be told. A deal nobody told of makes the weeks after it look
        poor. Where visits or conversion alone explain it, those rules speak.
    """

    kind: ClassVar[str] = "sales_drop"
    title: ClassVar[str] = "Sales dropped, no reason known"
    precedence: ClassVar[int] = PRECEDENCE["unexplained"]
    tunable: ClassVar[bool] = True
    reads: ClassVar[tuple[Contract, ...]] = READS
    thresholds: ClassVar[tuple[Threshold, ...]] = FLOORS

    def observe(self, facts: Facts) -> ir.Table:
        """Live listings in stock whose units fell, without visits or conversion explaining it alone."""
        return observe_drop(self.kind, facts, "sales")

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong."""
        seen = evidence_of(row)
        return f"Sells {seen['missing']:.0%} less: {seen['units_since']:,.0f} units instead of {row['baseline']:,.0f}"
